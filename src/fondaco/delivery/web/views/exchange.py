"""Exchange: exposure with its risk, quotes, commitments, proposals of cover, and the authority's file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import day_asked, number_asked, word_asked
from fondaco.delivery.web.charts_exchange import exposure_chart, risk_chart
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.exchange_words import (
    FAILURES,
    FORWARD_WORDS,
    QUOTE_WORDS,
    SOURCES,
    bucket_rows,
    file_words,
    in_base,
    taken_words,
    why_cover,
    why_exposure,
    why_risk,
)
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows import exchange as flow
from fondaco.kernel import clock
from fondaco.kernel.money import BadAmount, Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.public import exchange
from fondaco.systems.finance.public.exchange import CoverNotFound, CoverView, FileCheck, Policy, RatesTaken

_MAY = (Kind.SELLER, Kind.CARRIER, Kind.BANK)
_MOST = 4 * 1024 * 1024
_FILE = (Kind.TAX, Kind.CUSTOMS, Kind.BANK)


@require_GET
@member(*_MAY)
def exposure(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The desk: exposure by currency and bucket, its risk, and what may be done about it."""
    now = clock.now()
    desk = flow.exchange_desk(scope, now=now)
    risks = [
        (word, in_base(risk.var, risk.base), in_base(risk.shortfall, risk.base))
        for word, risk in ((_("one day"), desk.day), (_("one month"), desk.month))
        if risk
    ]
    context = {
        "desk": desk, "rows": bucket_rows(desk.board), "risks": risks, "now": now,
        "chart": exposure_chart(desk.board), "risk_chart": risk_chart(desk.day),
        "commitments": [(key, flow_, Money(flow_.minor, flow_.currency)) for key, flow_ in desk.commitments],
        "source_words": SOURCES, "own": not scope.is_operator, "gets_file": scope.is_operator or scope.kind in _FILE,
        "forward_words": FORWARD_WORDS, "quote_words": QUOTE_WORDS, "failures": FAILURES,
        "account": "fx_position" if scope.is_operator else "payable",
    }  # fmt: skip
    return render(request, "exchange/exposure.html", context)


@require_GET
@member(*_MAY)
def exposure_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The board as CSV."""
    headings = (
        "currency",
        "bucket",
        "incoming",
        "outgoing",
        "net",
        "covered",
        "open",
        "rate",
        "rate_on",
        "base",
    )
    _policy, board = flow.policy_and_board(scope, now=clock.now())
    return csv_response("exposure", headings=headings, rows=_rows(board))


def _rows(board: exchange.Board) -> Iterator[list[Any]]:
    for row in bucket_rows(board):
        key, dated = row["key"], row["rate"]
        amounts = [row[name].amount for name in ("incoming", "outgoing", "net", "hedged", "open")]
        yield [
            key.currency,
            key.bucket,
            *amounts,
            dated.rate if dated else "",
            dated.on if dated else "",
            board.base,
        ]


@require_GET
@member(*_MAY)
def risk_why(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Why the loss is what it is."""
    month = request.GET.get("over") == "month"
    found = why_risk(flow.exchange_desk(scope, now=clock.now()), month=month)
    if found is None:
        raise Http404
    return render_why(request, found, back=reverse("exposure"))


@require_GET
@member(*_MAY)
def exposure_why(request: HttpRequest, scope: Scope, currency: str, bucket: int) -> HttpResponseBase:
    """Why so much is open in a currency and bucket: each flow, the netting, what is covered, the rate."""
    _policy, board = flow.policy_and_board(scope, now=clock.now())
    found = why_exposure(board, currency, bucket)
    if found is None:
        raise Http404
    return render_why(request, found, back=reverse("exposure"))


@require_GET
@member(*_MAY)
def cover_why(request: HttpRequest, scope: Scope, cover_id: UUID) -> HttpResponseBase:
    """Why so much cover at such a rate."""
    return render_why(request, why_cover(_cover(scope, cover_id)), back=reverse("exposure"))


