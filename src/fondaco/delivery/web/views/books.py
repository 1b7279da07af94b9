"""The operator's books: the trial balance, all accounts of one code, a single journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import day_asked, number_asked, one_of, word_asked
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.journal_words import about_word, journal_facts
from fondaco.delivery.web.presenting.money_words import account_word, class_word, journal_word
from fondaco.delivery.web.seats import member
from fondaco.flows.money_pages import CURRENCIES, Books, accounts_of, books, journal_sheet
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance.public import AccountLine, TrialLine

SIZE = 50
_ORDER = ("asset", "liability", "equity", "income", "expense")


@require_GET
@member(Kind.PLATFORM)
def trial_balance(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every account's sums up to a day: zero in each currency, or the books are wrong."""
    until = day_asked(request.GET, "until")
    currency, into = word_asked(request.GET, "currency", most=3), one_of(request.GET, "in", CURRENCIES)
    found = books(until=until or date.max, check="check" in request.GET, into=into, on=until or clock.today())
    lines = [line for line in found.lines if currency in ("", line.currency)]
    context = {
        "groups": [
            (class_word(name), held) for name in _ORDER if (held := _lines(lines, name, found.worths))
        ],
        "totals": _totals(lines),
        "sums": {code: Money(minor, code) for code, minor in found.sums.items()},
        "balanced": not any(found.sums.values()),
        "currency": currency,
        "into": into,
        "in_one": _in_one(found, lines, into),
        "rates": [(one, f"{one.rate.normalize():f}") for one in found.rates if currency in ("", one.base)],
        "choices": CURRENCIES,
        "until": until,
        "findings": found.findings,
    }
    return render(request, "money/trial_balance.html", context)


@require_GET
@member(Kind.PLATFORM)
def trial_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The trial balance as CSV."""
    until = day_asked(request.GET, "until")
    currency, into = word_asked(request.GET, "currency", most=3), one_of(request.GET, "in", CURRENCIES)
    headings = ("class", "account", "currency", "accounts", "debit", "credit", "balance", "in_one")
    found = books(until=until or date.max, check=False, into=into, on=until or clock.today())
    rows = (
        [*_trial_row(line), worth.amount if (worth := found.worths.get(line)) else ""]
        for line in found.lines
        if currency in ("", line.currency)
    )
    return csv_response("trial-balance", headings=headings, rows=rows)


@require_GET
@member(Kind.PLATFORM)
def account_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """All accounts of one code, each opening its statement."""
    code, currency = word_asked(request.GET, "account", most=60), word_asked(request.GET, "currency", most=3)
    after = number_asked(request.GET, "after")
    rows, names = accounts_of(scope, code=code, currency=currency, after=after, size=SIZE + 1)
    shown = rows[:SIZE]
    context = {
        "rows": [(row, names.get(row.owner_id, ""), account_word(row.code)) for row in shown],
        "code": code,
        "word": account_word(code) if code else "",
        "currency": currency,
        "next": shown[-1].id if len(rows) > SIZE else None,
        "after": after,
    }
    return render(request, "money/accounts.html", context)


@require_GET
@member(Kind.PLATFORM)
def account_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """All accounts of one code as CSV."""
    code, currency = word_asked(request.GET, "account", most=60), word_asked(request.GET, "currency", most=3)
    headings = ("owner", "name", "account", "currency", "class", "balance", "held", "lines")
    return csv_response("accounts", headings=headings, rows=_account_rows(scope, code, currency))


@require_GET
@member()
def journal_page(request: HttpRequest, scope: Scope, journal_id: int) -> HttpResponseBase:
    """One journal: its lines, what it is about, and its link in the chain."""
    sheet = journal_sheet(scope, journal_id)
    lines = [
        {
            "line": line,
            "account": account_word(line.code),
            "owner": sheet.names.get(line.owner_id, ""),
            "amount": Money(line.amount_minor, line.currency),
            "after": None if line.balance_after is None else Money(line.balance_after, line.currency),
        }
        for line in sheet.journal.lines
    ]
    context = {
        "sheet": sheet,
        "journal": sheet.journal,
        "word": journal_word(sheet.journal.kind),
        "about": about_word(sheet.journal.source),
        "facts": journal_facts(sheet.journal.kind, sheet.journal.meta),
        "lines": lines,
    }
    return render(request, "money/journal.html", context)


def _lines(
    lines: list[TrialLine], name: str, worths: Mapping[TrialLine, Money | None]
) -> list[dict[str, Any]]:
    return [{**_trial(line), "worth": worths.get(line)} for line in lines if line.account_class == name]


def _trial(line: TrialLine) -> dict[str, Any]:
    return {
        "line": line,
        "word": account_word(line.code),
        "debit": Money(line.debit_minor, line.currency),
        "credit": Money(line.credit_minor, line.currency),
        "balance": Money(line.balance_minor, line.currency),
    }


def _totals(lines: list[TrialLine]) -> list[tuple[str, Money, Money, Money]]:
    """By currency: debits, credits and their difference, which is zero in books that are right."""
    totals = []
    for code in sorted({line.currency for line in lines}):
        debit = sum(line.debit_minor for line in lines if line.currency == code)
        credit = sum(line.credit_minor for line in lines if line.currency == code)
        totals.append((code, Money(debit, code), Money(credit, code), Money(credit - debit, code)))
    return totals


def _in_one(found: Books, lines: list[TrialLine], into: str) -> Money | None:
    """What the shown balances in one currency add up to: nothing but what was lost and won in rounding each.

    None where no currency was chosen or a rate is missing.
    """
    worths = [found.worths.get(line) for line in lines]
    return Money.sum([one for one in worths if one], into) if into and None not in worths else None


def _trial_row(line: TrialLine) -> list[Any]:
    sums = (line.debit_minor, line.credit_minor, line.balance_minor)
    amounts = [Money(minor, line.currency).amount for minor in sums]
    return [line.account_class, line.code, line.currency, line.accounts, *amounts]


def _account_rows(scope: Scope, code: str, currency: str) -> Iterator[list[Any]]:
    after = 0
    rows: list[AccountLine] = []
    while after == 0 or rows:
        rows, names = accounts_of(scope, code=code, currency=currency, after=after, size=200)
        for row in rows:
            yield [
                row.owner_id, names.get(row.owner_id, ""), row.code, row.currency, row.account_class,
                row.balance.amount, row.held.amount, row.entries,
            ]  # fmt: skip
        after = rows[-1].id if rows else -1
