"""An order in parts at the border: each consignment has its own declaration, match, release and tracking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.parting import shares_of
from fondaco.flows.return_centre import return_asks
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.splitting import Parting, part_orders
from fondaco.flows.stages.clear import release
from fondaco.flows.stages.declare import declare
from fondaco.flows.stages.pay import payment_request
from fondaco.flows.work import Facts, Policy, Work
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.adapters.simulator import lane_of
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewConsignment
from tests.test_parting import traded_orders, unparted
from tests.traded import NOW, Traded

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def work(traded: Traded) -> Iterator[Work]:
    with simulated_ports(traded.house) as ports:
        yield Work(traded.house, ports, Policy(accept_estimates=True), NOW, retold=True)


def settled_in_parts(traded: Traded) -> list[OrderDTO]:
    found = orders.orders_in_state(OrderState.SETTLED, seller_id=traded.house.seller, limit=100)
    return [order for order in found if order.facts.get("consignments", 1) > 1]


def test_the_declarations_of_the_parts_add_up_to_the_order(traded: Traded) -> None:
    batch = settled_in_parts(traded)
    assert batch
    declared, shares = window.declarations_for([order.id for order in batch]), shares_of(batch)
    for order in batch:
        found = [one for one in declared[order.id] if one.kind == "import"]
        count_parts = order.facts["consignments"]
        assert [one.part for one in found] == list(range(1, count_parts + 1))
        assert [one.reference for one in found] == [f"{order.number}/{n}" for n in range(1, count_parts + 1)]
        assert len({one.lrn for one in found}) == count_parts
        assert sum(one.invoice_total_minor for one in found) == order.sale_minor - order.carriage_minor
        assert sum(one.estimated_duty_minor for one in found) == order.duty_minor
        assert sum(one.assessed_duty_minor or 0 for one in found) == order.duty_minor
        assert sum(one.assessed_tax_minor or 0 for one in found) == order.tax_minor
        pieces = Counter[str]()
        for share in shares[order.id]:
            pieces.update({piece.line.sku: piece.quantity for piece in share.pieces})
        assert pieces == Counter({line.sku: line.quantity for line in order.lines})
        found_bill = window.reconcile_landed(_seller(traded), order.id)
        assert found_bill.assessed_at is not None
        assert found_bill.agrees
        assert [line.value_declared for line in found_bill.lines].count(None) == 0


def _seller(traded: Traded) -> Scope:
    return Scope(traded.house.seller, Kind.SELLER, role=Role.OWNER, actor="test")


def test_what_comes_back_of_an_order_in_parts_is_of_the_declarations_that_carried_it(traded: Traded) -> None:
    batch = settled_in_parts(traded)
    asked = [
        (order, {line.id: line.quantity for line in order.lines}, "wrong", NOW.date()) for order in batch
    ]
    cases = window.open_returns(return_asks(asked, traded.house), now=NOW, actor="t", authorised=True)
    assert len(cases) == len(batch) > 0
    for order, case in zip(batch, cases, strict=True):
        parts = [
            one for one in window.return_sheet(_seller(traded), case, now=NOW).parts if one.side == "import"
        ]
        assert {one.part for one in parts} == set(range(1, order.facts["consignments"] + 1))
        assert all(one.number for one in parts)
        assert sum(one.duty.minor for one in parts) == order.duty_minor
        assert sum(one.tax.minor for one in parts) == order.tax_minor
        assert sum(one.pieces for one in parts) == sum(line.quantity for line in order.lines)
        for declared in window.declarations_for([order.id])[order.id]:
            own = [one.duty.minor for one in parts if one.declaration_id == declared.id]
            assert declared.kind == "export" or sum(own) == declared.assessed_duty_minor


def test_one_part_is_held_while_the_other_travels_and_the_order_waits_for_both(
    traded: Traded, work: Work
) -> None:
    order, work = _paid_again(traded, work)
    for _ in range(2):  # a run that was killed after lodging begins the stage again
        assert declare([order], work).moves == {"declare": [order.id]}
    first, second = window.declarations_for([order.id])[order.id]
    assert {first.part, second.part} == {1, 2}
    for _ in range(2):
        assert release([order], work).moves == {}
    states = [one.state for one in window.declarations_for([order.id])[order.id]]
    assert (states[0], states[1]) == ("released", "inspection")
    gone, held = logistics.parts_for([order.id])[order.id]
    assert gone.delivered_at is not None
    assert (held.state, held.delivered_at) == ("booked", None)
    heard = len(logistics.track(gone.tracking_numbers[0]).milestones)

    officer = Scope(second.authority_id, Kind.CUSTOMS, role=Role.OWNER, actor="officer")
    window.decide(officer, second.id, "release", reason="Looked at; papers agree.", now=NOW)
    outcome = release([order], work)
    assert outcome.moves == {"release": [order.id]}
    assert len(logistics.track(gone.tracking_numbers[0]).milestones) == heard
    through = window.straight_through(_seller(traded))
    assert through.lodged > through.untouched  # the part that an officer looked at counts by itself


def _paid_again(traded: Traded, work: Work) -> tuple[OrderDTO, Work]:
    """A paid copy of an order that goes in two parts, the first of which the authority lets through at once."""
    batch = [order for order in traded_orders(traded) if order.facts.get("consignments", 1) == 2]
    work = work.knowing(batch)
    facts = Facts.about(batch)
    parting: Parting | None = None
    for old in batch:
        case = unparted(old, facts, work)
        parting = part_orders([case], facts=facts, work=work).get(old.id) if case else None
        if parting and len(parting.parts) == 2:
            break
    assert parting is not None
    number = next(
        name
        for n in count()
        if (lane_of(f"{(name := f'SPLIT-{n}')}/1"), lane_of(f"{name}/2")) == ("green", "red")
    )
    order = replace(old, id=new_id(), number=number)
    logistics.book_consignments(
        [
            NewConsignment(
                order_id=order.id, seller_id=order.seller_id, buyer_id=order.buyer_id,
                carrier_id=work.house.carriers[offer.provider_code], origin=work.seller(order).country,
                destination=order.destination, offer=offer, parcels=parcels, ship_to=work.address(order),
                refused_summary={}, alternatives=(), book_version="test", ready_at=order.ordered_at, part=n,
            )
            for n, (offer, parcels) in enumerate(parting.parts, 1)
        ],
        actor="test", now=NOW,
    )  # fmt: skip
    quote = window.landed_quote_for([old.id])[old.id].quote
    window.save_landed_quotes([(order.id, order.seller_id, order.buyer_id, quote)], NOW)
    finance.take_payments([payment_request(order, work)], work.ports.provider, now=NOW)
    return order, work
