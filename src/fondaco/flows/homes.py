"""The first page of each party: what needs it today, gathered from the rooms. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderFilter
from fondaco.flows.exchange import policy_and_board
from fondaco.flows.health import Health, house_health
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeskLine, QuotaDTO
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Balance, CashDay, CheckDTO, DatedRate, PayoutDTO, TrialLine
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    ClearanceView,
    ConsignmentDTO,
    DealFacts,
    TroubleView,
    WarehouseDay,
)
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import CaseDTO, ListDTO
from fondaco.systems.statistics import public as statistics
from fondaco.systems.statistics.public import Summary

FEW = 8
_DAYS = 28
_FEWEST = 3  # orders in each period: growth of one or two says nothing
_RATES = (("GBP", "EUR"), ("GBP", "USD"), ("GBP", "CNY"), ("GBP", "JPY"), ("EUR", "USD"), ("EUR", "CNY"))


@dataclass(frozen=True, slots=True)
class Market:
    """A destination's sales in the last 28 days and in the 28 before, in minor GBP."""

    country: str
    orders: int
    value_minor: int
    before_minor: int

    @property
    def growth(self) -> float:
        """0.25: a quarter more than before."""
        return self.value_minor / self.before_minor - 1


@dataclass(frozen=True, slots=True)
class Home:
    """What the first page of a party shows; what its kind has no part in stays empty."""

    kind: Kind
    order_states: dict[str, int] = field(default_factory=dict)
    recent: tuple[OrderDTO, ...] = ()
    stuck: tuple[OrderDTO, ...] = ()
    unconfirmed: int = 0
    cases: tuple[CaseDTO, ...] = ()
    case_count: int = 0
    consignment_states: dict[str, int] = field(default_factory=dict)
    consignments: tuple[ConsignmentDTO, ...] = ()
    declaration_states: dict[str, int] = field(default_factory=dict)
    lanes: dict[str, int] = field(default_factory=dict)
    queue: tuple[DeskLine, ...] = ()
    balances: tuple[Balance, ...] = ()
    payouts: tuple[PayoutDTO, ...] = ()
    trial: tuple[TrialLine, ...] = ()
    trial_sums: dict[str, int] = field(default_factory=dict)
    rates: tuple[DatedRate, ...] = ()
    lists: tuple[ListDTO, ...] = ()
    trade: Summary | None = None
    check: CheckDTO | None = None
    breaks: int = 0
    cash: tuple[CashDay, ...] = ()
    troubles: tuple[TroubleView, ...] = ()
    trouble_count: int = 0
    markets: tuple[Market, ...] = ()
    pickups: tuple[ConsignmentDTO, ...] = ()
    deals: tuple[DealFacts, ...] = ()
    health: tuple[Health, ...] = ()
    warehouse: WarehouseDay | None = None
    batches: tuple[ClearanceView, ...] = ()
    exposures: tuple[Money, ...] = ()
    quotas: tuple[QuotaDTO, ...] = ()


def home_of(scope: Scope, *, now: datetime) -> Home:
    """The home of the party that `scope` acts for."""
    makers = {
        Kind.SELLER: _seller,
        Kind.BUYER: _buyer,
        Kind.CUSTOMS: _officer,
        Kind.CARRIER: _carrier,
        Kind.PARK: _park,
        Kind.PLATFORM: _operator,
    }
    return makers.get(scope.kind, _bank)(scope, now)


def _seller(scope: Scope, now: datetime) -> Home:
    counted, queue = window.count_declarations(scope), logistics.list_troubles(scope)
    trade = statistics.summary(scope, on=now.date(), days=_DAYS)
    return Home(
        kind=scope.kind,
        order_states=orders.count_by_state(scope=scope),
        recent=_newest(scope),
        stuck=_newest(scope, "needs_manual", "held"),
        cash=finance.cash_ahead(scope, now=now),
        troubles=queue.rows[:FEW],
        trouble_count=sum(queue.counts.values()),
        markets=_markets(scope, trade, on=now.date()),
        unconfirmed=catalog.list_products(scope, show="estimated", size=1).total,
        consignment_states=logistics.count_by_state(scope),
        declaration_states=counted["state"],
        lanes=counted["lane"],
        balances=tuple(finance.my_balances(scope)),
        payouts=tuple(finance.list_payouts(scope, size=FEW)),
        trade=trade,
    )


