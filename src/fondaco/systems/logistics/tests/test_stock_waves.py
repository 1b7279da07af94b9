"""Waves and the packing bench: what is picked is what was promised, and each scan counts once."""

from __future__ import annotations

from uuid import UUID

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.statemachine import IllegalTransition
from fondaco.systems.logistics.domain.stock.dto import BadScan
from fondaco.systems.logistics.models import PackJob, PackScan, Pick, StockBin, Store, Wave
from fondaco.systems.logistics.services.packing_bench import plain_code, scan_piece, undo_scan
from fondaco.systems.logistics.services.reservations import release_orders, reserve_orders, ship_orders
from fondaco.systems.logistics.services.waves import NothingToPick, abandon_wave, finish_wave, make_wave
from fondaco.systems.logistics.tests.test_stock import (
    NOW,
    assert_books_agree,
    balance,
    clerk,
    fill,
    make_seller,
    make_store,
    want,
)


@pytest.fixture
def store(db: None) -> Store:
    made = make_store(make_seller())
    fill(made, *[(f"s{n}", 20) for n in range(9)])
    return made


def waved(store: Store, *carts: tuple[tuple[str, int], ...]) -> tuple[UUID, list[UUID]]:
    wants = [want(store.seller_id, *cart) for cart in carts]
    reserve_orders(wants, now=NOW, actor="t")
    return make_wave(clerk(store.seller_id), store.pk, now=NOW, actor="t"), [w.order_id for w in wants]


def job_of(order_id: UUID) -> PackJob:
    return PackJob.objects.house().get(order_id=order_id)


def scan(store: Store, job: PackJob, *codes: str) -> list[bool]:
    return [scan_piece(clerk(store.seller_id), job.pk, c, now=NOW, actor="t").complete for c in codes]


def test_a_wave_lists_what_its_orders_hold_on_the_shortest_walk(store: Store) -> None:
    wave_id, _ = waved(store, (("s1", 2), ("s7", 1)), (("s1", 1),), (("nobody keeps it", 1),))
    wave = Wave.objects.house().get(pk=wave_id)
    picks = Pick.objects.house().order_by("place")
    assert sorted((p.sku, p.quantity) for p in picks) == [("s1", 1), ("s1", 2), ("s7", 1)]
    assert 0 < wave.walk_mm <= wave.s_shape_mm
    assert StockBin.objects.house().get(sku="s1").allocated == 3
    with pytest.raises(NothingToPick):
        make_wave(clerk(store.seller_id), store.pk, now=NOW, actor="t")


def test_the_last_scan_ships_from_the_listed_bins(store: Store) -> None:
    _, (order,) = waved(store, (("s1", 2), ("s2", 1)))
    job = job_of(order)
    assert scan(store, job, "s1", "]C1S1", "S2\r\n") == [False, False, True]
    assert job_of(order).state == "complete"
    assert balance(store, "s1") == (18, 0, 0)
    assert StockBin.objects.house().get(sku="s1").allocated == 0
    assert ship_orders([order], now=NOW, actor="t") == []
    assert_books_agree(store)
    with pytest.raises(IllegalTransition):
        scan(store, job, "s1")


def test_a_wrong_piece_and_one_too_many_are_refused_and_remembered(store: Store) -> None:
    _, (order,) = waved(store, (("s1", 1), ("s2", 1)))
    job = job_of(order)
    scan(store, job, "s1")
    for code in ("s3", "s1"):
        with pytest.raises(BadScan):
            scan(store, job, code)
    verdicts = list(PackScan.objects.house().order_by("id").values_list("verdict", flat=True))
    assert verdicts == ["packed", "wrong-item", "too-many"]
    assert dict(job.lines.values_list("sku", "packed")) == {"s1": 1, "s2": 0}


def test_undoing_takes_out_the_last_piece_and_no_more_than_there_are(store: Store) -> None:
    _, (order,) = waved(store, (("s1", 2), ("s2", 2)))
    job, me = job_of(order), clerk(store.seller_id)
    scan(store, job, "s1", "s2", "s1")
    undone = [undo_scan(me, job.pk, now=NOW, actor="t") for _ in range(4)]
    assert undone == ["s1", "s2", "s1", ""]
    assert dict(job.lines.values_list("sku", "packed")) == {"s1": 0, "s2": 0}


def test_an_abandoned_wave_frees_its_pieces_and_its_orders_wait_again(store: Store) -> None:
    wave_id, (order,) = waved(store, (("s1", 2),))
    abandon_wave(clerk(store.seller_id), wave_id, now=NOW, actor="t")
    assert StockBin.objects.house().get(sku="s1").allocated == 0
    again = make_wave(clerk(store.seller_id), store.pk, now=NOW, actor="t")
    assert PackJob.objects.house().get(wave_id=again).order_id == order
    finish_wave(clerk(store.seller_id), again, now=NOW, actor="t")
    with pytest.raises(IllegalTransition):
        abandon_wave(clerk(store.seller_id), again, now=NOW, actor="t")


@pytest.mark.parametrize("shipped", [True, False])
def test_an_order_that_leaves_or_is_cancelled_unpacked_drops_its_job(store: Store, *, shipped: bool) -> None:
    _, (order,) = waved(store, (("s1", 2),))
    (ship_orders if shipped else release_orders)([order], now=NOW, actor="t")
    assert job_of(order).state == "dropped"
    assert balance(store, "s1") == ((18 if shipped else 20), 0, 0)
    assert StockBin.objects.house().get(sku="s1").allocated == 0
    assert_books_agree(store)


def test_nobody_packs_for_another_seller(store: Store) -> None:
    _, (order,) = waved(store, (("s1", 2),))
    with pytest.raises(NotFound):
        scan_piece(clerk(make_seller("other")), job_of(order).pk, "s1", now=NOW, actor="t")
    assert not PackScan.objects.house().exists()


@pytest.mark.parametrize(
    ("raw", "code"), [("]E05012345678900", "5012345678900"), (" ab-1\t", "AB-1"), ("]", "]")]
)
def test_a_wand_may_send_more_than_the_code(raw: str, code: str) -> None:
    assert plain_code(raw) == code
