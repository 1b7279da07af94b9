"""A merchant's currencies on one desk: exposure with its risk, quotes, cover, the price guard, the authority's file.

The ports are the demonstration's simulator until a deployment configures a real hedge provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.orders import public as orders
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import DatedRate, exchange
from fondaco.systems.finance.public.exchange import (
    Alert,
    BackTest,
    Board,
    CoverView,
    DeliveryRun,
    Flow,
    ForwardView,
    HedgeClient,
    HedgeSimulator,
    Listed,
    Policy,
    Quote,
    RateCheck,
    RatesTaken,
    RiskView,
    remembered,
)

MONTH_DAYS = 21  # business days
HEDGE_MARGIN = Decimal("0.0010")  # what the simulated provider keeps of the forward by parity
GUARDED = 200  # articles looked at for one page
_DEFAULT_BASE = _PIVOT = "EUR"


@dataclass(frozen=True, slots=True)
class ExchangeDesk:
    """All that the exposure page shows."""

    policy: Policy
    board: Board
    book: dict[str, float]
    day: RiskView | None
    month: RiskView | None
    tested: BackTest | None
    covers: tuple[CoverView, ...]
    forwards: tuple[ForwardView, ...]
    quotes: tuple[Quote, ...]
    commitments: tuple[tuple[UUID, Flow], ...]
    alerts: tuple[Alert, ...]
    checks: tuple[RateCheck, ...]


def exchange_desk(scope: Scope, *, now: datetime) -> ExchangeDesk:
    """The desk of the scope's organisation; of the operator it is the house's own positions."""
    policy, board = policy_and_board(scope, now=now)
    history = exchange.history_of(board)
    return ExchangeDesk(
        policy=policy, board=board, book=exchange.open_book(board), day=exchange.risk_of(board, history),
        month=exchange.risk_of(board, history, days=MONTH_DAYS), tested=exchange.try_risk_back(board, history),
        covers=tuple(exchange.list_covers(scope, on=now.date())), forwards=tuple(exchange.list_forwards(scope)),
        quotes=tuple(exchange.list_quotes(scope)), commitments=tuple(exchange.list_commitments(scope)),
        alerts=tuple(guard_catalogue(scope, policy, now=now)),
        checks=tuple(exchange.compare_rates(on=now.date())) if scope.is_operator else (),
    )  # fmt: skip


def policy_and_board(scope: Scope, *, now: datetime) -> tuple[Policy, Board]:
    """The organisation's policy, and its exposure by currency and bucket."""
    policy = exchange.policy_of(scope.organisation_id, base=_base_of(scope.organisation_id))
    owner = finance.HOUSE if scope.is_operator else scope.organisation_id
    return policy, exchange.exposure_board(owner, base=policy.base, on=now.date())


def guard_catalogue(scope: Scope, policy: Policy, *, now: datetime) -> list[Alert]:
    """The scope's listed articles whose margin the rate has eaten into; sellers only."""
    if scope.kind != Kind.SELLER:
        return []
    page = catalog.list_products(scope, size=GUARDED)
    listed = [Listed(p.sku, p.unit_price, p.updated_at.date()) for p in page.products if p.unit_price]
    return exchange.guard_prices(listed, policy=policy, on=now.date())


def propose_cover(scope: Scope, *, now: datetime) -> int:
    """Make the day's proposals of the scope's organisation; how many are new."""
    scope.require(role=Role.CLERK)
    if scope.is_operator:
        raise Forbidden("The house's positions are not covered from here.", field="organisation")
    policy, board = policy_and_board(scope, now=now)
    return exchange.propose(scope.organisation_id, board, policy=policy, now=now)


def propose_every_cover(*, now: datetime) -> int:
    """`propose_cover` of every seller, for a nightly job; how many proposals."""
    made = 0
    for seller in parties.organisations_of_kind(Kind.SELLER):
        scope = Scope(seller.id, Kind.SELLER, role=Role.OWNER, actor="exchange")
        made += propose_cover(scope, now=now)
    return made


