"""Cover: layered proposals that a merchant edits, forwards booked with a hedge provider.

The provider is asked after the commit that wrote the forward down, under a key of the forward's own; what got no
usable answer stays `asked` and is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.kernel.paging import newest_after, ordered_after
from fondaco.kernel.tenancy import Role, Scope
from fondaco.systems.finance.domain.exchange import (
    Board,
    Cover,
    CoverDecided,
    CoverNotFound,
    CoverOutdated,
    ForwardAnswer,
    ForwardOrder,
    ForwardRate,
    HedgeProvider,
    HedgeUnavailable,
    MoneyMarket,
    NoMoneyMarketRate,
    Policy,
    cover_amount,
    cover_of,
    forward_rate,
    propose_cover,
)
from fondaco.systems.finance.domain.fx import DatedRate
from fondaco.systems.finance.models import (
    COVERS,
    FORWARDS,
    CoverProposal,
    CoverState,
    ForwardState,
    FxForward,
)
from fondaco.systems.finance.rules import read_table
from fondaco.systems.finance.services.periods import SameHand
from fondaco.systems.finance.services.support import insert_models, tell


@dataclass(frozen=True, slots=True)
class CoverView:
    """A proposal as a merchant sees it; `why` says what it was computed from."""

    id: UUID
    on: date
    currency: str
    bucket: int
    due_on: date
    net: Money
    covered: Money
    share_pct: int
    amount: Money
    base: str
    spot: Decimal
    forward: Decimal
    state: str
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ForwardView:
    """A forward: `sell` for `buy` on `due_on`; `buy` is None until it is booked."""

    id: UUID
    sell: Money
    buy: Money | None
    rate: Decimal | None
    due_on: date
    state: str
    provider: str
    reference: str
    failure: str
    settled_at: datetime | None = None
    journal_id: int | None = None
    cover_id: UUID | None = None


@cache
def money_market() -> dict[str, tuple[MoneyMarket, ...]]:
    """Yearly interest by currency, oldest first, from data/finance/money_market.csv: policy rates, dated, sourced."""
    found: dict[str, list[MoneyMarket]] = {}
    for row in read_table("money_market"):
        one = MoneyMarket(
            row["currency"], Decimal(row["rate_pct"]) / 100, int(row["days_in_year"]),
            date.fromisoformat(row["valid_from"]), row["source"],
        )  # fmt: skip
        found.setdefault(one.currency, []).append(one)
    return {currency: tuple(sorted(rows, key=lambda r: r.on)) for currency, rows in found.items()}


def forward_currencies() -> tuple[str, ...]:
    """The currencies that a forward can be computed for."""
    return tuple(sorted(money_market()))


def interest(currency: str, *, on: date) -> MoneyMarket:
    """The currency's interest rate in force on a day; NoMoneyMarketRate."""
    known = [one for one in money_market().get(currency, ()) if one.on <= on]
    if not known:
        raise NoMoneyMarketRate(field="currency", value=currency)
    return known[-1]


def forward_of(spot: DatedRate, *, due_on: date, on: date) -> ForwardRate:
    """The forward of `spot` for `due_on` by covered parity. NoMoneyMarketRate."""
    base_leg, quote_leg = interest(spot.base, on=on), interest(spot.quote, on=on)
    days = max((due_on - on).days, 0)
    return ForwardRate(forward_rate(spot, base_leg, quote_leg, days=days), spot, days, base_leg, quote_leg)


def propose(owner_id: UUID, board: Board, *, policy: Policy, now: datetime) -> int:
    """The day's proposals of cover for the owner's board; how many are new.

    Again the same day, those that nobody has decided follow the board, each with the share that it has, edited or
    not. Currencies without a rate or an interest rate get none.
    """
    with transaction.atomic():
        known = _follow(owner_id, board)
        rows = [
            _proposal(owner_id, cover, _priced(board, cover.currency, cover.due_on), board)
            for cover in propose_cover(board.rows, layers=policy.layers, on=board.on)
            if (cover.currency, cover.bucket) not in known and _has_forward(board, cover.currency)
        ]
        made = insert_models(rows)
        if made:
            tell(
                "exchange.cover-proposed", subject_type="organisation",
                facts=[(owner_id, owner_id, {"count": made, "on": board.on.isoformat()})], at=now,
            )  # fmt: skip
    return made


def _has_forward(board: Board, currency: str) -> bool:
    return currency in board.rates and {currency, board.base} <= money_market().keys()


def _priced(board: Board, currency: str, due_on: date) -> ForwardRate:
    return forward_of(board.rates[currency], due_on=due_on, on=board.on)


