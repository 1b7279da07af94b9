"""One clock per order: what happened to it follows in time, whether it is retold or lived, and nothing lies ahead of now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Max

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.models import Order
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.book import run_book
from fondaco.flows.import_book import import_generated
from fondaco.flows.parting import free_parts, newest_of
from fondaco.flows.reactions import release_orders
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.story import last_step, retell
from fondaco.flows.work import Policy, Work
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.outbox import Delivery
from fondaco.platforms.window import public as window
from fondaco.platforms.window.models import Declaration, DeclarationEvent
from fondaco.systems.finance.models import EscrowClock, Journal, Settlement
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.models import Consignment, Milestone
from tests.traded import NOW, Traded

pytestmark = pytest.mark.django_db(transaction=False)

_STEPS = ("packed", "priced", "screened", "paid", "declared", "released", "delivered", "settled")


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def _all_orders() -> list[OrderDTO]:
    ids = Order.objects.house().values_list("id", flat=True)
    return orders.orders_by_ids(list(ids))


def _reached(order: OrderDTO) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(order.reached[name]) for name in _STEPS if name in order.reached}


def test_the_steps_of_every_order_follow_each_other_and_none_lies_ahead(traded: Traded) -> None:
    seen = 0
    for order in _all_orders():
        times = [order.ordered_at, *_reached(order).values(), NOW]
        assert times == sorted(times), order.number
        seen += "settled" in order.reached
    assert seen > 20


def test_each_consignment_is_declared_when_paid_released_when_declared_and_leaves_when_released(
    traded: Traded,
) -> None:
    """By the tables of the rooms, not by what the order remembers of itself."""
    arrived = 0
    for order in _all_orders():
        declared = window.declarations_for([order.id])[order.id]
        for one in newest_of(declared):
            assert one.submitted_at is not None
            assert _reached(order)["paid"] <= one.drafted_at <= one.submitted_at
            assert one.released_at is None or one.submitted_at <= one.released_at <= NOW
        free = free_parts(declared)
        for moved in logistics.parts_for([order.id])[order.id]:
            released = free.get(moved.part, max(free.values(), default=None))
            told = Milestone.objects.house().filter(consignment_id=moved.id).order_by("event_at")
            if told:
                assert released is not None
                assert released <= told[0].event_at
            if moved.delivered_at:
                assert moved.delivered_at == told.aggregate(last=Max("event_at"))["last"]
                arrived += 1
    assert arrived > 20


def test_money_is_shared_out_after_delivery_and_nothing_is_dated_ahead_of_the_run(traded: Traded) -> None:
    delivered = dict(EscrowClock.objects.house().values_list("order_id", "free_at"))
    settled = list(Settlement.objects.house())
    assert len(settled) > 20
    for one in settled:
        assert delivered[one.order_id].date() <= one.effective_on <= NOW.date()
    journals = Journal.objects.filter(kind="order.settled")
    assert set(journals.values_list("effective_on", flat=True)) == {one.effective_on for one in settled}
    ahead = (
        Milestone.objects.house().filter(event_at__gt=NOW),
        Consignment.objects.house().filter(delivered_at__gt=NOW),
        Declaration.objects.house().filter(decided_at__gt=NOW),
        DeclarationEvent.objects.filter(issued_at__gt=NOW),
    )
    assert [rows.count() for rows in ahead] == [0, 0, 0, 0]


def test_the_audit_trail_keeps_when_it_was_recorded_and_tells_when_it_happened(traded: Traded) -> None:
    order = orders.orders_in_state(OrderState.SETTLED, seller_id=traded.house.seller)[0]
    trail = AuditEvent.objects.filter(subject_id=str(order.id), action__startswith="orders.")
    for event in trail.exclude(action="orders.placed"):
        assert NOW - timedelta(hours=1) <= event.at <= NOW
        assert datetime.fromisoformat(event.detail["happened_at"]) < event.at


def test_a_retold_step_comes_after_the_one_before_it_and_never_ahead_of_now(traded: Traded) -> None:
    order = replace(
        _all_orders()[0], ordered_at=NOW - timedelta(days=30), reached={"placed": NOW.isoformat()}
    )
    packed = retell(order, "pack", now=NOW)
    assert NOW - timedelta(days=30) < packed < NOW - timedelta(days=29)
    assert packed == retell(order, "pack", now=NOW + timedelta(days=9))  # the same whenever it is told
    held = replace(order, reached={"held": NOW.isoformat()})
    assert (last_step(held), retell(held, "pay", now=NOW)) == (NOW, NOW)
    assert retell(order, "refer", now=NOW) == NOW  # a person is asked now
    since = NOW - timedelta(days=3)
    assert since < retell(order, "settle", now=NOW, since=since) < NOW


def test_an_order_that_is_lived_moves_as_its_authority_and_carrier_tell(traded: Traded, home: Path) -> None:
    import_generated(1, seller_id=traded.house.seller, now=NOW, seed=3)
    [fresh] = orders.orders_in_state(OrderState.PLACED, seller_id=traded.house.seller)

    def run(at: datetime) -> OrderDTO:
        with simulated_ports(traded.house, until=at) as ports:
            run_book(Work(traded.house, ports, Policy(accept_estimates=True), at))
        return orders.orders_by_ids([fresh.id])[0]

    told = run(NOW)
    assert told.state == OrderState.DECLARED  # the authority has taken it in and not yet answered
    assert {told.reached[name] for name in _STEPS[:5]} == {NOW.isoformat()}
    left = run(NOW + timedelta(hours=1))
    [moved] = logistics.parts_for([fresh.id])[fresh.id]
    assert (left.state, moved.state) == (OrderState.RELEASED, "in_transit")
    assert NOW < _reached(left)["released"] == moved.ready_at < NOW + timedelta(hours=1)
    there = run(NOW + timedelta(days=60))
    [moved] = logistics.parts_for([fresh.id])[fresh.id]
    assert moved.delivered_at is not None
    assert moved.ready_at < moved.delivered_at == _reached(there)["delivered"] < NOW + timedelta(days=60)
    assert moved.delivered_at.date() <= moved.due_on


def test_an_event_of_one_release_moves_no_order_that_another_declaration_still_holds(traded: Traded) -> None:
    held = next(
        order
        for order in _all_orders()
        if order.state == OrderState.DECLARED
        and not free_parts(window.declarations_for([order.id])[order.id])
    )
    payload = {"order_id": str(held.id), "kind": "export", "seller_id": str(held.seller_id)}
    release_orders([Delivery(1, uuid4(), "window.declaration.released", "", payload, NOW)])
    assert orders.orders_by_ids([held.id])[0].state == OrderState.DECLARED
