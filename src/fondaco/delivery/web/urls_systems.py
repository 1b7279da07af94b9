"""Addresses of money, statistics, documents, verification, the audit trail, API keys and webhooks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fondaco.delivery.web.views import books, finance

SYSTEMS: list[URLPattern | URLResolver] = [
    path("payments/", finance.payment_table, name="payments"),
    path("payments/export.csv", finance.payment_csv, name="payments_csv"),
    path("payments/<uuid:payment_id>/", finance.payment_page, name="payment"),
    path("ledger/", finance.ledger, name="ledger"),
    path("ledger/export.csv", finance.ledger_csv, name="ledger_csv"),
    path("payouts/", finance.payout_table, name="payouts"),
    path("payouts/export.csv", finance.payout_csv, name="payouts_csv"),
    path("trial-balance/", books.trial_balance, name="trial_balance"),
    path("trial-balance/export.csv", books.trial_csv, name="trial_balance_csv"),
    path("books/accounts/", books.account_table, name="accounts_of"),
    path("books/accounts/export.csv", books.account_csv, name="accounts_of_csv"),
    path("journals/<int:journal_id>/", books.journal_page, name="journal"),
]
