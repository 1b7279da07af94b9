"""Replenishment: what a forecast and a policy propose for each store and day, and what a person makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import insert_many
from fondaco.kernel.errors import NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.stock.dto import NewReceipt, require_pieces
from fondaco.systems.logistics.domain.stock.forecasting import Forecast, Series, demand_of, forecast_many
from fondaco.systems.logistics.domain.stock.lead import LeadTime
from fondaco.systems.logistics.domain.stock.policy import (
    Costs,
    Policy,
    newsvendor_pieces,
    r_q_policies,
    s_s_policies,
)
from fondaco.systems.logistics.models import (
    PROPOSALS,
    Lot,
    Proposal,
    ProposalState,
    StockBalance,
    Store,
    StoreKind,
)
from fondaco.systems.logistics.selectors.lead_times import lead_time_of
from fondaco.systems.logistics.services.stock import put_away

PERIOD_DAYS = 7
SHOWN = 52  # periods of history that a proposal keeps for its picture
_OPERATES = (Kind.SELLER, Kind.PARK)
_SOLVERS = {"s,S": s_s_policies, "r,Q": r_q_policies, "newsvendor": newsvendor_pieces}


@dataclass(frozen=True, slots=True)
class Economics:
    """What stock costs a seller: a year's holding as a share of value, the margin lost with a missed piece
    and period as a share of price, and each order's fixed cost; in units of the seller's currency.
    """

    holding_rate: float = 0.25
    margin: float = 0.40
    order_cost: float = 15.0

    def costs_of(self, price: float) -> Costs:
        """Per piece and week for an article at `price`."""
        value = max(price, 0.01)
        return Costs(value * self.holding_rate * PERIOD_DAYS / 365, value * self.margin, self.order_cost)


@dataclass(frozen=True, slots=True)
class ProposalRun:
    """What a run found: articles looked at, proposals made, articles with enough."""

    articles: int
    proposed: int
    enough: int


@dataclass(frozen=True, slots=True)
class _Position:
    """What there is of one article in one store; `perishes`: its lots expire."""

    sku: str
    title: str
    on_hand: int
    reserved: int
    on_order: int
    perishes: bool

    @property
    def pieces(self) -> int:
        return self.on_hand - self.reserved + self.on_order


def propose_orders(
    store_id: UUID,
    history: Mapping[str, Sequence[int]],
    prices: Mapping[str, float],
    *,
    on: date,
    now: datetime,
    actor: str,
    economics: Economics | None = None,
) -> ProposalRun:
    """Propose what one store should order today; a second run of the same day proposes nothing again.

    `history` is pieces asked for per week and SKU, oldest first; `prices` the selling price. Undecided
    proposals of earlier days lapse.
    """
    store = Store.objects.house().select_related("seller").get(pk=store_id)
    refill = lead_time_of(store, now=now)
    money = economics or Economics()
    here = _positions(store)
    series = [Series(p.sku, tuple(history[p.sku])) for p in here if any(history.get(p.sku, ()))]
    costs = {s.sku: money.costs_of(prices.get(s.sku, 1.0)) for s in series}
    lead = refill.mean_days / PERIOD_DAYS, refill.sd_days / PERIOD_DAYS
    forecasts = forecast_many(series, costs=costs, cover=lead[0] + 1)
    by_sku = {s.sku: s for s in series}
    rows = [
        _row(
            store,
            p,
            name,
            policy,
            forecasts[p.sku],
            lead=refill,
            costs=costs[p.sku],
            series=by_sku[p.sku],
            on=on,
        )
        for name, group in _grouped(store, [p for p in here if p.sku in forecasts]).items()
        for p, policy in zip(group, _policies(name, group, forecasts, costs=costs, lead=lead), strict=True)
        if _pieces_to_order(name, policy, p.pieces) > 0
    ]
    with transaction.atomic():
        _lapse_older(store, on, now=now, actor=actor)
        made = insert_many("logistics_proposal", _PROPOSAL, rows, skip_existing=True)
        if made:
            _tell_run(store, made, on, now=now, actor=actor)
    return ProposalRun(len(series), made, len(series) - len(rows))


def accept_proposal(
    scope: Scope, proposal_id: UUID, *, quantity: int | None, now: datetime, actor: str
) -> None:
    """Order what was proposed, or `quantity`; the pieces count as on order from now on."""
    if quantity is not None:
        require_pieces(quantity)
    with transaction.atomic():
        row = _locked(scope, proposal_id)
        pieces = quantity or row.proposed
        _shift_on_order(row, pieces)
        row.decided = pieces
        _move(row, "accept", {"proposed": row.proposed, "pieces": pieces}, now=now, actor=actor)


def dismiss_proposal(scope: Scope, proposal_id: UUID, *, now: datetime, actor: str) -> None:
    """Order nothing of it."""
    with transaction.atomic():
        _move(_locked(scope, proposal_id), "dismiss", {}, now=now, actor=actor)


def receive_proposal(
    scope: Scope, proposal_id: UUID, receipt: NewReceipt, *, now: datetime, actor: str
) -> None:
    """Book the goods of an accepted proposal in; what came may be more or less than was ordered."""
    with transaction.atomic():
        row = _locked(scope, proposal_id)
        PROPOSALS.after(row.state, "receive")
        put_away(row.store, [receipt], now=now, actor=actor)
        _shift_on_order(row, -(row.decided or 0))
        _move(row, "receive", {"pieces": receipt.quantity}, now=now, actor=actor)


def _grouped(store: Store, positions: Sequence[_Position]) -> dict[str, list[_Position]]:
    """Which policy for which article: goods that perish once over, a far store by lots, others up to a level."""
    groups: dict[str, list[_Position]] = {}
    for p in positions:
        far = store.kind == StoreKind.OVERSEAS
        name = "newsvendor" if p.perishes else "r,Q" if far else "s,S"
        groups.setdefault(name, []).append(p)
    return groups


def _policies(
    name: str,
    group: Sequence[_Position],
    forecasts: Mapping[str, Forecast],
    *,
    costs: Mapping[str, Costs],
    lead: tuple[float, float],
) -> list[Policy]:
    # A lead time of nothing is at least the day it takes to notice.
    least = max(lead[0], 1 / PERIOD_DAYS)
    demands = [demand_of(forecasts[p.sku], lead_mean=least, lead_sd=lead[1]) for p in group]
    return _SOLVERS[name](demands, [costs[p.sku] for p in group])


def _pieces_to_order(name: str, policy: Policy, position: int) -> int:
    if name == "newsvendor":
        return max(policy.high - position, 0)
    if position > policy.low:
        return 0
    if name == "r,Q":
        lots = -(-(policy.low + 1 - position) // policy.high)
        return lots * policy.high
    return policy.high - position


def _row(
    store: Store,
    p: _Position,
    name: str,
    policy: Policy,
    forecast: Forecast,
    *,
    lead: LeadTime,
    costs: Costs,
    series: Series,
    on: date,
) -> tuple[Any, ...]:
    why = {
        "position": {"on_hand": p.on_hand, "reserved": p.reserved, "on_order": p.on_order},
        "forecast": {**asdict(forecast), "costs": dict(forecast.costs), "period_days": PERIOD_DAYS},
        "lead": asdict(lead),
        "costs": asdict(costs),
        "policy": {"name": name, **asdict(policy)},
        "history": list(series.pieces[-SHOWN:]),
    }
    pieces = _pieces_to_order(name, policy, p.pieces)
    return (new_id(), store.pk, store.seller_id, p.sku, p.title, on, "suggested", name, pieces, why, "")


_PROPOSAL = ("id", "store_id", "seller_id", "sku", "title", "on", "state", "policy", "proposed", "why", "decided_by")  # fmt: skip


def _positions(store: Store) -> list[_Position]:
    perishing = set(
        Lot.objects.house().filter(store=store, expires_on__isnull=False).values_list("sku", flat=True)
    )
    rows = StockBalance.objects.house().filter(store=store).order_by("sku")
    return [_Position(b.sku, b.title, b.on_hand, b.reserved, b.on_order, b.sku in perishing) for b in rows]


def _lapse_older(store: Store, on: date, *, now: datetime, actor: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE logistics_proposal SET state = %s, decided_at = %s WHERE store_id = %s AND "on" < %s'
            " AND state = 'suggested' RETURNING id, seller_id",
            [PROPOSALS.after(ProposalState.PROPOSED, "lapse"), now, store.pk, on],
        )
        lapsed = cursor.fetchall()
    audit.record(
        [audit.Deed("stock.proposal-lapse", "proposal", str(pk), seller) for pk, seller in lapsed],
        actor=actor,
        at=now,
    )


def _locked(scope: Scope, proposal_id: UUID) -> Proposal:
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    rows = Proposal.objects.of(scope).select_for_update(of=("self",)).select_related("store")
    row: Proposal | None = rows.filter(pk=proposal_id).first()
    if row is None:
        raise NotFound(field="proposal", value=str(proposal_id))
    return row


def _shift_on_order(row: Proposal, pieces: int) -> None:
    StockBalance.objects.house().filter(store_id=row.store_id, sku=row.sku).update(
        on_order=F("on_order") + pieces
    )


def _move(row: Proposal, event: str, facts: dict[str, Any], *, now: datetime, actor: str) -> None:
    before, row.state = row.state, PROPOSALS.after(row.state, event)
    row.decided_at, row.decided_by = now, actor[:120]
    row.save(update_fields=["state", "decided", "decided_at", "decided_by"])
    detail = {"sku": row.sku, "from": before, "to": row.state, **facts}
    deed = audit.Deed(f"stock.proposal-{event}", "proposal", str(row.pk), row.seller_id, detail)
    audit.record([deed], actor=actor, at=now)
    payload = {"seller_id": str(row.seller_id), "store_id": str(row.store_id), **detail}
    outbox.append([outbox.Event(f"stock.proposal-{event}", str(row.pk), payload)])


def _tell_run(store: Store, made: int, on: date, *, now: datetime, actor: str) -> None:
    facts = {"store": store.code, "proposals": made, "on": on.isoformat()}
    deed = audit.Deed("stock.proposed", "store", str(store.pk), store.seller_id, facts)
    audit.record([deed], actor=actor, at=now)
    payload = {"seller_id": str(store.seller_id), "store_id": str(store.pk), **facts}
    outbox.append([outbox.Event("stock.proposed", str(store.pk), payload)])
