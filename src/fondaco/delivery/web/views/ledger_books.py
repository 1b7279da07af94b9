"""The books: the postings behind any figure, liabilities and ageing, periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import day_asked, id_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.journal_words import about_word
from fondaco.delivery.web.presenting.money_words import account_word, journal_word
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.templatetags.fondaco import day_text
from fondaco.delivery.web.views.finance import OWN_BOOKS
from fondaco.delivery.web.views.site import render_why
from fondaco.flows import ledger_pages as flow
from fondaco.flows.money_pages import order_in
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.public import BUCKETS, HOUSE, AgedLine, DatedRate, EntryFilter, EntryView

SIZE = 50
_KEPT = ("owner", "source", "kind", "side", "account", "currency", "seller", "return", "invoice")
_KINDS = {kind.value for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER, Kind.CUSTOMS, Kind.TAX, Kind.PSP)}


@require_GET
@member()
def posting_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The postings behind a figure: filtered as the figure was, with their sum."""
    filters = filters_asked(request)
    sheet = flow.posting_sheet(scope, filters=filters, cursor=request.GET.get("cursor", ""), size=SIZE)
    context = {
        "sheet": sheet,
        "rows": [_posting(line, sheet) for line in sheet.page.lines],
        "filters": filters,
        "account": account_word(filters.code) if filters.code else "",
        "kind": journal_word(filters.kind) if filters.kind else "",
        "order_id": order_in(filters.source),
        "kept": [(name, request.GET[name]) for name in _KEPT if request.GET.get(name)],
    }
    return render(request, "money/postings.html", context)


@require_GET
@member()
def posting_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The postings as filtered, as CSV."""
    headings = (
        "effective_on",
        "written_at",
        "journal",
        "line",
        "kind",
        "source",
        "owner",
        "account",
        "amount",
        "currency",
    )
    rows = (
        [
            line.effective_on.isoformat(), line.created_at.isoformat(), line.journal_id, line.line, line.kind, line.source,
            line.owner_id, line.code, Money(line.amount_minor, line.currency).amount, line.currency,
        ]
        for page in flow.every_posting(scope, filters=filters_asked(request)) for line in page.lines
    )  # fmt: skip
    return csv_response("postings", headings=headings, rows=rows)


@require_GET
@member(Kind.PLATFORM)
def reports(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What the house owes to whom, by currency and in one, and how old open sums are."""
    day, currency, kind = _asked(request)
    sheet = flow.report_sheet(on=day, currency=currency, kind=kind)
    context = {
        "sheet": sheet,
        "currency": currency,
        "kind": kind,
        "kinds": [(one, Kind(one).label) for one in sorted(_KINDS)],
        "day": day,
        "lines": [
            (line, Kind(line.kind).label, worth)
            for line, worth in zip(sheet.lines, sheet.lines_in, strict=True)
        ],
        "aged": [
            (account_word(one.code), one, worth) for one, worth in zip(sheet.aged, sheet.aged_in, strict=True)
        ],
        "buckets": _buckets(),
    }
    return render(request, "money/reports.html", context)


