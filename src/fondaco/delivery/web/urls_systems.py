"""Addresses of money, statistics, documents, verification, the audit trail, API keys and webhooks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fondaco.delivery.web.views import (
    audit,
    books,
    documents,
    finance,
    keys,
    statistics,
    verification,
    webhooks,
)

_MONEY = [
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
_PAPERS = [
    path("documents/", documents.document_table, name="documents"),
    path("documents/export.csv", documents.document_csv, name="documents_csv"),
    path("documents/<uuid:document_id>/", documents.document_page, name="document"),
    path("documents/<uuid:document_id>/open/", documents.document_file, name="document_file"),
    path("documents/<uuid:document_id>/share/", documents.document_share, name="document_share"),
    path(
        "documents/<uuid:document_id>/permissions/<uuid:grant_id>/end/",
        documents.document_unshare,
        name="document_unshare",
    ),
    path("verification/", verification.dossier_table, name="dossiers"),
    path("verification/export.csv", verification.dossier_csv, name="dossiers_csv"),
    path("verification/open/", verification.dossier_open, name="open_dossier"),
    path("verification/<uuid:dossier_id>/", verification.dossier_page, name="dossier"),
    path("verification/<uuid:dossier_id>/deed/", verification.dossier_deed, name="dossier_deed"),
    path("verification/papers/<uuid:document_id>/", verification.dossier_paper, name="dossier_paper"),
]
_STATISTICS = [
    path("statistics/", statistics.dashboard, name="statistics"),
    path("statistics/export.csv", statistics.dashboard_csv, name="statistics_csv"),
    path("statistics/by/<slug:dimension>.csv", statistics.dashboard_csv, name="statistics_cut_csv"),
]
_HOUSE = [
    path("audit/", audit.trail, name="audit"),
    path("audit/export.csv", audit.trail_csv, name="audit_csv"),
    path("api-keys/", keys.key_table, name="api_keys"),
    path("api-keys/export.csv", keys.key_csv, name="api_keys_csv"),
    path("api-keys/issue/", keys.key_issue, name="issue_key"),
    path("api-keys/<uuid:key_id>/revoke/", keys.key_revoke, name="revoke_key"),
    path("webhooks/", webhooks.webhook_page, name="webhooks"),
    path("webhooks/export.csv", webhooks.webhook_csv, name="webhooks_csv"),
    path("webhooks/add/", webhooks.webhook_add, name="webhook_add"),
    path("webhooks/<uuid:endpoint_id>/remove/", webhooks.webhook_remove, name="webhook_remove"),
    path("webhooks/deliveries/<uuid:delivery_id>/replay/", webhooks.webhook_replay, name="webhook_replay"),
]
SYSTEMS: list[URLPattern | URLResolver] = [*_MONEY, *_STATISTICS, *_PAPERS, *_HOUSE]
