"""Money: payments and one payment, the ledger of a party with its statement, payouts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import day_asked, id_asked, word_asked
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.journal_words import about_word
from fondaco.delivery.web.presenting.money_words import (
    account_word,
    dispute_word,
    journal_word,
    leg_word,
    method_word,
    share_lines,
    stage_word,
)
from fondaco.delivery.web.presenting.routing_words import menu_lines, try_lines
from fondaco.delivery.web.presenting.timeline import hold_note
from fondaco.delivery.web.seats import member
from fondaco.flows.account_statements import MOST_LINES
from fondaco.flows.money_pages import (
    CURRENCIES,
    LedgerSheet,
    every_line,
    every_payment,
    ledger_sheet,
    order_in,
    payment_list,
    payment_sheet,
    payout_list,
)
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Balance, EntryView, PaymentFilter, PaymentState, PayoutState

SIZE = 50
_PAY = (Kind.SELLER, Kind.BUYER, Kind.PSP)
_TAKEN = (PaymentState.CAPTURED, PaymentState.SETTLED)
OWN_BOOKS = (Kind.SELLER, Kind.BUYER, Kind.CARRIER, Kind.BANK, Kind.PSP, Kind.CUSTOMS, Kind.TAX)
_PAYERS = (Kind.CUSTOMS, Kind.TAX)
_PAID = (Kind.SELLER, Kind.CARRIER, Kind.BANK, Kind.CUSTOMS, Kind.TAX)


@require_GET
@member(*_PAY)
def payment_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The payments that the reader may see, newest first."""
    filters = _filters(request)
    found = payment_list(scope, filters=filters, cursor=request.GET.get("cursor", ""), size=SIZE)
    rows = [
        {
            "line": row,
            "number": found.numbers.get(row.payment.order_id, ""),
            "buyer": found.names.get(row.payment.buyer_id, ""),
            "seller": found.names.get(row.payment.seller_id, ""),
            "method": method_word(row.payment.method),
            "kept": found.kept_now.get(row.payment.order_id),
            "about": f"order:{row.payment.order_id}",
            "escrow": f"escrow:{row.payment.order_id}",
            "taken": row.payment.state in _TAKEN,
            "converted": row.payment.amount.currency != row.payment.escrow.currency,
        }
        for row in found.page.rows
    ]
    counts = found.page.counts
    context = {
        "page": found.page,
        "rows": rows,
        "kept": found.kept,
        "filters": filters,
        "states": [(state, counts[state]) for state in PaymentState.values if counts.get(state)],
        "everything": sum(counts.values()),
        "stuck": found.stuck,
    }
    return render(request, "money/payments.html", context)


@require_GET
@member(*_PAY)
def payment_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The payments as filtered, as CSV."""
    headings = ("payment", "order", "paid_on", "state", "method", "amount", "currency", "escrow",
                "escrow_currency", "rate", "rate_on", "rate_source", "given_back", "provider_reference")  # fmt: skip
    return csv_response("payments", headings=headings, rows=_payment_rows(scope, _filters(request)))


@require_GET
@member(*_PAY)
def payment_page(request: HttpRequest, scope: Scope, payment_id: UUID) -> HttpResponseBase:
    """One payment: from the buyer's purse through escrow to whom it was shared out."""
    sheet = payment_sheet(scope, payment_id, now=clock.now())
    payment, money = sheet.line.payment, sheet.money
    stages = [
        {
            "word": stage_word(stage.stage),
            "on": stage.on,
            "lines": [_entry(line, sheet.names) for line in stage.lines],
        }
        for stage in (money.stages if money else ())
    ]
    legs = share_lines(money, sheet.services) if money else []
    own = {
        line.journal_id for stage in (money.stages if money else ()) for line in stage.lines
        if scope.is_operator or line.owner_id == scope.organisation_id
    }  # fmt: skip
    context = {
        "sheet": sheet,
        "own_journals": own,
        "payment": payment,
        "method": method_word(payment.method),
        "converted": payment.amount.currency != payment.escrow.currency,
        "buyer": sheet.names.get(payment.buyer_id, ""),
        "seller": sheet.names.get(payment.seller_id, ""),
        "stages": stages,
        "refunds": [(r, Money(r["amount_minor"], r["currency"])) for r in money.refunds] if money else [],
        "tries": try_lines(sheet.attempts),
        "menu": menu_lines(sheet.attempts),
        "disputes": [(one, dispute_word(one.reason)) for one in sheet.disputes],
        "legs": legs,
        "legs_sum": Money.sum([leg.amount for leg in legs], payment.escrow.currency),
        "together": [(one, sheet.numbers.get(one.order_id, "")) for one in sheet.basket.payments]
        if sheet.basket
        else [],
        "hold": hold_note(sheet.hold) if sheet.hold else "",
        "told": [(one, leg_word(one.leg, "other")) for one in sheet.trace.told],
        "payouts": [(one, sheet.names.get(one.owner_id, "")) for one in sheet.trace.payouts],
    }
    return render(request, "money/payment.html", context)


