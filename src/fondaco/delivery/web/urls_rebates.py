"""Addresses of the rebate desk."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import rebate_deeds, rebates

REBATES: list[URLPattern] = [
    *listed("rebates", rebates.desk, rebates.desk_csv, name="rebates"),
    *listed("rebates/exports", rebates.exports, rebates.exports_csv, name="rebate_exports"),
    *listed("rebates/rates", rebates.rates, rebates.rates_csv, name="rebate_rates"),
    *listed("rebates/months", rebates.months, rebates.months_csv, name="rebate_months"),
    *listed("rebates/invoices", rebates.invoices, rebates.invoices_csv, name="rebate_invoices"),
    path("rebates/invoices/add/", rebate_deeds.add_invoice, name="rebate_invoice_add"),
    path("rebates/months/file/", rebate_deeds.file_month, name="rebate_month_file"),
    path("rebates/months/<str:period>/<str:currency>/why/", rebates.month_why, name="rebate_month_why"),
    path("rebates/exports/<uuid:declaration_id>/", rebates.export_page, name="rebate_export"),
    path("rebates/exports/<uuid:declaration_id>/open/", rebate_deeds.open_case, name="rebate_open"),
    path("rebates/<uuid:case_id>/", rebates.case_page, name="rebate"),
    path("rebates/<uuid:case_id>/why/", rebates.case_why, name="rebate_why"),
    path("rebates/<uuid:case_id>/step/", rebate_deeds.step, name="rebate_step"),
    path("rebates/<uuid:case_id>/evidence/", rebate_deeds.evidence, name="rebate_evidence"),
]