@require_POST
@member(*_MAY, role=Role.CLERK)
def quote_make(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Lock a rate for a minute."""
    form, now = request.POST, clock.now()
    attempt(
        request,
        lambda: exchange.make_quote(
            scope, _amount(form, "amount", "sell"), word_asked(form, "buy", most=3).upper(), now=now
        ),
        done=_("The rate is yours for a minute."),
    )
    return redirect(reverse("exposure") + "#quotes")


@require_POST
@member(*_MAY, role=Role.CLERK)
def quote_take(request: HttpRequest, scope: Scope, quote_id: UUID) -> HttpResponseBase:
    """Convert at a quote."""
    attempt(request, lambda: exchange.take_quote(scope, quote_id, now=clock.now()), done=_("Converted."))
    return redirect(reverse("exposure") + "#quotes")


@require_POST
@member(*_MAY, role=Role.CLERK)
def commitment_deed(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Note a commitment, or drop one."""
    form = request.POST
    if dropped := word_asked(form, "drop", most=36):
        attempt(request, lambda: exchange.drop_commitment(scope, _id(dropped)), done=_("Forgotten."))
    else:
        attempt(request, lambda: _commit(request, scope), done=_("Noted; the exposure counts it."))
    return redirect(reverse("exposure") + "#commitments")


def _commit(request: HttpRequest, scope: Scope) -> UUID:
    form = request.POST
    due = day_asked(form, "due_on")
    if due is None:
        raise BadAmount("Give the day as YYYY-MM-DD.", field="due_on")
    amount = _amount(form, "amount", "currency")
    signed = -amount if form.get("way") == "out" else amount
    return exchange.add_commitment(
        scope, signed, due_on=due, label=word_asked(form, "label", most=120), now=clock.now()
    )


@require_POST
@member(*_MAY, role=Role.CLERK)
def cover_deed(request: HttpRequest, scope: Scope, cover_id: UUID) -> HttpResponseBase:
    """Change the share, order the forward, or dismiss the proposal."""
    what, now = word_asked(request.POST, "deed"), clock.now()
    share = number_asked(request.POST, "share")
    if what == "dismiss":
        attempt(request, lambda: exchange.dismiss_cover(scope, cover_id, now=now), done=_("Dismissed."))
    elif what == "order":
        attempt(
            request,
            lambda: flow.order_cover(scope, cover_id, now=now),
            done=_("Asked the provider; see the forwards."),
        )
    else:
        attempt(
            request,
            lambda: exchange.edit_cover(scope, cover_id, share_pct=share, now=now),
            done=_("Changed."),
        )
    return redirect(reverse("exposure") + "#cover")


@require_POST
@member(*_MAY, role=Role.CLERK)
def cover_propose(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Make today's proposals now."""
    attempt(
        request, lambda: flow.propose_cover(scope, now=clock.now()), done=_("Today's proposals are made.")
    )
    return redirect(reverse("exposure") + "#cover")


@require_POST
@member(*_MAY, role=Role.MANAGER)
def policy_keep(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Keep how the currencies are to be looked after."""
    form, now = request.POST, clock.now()

    def keep() -> Policy:
        layers = tuple(number_asked(form, f"layer{n}", default=-1) for n in range(3))
        policy = Policy(
            word_asked(form, "base", most=3).upper(), (layers[0], layers[1], layers[2]),
            word_asked(form, "cost_currency", most=3).upper(), _percent(form, "margin_pct"), _percent(form, "guard_pct"),
        )  # fmt: skip
        return exchange.save_policy(scope, policy, now=now)

    attempt(request, keep, done=_("Kept."))
    return redirect(reverse("exposure") + "#policy")


@require_GET
@member(*_FILE)
def settlement_file(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The authority's file of a month's conversions; the present month where none is named."""
    today = clock.now().date()
    since = day_asked(request.GET, "since") or today.replace(day=1)
    until = day_asked(request.GET, "until") or _next_month(since)
    body = flow.settlement_file(scope, since=since, until=until)
    answer = HttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="exchange-settlement-{since.isoformat()}.csv"'
    return answer


@require_POST
@member(*_FILE)
def settlement_check(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Whether a settlement file is what it claims to be."""
    held: list[FileCheck] = []
    if attempt(
        request, lambda: held.append(exchange.check_file(_dropped(request))), done=_("The file holds.")
    ):
        messages.info(request, file_words(held[0]))
    return redirect("exposure")


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def rates_take(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Take in the second provider's rates, and say where the two are too far apart."""
    taken: list[RatesTaken] = []
    content = _dropped(request)
    if attempt(
        request,
        lambda: taken.append(flow.take_rates(scope, content, now=clock.now())),
        done=_("The file was read."),
    ):
        messages.info(request, taken_words(taken[0]))
    return redirect(reverse("exposure") + "#rates")


def _dropped(request: HttpRequest) -> bytes:
    """The file that was dropped, at most four megabytes of it; empty where there was none."""
    dropped = request.FILES.get("file")
    return dropped.read(_MOST) if dropped else b""


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1) if day.year < date.max.year else date.max


def _cover(scope: Scope, cover_id: UUID) -> CoverView:
    for one in exchange.list_covers(scope, size=500):
        if one.id == cover_id:
            return one
    raise CoverNotFound(field="cover", value=str(cover_id))


def _amount(form: Any, amount: str, currency: str) -> Money:
    return Money.exactly(word_asked(form, amount, most=24), word_asked(form, currency, most=3).upper())


def _percent(form: Any, name: str) -> Decimal:
    said = word_asked(form, name, most=8)
    try:
        return Decimal(said)
    except InvalidOperation as fault:
        raise BadAmount(field=name, value=said) from fault


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
