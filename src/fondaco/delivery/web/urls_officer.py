"""Addresses of what officers do besides deciding, and of stray receipts."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import officer

OFFICER: list[URLPattern] = [
    path("declarations/<uuid:declaration_id>/officer/", officer.officer_deed, name="officer_deed"),
    path(
        "declarations/<uuid:declaration_id>/inspections/<uuid:inspection_id>/",
        officer.inspection_deed,
        name="inspection_deed",
    ),
    path("inspection-photos/<uuid:photo_id>/", officer.inspection_photo, name="inspection_photo"),
    *listed("stray-receipts", officer.stray_table, officer.stray_csv, name="strays"),
    path("stray-receipts/<int:receipt_id>/", officer.stray_deed, name="stray_deed"),
]
