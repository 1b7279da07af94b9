"""Addresses of what is filed with authorities and what they bill: IOSS returns, bills of orders."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import bills, cargo, ioss

FILINGS: list[URLPattern] = [
    *listed("ioss", ioss.ioss_table, ioss.ioss_csv, name="ioss"),
    path("cargo-report/", cargo.cargo_page, name="cargo_report"),
    path("cargo-report/file/", cargo.cargo_file, name="cargo_report_file"),
    path("orders/<uuid:order_id>/bill/", bills.bill_page, name="order_bill"),
    path("orders/<uuid:order_id>/bill/why/<slug:figure>/", bills.bill_why, name="bill_why"),
    path("orders/<uuid:order_id>/bill/post/", bills.bill_post, name="order_bill_post"),
    path("ioss/why/", ioss.ioss_why, name="ioss_why"),
    path("ioss/<uuid:seller_id>/<str:period>/", ioss.ioss_page, name="ioss_month"),
    path("ioss/<uuid:seller_id>/<str:period>/file/", ioss.ioss_file, name="ioss_file"),
    path("ioss/<uuid:seller_id>/<str:period>/return.<slug:form>", ioss.ioss_document, name="ioss_document"),
]
