"""The rebate desk: cases, exports without one, one case with its Why, rates by day, months and the ledger, invoices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import day_asked, id_asked, one_of, word_asked
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.rebate_words import (
    GROUNDS,
    MISSING,
    STATED,
    days_left,
    missing_words,
    month_explanation,
    open_explanation,
    rebate_explanation,
    way_name,
    way_text,
)
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows import rebates as flow
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import RateRow, RebateDTO, RebateState, WayOffer

SIZE = 50
SEES = (Kind.SELLER, Kind.TAX)
_LACKS = ("departure", "invoices", "receipt", "rate")
_SOON = 30  # days
_OPEN = "open"  # in the place of a month: whatever is open


@require_GET
@member(*SEES)
def desk(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The cases that the reader may see, with what each lacks and the days left."""
    today = clock.today()
    state, missing = _filters(request)
    found = flow.rebate_desk(
        scope,
        now=clock.now(),
        state=state,
        missing=missing,
        before=id_asked(request.GET, "before"),
        size=SIZE + 1,
    )
    context = {
        "desk": found,
        "rows": [_row(one, found, today=today) for one in found.cases[:SIZE]],
        "state": state,
        "states": [(one, found.counts[one]) for one in RebateState.values if found.counts.get(one)],
        "missing": missing,
        "lacks": [(word, MISSING[word]) for word in _LACKS],
        "ages": rebates.AGES,
        "next": found.cases[SIZE - 1].id if len(found.cases) > SIZE else None,
        "claims": scope.kind != Kind.TAX,
    }
    return render(request, "rebates/list.html", context)


@require_GET
@member(*SEES)
def desk_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The cases as filtered, as CSV."""
    headings = (
        "order", "way", "mode", "state", "missing", "last_day", "departed_on", "period", "claimed", "paid",
        "refused", "open", "clawed_back", "currency",
    )  # fmt: skip
    return csv_response("rebates", headings=headings, rows=_case_rows(scope, *_filters(request)))


@require_GET
@member(*SEES)
def case_page(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """One case: its evidence, sums, ledger, and the steps it allows."""
    sheet = flow.rebate_sheet(scope, case_id, now=clock.now())
    case = sheet.detail.case
    context = {
        "sheet": sheet,
        "detail": sheet.detail,
        "case": case,
        "way_name": way_name(case.way),
        "way_text": way_text(case.way),
        "missing": missing_words(case),
        "left": days_left(case, clock.today()),
        "seller_steps": _seller_steps(sheet, days_left(case, clock.today())),
        "office_steps": _steps(sheet.detail.events, ("approve", "refuse", "pay", "claw_back"), sheet.decides),
    }
    return render(request, "rebates/page.html", context)


@require_GET
@member(*SEES)
def case_why(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponse:
    """Why a case is worth what it is: rate, base, formula, source."""
    detail = rebates.case_detail(scope, case_id, today=clock.today())
    return render_why(request, rebate_explanation(detail), back=reverse("rebate", args=[case_id]))


@require_GET
@member(*SEES)
def exports(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Released exports on which nobody has opened a case."""
    found = rebates.export_evidence(
        scope, unclaimed=True, before=id_asked(request.GET, "before"), size=SIZE + 1
    )
    context = {
        "rows": found[:SIZE],
        "next": found[SIZE - 1].declaration_id if len(found) > SIZE else None,
    }
    return render(request, "rebates/exports.html", context)


@require_GET
@member(*SEES)
def exports_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The same as CSV."""
    headings = (
        "order",
        "lrn",
        "mrn",
        "mode",
        "released_on",
        "departed_on",
        "value",
        "currency",
        "rates_known",
    )
    return csv_response("exports-without-rebate", headings=headings, rows=_export_rows(scope))


@require_GET
@member(Kind.SELLER)
def export_page(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """One export: which ways are open to it and why others are not; the form that opens a case."""
    export, offers = flow.export_sheet(scope, declaration_id)
    context = {
        "export": export,
        "offers": [_offer(one) for one in offers],
        "any": any(o.is_open for o in offers),
    }
    return render(request, "rebates/open.html", context)


@require_GET
@member()
def rates(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The rebate rate of a code on a day, and its history; without a code the whole table."""
    code, on = word_asked(request.GET, "code", most=14), day_asked(request.GET, "on") or clock.today()
    book = rebates.rate_book()
    rows = book.history(code) if code else [row for held in book.rows.values() for row in held]
    context = {
        "code": code, "on": on, "rows": [(row, row.holds_on(on)) for row in rows],
        "now": book.on(code, on) if code else None,
        "ways": [(way, way_name(way), way_text(way)) for way in rebates.ways().values()],
    }  # fmt: skip
    return render(request, "rebates/rates.html", context)


@require_GET
@member()
def rates_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The table of rates as CSV."""
    headings = ("prefix", "rate", "vat_rate", "valid_from", "valid_to", "confidence", "source", "note")
    rows = (row for held in rebates.rate_book().rows.values() for row in held)
    return csv_response("rebate-rates", headings=headings, rows=map(_rate_cells, rows))


@require_GET
@member(*SEES)
def months(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The ledger by month, and the months that producers have filed."""
    context = {"sheet": flow.month_sheet(scope), "may_file": scope.kind == Kind.SELLER}
    return render(request, "rebates/months.html", context)


