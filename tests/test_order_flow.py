"""The main job, end to end: what must be true of the books when it has run, and when it runs again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.models import ProductFact
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.counting import trade_facts
from fondaco.flows.import_book import import_generated
from fondaco.flows.reactions import CONSUMERS
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Policy, Work
from fondaco.kernel.models import OutboxEvent
from fondaco.kernel.money import Money
from fondaco.kernel.outbox import Delivery
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.models import Organisation
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.models import Consignment
from fondaco.systems.risk import public as risk
from fondaco.systems.sharing import public as sharing
from fondaco.systems.statistics import public as statistics
from tests.tenants import make_tenants
from tests.traded import NOW, ORDERS, Traded

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def work(traded: Traded, tmp_path: object, settings: object) -> Iterator[Work]:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    with simulated_ports(traded.house, until=NOW) as ports:
        yield Work(traded.house, ports, Policy(accept_estimates=True), NOW, retold=True)


def _run_later(traded: Traded, work: Work) -> None:
    """Run the book when all that is on its way has arrived and every hold is over."""
    later = NOW + timedelta(days=90)
    with simulated_ports(traded.house, until=later) as ports:
        run_book(replace(work, ports=ports, now=later))


def _settled(traded: Traded) -> list[OrderDTO]:
    found = orders.orders_in_state(OrderState.SETTLED, seller_id=traded.house.seller, limit=100)
    assert found
    return found


def test_every_order_ends_in_a_state_that_explains_itself(traded: Traded) -> None:
    counts = orders.count_by_state(seller_id=traded.house.seller)
    ends = {"settled", "delivered", "released", "needs_manual", "declared"}
    assert sum(counts.values()) == ORDERS
    assert {state for state, number in counts.items() if number} <= ends
    for order in orders.orders_in_state(OrderState.NEEDS_MANUAL, seller_id=traded.house.seller):
        assert order.facts["why"]["code"]


def test_the_books_balance_and_nothing_stays_in_escrow(traded: Traded) -> None:
    settled = _settled(traded)
    assert set(finance.trial_balance().values()) == {0}
    assert finance.verify() == []
    escrow = finance.escrow_of([order.id for order in settled])
    assert [money.minor for money in escrow.values()] == [0] * len(settled)


def test_a_settled_order_was_paid_its_landed_total_and_has_every_paper(traded: Traded) -> None:
    settled = _settled(traded)
    ids = [order.id for order in settled]
    payments, consignments = finance.payments_for(ids), logistics.consignments_for(ids)
    declared, verdicts, papers = (
        window.declarations_for(ids),
        window.verdicts_for(ids),
        sharing.documents_for(ids),
    )
    for order in settled:
        assert order.total_minor == order.sale_minor + sum(
            minor or 0 for minor in (order.duty_minor, order.tax_minor, order.fees_minor)
        )
        assert payments[order.id].escrow == Money(order.total_minor or 0, order.currency)
        assert consignments[order.id].delivered_at is not None
        assert all(logistics.is_tracking_number(n) for n in consignments[order.id].tracking_numbers)
        assert declared[order.id][-1].state in {"released", "closed"}
        assert verdicts[order.id]["verdict"] == "match"
        parts = order.facts.get("consignments", 1)
        each = {kind: 1 if kind == "commercial_invoice" else parts for kind in sharing.KINDS}
        assert Counter(paper.kind for paper in papers[order.id]) == each


def test_statistics_count_exactly_what_was_settled(traded: Traded) -> None:
    settled = _settled(traded)
    total = statistics.trade_total(
        scope=Scope(traded.house.seller, Kind.SELLER, role=Role.CLERK, actor="clerk")
    )
    assert total.orders == len(settled)
    assert total.value_gbp_minor == sum(line.value_minor for order in settled for line in order.lines)
    assert total.duty_gbp_minor == sum(order.duty_minor or 0 for order in settled)
    assert total.tax_gbp_minor == sum(order.tax_minor or 0 for order in settled)


def test_running_and_importing_again_changes_nothing(traded: Traded, work: Work) -> None:
    before = (orders.count_by_state(), finance.trial_balance_table(), statistics.trade_total(scope=None))
    assert import_generated(ORDERS, seller_id=traded.house.seller, now=NOW) == ORDERS
    run_book(work)
    assert (
        orders.count_by_state(),
        finance.trial_balance_table(),
        statistics.trade_total(scope=None),
    ) == before


def test_without_leave_to_estimate_an_order_waits_for_a_person(traded: Traded, work: Work) -> None:
    _more_orders(traded)
    run_book(replace(work, policy=Policy()))
    waiting = [o for o in _of_more(traded) if o.state == OrderState.NEEDS_MANUAL]
    assert len(waiting) == len(_of_more(traded))
    assert {order.facts["why"]["code"] for order in waiting} == {"facts-estimated"}


def test_a_listed_buyer_holds_the_order_until_two_people_clear_it(traded: Traded, work: Work) -> None:
    _more_orders(traded)
    listed = "Obsidian Heron Trading"
    suspect = _of_more(traded)[0]
    Organisation.objects.filter(id=suspect.buyer_id).update(name=listed)
    run_book(work)
    (held,) = orders.orders_by_ids([suspect.id])
    assert held.state == OrderState.HELD
    assert finance.payments_for([held.id]) == {}
    _clear(traded, held)
    _react()
    _run_later(traded, work)
    (after,) = orders.orders_by_ids([suspect.id])
    assert after.state in {OrderState.SETTLED, OrderState.DECLARED}


def test_what_an_officer_releases_goes_on_to_settlement(traded: Traded, work: Work) -> None:
    run_book(work)
    waiting = orders.orders_in_state(OrderState.DECLARED, seller_id=traded.house.seller)
    for order in waiting:
        declaration = window.declarations_for([order.id])[order.id][-1]
        officer = Scope(declaration.authority_id, Kind.CUSTOMS, role=Role.OWNER, actor="officer")
        window.decide(officer, declaration.id, "release", reason="Goods and papers agree.", now=NOW)
    _react()
    _run_later(traded, work)
    states = {order.state for order in orders.orders_by_ids([order.id for order in waiting])}
    assert states <= {OrderState.SETTLED}


def _react() -> None:
    """Hand every event to the reactions, as the relay does once a transaction is committed."""
    for consumer in CONSUMERS:
        rows = OutboxEvent.objects.filter(consumer.wants()).order_by("id")
        consumer.handle([Delivery(r.id, r.event_id, r.topic, r.key, r.payload, r.created_at) for r in rows])


def _more_orders(traded: Traded) -> None:
    import_generated(3, seller_id=traded.house.seller, now=NOW, seed=11)


def _of_more(traded: Traded) -> list[OrderDTO]:
    """The orders of the second made-up book, which has a number range of its own."""
    found = [
        order
        for state in OrderState
        for order in orders.orders_in_state(state, seller_id=traded.house.seller)
        if parties.organisations([order.buyer_id])[order.buyer_id].slug.startswith("generated-11")
    ]
    assert found
    return found


def _clear(traded: Traded, held: OrderDTO) -> None:
    people = [
        parties.ensure_user(email=f"{name}@example.org", name=name, password="a long enough one 1")
        for name in ("first", "second")
    ]
    first, second = (
        Scope(traded.house.platform, Kind.PLATFORM, user_id=person.id, role=Role.OWNER, actor=person.name)
        for person in people
    )
    (case,) = [c for c in risk.open_cases(first) if held.id in risk.orders_of_case(c.id)]
    risk.propose_decision(first, case.id, "clear", "Another person of that name.", now=NOW)
    with pytest.raises(risk.SamePerson):
        risk.confirm_decision(first, case.id, "Agreed.", now=NOW)
    risk.confirm_decision(second, case.id, "Agreed.", now=NOW)


def test_a_stated_fact_lets_the_orders_that_waited_for_it_go_on(traded: Traded, work: Work) -> None:
    _more_orders(traded)
    order = _of_more(traded)[0]
    product = order.lines[0].product_id
    assert product is not None
    ProductFact.objects.house().filter(product_id=product, field="hs_code").delete()
    run_book(work)
    (waiting,) = orders.orders_by_ids([order.id])
    assert (waiting.state, waiting.facts["why"]["code"]) == (OrderState.NEEDS_MANUAL, "hs-missing")
    clerk = Scope(traded.house.seller, Kind.SELLER, role=Role.CLERK, actor="clerk")
    catalog.confirm_fact(clerk, product, "hs_code", "691200", now=NOW)
    _react()
    (priced,) = orders.orders_by_ids([order.id])
    assert priced.state == OrderState.PRICED
    assert priced.total_minor is not None


def test_an_order_that_cannot_be_shared_out_waits_with_its_reason_and_stops_no_other(
    traded: Traded, work: Work
) -> None:
    """One of them is carried at a price in dirhams, which the ECB does not quote; then that is put right."""
    _more_orders(traded)
    run_book(work, stages=STAGES[:-1])
    stuck, *others = [order for order in _of_more(traded) if order.state == OrderState.DELIVERED]
    carried = Consignment.objects.house().filter(order_id=stuck.id)
    carried.update(currency="AED")
    later = replace(work, now=NOW + timedelta(days=60))
    for _ in range(2):
        run_book(later)
    kept, *gone = orders.orders_by_ids([stuck.id, *(order.id for order in others)])
    assert [order.state for order in (kept, *gone)] == [
        OrderState.DELIVERED,
        *[OrderState.SETTLED] * len(others),
    ]
    operator = make_tenants()[Kind.PLATFORM]
    hold = finance.hold_of_order(operator.scope, stuck.id, now=later.now)
    assert hold is not None
    assert (hold.is_free, hold.stuck_by, hold.stuck_detail) == (True, "no-rate", "AED")
    [listed] = finance.browse_payments(operator.scope, filters=finance.PaymentFilter(stuck=True)).rows
    assert listed.payment.order_id == stuck.id
    assert "?stuck=yes" in operator.client.get("/home/").content.decode()
    for page in (f"/orders/{stuck.id}/", f"/orders/{stuck.id}/why/hold/", f"/payments/{listed.payment.id}/"):
        assert "no provider tells a rate" in operator.client.get(page).content.decode()
    carried.update(currency=stuck.currency)
    run_book(later)
    assert orders.orders_by_ids([stuck.id])[0].state == OrderState.SETTLED
    assert finance.count_stuck(operator.scope) == 0


def test_what_no_rate_brings_into_the_statistics_currency_is_not_counted(traded: Traded, work: Work) -> None:
    known = _settled(traded)[:2]
    [fact] = {
        fact.order_id
        for fact in trade_facts([known[0], replace(known[1], currency="AED")], work.knowing(known))
    }
    assert fact == known[0].id
