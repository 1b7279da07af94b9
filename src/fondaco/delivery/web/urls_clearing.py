"""Addresses of collective clearance."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import clearing

CLEARING: list[URLPattern] = [
    path("clearances/", clearing.clearance_table, name="clearances"),
    path("clearances/collect/", clearing.clearance_collect, name="clearance_collect"),
    path("clearances/<uuid:batch_id>/", clearing.clearance_page, name="clearance"),
    path("clearances/<uuid:batch_id>/together/", clearing.clearance_together, name="clearance_together"),
    path("clearances/<uuid:batch_id>/step/", clearing.clearance_step, name="clearance_step"),
]
