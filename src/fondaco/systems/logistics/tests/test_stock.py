"""Stock: nothing is oversold, whoever races; what moves is in three places alike; bad input moves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.sql import is_append_only
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import Organisation
from fondaco.systems.logistics.domain.stock.allotting import allot, sum_pieces, take_first_expiring
from fondaco.systems.logistics.domain.stock.dto import (
    BadQuantity,
    BondPaperMissing,
    Free,
    Lying,
    NewReceipt,
    NewStore,
    NotEnoughStock,
    OutOfStock,
    Want,
)
from fondaco.systems.logistics.models import (
    PACKS,
    PROPOSALS,
    RESERVATIONS,
    WAVES,
    Reservation,
    StockBalance,
    StockBin,
    StockMovement,
    Store,
)
from fondaco.systems.logistics.services.reservations import (
    ReservationEnded,
    expire_reservations,
    release_orders,
    reserve,
    reserve_orders,
    ship_orders,
)
from fondaco.systems.logistics.services.stock import (
    BadDisposition,
    clear_from_bond,
    count_bin,
    destroy_goods,
    move_goods,
    receive_goods,
    take_back,
)
from fondaco.systems.logistics.services.stores import ensure_stores

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def make_seller(slug: str = "stock-seller") -> UUID:
    made, _ = Organisation.objects.get_or_create(
        slug=slug, defaults={"kind": Kind.SELLER, "name": slug, "country": "GB"}
    )
    return made.pk


def make_store(
    seller: UUID, *, kind: str = "own", code: str = "home", country: str = "GB", rank: int = 1
) -> Store:
    new = NewStore(seller, seller, code, code.title(), kind, country, rank=rank)
    return ensure_stores([new], aisles=3, bays=4)[0]


def clerk(seller: UUID, *, role: Role = Role.CLERK) -> Scope:
    return Scope(seller, Kind.SELLER, role=role, actor="test")


def fill(store: Store, *pieces: tuple[str, int], lot: str = "L1", **facts: object) -> None:
    receipts = [
        NewReceipt(sku, count, lot, "CN", key=f"in:{lot}:{sku}", **facts)  # type: ignore[arg-type]
        for sku, count in pieces
    ]
    receive_goods(clerk(store.seller_id), store.pk, receipts, now=NOW, actor="test")


def want(seller: UUID, *pieces: tuple[str, int], destination: str = "GB") -> Want:
    return Want(new_id(), "A-1", seller, destination, pieces)


def balance(store: Store, sku: str) -> tuple[int, int, int]:
    row = StockBalance.objects.house().get(store=store, sku=sku)
    return row.on_hand, row.reserved, row.quarantined


def assert_books_agree(store: Store) -> None:
    """Movements sum to bins, bins to balances, held reservations to what is reserved."""
    for row in StockBalance.objects.house().filter(store=store):
        bins = StockBin.objects.house().filter(store=store, sku=row.sku)
        moved = StockMovement.objects.house().filter(store=store, sku=row.sku)
        held = Reservation.objects.house().filter(store=store, sku=row.sku, state="held")
        saleable = bins.filter(location__saleable=True).aggregate(n=Sum("on_hand"))["n"] or 0
        everything = bins.aggregate(n=Sum("on_hand"))["n"] or 0
        assert row.on_hand == saleable
        assert row.quarantined == everything - saleable
        assert (moved.aggregate(n=Sum("quantity"))["n"] or 0) == everything
        assert (held.aggregate(n=Sum("quantity"))["n"] or 0) == row.reserved


@pytest.fixture
def store(db: None) -> Store:
    return make_store(make_seller())


# Reserving


def test_a_cart_that_names_an_article_twice_is_held_as_one_sum(store: Store) -> None:
    fill(store, ("mug", 5))
    with pytest.raises(OutOfStock):
        reserve(want(store.seller_id, ("mug", 3), ("mug", 3)), store_id=store.pk, now=NOW, actor="t")
    assert balance(store, "mug") == (5, 0, 0)
    held = reserve(want(store.seller_id, ("mug", 3), ("mug", 2)), store_id=store.pk, now=NOW, actor="t")
    assert [(h.sku, h.quantity) for h in held] == [("mug", 5)]
    assert balance(store, "mug") == (5, 5, 0)


def test_all_of_a_cart_or_nothing(store: Store) -> None:
    fill(store, ("mug", 5), ("tin", 1))
    with pytest.raises(OutOfStock) as short:
        reserve(want(store.seller_id, ("mug", 1), ("tin", 2)), store_id=store.pk, now=NOW, actor="t")
    assert short.value.value == "tin"
    assert balance(store, "mug") == (5, 0, 0)
    assert not Reservation.objects.house().exists()


def test_a_repeat_changes_nothing_and_another_body_is_refused(store: Store) -> None:
    fill(store, ("mug", 5))
    asked = want(store.seller_id, ("mug", 5))
    reserve(asked, store_id=store.pk, now=NOW, actor="t")
    assert reserve(asked, store_id=store.pk, now=NOW, actor="t")[0].quantity == 5
    assert balance(store, "mug") == (5, 5, 0)
    other = Want(asked.order_id, "A-1", store.seller_id, "GB", (("mug", 4),))
    with pytest.raises(ReservationEnded):
        reserve(other, store_id=store.pk, now=NOW, actor="t")
    assert balance(store, "mug") == (5, 5, 0)


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_no_number_of_pieces_is_refused(store: Store, count: int) -> None:
    fill(store, ("mug", 5))
    with pytest.raises(BadQuantity):
        reserve(want(store.seller_id, ("mug", count)), store_id=store.pk, now=NOW, actor="t")
    assert balance(store, "mug") == (5, 0, 0)


def test_what_is_held_too_long_is_let_go_once(store: Store) -> None:
    fill(store, ("mug", 5))
    until = NOW + timedelta(minutes=15)
    reserve(want(store.seller_id, ("mug", 2)), store_id=store.pk, now=NOW, actor="t", expires_at=until)
    assert expire_reservations(now=NOW) == []
    assert len(expire_reservations(now=until)) == 1
    assert expire_reservations(now=until) == []
    assert balance(store, "mug") == (5, 0, 0)


def test_shipping_takes_what_expires_first_and_a_repeat_takes_nothing(store: Store) -> None:
    fill(store, ("tea", 4), lot="late", expires_on=date(2028, 1, 1))
    fill(store, ("tea", 4), lot="soon", expires_on=date(2027, 1, 1))
    asked = want(store.seller_id, ("tea", 6))
    reserve(asked, store_id=store.pk, now=NOW, actor="t")
    assert len(ship_orders([asked.order_id], now=NOW, actor="t")) == 1
    assert ship_orders([asked.order_id], now=NOW, actor="t") == []
    left = dict(StockBin.objects.house().values_list("lot__code", "on_hand"))
    assert left == {"soon": 0, "late": 2}
    assert balance(store, "tea") == (2, 0, 0)
    assert_books_agree(store)
    assert release_orders([asked.order_id], now=NOW, actor="t") == []


def test_a_batch_holds_where_stock_is_kept_and_lets_the_rest_pass(store: Store) -> None:
    fill(store, ("mug", 3))
    wants = [want(store.seller_id, ("mug", 2), ("unknown", 9)), want(store.seller_id, ("mug", 2))]
    held = reserve_orders(wants, now=NOW, actor="t")
    assert [(h.order_id, h.sku, h.quantity) for h in held] == [(wants[0].order_id, "mug", 2)]
    assert reserve_orders(wants, now=NOW, actor="t") == []
    assert balance(store, "mug") == (3, 2, 0)


def test_a_batch_costs_the_same_whatever_its_size(
    store: Store, django_assert_max_num_queries: object
) -> None:
    fill(store, *[(f"s{n}", 90) for n in range(30)])
    many = [want(store.seller_id, *[(f"s{n}", 1) for n in range(k, k + 3)]) for k in range(25)]
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        reserve_orders(many[:1], now=NOW, actor="t")
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        reserve_orders(many[1:], now=NOW, actor="t")
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        ship_orders([w.order_id for w in many], now=NOW, actor="t")
    assert_books_agree(store)


def test_a_seller_without_stores_costs_one_query(db: None, django_assert_num_queries: object) -> None:
    asked = want(make_seller("bare"), ("mug", 1))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert reserve_orders([asked], now=NOW, actor="t") == []


# Races


@pytest.fixture
def shelf(transactional_db: None) -> Iterator[Store]:
    yield make_store(make_seller())
    assert StockBalance.objects.house().count() >= 0


def _in_threads(count: int, work: object) -> list[object]:
    def run(n: int) -> object:
        try:
            return work(n)  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, range(count)))


def test_of_many_buyers_of_the_last_pieces_exactly_as_many_get_one(shelf: Store) -> None:
    fill(shelf, ("mug", 10))

    def buy(_: int) -> bool:
        try:
            reserve(want(shelf.seller_id, ("mug", 1)), store_id=shelf.pk, now=NOW, actor="t")
        except OutOfStock:
            return False
        return True

    assert sum(map(bool, _in_threads(40, buy))) == 10
    assert balance(shelf, "mug") == (10, 10, 0)
    assert_books_agree(shelf)


def test_carts_in_opposite_orders_batches_and_shipping_never_lock_each_other_out(shelf: Store) -> None:
    fill(shelf, *[(sku, 30) for sku in "abcdé"])

    def trade(n: int) -> int:
        pieces = [(sku, 1) for sku in ("abcdé" if n % 2 else "édcba")]
        one = want(shelf.seller_id, *pieces)
        if n % 3 == 0:
            reserve_orders([one], now=NOW, actor="t")
        else:
            reserve(one, store_id=shelf.pk, now=NOW, actor="t")
        if n % 4 == 0:
            release_orders([one.order_id], now=NOW, actor="t")
        elif n % 4 == 1:
            ship_orders([one.order_id], now=NOW, actor="t")
        return n

    assert len(_in_threads(24, trade)) == 24
    shipped = sum(1 for n in range(24) if n % 4 == 1)
    assert balance(shelf, "a") == (30 - shipped, 24 - 2 * shipped, 0)
    assert_books_agree(shelf)


# Moving


def test_goods_are_received_once(store: Store) -> None:
    fill(store, ("mug", 5))
    fill(store, ("mug", 5))
    assert balance(store, "mug") == (5, 0, 0)
    assert StockMovement.objects.house().count() == 1


def test_bonded_goods_keep_their_status_until_they_are_cleared(db: None) -> None:
    seller = make_seller()
    bond = make_store(seller, kind="bonded", code="bond")
    with pytest.raises(BondPaperMissing):
        fill(bond, ("wine", 6))
    assert not StockBin.objects.house().exists()
    fill(bond, ("wine", 6), customs_document="26GB0001")
    lying = StockBin.objects.house().get()
    assert lying.customs == "inward"
    with pytest.raises(BondPaperMissing):
        clear_from_bond(clerk(seller), lying.pk, quantity=2, document=" ", key="c1", now=NOW, actor="t")
    clear_from_bond(clerk(seller), lying.pk, quantity=2, document="26GBX1", key="c1", now=NOW, actor="t")
    with pytest.raises(NotEnoughStock):
        clear_from_bond(clerk(seller), lying.pk, quantity=5, document="26GBX2", key="c2", now=NOW, actor="t")
    assert dict(StockBin.objects.house().values_list("customs", "on_hand")) == {"inward": 4, "cleared": 2}
    assert_books_agree(bond)


def test_returns_are_restocked_set_apart_or_destroyed(store: Store) -> None:
    fill(store, ("mug", 5))
    for n, how in enumerate(("restock", "quarantine", "destroy")):
        receipt = NewReceipt("mug", 1, "R1", "CN", key=f"back:{n}")
        take_back(clerk(store.seller_id), store.pk, receipt, disposition=how, reason="x", now=NOW, actor="t")
    assert balance(store, "mug") == (6, 0, 1)
    with pytest.raises(BadDisposition):
        take_back(
            clerk(store.seller_id), store.pk, NewReceipt("mug", 1, "R1", "CN", key="k"),
            disposition="sell", reason="", now=NOW, actor="t",
        )  # fmt: skip
    assert_books_agree(store)


def test_what_is_promised_can_be_neither_counted_nor_carried_nor_thrown_away(store: Store) -> None:
    fill(store, ("mug", 5))
    reserve(want(store.seller_id, ("mug", 4)), store_id=store.pk, now=NOW, actor="t")
    me, lying = clerk(store.seller_id), StockBin.objects.house().get()
    with pytest.raises(NotEnoughStock):
        count_bin(me, lying.pk, counted=3, reason="count", key="1", now=NOW, actor="t")
    with pytest.raises(NotEnoughStock):
        destroy_goods(me, lying.pk, quantity=2, reason="broken", key="2", now=NOW, actor="t")
    with pytest.raises(NotEnoughStock):
        move_goods(me, lying.pk, to="Q-01", quantity=2, reason="", key="3", now=NOW, actor="t")
    move_goods(me, lying.pk, to="Q-01", quantity=1, reason="chipped", key="4", now=NOW, actor="t")
    assert balance(store, "mug") == (4, 4, 1)
    move_goods(me, lying.pk, to="03-04-0", quantity=4, reason="", key="5", now=NOW, actor="t")
    assert_books_agree(store)


def test_nobody_else_and_no_viewer_touches_the_stock(store: Store) -> None:
    fill(store, ("mug", 5))
    lying = StockBin.objects.house().get()
    with pytest.raises(NotFound):
        count_bin(clerk(make_seller("other")), lying.pk, counted=1, reason="", key="1", now=NOW, actor="t")
    viewer = clerk(store.seller_id, role=Role.VIEWER)
    with pytest.raises(Forbidden):
        count_bin(viewer, lying.pk, counted=1, reason="", key="1", now=NOW, actor="t")
    assert balance(store, "mug") == (5, 0, 0)


def test_the_database_holds_to_it_without_us(store: Store) -> None:
    fill(store, ("mug", 5))
    for statement in (
        "UPDATE logistics_stockbalance SET reserved = 6",
        "UPDATE logistics_stockbalance SET reserved = -1",
        "UPDATE logistics_stockbin SET allocated = 6",
        "UPDATE logistics_stockmovement SET quantity = 6",
        "DELETE FROM logistics_stockmovement",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert is_append_only("logistics_stockmovement")
    assert is_append_only("logistics_packscan")


@pytest.mark.django_db
def test_the_database_guards_each_state_machine() -> None:
    tables = {"reservation": RESERVATIONS, "wave": WAVES, "packjob": PACKS, "proposal": PROPOSALS}
    for table, machine in tables.items():
        assert installed_transitions(f"logistics_{table}") == machine.edges


# Allotting

_COUNTS = st.integers(1, 9)
_SKUS = st.sampled_from("abc")


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    carts=st.lists(st.lists(st.tuples(_SKUS, _COUNTS), min_size=1, max_size=4), max_size=6),
    shelves=st.dictionaries(st.tuples(st.integers(1, 3), _SKUS), st.integers(0, 12), max_size=9),
)
def test_no_allotment_takes_more_than_there_is(
    carts: list[list[tuple[str, int]]], shelves: dict[tuple[int, str], int]
) -> None:
    seller = new_id()
    wants = [Want(new_id(), "", seller, "GB", tuple(cart)) for cart in carts]
    free = [Free(UUID(int=store), "GB", store, sku, n) for (store, sku), n in shelves.items()]
    held = allot(wants, free)
    for (store, sku), n in shelves.items():
        assert sum(h.quantity for h in held if h.store_id == UUID(int=store) and h.sku == sku) <= n
    for one in wants:
        asked = dict(sum_pieces(one.pieces))
        assert all(asked[h.sku] == h.quantity for h in held if h.order_id == one.order_id)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    piles=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 28)), max_size=6),
    needs=st.lists(_COUNTS, max_size=5),
)
def test_what_expires_first_leaves_first_and_whole(piles: list[tuple[int, int]], needs: list[int]) -> None:
    store = UUID(int=1)
    bins = [Lying(n, store, "a", count, date(2027, 1, day), NOW) for n, (count, day) in enumerate(piles)]
    keys = [new_id() for _ in needs]
    asked = [(key, store, "a", count) for key, count in zip(keys, needs, strict=True)]
    taken, short = take_first_expiring(asked, bins)
    left = {b.bin_id: b.pieces - sum(t.pieces for t in taken if t.bin_id == b.bin_id) for b in bins}
    assert all(n >= 0 for n in left.values())
    for key, _, _, count in asked:
        assert sum(t.pieces for t in taken if t.key == key) == (0 if key in short else count)
    touched = [b.expires_on or date.max for b in bins if left[b.bin_id] < b.pieces]
    whole = [b.expires_on or date.max for b in bins if left[b.bin_id] == b.pieces and b.pieces]
    assert not touched or not whole or max(touched) <= min(whole)


def test_what_a_plan_chose_comes_from_its_stores_as_long_as_they_have_it() -> None:
    """Two stores share a line as planned; once one is short, the rule by country and rank takes over."""
    near, far = new_id(), new_id()
    free = [Free(near, "DE", 1, "A", 5), Free(far, "GB", 2, "A", 4)]
    planned = ((near, "A", 1), (far, "A", 2))
    wants = [Want(new_id(), f"N{n}", new_id(), "DE", (("A", 3),), planned) for n in range(4)]
    held = [[(one.store_id, one.quantity) for one in allot([want], free)] for want in wants[:1]]
    assert held == [[(near, 1), (far, 2)]]
    together = [(one.number, one.store_id, one.quantity) for one in allot(wants, free)]
    assert together == [("N0", near, 1), ("N0", far, 2), ("N1", near, 1), ("N1", far, 2), ("N2", near, 3)]
    other = replace(wants[0], pieces=(("A", 4),))
    assert [(one.store_id, one.quantity) for one in allot([other], free)] == [(near, 4)]
