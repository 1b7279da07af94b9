"""Addresses of disputes, tax returns and the webhooks of providers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import (
    baskets,
    checkout,
    disputes,
    fee_invoices,
    payout_rules,
    provider_notes,
    taxes,
)

MONEY: list[URLPattern | URLResolver] = [
    path("orders/<uuid:order_id>/pay/", checkout.pay, name="order_pay"),
    path("orders/<uuid:order_id>/paid/", checkout.paid, name="order_paid"),
    *listed("baskets", baskets.basket_table, baskets.basket_csv, name="baskets"),
    path("baskets/make/", baskets.basket_make, name="basket_make"),
    path("baskets/<uuid:basket_id>/", baskets.basket, name="basket"),
    path("baskets/<uuid:basket_id>/paid/", baskets.basket_paid, name="basket_paid"),
    *listed("disputes", disputes.dispute_table, disputes.dispute_csv, name="disputes"),
    path("disputes/<uuid:dispute_id>/", disputes.dispute_page, name="dispute"),
    path("disputes/<uuid:dispute_id>/answer/", disputes.dispute_answer, name="dispute_answer"),
    path("disputes/<uuid:dispute_id>/evidence.zip", disputes.dispute_pack, name="dispute_pack"),
    *listed("payout-policies", payout_rules.policy_table, payout_rules.policy_csv, name="payout_policies"),
    path("payout-policies/propose/", payout_rules.policy_propose, name="payout_policy_propose"),
    path("payout-policies/<uuid:change_id>/decide/", payout_rules.policy_decide, name="payout_policy_decide"),
    *listed("taxes", taxes.return_table, taxes.return_csv, name="tax_returns"),
    path("taxes/<uuid:return_id>/", taxes.return_page, name="tax_return"),
    path("taxes/<uuid:return_id>/step/", taxes.return_step, name="tax_return_step"),
    *listed("provider-webhooks", provider_notes.note_table, provider_notes.note_csv, name="provider_notes"),
    *listed("fee-invoices", fee_invoices.invoice_table, fee_invoices.invoice_csv, name="fee_invoices"),
    path(
        "fee-invoices/<uuid:invoice_id>/pdf/",
        fee_invoices.invoice_file,
        {"form": "pdf"},
        name="fee_invoice_pdf",
    ),
    path(
        "fee-invoices/<uuid:invoice_id>/xml/",
        fee_invoices.invoice_file,
        {"form": "xml"},
        name="fee_invoice_xml",
    ),
]