def order_cover(scope: Scope, cover_id: UUID, *, now: datetime) -> ForwardView:
    """Book a proposal's forward with the hedge provider."""
    with hedge_provider(on=now.date()) as provider:
        return exchange.order_cover(scope, cover_id, provider=provider, now=now)


def ask_hedge_provider(*, now: datetime) -> int:
    """Hear what became of forwards whose answer was lost; how many were decided."""
    with hedge_provider(on=now.date()) as provider:
        return exchange.ask_again(provider, now=now)


def deliver_forwards(*, now: datetime) -> DeliveryRun:
    """Deliver the forwards whose day has come, for a job; nothing is started where none is due."""
    if not exchange.count_due(on=now.date()):
        return DeliveryRun()
    with hedge_provider(on=now.date()) as provider:
        return exchange.deliver_forwards(provider, now=now)


@contextmanager
def hedge_provider(*, on: date) -> Iterator[HedgeClient]:
    """The simulated provider behind a real socket: parity at the rates of `on`, less its margin.

    The rates are read before it starts: its threads ask no database.
    """
    known = finance.rates_for([(_PIVOT, currency) for currency in exchange.forward_currencies()], on)

    def price(sold: str, bought: str, due_on: date) -> Decimal:
        a, b = known[_PIVOT, sold], known[_PIVOT, bought]
        spot = DatedRate(a.provider, sold, bought, min(a.on, b.on), b.rate / a.rate)
        return round(exchange.forward_of(spot, due_on=due_on, on=on).rate * (1 - HEDGE_MARGIN), 12)

    promised = {str(one.order.key): remembered(one) for one in exchange.booked_forwards()}
    with (
        HedgeSimulator(price, booked=promised) as simulator,
        HedgeClient(simulator.url, name="hedge-simulator") as client,
    ):
        yield client


def take_rates(scope: Scope, content: bytes, *, now: datetime) -> RatesTaken:
    """Take in the second provider's file of rates; the operator's manager. BadRateFile."""
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    return exchange.take_rates(content, now=now)


def settlement_file(scope: Scope, *, since: date, until: date) -> bytes:
    """The authority's file of conversions, with the buyer of each order."""
    sources = exchange.deal_sources(since=since, until=until)
    found = orders.orders_by_ids([UUID(s[6:]) for s in sources if s.startswith("order:")])
    names = parties.organisations({order.buyer_id for order in found})
    known = {
        f"order:{order.id}": (names[order.buyer_id].name, order.destination)
        for order in found
        if order.buyer_id in names
    }
    return exchange.settlement_file(scope, since=since, until=until, parties=known)


def _base_of(organisation_id: UUID) -> str:
    found = parties.organisations([organisation_id]).get(organisation_id)
    return found.currency if found and found.currency else _DEFAULT_BASE


_MADE_UP = (
    ("CNY", -18_400_000, 24, "Supplier in Yiwu, invoice (made up)"),
    ("CNY", -9_600_000, 52, "Supplier in Yiwu, next season (made up)"),
    ("USD", -2_150_000, 18, "Ocean freight (made up)"),
    ("EUR", 3_480_000, 12, "Marketplace payout, Germany (made up)"),
    ("EUR", -640_000, 40, "Returns centre in Hamburg (made up)"),
    ("JPY", 4_150_000, 75, "Wholesale order, Osaka (made up)"),
)


def ensure_demo_exchange(seller_id: UUID, *, now: datetime) -> int:
    """Made-up commitments of the demonstration's seller and the day's proposals; how many proposals. Repeatable."""
    scope = Scope(seller_id, Kind.SELLER, role=Role.OWNER, actor="demo")
    if not exchange.list_commitments(scope):
        for currency, minor, days, label in _MADE_UP:
            due = now.date() + timedelta(days=days)
            exchange.add_commitment(
                scope, Money(minor, currency), due_on=due, label=label, now=now, is_demo=True
            )
    return propose_cover(scope, now=now)
