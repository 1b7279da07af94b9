"""Addresses of the books' reports, periods, postings and the reconciliation desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import ledger_books, reconciling

LEDGER: list[URLPattern | URLResolver] = [
    *listed("ledger/postings", ledger_books.posting_table, ledger_books.posting_csv, name="postings"),
    *listed("ledger/reports", ledger_books.reports, ledger_books.report_csv, name="ledger_reports"),
    path("ledger/why/", ledger_books.accounts_why, name="accounts_why"),
    path("ledger/reports/why/", ledger_books.owed_why, name="owed_why"),
    path("ledger/reports/aged/", ledger_books.aged_why, name="aged_why"),
    *listed("ledger/periods", ledger_books.period_table, ledger_books.period_csv, name="periods"),
    path("ledger/periods/close/", ledger_books.period_close, name="period_close"),
    path("ledger/periods/<uuid:period_id>/reopen/", ledger_books.period_reopen, name="period_reopen"),
    *listed("reconciliation", reconciling.desk, reconciling.desk_csv, name="reconciliation"),
    path("reconciliation/why/", reconciling.matching_why, name="matching_why"),
    path("reconciliation/take/", reconciling.take, name="reconcile_take"),
    path("reconciliation/run/", reconciling.run, name="reconcile_run"),
    path("reconciliation/<uuid:break_id>/", reconciling.break_page, name="break"),
    path("reconciliation/<uuid:break_id>/deed/", reconciling.break_deed, name="break_deed"),
]
