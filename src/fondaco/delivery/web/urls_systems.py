"""Addresses of money, statistics, documents, verification, the audit trail, API keys and webhooks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import (
    audit,
    books,
    documents,
    finance,
    keys,
    organisation,
    statements,
    statistics,
    verification,
    webhooks,
)

_MONEY = [
    *listed("payments", finance.payment_table, finance.payment_csv, name="payments"),
    path("payments/<uuid:payment_id>/", finance.payment_page, name="payment"),
    *listed("ledger", finance.ledger, finance.ledger_csv, name="ledger"),
    path("ledger/statement.pdf", statements.ledger_pdf, name="ledger_pdf"),
    *listed("payouts", finance.payout_table, finance.payout_csv, name="payouts"),
    *listed("trial-balance", books.trial_balance, books.trial_csv, name="trial_balance"),
    *listed("books/accounts", books.account_table, books.account_csv, name="accounts_of"),
    path("journals/<int:journal_id>/", books.journal_page, name="journal"),
]
_PAPERS = [
    *listed("documents", documents.document_table, documents.document_csv, name="documents"),
    path("documents/<uuid:document_id>/", documents.document_page, name="document"),
    path("documents/<uuid:document_id>/open/", documents.document_file, name="document_file"),
    path("documents/<uuid:document_id>/share/", documents.document_share, name="document_share"),
    path(
        "documents/<uuid:document_id>/permissions/<uuid:grant_id>/end/",
        documents.document_unshare,
        name="document_unshare",
    ),
    *listed("verification", verification.dossier_table, verification.dossier_csv, name="dossiers"),
    path("verification/open/", verification.dossier_open, name="open_dossier"),
    path("verification/<uuid:dossier_id>/", verification.dossier_page, name="dossier"),
    path("verification/<uuid:dossier_id>/deed/", verification.dossier_deed, name="dossier_deed"),
    path("verification/papers/<uuid:document_id>/", verification.dossier_paper, name="dossier_paper"),
]
_STATISTICS = [
    *listed("statistics", statistics.dashboard, statistics.dashboard_csv, name="statistics"),
    path("statistics/why/<slug:figure>/", statistics.figure_why, name="statistics_why"),
    path("statistics/by/<slug:dimension>.csv", statistics.dashboard_csv, name="statistics_cut_csv"),
]
_HOUSE = [
    *listed("audit", audit.trail, audit.trail_csv, name="audit"),
    path("organisation/", organisation.organisation_page, name="organisation"),
    path("organisation/number/", organisation.organisation_number, name="organisation_number"),
    path(
        "organisation/people/<uuid:user_id>/remove/",
        organisation.organisation_remove,
        name="organisation_remove",
    ),
    *listed("api-keys", keys.key_table, keys.key_csv, name="api_keys"),
    path("api-keys/issue/", keys.key_issue, name="issue_key"),
    path("api-keys/<uuid:key_id>/revoke/", keys.key_revoke, name="revoke_key"),
    *listed("webhooks", webhooks.webhook_page, webhooks.webhook_csv, name="webhooks"),
    path("webhooks/add/", webhooks.webhook_add, name="webhook_add"),
    path("webhooks/<uuid:endpoint_id>/secret/", webhooks.webhook_renew, name="webhook_renew"),
    path("webhooks/<uuid:endpoint_id>/remove/", webhooks.webhook_remove, name="webhook_remove"),
    path("webhooks/deliveries/<uuid:delivery_id>/replay/", webhooks.webhook_replay, name="webhook_replay"),
]
SYSTEMS: list[URLPattern | URLResolver] = [*_MONEY, *_STATISTICS, *_PAPERS, *_HOUSE]