def _markets(scope: Scope, trade: Summary, *, on: date) -> tuple[Market, ...]:
    """Where sales grow, the fastest first: destinations with at least three orders in both periods."""
    earlier = statistics.summary(scope, on=on - timedelta(days=_DAYS), days=_DAYS)
    before = {cell.key: cell for cell in earlier.by_destination if cell.orders >= _FEWEST}
    grown = [
        Market(cell.key, cell.orders, cell.value_gbp_minor, before[cell.key].value_gbp_minor)
        for cell in trade.by_destination
        if cell.orders >= _FEWEST and cell.key in before and before[cell.key].value_gbp_minor
    ]
    return tuple(sorted(grown, key=lambda one: (-one.growth, one.country)))


def _buyer(scope: Scope, now: datetime) -> Home:
    return Home(
        kind=scope.kind,
        order_states=orders.count_by_state(scope=scope),
        recent=_newest(scope),
        consignment_states=logistics.count_by_state(scope),
        consignments=logistics.list_consignments(scope, size=FEW).rows,
        balances=tuple(finance.my_balances(scope)),
        quotas=tuple(window.quota_accounts(scope, now=now)),
    )


def _officer(scope: Scope, now: datetime) -> Home:
    counted = window.count_declarations(scope)
    return Home(
        kind=scope.kind,
        declaration_states=counted["state"],
        lanes=counted["lane"],
        queue=tuple(window.officer_queue(scope, now=now, size=FEW)),
        balances=tuple(finance.my_balances(scope)),
    )


def _carrier(scope: Scope, _now: datetime) -> Home:
    queue = logistics.list_troubles(scope)
    return Home(
        kind=scope.kind,
        consignment_states=logistics.count_by_state(scope),
        consignments=logistics.list_consignments(scope, state="in_transit", size=FEW).rows,
        pickups=logistics.list_consignments(scope, state="booked", size=FEW).rows,
        deals=tuple(deal for deal in logistics.list_deals(scope) if deal.events)[:FEW],
        troubles=queue.rows[:FEW],
        trouble_count=sum(queue.counts.values()),
        balances=tuple(finance.my_balances(scope)),
    )


def _bank(scope: Scope, now: datetime) -> Home:
    _policy, board = policy_and_board(scope, now=now)
    left: dict[str, int] = {}
    for row in board.rows:
        left[row.currency] = left.get(row.currency, 0) + row.open
    return Home(
        exposures=tuple(Money(minor, currency) for currency, minor in sorted(left.items()) if minor),
        kind=scope.kind,
        balances=tuple(finance.my_balances(scope)),
        payouts=tuple(finance.list_payouts(scope, size=FEW)),
        rates=tuple(finance.rates_for(_RATES, now.date()).values()),
    )


def _park(scope: Scope, now: datetime) -> Home:
    return Home(
        kind=scope.kind,
        warehouse=logistics.warehouse_day(scope, today=now.date()),
        batches=logistics.list_clearances(scope, limit=FEW),
    )


def _operator(scope: Scope, now: datetime) -> Home:
    counted = window.count_declarations(scope)
    return Home(
        kind=scope.kind,
        order_states=orders.count_by_state(scope=scope),
        recent=_newest(scope),
        stuck=_newest(scope, "needs_manual", "held"),
        cases=tuple(risk.open_cases(scope, limit=FEW)),
        case_count=risk.count_cases(scope),
        consignment_states=logistics.count_by_state(scope),
        declaration_states=counted["state"],
        lanes=counted["lane"],
        trial_sums=finance.trial_balance(),
        payouts=tuple(finance.list_payouts(scope, size=FEW)),
        lists=tuple(risk.lists_in_force()),
        check=finance.last_check(),
        breaks=finance.count_breaks(),
        trade=statistics.summary(scope, on=now.date(), days=_DAYS),
        health=house_health(scope, now=now),
    )


def _newest(scope: Scope, *states: str) -> tuple[OrderDTO, ...]:
    return orders.list_orders(scope, filters=OrderFilter(states=states), size=FEW).orders
