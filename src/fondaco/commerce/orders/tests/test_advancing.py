"""Steps of orders: legal ones only, together or not at all, once however often they are asked."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.commerce.orders.advancing import advance, advance_returns
from fondaco.commerce.orders.models import Order, Return
from fondaco.commerce.orders.states import ORDER_MACHINE, RETURN_MACHINE, OrderState
from fondaco.commerce.orders.tests.conftest import NOW, organisation, row
from fondaco.kernel.errors import NotFound
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions

EVENTS = sorted({event for _, event in ORDER_MACHINE.transitions})


def audited() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, subject_id FROM kernel_auditevent WHERE actor = 'walker' ORDER BY id")
        return cursor.fetchall()  # type: ignore[no-any-return]


@pytest.mark.django_db
def test_the_database_guards_the_same_machine() -> None:
    assert installed_transitions("orders_order") == ORDER_MACHINE.edges
    assert installed_transitions("orders_return") == RETURN_MACHINE.edges


def test_the_whole_way_from_placed_to_settled(run: Any) -> None:
    run([row()])
    order = Order.objects.house().get()
    for event in ("pack", "price", "screen", "pay", "declare", "release", "deliver", "settle"):
        assert advance([order.pk], event, actor="walker", now=NOW).moved == (order.pk,)
    order.refresh_from_db()
    assert order.state == "settled"
    assert set(order.reached) == {
        "placed", "packed", "priced", "screened", "paid", "declared", "released", "delivered", "settled",
    }  # fmt: skip
    assert [action for action, _ in audited()] == [
        "orders.packed", "orders.priced", "orders.screened", "orders.paid", "orders.declared", "orders.released",
        "orders.delivered", "orders.settled",
    ]  # fmt: skip


def test_stamps_reach_their_columns_and_the_facts(run: Any) -> None:
    run([row()])
    key = Order.objects.house().get().pk
    advance([key], "pack", actor="t", now=NOW, stamps={key: {"service": "Post"}})
    advance(
        [key],
        "price",
        actor="t",
        now=NOW,
        stamps={key: {"duty_minor": 12, "tax_minor": 95, "fees_minor": 0, "scheme": "IOSS"}},
    )
    order = Order.objects.house().get()
    assert (order.duty_minor, order.tax_minor, order.fees_minor) == (12, 95, 0)
    assert order.facts == {"service": "Post", "scheme": "IOSS"}


def test_a_batch_repeated_changes_nothing(run: Any) -> None:
    run([row(), row(Order="A2")])
    ids = list(Order.objects.house().values_list("pk", flat=True))
    advance(ids[:1], "pack", actor="walker", now=NOW)
    result = advance([*ids, ids[0]], "pack", actor="walker", now=NOW)
    assert (result.moved, result.already) == ((ids[1],), (ids[0],))
    assert result.state_of == dict.fromkeys(ids, "packed")
    assert len(audited()) == 2


def test_one_illegal_step_stops_the_whole_batch(run: Any) -> None:
    run([row(), row(Order="A2")])
    first, second = Order.objects.house().order_by("source_ref").values_list("pk", flat=True)
    advance([first], "pack", actor="t", now=NOW)
    with pytest.raises(IllegalTransition) as caught:
        advance([first, second], "price", actor="walker", now=NOW)
    assert caught.value.facts["offenders"] == [{"id": str(second), "state": "placed"}]
    assert dict(Order.objects.house().values_list("pk", "state")) == {first: "packed", second: "placed"}
    assert audited() == []


def test_an_unknown_order_stops_the_whole_batch(run: Any) -> None:
    run([row()])
    with pytest.raises(NotFound):
        advance([Order.objects.house().get().pk, uuid4()], "pack", actor="t", now=NOW)
    assert Order.objects.house().get().state == "placed"


def test_an_unknown_event_is_illegal_everywhere(run: Any) -> None:
    run([row()])
    with pytest.raises(IllegalTransition):
        advance([Order.objects.house().get().pk], "teleport", actor="t", now=NOW)


def test_nothing_to_move_is_nothing_done(db: Any) -> None:
    assert advance([], "pack", actor="t", now=NOW).moved == ()


def test_the_database_itself_refuses_a_leap(run: Any) -> None:
    run([row()])
    with pytest.raises(IntegrityError, match="illegal transition"), transaction.atomic():
        Order.objects.house().update(state="settled")


def test_returns_are_refunded_once(run: Any) -> None:
    run([row(Order="C1", Qty="-1")])
    key = Return.objects.house().get().pk
    assert advance_returns([key], "refund", actor="t", now=NOW, stamps={key: {"journal": "J1"}}).moved == (
        key,
    )
    assert advance_returns([key], "refund", actor="t", now=NOW).already == (key,)
    with pytest.raises(IllegalTransition):
        advance_returns([key], "refuse", actor="t", now=NOW)
    assert (Return.objects.house().get().state, Return.objects.house().get().facts) == (
        "refunded",
        {"journal": "J1"},
    )


def test_a_batch_takes_the_same_number_of_queries_at_any_size(
    run: Any, django_assert_num_queries: Any
) -> None:
    run([row(Order=f"A{i}") for i in range(120)])
    ids = list(Order.objects.house().values_list("pk", flat=True))
    for part in (ids[:1], ids[1:]):
        with django_assert_num_queries(6):
            advance(part, "pack", actor="t", now=NOW)


@given(st.lists(st.sampled_from(EVENTS), max_size=14))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk_obeys_the_machine(run: Any, events: list[str]) -> None:
    """Whatever is asked, an order is where the transition table says, or the step is refused."""
    Order.objects.house().all().delete()
    run([row()])
    order, state = Order.objects.house().get(), str(OrderState.PLACED)
    for event in events:
        after = ORDER_MACHINE.transitions.get((state, event))
        ends = {str(end) for (_, name), end in ORDER_MACHINE.transitions.items() if name == event}
        if after is None and state not in ends:
            with pytest.raises(IllegalTransition):
                advance([order.pk], event, actor="t", now=NOW)
        else:
            advance([order.pk], event, actor="t", now=NOW)
            state = str(after or state)
        order.refresh_from_db()
        assert order.state == state


@pytest.mark.django_db(transaction=True)
def test_racing_batches_in_opposite_order_move_each_order_once() -> None:
    from fondaco.commerce.orders.domain.generate import generate_book
    from fondaco.commerce.orders.storing import store_orders

    seller, buyer = organisation("seller", "race-seller"), organisation("buyer", "race-buyer")
    (book,) = generate_book(40, now=NOW, returns_per_thousand=0)
    ids = store_orders(
        book, seller_id=seller.pk, product_ids={}, buyer_ids={b.reference: buyer.pk for b in book.buyers},
        actor="t", now=NOW,
    ).order_ids  # fmt: skip
    results: list[Any] = []

    def work(order: list[Any]) -> None:
        try:
            results.append(advance(order, "pack", actor="walker", now=NOW))
        except BaseException as exc:
            results.append(exc)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(list(ids)[:: 1 if i % 2 else -1],)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(r.moved) for r in results) == [0, 0, 0, 0, 0, 40]
    assert len(audited()) == 40
