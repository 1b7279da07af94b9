"""What goes on without anybody looking: open payments, orders that cannot be declared, facts proposed once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.models import ProductFact
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState, ReturnState
from fondaco.delivery.jobs import tasks
from fondaco.delivery.jobs.consumers import consumers
from fondaco.flows.book import STAGES, run_batch, run_book
from fondaco.flows.continuing import continue_book, pay_out_daily, poll_bank, poll_payments, refund_returns
from fondaco.flows.enriching import enrich_goods
from fondaco.flows.import_book import import_generated
from fondaco.flows.retrying import retry_for
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.kernel import clock
from fondaco.kernel.models import OutboxEvent
from fondaco.kernel.outbox import Delivery
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.adapters.simulator import lane_of
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    BankClient,
    BankFaults,
    BankReport,
    BankSimulator,
    Faults,
    PaymentState,
    ProviderClient,
    ProviderSimulator,
)
from tests.traded import NOW, Traded

pytestmark = pytest.mark.django_db(transaction=False)
_STAGE = {name: stage for name, _, stage in STAGES}


@pytest.fixture
def work(traded: Traded, tmp_path: Path, settings: Any) -> Iterator[Work]:
    settings.HOME = tmp_path
    with simulated_ports(traded.house) as ports:
        yield Work(traded.house, ports, Policy(accept_estimates=True), NOW, retold=True)


@pytest.fixture
def fresh(traded: Traded) -> list[OrderDTO]:
    """Three more orders, just placed."""
    import_generated(3, seller_id=traded.house.seller, now=NOW, seed=11)
    placed = orders.orders_in_state(OrderState.PLACED, seller_id=traded.house.seller)
    assert len(placed) == 3
    return placed


def _now(order: OrderDTO) -> OrderDTO:
    return orders.orders_by_ids([order.id])[0]


def _run(stage: str, order: OrderDTO, work: Work) -> OrderDTO:
    run_batch(_STAGE[stage], [_now(order)], work)
    return _now(order)


def _forget(order: OrderDTO, field: str) -> str:
    """Forget a fact of the order's first article; its SKU."""
    line = order.lines[0]
    assert line.product_id is not None
    ProductFact.objects.house().filter(product_id=line.product_id, field=field).delete()
    return line.sku


def test_facts_are_proposed_once_by_whoever_asks(traded: Traded, settings: Any, tmp_path: Path) -> None:
    settings.SHARED_DATA = tmp_path / "none"  # what the demonstration knew in this database
    first = enrich_goods(traded.house.seller, now=NOW)
    again = enrich_goods(traded.house.seller, now=NOW + timedelta(days=1))
    assert (first.products, first.proposed) == (0, 0)  # the demonstration proposed them all
    assert (again.products, again.proposed) == (0, 0)