def _follow(owner_id: UUID, board: Board) -> set[tuple[str, int]]:
    """Let the day's undecided proposals say what the board says now; which currencies and buckets have one.

    One that is no longer needed keeps its last figures: a person dismisses it.
    """
    mine = CoverProposal.objects.house().filter(owner_id=owner_id, on=board.on)
    rows = list(mine.select_for_update().order_by("id"))
    stand = {(one.currency, one.bucket): one for one in board.rows}
    for row in rows:
        now = stand.get((row.currency, row.bucket))
        open_still = row.state == CoverState.PROPOSED and now is not None and row.base == board.base
        if open_still and now and (cover := cover_of(now, share_pct=row.share_pct, on=board.on)):
            row.net_minor, row.covered_minor = cover.net_minor, cover.covered_minor
            row.amount_minor = cover.amount_minor
            row.save(update_fields=["net_minor", "covered_minor", "amount_minor"])
    return {(row.currency, row.bucket) for row in rows}


def _proposal(owner_id: UUID, cover: Cover, priced: ForwardRate, board: Board) -> CoverProposal:
    why = {
        "layer_pct": cover.share_pct,
        "spot_on": priced.spot.on.isoformat(), "provider": priced.spot.provider, "days": priced.days,
        "base_rate": str(priced.base_leg.rate), "base_days": priced.base_leg.days_in_year,
        "base_source": priced.base_leg.source, "base_on": priced.base_leg.on.isoformat(),
        "quote_rate": str(priced.quote_leg.rate), "quote_days": priced.quote_leg.days_in_year,
        "quote_source": priced.quote_leg.source, "quote_on": priced.quote_leg.on.isoformat(),
    }  # fmt: skip
    return CoverProposal(
        owner_id=owner_id, on=board.on, currency=cover.currency, bucket=cover.bucket, due_on=cover.due_on,
        base=board.base, net_minor=cover.net_minor, covered_minor=cover.covered_minor, share_pct=cover.share_pct,
        amount_minor=cover.amount_minor, spot=priced.spot.rate, forward=priced.rate, why=why,
    )  # fmt: skip


def list_covers(
    scope: Scope, *, on: date | None = None, after: UUID | None = None, size: int = 50
) -> list[CoverView]:
    """The scope's proposals of a day, or the latest, by currency and bucket; past proposal `after`."""
    rows = CoverProposal.objects.of(scope).filter(owner_id=scope.organisation_id)
    if on:
        rows = rows.filter(on=on)
    ordered = ordered_after(rows, after, by=("-on", "currency", "bucket", "id"))
    return [_cover(row) for row in ordered[:size]]


def list_forwards(scope: Scope, *, after: UUID | None = None, size: int = 50) -> list[ForwardView]:
    """The scope's forwards, the latest first; past forward `after` where one is named."""
    rows = FxForward.objects.of(scope).filter(owner_id=scope.organisation_id)
    return [_forward(row) for row in newest_after(rows, after, moment="asked_at")[:size]]


def edit_cover(scope: Scope, cover_id: UUID, *, share_pct: int, now: datetime) -> CoverView:
    """Cover another share than the policy's; more than it takes a second person to order.

    CoverNotFound, CoverDecided, CoverOutdated; Refused above 100 or below what is covered.
    """
    scope.require(role=Role.CLERK)
    with transaction.atomic():
        row = _locked(scope, cover_id)
        _require_todays(row, now=now)
        amount = cover_amount(row.net_minor, row.covered_minor, share_pct=share_pct)
        if not 0 < share_pct <= 100 or not amount:
            raise Refused(
                "Choose a share up to 100 that is above what is covered.", field="share_pct", value=share_pct
            )
        row.share_pct, row.amount_minor = share_pct, amount
        row.why = {**row.why, "edited_by": _person(scope)}
        row.save(update_fields=["share_pct", "amount_minor", "why"])
        _tell_cover("exchange.cover-edited", row, actor=scope.actor, now=now)
    return _cover(row)


def dismiss_cover(scope: Scope, cover_id: UUID, *, now: datetime) -> CoverView:
    """Do not cover; dismissing again changes nothing. CoverNotFound, CoverDecided."""
    scope.require(role=Role.CLERK)
    with transaction.atomic():
        row = _locked(scope, cover_id, but=CoverState.DISMISSED)
        if row.state == CoverState.PROPOSED:
            row.state, row.decided_at = COVERS.after(row.state, "dismiss"), now
            row.save(update_fields=["state", "decided_at"])
            _tell_cover("exchange.cover-dismissed", row, actor=scope.actor, now=now)
    return _cover(row)


def order_cover(scope: Scope, cover_id: UUID, *, provider: HedgeProvider, now: datetime) -> ForwardView:
    """Book the proposal's forward with `provider`; ordering again asks for the same forward again.

    Needs a manager; SameHand for who raised the share above the policy's layer. CoverNotFound, CoverDecided,
    CoverOutdated for a proposal of another day. HedgeUnavailable where no answer came: the forward is written
    down, and `ask_again` finds out.
    """
    scope.require(role=Role.MANAGER)
    with transaction.atomic():
        row = _locked(scope, cover_id, but=CoverState.ORDERED)
        if row.state == CoverState.PROPOSED:
            _require_todays(row, now=now)
            _require_second_hand(row, scope)
            row.state, row.decided_at = COVERS.after(row.state, "order"), now
            row.save(update_fields=["state", "decided_at"])
            _write_down(row, provider=provider.name, now=now)
            _tell_cover("exchange.cover-ordered", row, actor=scope.actor, now=now)
    forward = FxForward.objects.of(scope).get(proposal_id=cover_id)
    _ask(forward, provider, now=now)
    if forward.state == ForwardState.ASKED:
        raise HedgeUnavailable(field="provider", value=provider.name)
    return _forward(forward)


