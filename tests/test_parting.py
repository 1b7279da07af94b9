"""Orders in parts through the flow: what the plan says of the border is what the price then asks."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.landing import landed_request
from fondaco.flows.splitting import Parting, Unparted, part_orders
from fondaco.flows.work import NO_PORTS, Facts, Policy, Work
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import LandedQuote, OrderPart
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import PackItem, PackRequest, ParcelSpec, QuoteRequest
from tests.traded import Traded

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def work(traded: Traded) -> Work:
    return Work(traded.house, NO_PORTS, Policy(accept_estimates=True), traded.now)


def grown(order: OrderDTO, times: int, *, each: int = 0) -> OrderDTO:
    """The same order for `times` the pieces (at `each` minor units), its carriage left to the seller."""
    lines = tuple(
        replace(line, quantity=line.quantity * times, unit_minor=each or line.unit_minor)
        for line in order.lines
    )
    goods = sum(line.value_minor for line in lines)
    return replace(order, lines=lines, goods_minor=goods, carriage_minor=0, discount_minor=0, other_minor=0)


def unparted(order: OrderDTO, facts: Facts, work: Work) -> Unparted | None:
    known = [(line, facts.of(line)) for line in order.lines]
    items = tuple(
        PackItem(line.sku, line.quantity, k.mass_g or 0, k.length_mm or 0, k.width_mm or 0, k.height_mm or 0,
                 k.cargo_classes) for line, k in known
    )  # fmt: skip
    parcels = logistics.pack_many([PackRequest(order.number, items)])[0].parcels
    asked = QuoteRequest(
        order.number, work.seller(order).country, order.destination, "", order.ordered_at.date(),
        tuple(ParcelSpec(p.length_mm, p.width_mm, p.height_mm, p.mass_g) for p in parcels),
        frozenset(name for _, k in known for name in k.cargo_classes), Money(order.goods_minor, order.currency),
    )  # fmt: skip
    offers = logistics.quote_many([asked])[0].offers
    chosen = logistics.choose(offers, "balanced")
    return Unparted(order, asked, offers, parcels, chosen) if chosen else None


def traded_orders(traded: Traded) -> list[OrderDTO]:
    return [
        order
        for state in (OrderState.SETTLED, OrderState.DECLARED, OrderState.NEEDS_MANUAL)
        for order in orders.orders_in_state(state, seller_id=traded.house.seller, limit=50)
        if order.ordered_at.date().isoformat() >= "2026-07-01"
    ]


def parted(batch: list[OrderDTO], facts: Facts, work: Work) -> list[tuple[OrderDTO, Parting]]:
    cases = [case for order in batch if (case := unparted(order, facts, work))]
    found = part_orders(cases, facts=facts, work=work)
    return [(order, found[order.id]) for order in batch if order.id in found]


def priced(order: OrderDTO, parting: Parting, facts: Facts, work: Work) -> LandedQuote:
    """What the border asks of the parts of a plan."""
    parts = []
    for (offer, _), one in zip(parting.parts, parting.plan.consignments, strict=True):
        units: dict[UUID | str, int] = {}
        for parcel in one.parcels:
            for line, count in parcel.contents:
                units[line] = units.get(line, 0) + count
        parts.append(OrderPart(units, offer.price))
    whole = landed_request(order, facts, work, freight=Money(parting.freight_minor, order.currency))
    asked = window.quote_orders_in_parts([(whole, parts)], rates=finance.rate_source(), hs6_policy="max")
    return asked[0]


@pytest.mark.parametrize("consumer", [False, True])
def test_the_border_of_a_plan_is_what_its_parts_are_priced_at(
    traded: Traded, work: Work, *, consumer: bool
) -> None:
    batch = [
        grown(order, n, each=40 if consumer else 0) for order in traded_orders(traded) for n in (1, 2, 3)
    ]
    work = work.knowing(batch)
    if consumer:
        work = replace(
            work,
            parties={key: replace(one, identifiers={"consumer": "yes"}) for key, one in work.parties.items()},
        )
    facts = Facts.about(batch)
    found = [got for n in range(3) for got in parted(batch[n::3], facts, work)]
    assert any(len(parting.parts) > 1 for _, parting in found)
    for order, parting in found:
        quote = priced(order, parting, facts, work)
        assert quote.charges is not None
        charged = quote.charges.duty.minor + quote.charges.tax.minor
        assert abs(parting.plan.cost.border - charged) <= len(order.lines) * len(parting.parts) + 1
        assert parting.plan.cost.total < parting.rival_minor


def test_an_order_that_went_in_parts_was_priced_as_it_travels(traded: Traded) -> None:
    """What was kept of the run: the plan's border is the price's, and the trace names the parts."""
    scope = Scope(organisation_id=traded.house.seller, kind=Kind.SELLER, role=Role.OWNER, actor="test")
    went = [order for order in traded_orders(traded) if order.facts.get("consignments", 1) > 1]
    assert went
    for order in went:
        split = logistics.split_of_order(scope, order.id)
        kept = window.landed_quote_for([order.id])[order.id].quote
        parts = {step.inputs.get("part") for step in kept.trace if step.code == "value"}
        assert split is not None
        assert parts == {f"{n}/{split.parts}" for n in range(1, split.parts + 1)}
        assert abs(split.plan["cost"]["border"] - (order.duty_minor or 0) - (order.tax_minor or 0)) <= 20