@pytest.mark.parametrize(("field", "code"), [("hs_code", "hs-missing"), ("origin", "origin-missing")])
def test_goods_that_cannot_be_declared_are_not_paid_for(
    fresh: list[OrderDTO], work: Work, field: str, code: str
) -> None:
    """A destination with one rate for all goods prices them without a code."""
    order = fresh[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET destination = 'SA' WHERE id = %s", [order.id])
    sku = _forget(order, field)
    _run("quote", order, work)
    waiting = _run("price", order, work)
    assert waiting.state == OrderState.NEEDS_MANUAL
    assert (waiting.facts["why"]["code"], waiting.facts["why"]["sku"]) == (code, sku)
    assert finance.payments_for([order.id]) == {}


def test_a_paid_order_that_cannot_be_declared_waits_for_a_person_and_comes_back(
    fresh: list[OrderDTO], work: Work
) -> None:
    order = fresh[0]
    for stage in ("quote", "price", "screen", "pay"):
        paid = _run(stage, order, work)
    assert paid.state == OrderState.PAID
    sku = _forget(order, "hs_code")
    waiting = _run("declare", order, work)
    assert waiting.state == OrderState.NEEDS_MANUAL
    assert (waiting.facts["why"]["code"], waiting.facts["why"]["sku"]) == ("hs-missing", sku)
    assert retry_for([order.lines[0].product_id or order.id], work) == 0  # nothing has changed yet
    assert _now(order).state == OrderState.NEEDS_MANUAL

    clerk = Scope(order.seller_id, Kind.SELLER, role=Role.CLERK, actor="clerk")
    catalog.confirm_fact(clerk, order.lines[0].product_id or order.id, "hs_code", "691200", now=NOW)
    inside = Work(work.house, NO_PORTS, work.policy, NOW)
    assert retry_for([order.lines[0].product_id or order.id], inside) == 1
    assert _now(order).state == OrderState.PAID
    declared = _run("declare", order, work)
    assert declared.state == OrderState.DECLARED
    versions = window.declarations_for([order.id])[order.id]
    assert (versions[0].version, versions[0].state) == (1, "cancelled")
    assert versions[-1].problems == ()
    assert set(finance.trial_balance().values()) == {0}


def test_a_payment_left_open_is_found_out_by_the_job_and_its_order_goes_on(
    traded: Traded, fresh: list[OrderDTO], work: Work
) -> None:
    order = fresh[0]
    for stage in ("quote", "price", "screen"):
        _run(stage, order, work)
    silent = ProviderSimulator(faults=Faults(vanish_before=1.0))
    with silent, ProviderClient(silent.url, provider_id=traded.house.psp) as client:
        open_ports = type(work.ports)(agency=None, provider=client, carrier=None)
        _run("pay", order, Work(work.house, open_ports, work.policy, NOW))
    assert finance.payments_for([order.id])[order.id].state == PaymentState.UNKNOWN
    assert _now(order).state == OrderState.SCREENED

    assert poll_payments(now=NOW) == 0  # too young: somebody may be at it
    assert poll_payments(now=NOW + timedelta(minutes=5)) == 1
    assert poll_payments(now=NOW + timedelta(minutes=6)) == 0
    assert finance.payments_for([order.id])[order.id].state == PaymentState.CAPTURED
    assert tasks.poll_open_payments(timestamp=0) == 0
    run_book(work)
    assert _now(order).state in {OrderState.SETTLED, OrderState.DECLARED}
    assert set(finance.trial_balance().values()) == {0}


def test_an_officers_release_on_the_page_ends_settled_once_the_jobs_have_run(
    traded: Traded, fresh: list[OrderDTO], work: Work
) -> None:
    _send_to_officers(fresh)
    run_book(work)
    waiting = [order for order in map(_now, fresh) if order.state == OrderState.DECLARED]
    assert waiting
    tasks.continue_orders(timestamp=0)  # those whose days in escrow are over by now
    settled = count_settled(traded)
    for order in waiting:
        declaration = window.declarations_for([order.id])[order.id][-1]
        officer = _officer(declaration.authority_id)
        answer = officer.post(
            f"/declarations/{declaration.id}/decide/",
            {"action": "release", "reason": "Goods and papers agree.", "back": "declaration"},
        )
        assert answer["Location"] == f"/declarations/{declaration.id}/"
        page = officer.get(answer["Location"]).content.decode()
        assert "Released by an officer" in page
        assert "DMSCLE" in page  # the decision is a receipt of the authority
    _relay()
    assert {_now(order).state for order in waiting} == {OrderState.RELEASED}
    assert ProcrastinateJob.objects.filter(task_name__endswith="continue_orders", status="todo").count() == 1
    assert tasks.continue_orders(timestamp=0) >= len(waiting)
    assert {_now(order).state for order in waiting} == {OrderState.RELEASED}  # on their way
    continue_book(now=clock.now() + timedelta(days=90))
    assert {_now(order).state for order in waiting} == {OrderState.SETTLED}
    assert count_settled(traded) >= settled + len(waiting)
    assert set(finance.trial_balance().values()) == {0}
    assert finance.verify() == []


def test_payouts_arrive_or_are_owed_again(traded: Traded, fresh: list[OrderDTO], work: Work) -> None:
    """The demonstration's payouts have arrived; of the next ones a closed account's comes back."""
    assert fresh
    assert finance.count_payouts() > 0
    assert finance.count_payouts_in_transit() == 0
    run_book(work)
    owed = payable(traded)
    assert owed
    tomorrow = NOW + timedelta(days=1)
    sent = pay_out_daily(now=tomorrow)
    assert sent == pay_out_daily(now=tomorrow)
    assert payable(traded) == {}

    lost = BankSimulator(BankFaults(vanish=True))
    with lost, BankClient(lost.url, name="bank-simulator") as bank:
        assert finance.instruct_bank(bank, now=tomorrow) == BankReport(pending=sent)
    closed = BankFaults(closed=frozenset({str(traded.house.seller)}))
    with BankSimulator(closed) as simulator, BankClient(simulator.url, name="bank-simulator") as bank:
        report = finance.instruct_bank(bank, now=tomorrow)
    mine = len(owed)
    assert report == BankReport(paid=sent - mine, returned=mine)
    assert payable(traded) == owed  # owed again, to the minor unit
    assert (finance.count_payouts_in_transit(), poll_bank(now=tomorrow)) == (0, 0)
    assert set(finance.trial_balance().values()) == {0}
    assert finance.verify() == []


def test_credit_notes_of_paid_orders_are_refunded_by_the_job_and_others_wait(
    traded: Traded, work: Work
) -> None:
    import_generated(2, seller_id=traded.house.seller, now=NOW, seed=13, returns=1000)
    before = {note.id for note in orders.returns_in_state(ReturnState.OPEN)}
    assert before
    refund_returns(now=NOW)
    unpaid = {note.id for note in orders.returns_in_state(ReturnState.OPEN)}
    assert unpaid == before
    run_book(work)
    assert refund_returns(now=NOW) > 0
    left = orders.returns_in_state(ReturnState.OPEN)
    assert not finance.payments_for([note.order_id for note in left if note.order_id])
    assert refund_returns(now=NOW) == 0
    assert set(finance.trial_balance().values()) == {0}


def payable(traded: Traded) -> dict[str, int]:
    """What is owed to the seller, by currency."""
    lines = finance.balances(traded.house.seller, codes=["payable"])
    return {line.currency: line.balance_minor for line in lines if line.balance_minor}


def _send_to_officers(fresh: list[OrderDTO]) -> None:
    """Give the orders numbers that the simulated agency's draw sends to an officer."""
    numbers = (name for n in count() if lane_of(name := f"OFFICER-{n}") in {"yellow", "red"})
    for order, number in zip(fresh, numbers, strict=False):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_order SET number = %s WHERE id = %s", [number, order.id])


def count_settled(traded: Traded) -> int:
    return orders.count_by_state(seller_id=traded.house.seller)[OrderState.SETTLED]


def _relay() -> None:
    """Hand the events to every consumer of the deployment, as the relay does once a transaction is committed."""
    for consumer in consumers():
        rows = OutboxEvent.objects.filter(consumer.wants()).order_by("id")
        consumer.handle([Delivery(r.id, r.event_id, r.topic, r.key, r.payload, r.created_at) for r in rows])


def _officer(authority: UUID) -> Client:
    user = parties.ensure_user(
        email=f"{authority}@example.org", name="An officer", password="a quay in the fog 4"
    )
    parties.ensure_member(user_id=user.id, organisation_id=authority, role=Role.OWNER)
    client = Client()
    client.force_login(get_user_model().objects.get(id=user.id))
    return client