@require_GET
@member(Kind.PLATFORM)
def owed_why(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Why so much is owed in one currency: each currency's sum, and the dated rate it was taken at."""
    day, currency, kind = _asked(request)
    sheet, rates = flow.owed_in_one(on=day, currency=currency, kind=kind)
    steps = [
        _dated_step(_("Owed in %(c)s") % {"c": one.currency}, one, rate)
        for one, rate in zip(sheet.sums, rates, strict=True)
    ]
    found = _all_in(currency, day, sheet.in_one, steps)
    return render_why(request, found, back=f"{reverse('ledger_reports')}?{request.GET.urlencode()}")


@require_GET
@member(Kind.PLATFORM)
def aged_why(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Why the open sums of one account and currency are so old: what of each age is still open, and the rule."""
    day, currency, kind = _asked(request)
    code, own = word_asked(request.GET, "account", most=60), word_asked(request.GET, "currency", most=3)
    aged = flow.report_sheet(on=day, currency=currency, kind=kind).aged
    line = next((one for one in aged if (one.code, one.currency) == (code, own)), None)
    if line is None:
        raise Http404
    steps = tuple(Step(word, part) for word, part in zip(_buckets(), line.buckets, strict=True))
    found = Explanation(
        account_word(line.code), line.total,
        _("On each account the oldest lines are taken as paid first: what is open on %(day)s is made of the latest "
          "lines, counted by their age.") % {"day": day_text(day)}, steps,
    )  # fmt: skip
    return render_why(request, found, back=f"{reverse('ledger_reports')}?on={day}")


@require_GET
@member(*OWN_BOOKS)
def accounts_why(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What the accounts of one owner come to in a chosen currency: each balance, and the dated rate it was taken at."""
    day, currency, _kind = _asked(request)
    owner = id_asked(request.GET, "owner")
    lines, total = flow.accounts_in_one(scope, owner, on=day, currency=currency)
    own = owner in (None, scope.organisation_id) and not scope.is_operator
    steps = [
        _dated_step(account_word(one.code, own=own), Money(one.balance_minor, one.currency), rate)
        for one, rate in lines
    ]
    back = f"{reverse('ledger')}?owner={owner}" if owner else reverse("ledger")
    return render_why(request, _all_in(currency, day, total, steps), back=back)


@require_GET
@member(Kind.PLATFORM)
def report_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Liabilities and ageing as CSV."""
    day, currency, kind = _asked(request)
    sheet = flow.report_sheet(on=day, currency=currency, kind=kind)
    headings = ("part", "party_or_account", "kind", "currency", "payable_or_7", "in_transit_or_30", "escrow_or_60",
                "claim_or_90", "dues_or_older", "total", "in_one")  # fmt: skip
    owed = (
        [
            "liability", line.name, line.kind, line.owed.total.currency, line.owed.payable.amount,
            line.owed.in_transit.amount, line.owed.escrow.amount, line.owed.claim.amount, line.owed.dues.amount,
            line.owed.total.amount, worth.amount if worth else "",
        ]
        for line, worth in zip(sheet.lines, sheet.lines_in, strict=True)
    )  # fmt: skip
    return csv_response(
        "liabilities", headings=headings, rows=[*owed, *map(_aged_row, sheet.aged, sheet.aged_in)]
    )


@require_GET
@member(Kind.PLATFORM)
def period_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Periods, open and closed."""
    return render(request, "money/periods.html", {"rows": flow.period_list(scope), "me": flow.who(scope)})


@require_GET
@member(Kind.PLATFORM)
def period_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Periods as CSV."""
    rows = (
        [p.first_on, p.last_on, p.state, p.closed_at or "", p.closed_by, p.digest]
        for p in flow.period_list(scope)
    )
    return csv_response(
        "periods", headings=("first_on", "last_on", "state", "closed_at", "closed_by", "digest"), rows=rows
    )


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def period_close(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Close the days given: nothing more is posted into them."""
    first, last = day_asked(request.POST, "first"), day_asked(request.POST, "last")
    attempt(
        request,
        lambda: flow.close_books(
            scope, first_on=first or date.max, last_on=last or date.min, now=clock.now()
        ),
        done=_("Closed. Nothing more is posted into these days."),
    )
    return redirect("periods")


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def period_reopen(request: HttpRequest, scope: Scope, period_id: UUID) -> HttpResponseBase:
    """Open a closed period again, for a reason."""
    reason = word_asked(request.POST, "reason", most=200)
    attempt(
        request,
        lambda: flow.reopen_books(scope, period_id, reason=reason, now=clock.now()),
        done=_("Open again. Close it as soon as the correction is posted."),
    )
    return redirect("periods")


def _all_in(currency: str, day: date, total: Money | None, steps: Sequence[Step]) -> Explanation:
    return Explanation(
        _("All in %(currency)s") % {"currency": currency}, total,
        _("The sums of all currencies at the reference rates of %(day)s, rounded once.") % {"day": day_text(day)}, tuple(steps),
    )  # fmt: skip


def _dated_step(word: str, amount: Money, rate: DatedRate | None) -> Step:
    told = f"{rate.provider} {rate.on.isoformat()}: {rate.rate.normalize()}" if rate else ""
    return Step(word, amount, source=told)


def filters_asked(request: HttpRequest) -> EntryFilter:
    """Which postings the address asks for."""
    asked = request.GET
    return EntryFilter(
        code=word_asked(asked, "account", most=60),
        currency=word_asked(asked, "currency", most=3),
        owner_id=id_asked(asked, "owner"),
        kind=word_asked(asked, "kind", most=40),
        source=word_asked(asked, "source", most=80),
        since=day_asked(asked, "since"),
        until=day_asked(asked, "until"),
        side=one_of(asked, "side", ("debit", "credit")),
        seller_id=id_asked(asked, "seller"),
        return_id=id_asked(asked, "return"),
        invoice_id=id_asked(asked, "invoice"),
    )


def _posting(line: EntryView, sheet: flow.PostingSheet) -> dict[str, Any]:
    order_id = order_in(line.source)
    return {
        "line": line,
        "word": journal_word(line.kind),
        "account": account_word(line.code),
        "about": about_word(line.source),
        "owner": sheet.names.get(line.owner_id, ""),
        "house": line.owner_id == HOUSE,
        "amount": Money(line.amount_minor, line.currency),
        "order_id": order_id,
        "number": sheet.numbers.get(order_id, "") if order_id else "",
    }


def _asked(request: HttpRequest) -> tuple[date, str, str]:
    day = day_asked(request.GET, "on") or clock.now().date()
    currency = word_asked(request.GET, "in", most=3).upper()
    return (
        day,
        currency if len(currency) == 3 and currency.isalpha() else "EUR",
        one_of(request.GET, "kind", _KINDS),
    )


def _buckets() -> list[str]:
    starts = (0, *(end + 1 for end in BUCKETS))
    named = [
        _("%(first)s to %(last)s days") % {"first": a, "last": b}
        for a, b in zip(starts, BUCKETS, strict=False)
    ]
    return [*named, _("over %(last)s days") % {"last": BUCKETS[-1]}]


def _aged_row(one: AgedLine, worth: Money | None) -> list[Any]:
    parts = [part.amount for part in one.buckets]
    return ["ageing", one.code, "", one.currency, *parts, one.total.amount, worth.amount if worth else ""]
