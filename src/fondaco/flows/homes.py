"""The first page of each party: what needs it today, gathered from the rooms. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderFilter
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeskLine
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Balance, CheckDTO, DatedRate, PayoutDTO, TrialLine
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import CaseDTO, ListDTO
from fondaco.systems.statistics import public as statistics
from fondaco.systems.statistics.public import Summary

FEW = 8
_RATES = (("GBP", "EUR"), ("GBP", "USD"), ("GBP", "CNY"), ("GBP", "JPY"), ("EUR", "USD"), ("EUR", "CNY"))


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


def home_of(scope: Scope, *, now: datetime) -> Home:
    """The home of the party that `scope` acts for."""
    makers = {
        Kind.SELLER: _seller,
        Kind.BUYER: _buyer,
        Kind.CUSTOMS: _officer,
        Kind.CARRIER: _carrier,
        Kind.PLATFORM: _operator,
    }
    return makers.get(scope.kind, _bank)(scope, now)


def _seller(scope: Scope, now: datetime) -> Home:
    counted = window.count_declarations(scope)
    return Home(
        kind=scope.kind,
        order_states=orders.count_by_state(scope=scope),
        recent=_newest(scope),
        stuck=_newest(scope, "needs_manual", "held"),
        unconfirmed=catalog.list_products(scope, show="estimated", size=1).total,
        consignment_states=logistics.count_by_state(scope),
        declaration_states=counted["state"],
        lanes=counted["lane"],
        balances=tuple(finance.my_balances(scope)),
        payouts=tuple(finance.list_payouts(scope, size=FEW)),
        trade=statistics.summary(scope, on=now.date(), days=28),
    )


def _buyer(scope: Scope, _now: datetime) -> Home:
    return Home(
        kind=scope.kind,
        order_states=orders.count_by_state(scope=scope),
        recent=_newest(scope),
        consignment_states=logistics.count_by_state(scope),
        consignments=logistics.list_consignments(scope, size=FEW).rows,
        balances=tuple(finance.my_balances(scope)),
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
    return Home(
        kind=scope.kind,
        consignment_states=logistics.count_by_state(scope),
        consignments=logistics.list_consignments(scope, size=FEW).rows,
        balances=tuple(finance.my_balances(scope)),
    )


def _bank(scope: Scope, now: datetime) -> Home:
    return Home(
        kind=scope.kind,
        balances=tuple(finance.my_balances(scope)),
        payouts=tuple(finance.list_payouts(scope, size=FEW)),
        rates=tuple(finance.rates_for(_RATES, now.date()).values()),
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
        trade=statistics.summary(scope, on=now.date(), days=28),
    )


def _newest(scope: Scope, *states: str) -> tuple[OrderDTO, ...]:
    return orders.list_orders(scope, filters=OrderFilter(states=states), size=FEW).orders