@require_GET
@member(*OWN_BOOKS)
def ledger(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The accounts of the reader's organisation (the operator: of anybody) and the statement of one."""
    since, until = day_asked(request.GET, "since"), day_asked(request.GET, "until")
    sheet = _ledger(request, scope, since=since, until=until)
    found, own = sheet.statement, sheet.owner_id == scope.organisation_id
    lines = [_entry(line, {}, numbers=sheet.numbers) for line in found.lines] if found else []
    context = {
        "sheet": sheet,
        "name": sheet.owner_name,
        "own": own,
        "accounts": [_account(one, own=own) for one in sheet.balances],
        "statement": found,
        "word": account_word(found.code, own=own) if found else "",
        "lines": lines,
        "running": any(line["after"] for line in lines),
        "currencies": CURRENCIES,
        "since": since,
        "before": since - timedelta(days=1) if since else None,
        "until": until,
        "most_lines": MOST_LINES,
        "too_long": found is not None and found.count > MOST_LINES,
    }
    return render(request, "money/ledger.html", context)


@require_GET
@member(*OWN_BOOKS)
def ledger_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """A statement as CSV, newest line first."""
    since, until = day_asked(request.GET, "since"), day_asked(request.GET, "until")
    sheet = _ledger(request, scope, since=since, until=until)
    headings = ("effective_on", "journal", "line", "kind", "source", "amount", "balance_after", "currency")
    return csv_response("statement", headings=headings, rows=_ledger_rows(scope, sheet, since, until))


@require_GET
@member(*_PAID)
def payout_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Balances that may be paid out, what is promised, and the payouts on their way, arrived or come back."""
    state = word_asked(request.GET, "state", most=10)
    sheet = payout_list(scope, state=state, cursor=request.GET.get("cursor", ""), size=SIZE)
    page = sheet.page
    context = {
        "page": page,
        "expected": sheet.expected,
        "to_pay": scope.kind in _PAYERS,
        "rows": [
            (
                row,
                sheet.names.get(row.payout.owner_id, ""),
                account_word(row.payout.account_code, own=not scope.is_operator),
            )
            for row in page.rows
        ],
        "state": state,
        "states": [(one, page.counts[one]) for one in PayoutState.values if page.counts.get(one)],
        "everything": sum(page.counts.values()),
        "accounts": [_account(one, own=True) for one in sheet.balances if one.account_class == "liability"],
        "prints": any(one.code == "payable" for one in sheet.balances),
    }
    return render(request, "money/payouts.html", context)


@require_GET
@member(*_PAID)
def payout_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The payouts as CSV."""
    headings = (
        "payout",
        "sent_on",
        "state",
        "amount",
        "currency",
        "account",
        "run",
        "bank_reference",
        "confirmed_by",
    )
    rows = _payout_rows(scope, word_asked(request.GET, "state", most=10))
    return csv_response("payouts", headings=headings, rows=rows)


def _filters(request: HttpRequest) -> PaymentFilter:
    asked = request.GET
    return PaymentFilter(
        state=word_asked(asked, "state", most=16),
        currency=word_asked(asked, "currency", most=3),
        since=day_asked(asked, "since"),
        until=day_asked(asked, "until"),
        order_id=id_asked(asked, "order"),
        stuck=asked.get("stuck") == "yes",
    )


def _ledger(request: HttpRequest, scope: Scope, *, since: date | None, until: date | None) -> LedgerSheet:
    asked = request.GET
    owner = id_asked(asked, "owner") if scope.is_operator else None
    return ledger_sheet(
        scope,
        owner_id=owner or (finance.HOUSE if scope.is_operator else scope.organisation_id),
        code=word_asked(asked, "account", most=60),
        currency=word_asked(asked, "currency", most=3),
        since=since,
        until=until,
        cursor=asked.get("cursor", ""),
        size=SIZE,
    )


def _account(one: Balance, *, own: bool) -> dict[str, Any]:
    return {
        "key": one,
        "word": account_word(one.code, own=own),
        "balance": Money(one.balance_minor, one.currency),
        "held": Money(one.held_minor, one.currency) if one.held_minor else None,
        "available": Money(one.available_minor, one.currency),
    }


def _entry(line: EntryView, names: Any, *, numbers: Any = None) -> dict[str, Any]:
    order_id = order_in(line.source)
    return {
        "line": line,
        "word": journal_word(line.kind),
        "about": about_word(line.source),
        "account": account_word(line.code),
        "owner": names.get(line.owner_id, ""),
        "house": line.owner_id == finance.HOUSE,
        "amount": Money(line.amount_minor, line.currency),
        "after": None if line.balance_after is None else Money(line.balance_after, line.currency),
        "order_id": order_id,
        "number": (numbers or {}).get(order_id, ""),
    }


def _payment_rows(scope: Scope, filters: PaymentFilter) -> Iterator[list[Any]]:
    for line, number in every_payment(scope, filters=filters):
        one = line.payment
        yield [
            one.id, number, line.effective_on.isoformat(), one.state, one.method, one.amount.amount,
            one.amount.currency, one.escrow.amount, one.escrow.currency, one.rate, one.rate_on.isoformat(),
            one.rate_provider, one.refunded.amount, one.provider_reference,
        ]  # fmt: skip


def _ledger_rows(
    scope: Scope, sheet: LedgerSheet, since: date | None, until: date | None
) -> Iterator[list[Any]]:
    pages = every_line(scope, statement=sheet.statement, since=since, until=until) if sheet.statement else ()
    for page in pages:
        for line in page.lines:
            after = "" if line.balance_after is None else Money(line.balance_after, line.currency).amount
            yield [
                line.effective_on.isoformat(), line.journal_id, line.line, line.kind, line.source,
                Money(line.amount_minor, line.currency).amount, after, line.currency,
            ]  # fmt: skip


def _payout_rows(scope: Scope, state: str) -> Iterator[list[Any]]:
    cursor = "start"
    while cursor:
        page = finance.browse_payouts(scope, state=state, cursor=cursor, size=200)
        for row in page.rows:
            one = row.payout
            yield [
                one.id, one.effective_on.isoformat(), one.state, one.amount.amount, one.amount.currency,
                one.account_code, one.run, one.bank_reference, one.confirmed_by,
            ]  # fmt: skip
        cursor = page.next_cursor
