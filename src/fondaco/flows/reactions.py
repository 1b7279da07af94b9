"""What the house does of itself when something has happened: event topic to handler.

A reaction is a `kernel.outbox.Consumer`; the worker relays the outbox to each of them. A handler only
writes: what follows outside (a carrier, a provider) is the next run of the order book.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fondaco.commerce.catalog.public import FactField
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ORDER_MACHINE, OrderState
from fondaco.flows.authority_settling import settle_arrivals
from fondaco.flows.enriching import enrich_goods
from fondaco.flows.house import ensure_house
from fondaco.flows.parting import is_free
from fondaco.flows.refunding import give_back_cancelled
from fondaco.flows.retrying import retry_for, retry_waiting
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.kernel import clock
from fondaco.kernel.outbox import Consumer, Delivery
from fondaco.platforms.window import public as window
from fondaco.systems.logistics import public as logistics
from fondaco.systems.risk import public as risk

ACTOR = "reaction"


def release_orders(events: Sequence[Delivery]) -> None:
    """An order goes on once all its declarations are released, at home and abroad, each part's; a return is no order."""
    declared = window.declarations_for([UUID(event.payload["order_id"]) for event in events])
    free = [key for key, found in declared.items() if is_free(found)]
    _advance(free, "release", now=clock.now())


def settle_transfers(events: Sequence[Delivery]) -> None:
    """What an authority has transferred, by a bank statement, is paid to whom it is due."""
    settle_arrivals([str(event.payload["source"]) for event in events], now=clock.now())


def give_back(events: Sequence[Delivery]) -> None:
    """What was paid for an order that is cancelled is owed to its buyer, whichever of the two came first."""
    named = [UUID(str(event.payload.get("order_id") or event.key)) for event in events]
    give_back_cancelled(named, now=clock.now())


def note_homecomings(events: Sequence[Delivery]) -> None:
    """Returned goods whose re-import is released are home: their time for relief has been kept."""
    window.note_homecomings([UUID(event.key) for event in events], now=clock.now(), actor=ACTOR)


def decide_held_orders(events: Sequence[Delivery]) -> None:
    """Orders that a screening held go on, or are cancelled, as two people have decided the case."""
    for event in events:
        follow_case(UUID(event.key), str(event.payload["verdict"]), now=clock.now())


def follow_case(case_id: UUID, verdict: str, *, now: datetime) -> None:
    """What two people decided on a screening case, done to the orders it holds. Again, it changes nothing."""
    event = "clear" if verdict == "clear" else "cancel"
    _advance(risk.orders_of_case(case_id), event, only=OrderState.HELD, now=now)


def try_orders_again(events: Sequence[Delivery]) -> None:
    """Orders that waited for a fact of a product are packed or priced again when somebody states it."""
    products = list({UUID(event.payload["product_id"]) for event in events})
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    retry_for(products, Work(house, NO_PORTS, Policy(accept_estimates=True), clock.now(), ACTOR))


def try_sellers_again(events: Sequence[Delivery]) -> None:
    """Orders that waited for a licence go on when their seller has stated it."""
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    work = Work(house, NO_PORTS, Policy(accept_estimates=True), clock.now(), ACTOR)
    for seller_id in dict.fromkeys(UUID(event.payload["seller_id"]) for event in events):
        retry_waiting(work, seller_id=seller_id)


def propose_again(events: Sequence[Delivery]) -> None:
    """What a person says of one product's code is learned from for that seller's products like it."""
    told = {UUID(e.payload["seller_id"]) for e in events if e.payload["field"] == FactField.HS_CODE}
    for seller_id in sorted(told):
        enrich_goods(seller_id, now=clock.now(), actor=ACTOR)


def _advance(order_ids: Sequence[UUID], event: str, *, now: datetime, only: OrderState | None = None) -> None:
    """Move the orders that still stand where `event` starts; the others have moved on by other ways."""
    sources = {only} if only else set(ORDER_MACHINE.sources(event))
    known = orders.numbers_of(order_ids)
    standing = orders.orders_by_ids([key for key in dict.fromkeys(order_ids) if key in known])
    ready = [order.id for order in standing if order.state in sources]
    if ready:
        orders.advance(ready, event, actor=ACTOR, now=now)


CONSUMERS: tuple[Consumer, ...] = (
    Consumer("release-orders", ("window.declaration.released",), release_orders),
    Consumer("settle-transfers", ("finance.expected_received",), settle_transfers),
    Consumer("give-back", ("orders.cancelled", "finance.payment_captured"), give_back),
    Consumer("note-homecomings", ("window.declaration.released",), note_homecomings),
    Consumer("try-orders-again", ("catalog.fact-confirmed",), try_orders_again, batch=50),
    Consumer("propose-again", ("catalog.fact-confirmed",), propose_again, batch=50),
    Consumer("try-sellers-again", ("risk.licence-recorded",), try_sellers_again, batch=50),
    Consumer("decide-held-orders", ("risk.case-decided",), decide_held_orders),
)
