"""Pages of orders: the right rows to the right people, at a constant number of queries."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from fondaco.commerce.orders import public
from fondaco.commerce.orders.domain.errors import BadFilter, OrderNotFound, ViewNotFound
from fondaco.commerce.orders.models import Order
from fondaco.commerce.orders.selectors import OrderFilter
from fondaco.commerce.orders.tests.conftest import MAPPING, NOW, organisation, row
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope

OPERATOR = Scope(organisation_id=uuid4(), kind=Kind.PLATFORM, role=Role.OWNER)


def refs(page: public.OrderPage) -> list[str]:
    return [order.source_ref for order in page.orders]


@pytest.mark.parametrize("size", [1, 50])
def test_the_list_takes_two_queries_at_any_size(
    run: Any, scope: Scope, size: int, django_assert_num_queries: Any
) -> None:
    run([row(Order=f"A{i:02d}") for i in range(60)])
    with django_assert_num_queries(2):
        page = public.list_orders(scope, size=size)
    assert (len(page.orders), page.total, bool(page.next_cursor)) == (size, 60, True)
    assert page.orders[0].buyer_name == "buyer-b1"


@pytest.mark.parametrize(
    "sort", ["-ordered_at", "ordered_at", "-goods_minor", "goods_minor", "-state_at", "number"]
)
def test_paging_shows_every_order_once_in_any_sort(run: Any, scope: Scope, sort: str) -> None:
    run([row(Order=f"A{i:02d}", Qty=str(1 + i % 3)) for i in range(23)])
    seen, cursor = [], ""
    while True:
        page = public.list_orders(scope, filters=OrderFilter(sort=sort), cursor=cursor, size=5)
        seen += refs(page)
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(seen) == [f"A{i:02d}" for i in range(23)]


def test_filters_narrow(run: Any, scope: Scope) -> None:
    run(
        [
            row(Order="A1", Date="2026-11-01 23:59"), row(Order="A2", Country="FR", Date="2026-11-02 00:00"),
            row(Order="B3", Buyer="Zed", Date="2026-11-03 00:00"),
        ]
    )  # fmt: skip
    one = Order.objects.house().get(source_ref="A2")
    public.advance([one.pk], "pack", actor="t", now=NOW)

    def found(**filters: Any) -> list[str]:
        return sorted(refs(public.list_orders(scope, filters=OrderFilter(**filters))))

    assert found(states=("packed",)) == ["A2"]
    assert found(destination="fr") == ["A2"]
    assert found(since=date(2026, 11, 2)) == ["A2", "B3"]
    assert found(until=date(2026, 11, 2)) == ["A1", "A2"]
    assert found(search="a") == ["A1", "A2"]
    assert found(search="zed") == ["B3"]
    assert found(search="b zed") == ["B3"]
    assert found(search="nothing") == []
    assert found(search=one.number) == ["A2"]
    assert found(search="%") == []
    assert found(search="\x00") == ["A1", "A2", "B3"]


@pytest.mark.parametrize(
    "data",
    [
        {"states": ["lost"]},
        {"sort": "secret"},
        {"since": "soon"},
        {"colour": "red"},
        {"states": 5},
        {"until": 7},
    ],
)
def test_filters_that_are_not_offered_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadFilter):
        OrderFilter.from_dict(data)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10=", "WzEsMl0=", "bnVsbA=="])
def test_a_made_up_cursor_is_refused(scope: Scope, cursor: str) -> None:
    with pytest.raises(BadFilter):
        public.list_orders(scope, cursor=cursor)


def test_everyone_sees_their_own_orders_only(run: Any, scope: Scope) -> None:
    run([row(), row(Order="A2", Buyer="B2"), row(Order="C3", Qty="-1", Date="2026-11-02")])
    mine = Order.objects.house().get(source_ref="A1")
    buyer = Scope(organisation_id=mine.buyer_id, kind=Kind.BUYER)
    other = Scope(organisation_id=organisation("seller", "other").pk, kind=Kind.SELLER)
    carrier = Scope(organisation_id=organisation("carrier", "carrier").pk, kind=Kind.CARRIER)
    assert sorted(refs(public.list_orders(scope))) == ["A1", "A2"]
    assert refs(public.list_orders(buyer)) == ["A1"]
    assert sorted(refs(public.list_orders(OPERATOR))) == ["A1", "A2"]
    assert [x.sku for x in public.order_detail(buyer, mine.pk).lines] == ["MUG"]
    assert [r.source_ref for r in public.returns_of_order(buyer, mine.pk)] == ["C3"]
    assert [r.source_ref for r in public.list_returns(scope, states=["open"])] == ["C3"]
    for stranger in (other, carrier):
        assert public.list_orders(stranger).orders == ()
        assert public.list_returns(stranger) == []
        assert public.list_batches(stranger) == []
        assert public.returns_of_order(stranger, mine.pk) == []
        assert public.destinations_of(stranger) == []
        with pytest.raises(OrderNotFound):
            public.order_detail(stranger, mine.pk)


def test_the_detail_splits_what_travels_from_the_charges(
    run: Any, scope: Scope, django_assert_num_queries: Any
) -> None:
    run([row(), row(SKU="POST", Title="Postage", Qty="1", Price="6"), row(SKU="TOY", Title="Toy", Price="0")])
    key = Order.objects.house().get().pk
    with django_assert_num_queries(2):
        order = public.order_detail(scope, key)
    assert ([x.sku for x in order.lines], [x.sku for x in order.charges]) == (["MUG", "TOY"], ["POST"])
    assert (order.sale_minor, order.total_minor, str(order.sale)) == (1100, None, "11.00 GBP")
    assert order.lines[0].value_minor == 500


def test_house_work_reads_batches_in_three_queries_or_less(
    run: Any, seller: Any, django_assert_num_queries: Any
) -> None:
    run([row(Order=f"A{i:02d}") for i in range(60)] + [row(Order=f"C{i}", Qty="-1") for i in range(9)])
    for limit in (1, 50):
        with django_assert_num_queries(2):
            orders = public.orders_in_state("placed", seller_id=seller.pk, limit=limit)
        assert len(orders) == limit
        assert all(order.lines for order in orders)
    rest = public.orders_in_state("placed", after=orders[-1].id, limit=50)
    assert (len(rest), {o.id for o in rest} & {o.id for o in orders}) == (10, set())
    assert public.orders_by_ids([orders[2].id, orders[0].id]) == [orders[2], orders[0]]
    with django_assert_num_queries(2):
        notes = public.returns_in_state("open", seller_id=seller.pk)
    assert (len(notes), str(notes[0].value)) == (9, "5.00 GBP" if notes[0].value_minor == 500 else "2.50 GBP")
    with pytest.raises(OrderNotFound):
        public.orders_by_ids([uuid4()])
    assert public.count_by_state(seller_id=seller.pk)["placed"] == 60
    assert public.destinations_of(Scope(organisation_id=seller.pk, kind=Kind.SELLER)) == [("DE", 60, 120)]


def test_imports_are_listed_with_their_refused_rows(
    run: Any, scope: Scope, django_assert_num_queries: Any
) -> None:
    report = run([row(Qty="x"), row(Order="A2")])
    run([row(Order="A3")])
    with django_assert_num_queries(1):
        assert len(public.list_batches(scope)) == 2
    batch, rejects = public.batch_detail(scope, report.batch_id)
    assert (batch.counts["rejected_orders"], batch.reasons) == (1, {"bad-quantity": 1})
    assert (rejects[0].row, rejects[0].cells["Qty"], rejects[0].errors[0]["code"]) == (2, "x", "bad-quantity")
    with pytest.raises(OrderNotFound):
        public.batch_detail(Scope(organisation_id=uuid4(), kind=Kind.SELLER), report.batch_id)


def test_views_are_kept_per_person_and_shared(scope: Scope) -> None:
    ann = Scope(organisation_id=scope.organisation_id, kind=Kind.SELLER, user_id=uuid4(), role=Role.CLERK)
    bob = Scope(organisation_id=scope.organisation_id, kind=Kind.SELLER, user_id=uuid4(), role=Role.CLERK)
    query = {"states": ["held"], "since": "2026-11-01"}
    kept = public.save_view(ann, "Held", query=query, now=NOW)
    again = public.save_view(ann, "Held", query={"states": ["paid"]}, now=NOW)
    shared = public.save_view(ann, "All", query={}, now=NOW, shared=True)
    assert kept.id == again.id
    assert [v.name for v in public.saved_views(ann)] == ["All", "Held"]
    assert [v.name for v in public.saved_views(bob)] == ["All"]
    assert OrderFilter.from_dict(public.saved_views(ann)[1].query).states == ("paid",)
    with pytest.raises(ViewNotFound):
        public.delete_view(bob, kept.id)
    public.delete_view(bob, shared.id)
    assert [v.name for v in public.saved_views(ann)] == ["Held"]
    with pytest.raises(BadFilter):
        public.save_view(ann, "Bad", query={"states": ["lost"]}, now=NOW)


def test_mappings_are_kept_per_seller(scope: Scope) -> None:
    public.save_mapping(scope, MAPPING, now=NOW)
    public.save_mapping(scope, MAPPING, now=NOW)
    assert public.mappings_of(scope) == {"plain": MAPPING}
    stranger = Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.OWNER)
    assert public.mappings_of(stranger) == {}
    with pytest.raises(Forbidden):
        public.save_mapping(
            Scope(organisation_id=uuid4(), kind=Kind.BUYER, role=Role.OWNER), MAPPING, now=NOW
        )
