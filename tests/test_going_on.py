"""What goes on without anybody looking: open payments, orders that cannot be declared, facts proposed once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.models import ProductFact
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.delivery.jobs import tasks
from fondaco.flows.book import STAGES, run_batch, run_book
from fondaco.flows.continuing import poll_payments
from fondaco.flows.enriching import enrich_goods
from fondaco.flows.import_book import import_generated
from fondaco.flows.retrying import retry_for
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Faults, PaymentState, ProviderClient, ProviderSimulator
from tests.traded import NOW, Traded

pytestmark = pytest.mark.django_db(transaction=False)
_STAGE = {name: stage for name, _, stage in STAGES}


@pytest.fixture
def work(traded: Traded, tmp_path: Path, settings: Any) -> Iterator[Work]:
    settings.HOME = tmp_path
    with simulated_ports(traded.house) as ports:
        yield Work(traded.house, ports, Policy(accept_estimates=True), NOW)


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
