"""Packing: every answer is checked by code that shares nothing with the packer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.checking import faults
from fondaco.systems.logistics.domain.dto import PackedParcel, Packing, PackItem, PackRequest, UnitPlacement
from fondaco.systems.logistics.domain.packing import ItemContradicted, pack_many

CARTONS = house_cartons()


def item(sku: str, quantity: int, mass_g: int, length: int, width: int, height: int) -> PackItem:
    return PackItem(sku, quantity, mass_g, length, width, height)


def pack_one(*items: PackItem) -> Packing:
    request = PackRequest("A", items)
    packing = pack_many([request])[0]
    assert faults(request, packing, CARTONS) == []
    return packing


def test_one_small_article_goes_into_the_smallest_box_that_holds_it() -> None:
    (parcel,) = pack_one(item("mug", 1, 350, 120, 90, 100)).parcels
    assert (parcel.box, parcel.method, parcel.mass_g) == ("box-xs", "exact", 350 + 90)
    assert (parcel.length_mm, parcel.width_mm, parcel.height_mm) == (206, 156, 106)


def test_an_article_is_turned_to_fit() -> None:
    (parcel,) = pack_one(item("poster", 1, 400, 100, 100, 880)).parcels
    assert parcel.box == "tube"


def test_a_small_order_has_a_place_for_every_unit() -> None:
    packing = pack_one(item("mug", 6, 350, 120, 90, 100), item("card", 2, 20, 150, 105, 2))
    assert {p.method for p in packing.parcels} == {"exact"}
    assert sum(len(p.placements) for p in packing.parcels) == 8


def test_an_order_of_forty_units_has_a_place_for_each_and_a_larger_one_goes_by_volume() -> None:
    placed = pack_one(item("mug", 40, 350, 120, 90, 100))
    assert ({p.method for p in placed.parcels}, len(placed.parcels), placed.proof) == ({"exact"}, 1, "proved")
    by_volume = pack_one(item("mug", 41, 350, 120, 90, 100))
    assert ({p.method for p in by_volume.parcels}, by_volume.proof) == ({"volume"}, "volume")


def test_a_wholesale_order_follows_the_volume_rule() -> None:
    packing = pack_one(item("mug", 480, 350, 120, 90, 100), item("bag", 600, 60, 300, 200, 5))
    assert {p.method for p in packing.parcels} == {"volume"}
    assert all(p.mass_g <= 25_000 for p in packing.parcels)
    largest = next(c for c in CARTONS if c.code == "box-xl")
    assert len(packing.parcels) >= (480 * 350 + 600 * 60) // largest.max_contents_g


def test_a_carton_that_holds_one_by_lattice_never_counts_two() -> None:
    packing = pack_one(item("globe", 50, 900, 310, 310, 310))
    assert all(count == 1 for p in packing.parcels for _, count in p.contents)


def test_what_fits_no_box_travels_alone() -> None:
    packing = pack_one(item("mirror", 2, 9_000, 1_200, 700, 60), item("mug", 1, 350, 120, 90, 100))
    assert [p.method for p in packing.parcels] == ["exact", "own", "own"]
    assert packing.parcels[1].length_mm == 1_240


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (item("mast", 1, 9_000, 4_000, 100, 100), "item-too-large"),
        (item("safe", 1, 90_000, 500, 500, 500), "item-too-heavy"),
        (item("ghost", 1, 0, 100, 100, 100), "bad-item"),
        (item("flat", 1, 10, 100, 100, 0), "bad-item"),
    ],
)
def test_what_may_not_travel_is_named_and_the_rest_is_packed(bad: PackItem, code: str) -> None:
    packing = pack_one(bad, item("mug", 1, 350, 120, 90, 100))
    assert [(u.sku, u.code) for u in packing.unpackable] == [(bad.sku, code)]
    assert len(packing.parcels) == 1


def test_the_same_article_on_two_lines_is_one() -> None:
    packing = pack_one(item("mug", 1, 350, 120, 90, 100), item("mug", 2, 350, 120, 90, 100))
    assert sum(count for p in packing.parcels for _, count in p.contents) == 3


def test_one_article_with_two_sizes_is_refused() -> None:
    with pytest.raises(ItemContradicted) as caught:
        pack_many([PackRequest("A", (item("mug", 1, 350, 120, 90, 100), item("mug", 1, 350, 120, 90, 101)))])
    assert (caught.value.field, caught.value.value) == ("sku", "mug")


def test_two_processes_answer_as_one() -> None:
    requests = [PackRequest(str(n), (item("mug", n, 350, 120, 90, 100),)) for n in range(1, 9)]
    assert pack_many(requests, processes=2) == pack_many(requests)


items_of_any_shape = st.lists(
    st.builds(
        PackItem,
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.integers(1, 60),
        st.integers(1, 5_000),
        st.integers(1, 500),
        st.integers(1, 500),
        st.integers(1, 500),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda i: i.sku,
)


@settings(max_examples=60, deadline=None)
@given(items_of_any_shape)
def test_no_packing_has_a_fault(items: list[PackItem]) -> None:
    request = PackRequest("A", tuple(items))
    assert faults(request, pack_many([request])[0], CARTONS) == []


def test_the_checker_finds_what_is_wrong() -> None:
    request = PackRequest("A", (item("mug", 2, 350, 120, 90, 100),))
    standing = PackRequest("A", (replace(item("mug", 1, 350, 120, 90, 100), keep_upright=True),))
    lying = PackedParcel(
        "box-xs", 206, 156, 106, 440, (("mug", 1),), "exact", (UnitPlacement("mug", 0, 0, 0, 120, 100, 90),)
    )
    assert faults(standing, Packing("A", (lying,)), CARTONS) == ["parcel 1: mug does not stand upright"]
    both = (UnitPlacement("mug", 0, 0, 0, 120, 90, 100), UnitPlacement("mug", 100, 0, 0, 120, 91, 100))
    parcel = PackedParcel("box-xs", 206, 156, 106, 790, (("mug", 2),), "exact", both)
    found = " ".join(faults(request, Packing("A", (parcel, parcel)), CARTONS))
    for words in ("overlap", "sticks out", "changed its size", "unaccounted"):
        assert words in found
