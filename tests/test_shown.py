"""The cases that the demonstration shows: they come about by the flow itself, and the real book is not touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.carriers import NotReleasedYet, hear_consignment
from fondaco.flows.demo import Summary, count_books
from fondaco.flows.logins import ensure_operators
from fondaco.flows.sale_demo import ENDED, TO_TRY, ensure_demo_sales
from fondaco.flows.shown import CAST, decide_shown, ensure_shown
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Policy, Work
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.models import Organisation
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.risk import public as risk
from fondaco.systems.statistics import public as statistics
from tests.traded import NOW, ORDERS, Traded

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(traded: Traded, tmp_path: Path, settings: Any) -> Iterator[Work]:
    settings.HOME = tmp_path
    with simulated_ports(traded.house, until=NOW) as ports:
        yield Work(traded.house, ports, Policy(accept_estimates=True), NOW, retold=True)


@pytest.fixture
def seller(traded: Traded) -> Scope:
    maker = parties.ids_by_slug(["lantern-lane"], kind=Kind.SELLER)["lantern-lane"]
    return Scope(maker, Kind.SELLER)


def cast(seller: Scope) -> list[OrderDTO]:
    """The orders of the cast; what its seller sells beside is not meant."""
    found = [
        one for state in OrderState for one in orders.orders_in_state(state, seller_id=seller.organisation_id)
    ]
    return [one for one in found if one.source_ref.startswith("SHOWN-")]


def parted(seller: Scope) -> OrderDTO:
    """The order that leaves from several stores: released where customs' lane for each of its numbers is green."""
    order = next(one for one in cast(seller) if one.source_ref == "SHOWN-5")
    lanes = {one.lane for one in window.declarations_for([order.id])[order.id]}
    assert order.state == ("released" if lanes == {"green"} else "declared")
    return order


def test_a_case_waits_one_waits_for_a_second_person_and_one_is_cleared(
    traded: Traded, seller: Scope, work: Work
) -> None:
    operator, second = ensure_operators(traded.house)
    mine = [case for case in risk.open_cases(operator) if case.seller_id == seller.organisation_id]
    assert sorted(case.state for case in mine) == ["open", "proposed"]
    cleared = risk.open_cases(operator, states=[risk.CaseState.CLEARED])
    assert [case.seller_id for case in cleared] == [seller.organisation_id]
    assert cleared[0].proposed_by != cleared[0].confirmed_by
    proposed = next(case for case in mine if case.state == "proposed")
    with pytest.raises(risk.SamePerson):
        risk.confirm_decision(operator, proposed.id, "I agree with myself.", now=NOW)
    risk.confirm_decision(second, proposed.id, "Register extract seen.", now=NOW)


def test_papers_differ_softly_and_hard_by_the_matching_itself(seller: Scope) -> None:
    found = {row["verdict"]: row for row in window.match_worklist(seller)}
    assert set(found) == {"soft", "hard"}
    assert {reason["code"] for reason in found["soft"]["reasons"]} <= {"address", "address-numbers"}
    assert {"consignee", "address-numbers"} <= {reason["code"] for reason in found["hard"]["reasons"]}
    held = window.declarations_for([row["order_id"] for row in found.values()])
    assert all(versions[-1].state not in {"released", "closed"} for versions in held.values())


def test_the_cases_are_labelled_and_counted_apart(traded: Traded, seller: Scope) -> None:
    counted = Summary()
    count_books(counted, traded.house)
    assert (counted.counts["orders"], counted.counts["held"]) == (ORDERS, 0)
    assert counted.counts["shown"] == sum(orders.count_by_state(seller_id=seller.organisation_id).values())
    assert counted.counts["shown_held"] == 2
    states = Counter(one.state for one in cast(seller))
    assert states == Counter({"held": 2, "declared": 2}) + Counter([parted(seller).state])
    assert statistics.trade_total(scope=seller).orders == 0
    everyone = Organisation.objects.filter(slug__startswith="lantern-lane")
    assert everyone.count() == 1 + len(CAST)
    assert all(party.is_demo for party in everyone)
    assert set(finance.trial_balance().values()) == {0}


def test_an_order_leaves_from_the_stores_of_the_one_country_that_is_cheapest(seller: Scope) -> None:
    """No store at home holds it alone, the one in the buyer's own territory is left out, and one abroad is weighed."""
    order = parted(seller)
    split = logistics.split_of_order(seller, order.id)
    assert split is not None
    fates = {row["code"]: row["why"] for row in split.plan["stores"]}
    assert fates["dublin"] == "domestic"
    parts = logistics.parts_for([order.id])[order.id]
    sending = {code for code, why in fates.items() if why == "chosen"}
    countries = {row["country"] for row in split.plan["stores"] if row["code"] in sending}
    assert countries == {one.origin for one in parts}
    assert len(countries) == 1
    assert order.facts.get("origin", "GB") == parts[0].origin
    duty_and_tax = (order.duty_minor or 0) + (order.tax_minor or 0)
    assert abs(split.plan["cost"]["border"] - duty_and_tax) <= len(order.lines) * len(parts) + 1
    stock = {row.store: row for row in logistics.list_stock(seller, search="SHOWN-SCARF").rows}
    shipped = (
        3 if order.state == "released" else 0
    )  # from the stores the plan chose; until then they are kept there
    assert sum(row.on_hand for row in stock.values()) == 35 - shipped
    assert sum(row.reserved for row in stock.values()) == 3 - shipped
    assert len(window.declarations_for([order.id])[order.id]) == len(parts)  # one of each waybill


def test_the_carrier_is_not_asked_before_customs_has_released(seller: Scope) -> None:
    order = next(one for one in cast(seller) if one.state == "declared")
    booked = logistics.parts_for([order.id])[order.id][0]
    with pytest.raises(NotReleasedYet):
        hear_consignment(replace(seller, role=Role.CLERK, actor="test"), booked.id, now=NOW)
    assert logistics.parts_for([order.id])[order.id][0].state == "booked"


def test_showing_them_again_changes_nothing(traded: Traded, work: Work) -> None:
    before = (orders.count_by_state(), finance.trial_balance_table(), AuditEvent.objects.count())
    decide_shown(ensure_shown(work), work)
    assert (orders.count_by_state(), finance.trial_balance_table(), AuditEvent.objects.count()) == before


def test_what_a_flash_sale_sold_went_through_the_flow_as_any_order(work: Work, seller: Scope) -> None:
    assert ensure_demo_sales(seller.organisation_id, work) == 0  # the fixture's run made them
    sales = {row.name: row for row in logistics.list_sales(seller, now=NOW)}
    assert {name: row.phase for name, row in sales.items()} == {ENDED: "over", TO_TRY: "open"}
    seen = logistics.watch_sale(seller, sales[ENDED].id, now=NOW)
    mug = seen.offers[0]
    assert (mug.units, mug.kept, mug.held, mug.lapsed, mug.free, seen.oversold) == (12, 8, 0, 4, 4, 0)
    assert (seen.joined, seen.waiting, seen.purchases, sum(seen.minutes)) == (7, 0, 5, 7)
    sold = [
        one for state in OrderState for one in orders.orders_in_state(state, seller_id=seller.organisation_id)
        if one.source_ref.startswith("flash:")
    ]  # fmt: skip
    states = Counter(one.state for one in sold)
    assert states.pop("cancelled") == 2
    assert states.keys() <= {"declared", "released"}  # on their way; one or other may wait for an officer
    for one in sold:
        reached = {"priced", "screened", "paid", "declared"}
        assert reached <= one.reached.keys() or one.state == "cancelled"
    assert set(finance.trial_balance().values()) == {0}
