"""Addresses of what is filed with authorities: IOSS returns."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import ioss

FILINGS: list[URLPattern] = [
    *listed("ioss", ioss.ioss_table, ioss.ioss_csv, name="ioss"),
    path("ioss/<uuid:seller_id>/<str:period>/", ioss.ioss_page, name="ioss_month"),
    path("ioss/<uuid:seller_id>/<str:period>/file/", ioss.ioss_file, name="ioss_file"),
    path("ioss/<uuid:seller_id>/<str:period>/return.<slug:form>", ioss.ioss_document, name="ioss_document"),
]