@require_GET
@member(*SEES)
def month_why(request: HttpRequest, scope: Scope, period: str, currency: str) -> HttpResponse:
    """Why a month's sums are what they are: what producers filed, and the lines of its ledger.

    For the period "open": what is open of all months, by age.
    """
    if period == _OPEN:
        return _open_why(request, scope, currency)
    found = flow.month_proof(scope, period, currency)
    if found is None:
        raise Http404
    return render_why(request, month_explanation(found), back=reverse("rebate_months"))


def _open_why(request: HttpRequest, scope: Scope, currency: str) -> HttpResponse:
    """Why so much is open with the tax office, and how old it is: the claims that it is made of."""
    today = clock.today()
    found = flow.open_proof(scope, currency, today=today)
    if found is None:
        raise Http404
    return render_why(request, open_explanation(*found, today=today), back=reverse("rebates"))


@require_GET
@member(*SEES)
def months_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The ledger by month as CSV."""
    headings = (
        "period",
        "currency",
        "cases",
        "claimed",
        "paid",
        "refused",
        "open",
        "clawed_back",
        "balanced",
    )
    rows = (
        [
            one.period.isoformat(), one.currency, one.cases, one.standing.claimed, one.standing.paid,
            one.standing.refused, one.standing.open, one.standing.clawed_back, one.standing.balanced,
        ]
        for one in rebates.balance_by_period(scope)
    )  # fmt: skip
    return csv_response("rebate-months-minor-units", headings=headings, rows=rows)


@require_GET
@member(Kind.SELLER)
def invoices(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The pool of input invoices and what is left of each."""
    with_left = one_of(request.GET, "show", ("left",)) == "left"
    context = {
        "rows": rebates.list_invoices(scope, with_left=with_left),
        "with_left": with_left,
        "may_add": scope.kind == Kind.SELLER,
    }
    return render(request, "rebates/invoices.html", context)


@require_GET
@member(Kind.SELLER)
def invoices_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The pool as CSV."""
    headings = ("number", "line", "supplier", "issued_on", "quantity", "left", "net", "vat", "currency")
    rows = (
        [r.number, r.line, r.supplier, r.issued_on.isoformat(), r.quantity, r.left, r.net.amount, r.vat.amount, r.net.currency]
        for r in rebates.list_invoices(scope, size=5_000)
    )  # fmt: skip
    return csv_response("input-invoices", headings=headings, rows=rows)


def _filters(request: HttpRequest) -> tuple[str, str]:
    return one_of(request.GET, "state", RebateState.values), one_of(request.GET, "missing", _LACKS)


def _row(one: RebateDTO, found: flow.RebateDesk, *, today: Any) -> dict[str, Any]:
    left = days_left(one, today)
    return {
        "case": one,
        "seller": found.names.get(one.seller_id, ""),
        "way": way_name(one.way),
        "missing": missing_words(one),
        "left": left,
        "soon": left is not None and left <= _SOON,
    }


def _steps(events: tuple[str, ...], known: tuple[str, ...], may: bool) -> list[str]:
    return [event for event in known if event in events] if may else []


def _seller_steps(sheet: flow.RebateSheet, left: int | None) -> list[str]:
    """The steps that have something to show: settling by sales what was prepaid, lapsing what is over."""
    steps = _steps(sheet.detail.events, ("claim", "reconcile", "lapse", "withdraw"), sheet.prepares)
    idle = set() if sheet.detail.case.way.prepaid else {"reconcile"}
    return [
        step for step in steps if step not in (idle if left is not None and left < 0 else idle | {"lapse"})
    ]


def _offer(one: WayOffer) -> dict[str, Any]:
    grounds = [ground for ground in one.grounds if ground.what in GROUNDS]
    return {
        "way": one.way,
        "name": way_name(one.way),
        "text": way_text(one.way),
        "open": one.is_open,
        "asks": [(word, STATED.get(word, word)) for word in one.way.asks],
        "grounds": [(GROUNDS[ground.what], ground) for ground in grounds],
    }


def _case_rows(scope: Scope, state: str, missing: str) -> Iterator[list[Any]]:
    before: UUID | None = None
    while True:
        found = rebates.list_cases(
            scope, today=clock.today(), state=state, missing=missing, before=before, size=200
        )
        for one in found:
            yield [
                one.reference, one.way.code, one.mode, one.state, " ".join(one.missing), one.last_day or "",
                one.departed_on or "", one.period or "", one.claimed.amount, one.paid.amount, one.refused.amount,
                one.open.amount, one.clawed_back.amount, one.claimed.currency,
            ]  # fmt: skip
        if len(found) < 200:
            return
        before = found[-1].id


def _export_rows(scope: Scope) -> Iterator[list[Any]]:
    before: UUID | None = None
    while True:
        found = rebates.export_evidence(scope, unclaimed=True, before=before, size=200)
        for one in found:
            yield [
                one.reference, one.lrn, one.mrn, " ".join(one.modes), one.released_on, one.departed_on or "",
                one.value.amount, one.currency, one.is_known,
            ]  # fmt: skip
        if len(found) < 200:
            return
        before = found[-1].declaration_id


def _rate_cells(row: RateRow) -> list[Any]:
    rate = "" if row.rate is None else row.rate
    return [
        row.prefix, rate, row.vat_rate, row.valid_from, row.valid_to or "", row.confidence, row.source, row.note,
    ]  # fmt: skip
