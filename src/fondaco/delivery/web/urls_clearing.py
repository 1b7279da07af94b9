"""Addresses of collective clearance and of shared loads."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import clearing, consolidating

CLEARING: list[URLPattern] = [
    path("clearances/", clearing.clearance_table, name="clearances"),
    path("clearances/collect/", clearing.clearance_collect, name="clearance_collect"),
    path("clearances/<uuid:batch_id>/", clearing.clearance_page, name="clearance"),
    path("clearances/<uuid:batch_id>/why/<slug:figure>/", clearing.clearance_why, name="clearance_why"),
    path("clearances/<uuid:batch_id>/together/", clearing.clearance_together, name="clearance_together"),
    path("clearances/<uuid:batch_id>/step/", clearing.clearance_step, name="clearance_step"),
    *listed(
        "consolidations",
        consolidating.consolidation_table,
        consolidating.consolidation_csv,
        name="consolidations",
    ),
    path("consolidations/propose/", consolidating.consolidation_propose, name="consolidation_propose"),
    path("consolidations/<uuid:consolidation_id>/", consolidating.consolidation_page, name="consolidation"),
    path(
        "consolidations/<uuid:consolidation_id>/step/",
        consolidating.consolidation_step,
        name="consolidation_step",
    ),
]