def ask_again(provider: HedgeProvider, *, now: datetime) -> int:
    """Ask for the forwards that got no usable answer; how many were decided."""
    waiting = FxForward.objects.house().filter(state=ForwardState.ASKED).order_by("asked_at")[:100]
    return sum(_ask(row, provider, now=now) for row in waiting)


def count_asked() -> int:
    """House work: how many forwards wait for their provider's answer."""
    return int(FxForward.objects.house().filter(state=ForwardState.ASKED).count())


def _locked(scope: Scope, cover_id: UUID, *, but: str = "") -> CoverProposal:
    """The scope's proposal, locked, while it waits for a decision (or was decided as `but` before)."""
    rows = CoverProposal.objects.of(scope).select_for_update()
    row: CoverProposal | None = rows.filter(pk=cover_id, owner_id=scope.organisation_id).first()
    if row is None:
        raise CoverNotFound(field="cover", value=str(cover_id))
    if row.state not in (CoverState.PROPOSED, but):
        raise CoverDecided(field="state", value=row.state)
    return row


def _require_todays(row: CoverProposal, *, now: datetime) -> None:
    """Yesterday's proposal and today's cover the same exposure: ordering both would cover it twice."""
    if row.on != now.date():
        raise CoverOutdated(field="on", value=row.on.isoformat())


def _require_second_hand(row: CoverProposal, scope: Scope) -> None:
    if row.share_pct > row.why.get("layer_pct", row.share_pct) and row.why.get("edited_by") == _person(scope):
        raise SameHand(field="share_pct", value=row.share_pct)


def _person(scope: Scope) -> str:
    return str(scope.user_id or scope.actor)


def _write_down(row: CoverProposal, *, provider: str, now: datetime) -> None:
    """What comes in is sold for the base; what goes out is bought with it, at about the forward's rate."""
    amount = Money(abs(row.amount_minor), row.currency)
    sold = amount if row.amount_minor > 0 else amount.converted(row.forward, row.base)
    FxForward.objects.create(
        owner_id=row.owner_id, proposal=row, sell_currency=sold.currency, sell_minor=sold.minor,
        buy_currency=row.base if row.amount_minor > 0 else row.currency, due_on=row.due_on, provider=provider,
        asked_at=now,
    )  # fmt: skip


def _ask(row: FxForward, provider: HedgeProvider, *, now: datetime) -> bool:
    """Ask the provider about one forward and write its answer down; whether it is decided now by this."""
    order = ForwardOrder(row.pk, Money(row.sell_minor, row.sell_currency), row.buy_currency, row.due_on)
    if row.state != ForwardState.ASKED:
        return False
    answer = provider.book(order)
    if answer.status not in ("booked", "refused"):
        return False
    with transaction.atomic():
        fresh = FxForward.objects.house().select_for_update().get(pk=row.pk)
        if fresh.state == ForwardState.ASKED:
            _decide(fresh, answer, now=now)
        row.__dict__.update(fresh.__dict__)
    return True


def _decide(row: FxForward, answer: ForwardAnswer, *, now: datetime) -> None:
    row.state = FORWARDS.after(row.state, "book" if answer.status == "booked" else "refuse")
    row.decided_at, row.reference, row.failure = now, answer.reference, answer.reason
    if answer.buy is not None and answer.status == "booked":
        row.buy_minor, row.rate = answer.buy.minor, answer.rate
    row.save()
    detail = {"state": row.state, "reference": row.reference}
    tell(
        f"exchange.forward-{row.state}",
        subject_type="forward",
        facts=[(row.pk, row.owner_id, detail)],
        at=now,
    )


def _tell_cover(topic: str, row: CoverProposal, *, actor: str, now: datetime) -> None:
    detail = {"currency": row.currency, "amount_minor": row.amount_minor, "share_pct": row.share_pct}
    tell(topic, subject_type="cover", facts=[(row.pk, row.owner_id, detail)], at=now, actor=actor)


def _cover(row: CoverProposal) -> CoverView:
    net, covered, amount = (
        Money(minor, row.currency) for minor in (row.net_minor, row.covered_minor, row.amount_minor)
    )
    return CoverView(
        row.pk, row.on, row.currency, row.bucket, row.due_on, net, covered, row.share_pct, amount, row.base,
        row.spot, row.forward, row.state, row.why,
    )  # fmt: skip


def _forward(row: FxForward) -> ForwardView:
    buy = Money(row.buy_minor, row.buy_currency) if row.buy_minor else None
    return ForwardView(
        row.pk, Money(row.sell_minor, row.sell_currency), buy, row.rate, row.due_on, row.state, row.provider,
        row.reference, row.failure, row.settled_at, row.journal_id, row.proposal_id,
    )  # fmt: skip
