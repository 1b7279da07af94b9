"""The search itself: published failures of other packers, proofs, bounds and mixtures of sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.systems.logistics.domain.checking import faults
from fondaco.systems.logistics.domain.dto import Carton, Packing, PackItem, PackRequest
from fondaco.systems.logistics.domain.packing import THOROUGH, pack, pack_many
from fondaco.systems.logistics.domain.packing.bounds import (
    cannot_hold,
    least_by_conflict,
    least_by_room,
    useful,
)
from fondaco.systems.logistics.domain.packing.proving import place_or_refute
from fondaco.systems.logistics.domain.packing.units import units_of


def box(code: str, *inner: int, most_g: int = 100_000, tare_g: int = 0) -> Carton:
    a, b, c = inner
    return Carton(code, (a, b, c), (a, b, c), tare_g, most_g)


def units(*sides: tuple[int, int, int], quantity: int = 1, mass_g: int = 1) -> list[PackItem]:
    return [PackItem(f"i{n}", quantity, mass_g, *size) for n, size in enumerate(sides)]


def packed(items: list[PackItem], *boxes: Carton) -> Packing:
    request = PackRequest("A", tuple(items))
    packing = pack_many([request], boxes=boxes, effort=THOROUGH)[0]
    assert faults(request, packing, boxes) == []
    return packing


def test_boxpacker_264_everything_goes_into_the_small_box() -> None:
    small, large = box("small", 160, 130, 70), box("large", 250, 175, 100)
    items = units((105, 70, 14), (152, 101, 5), (80, 70, 50), (97, 71, 28), (95, 70, 28))
    assert [p.box for p in packed(items, small, large).parcels] == ["small"]


@pytest.mark.parametrize(
    ("quantity", "sides", "inner"),
    [
        (5, (66, 66, 117), (184, 184, 165)),
        (6, (66, 66, 117), (184, 184, 165)),
        (11, (42, 100, 70), (160, 180, 180)),
    ],
    ids=["boxpacker-272", "boxpacker-272-and-one-more", "boxpacker-227"],
)
def test_published_failures_fit_one_box(
    quantity: int, sides: tuple[int, int, int], inner: tuple[int, int, int]
) -> None:
    packing = packed(units(sides, quantity=quantity), box("only", *inner))
    assert (len(packing.parcels), packing.proof) == (1, "proved")


def test_boxpacker_633_takes_the_smaller_box() -> None:
    items = [PackItem("a", 2, 303, 260, 198, 65), PackItem("b", 2, 231, 175, 122, 45)]
    packing = packed(items, box("box 1", 425, 250, 150), box("box 2", 415, 260, 285))
    assert [p.box for p in packing.parcels] == ["box 1"]


def test_one_box_fewer_is_refuted_and_the_answer_says_so() -> None:
    packing = packed(units((60, 60, 60), quantity=2), box("cube", 100, 100, 100))
    assert (len(packing.parcels), packing.least, packing.proof) == (2, 2, "proved")


def test_the_heaviest_mixture_is_found_where_mass_and_room_pull_apart() -> None:
    strong, roomy = box("strong", 100, 100, 100, most_g=10_000), box("roomy", 300, 300, 300, most_g=1_000)
    items = [PackItem("lead", 1, 9_000, 90, 90, 90), PackItem("foam", 1, 900, 290, 290, 290)]
    assert sorted(p.box for p in packed(items, strong, roomy).parcels) == ["roomy", "strong"]


def test_what_must_stand_upright_is_only_turned_on_its_base() -> None:
    vase = PackItem("vase", 1, 500, 100, 50, 200, keep_upright=True)
    low, tall = box("low", 220, 120, 120), box("tall", 110, 60, 210)
    packing = packed([vase], low, tall)
    assert [(p.box, p.placements[0].dz) for p in packing.parcels] == [("tall", 200)]
    assert [p.box for p in packed([replace(vase, keep_upright=False)], low).parcels] == ["low"]


def test_the_same_request_gets_the_same_answer() -> None:
    items = units((31, 17, 23), (40, 12, 9), (25, 25, 25), quantity=6)
    boxes = box("a", 60, 60, 60), box("b", 90, 50, 40)
    assert packed(items, *boxes) == packed(items, *boxes)


def test_a_carton_that_another_replaces_is_left_out_of_mixtures() -> None:
    large, inside, strong = box("l", 9, 9, 9), box("s", 8, 9, 7), box("x", 5, 5, 5, most_g=200_000)
    assert [c.code for c in useful([inside, large, strong])] == ["l", "x"]


def test_bounds_count_mass_room_and_pieces_that_cannot_share() -> None:
    cube = box("cube", 100, 100, 100, most_g=1_000)
    assert least_by_room(units_of(units((10, 10, 10), quantity=5, mass_g=600)), [cube]) == 3
    assert least_by_conflict(units((60, 60, 60), quantity=4), [cube]) == 4
    assert least_by_conflict(units((60, 40, 60), quantity=4), [cube]) == 1


def test_weighing_sides_refutes_a_stack_that_is_too_high() -> None:
    flat = box("flat", 374, 364, 40)
    assert cannot_hold(units_of(units((297, 210, 14), quantity=3)), flat)
    assert not cannot_hold(units_of(units((297, 210, 13), quantity=3)), flat)


small_sides = st.tuples(*[st.integers(1, 4)] * 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(small_sides, min_size=1, max_size=4), small_sides)
def test_proofs_agree_with_trying_every_place(
    sides: list[tuple[int, int, int]], inner: tuple[int, int, int]
) -> None:
    possible = fits_by_brute_force(sides, inner)
    rows, carton = units_of(units(*sides)), box("b", *inner)
    where, sure = place_or_refute(rows, (carton,), limit_ms=10_000)
    assert (where is not None, sure) == (possible, True)
    if possible:
        assert not cannot_hold(rows, carton)
        whole = pack(PackRequest("A", tuple(units(*sides))), cartons=[carton], effort=THOROUGH)
        assert (len(whole.parcels), whole.proof) == (1, "proved")


def fits_by_brute_force(sides: list[tuple[int, int, int]], inner: tuple[int, int, int]) -> bool:
    """Whether the pieces fit, by trying every turn at every whole place."""

    def place(rest: list[tuple[int, int, int]], taken: frozenset[tuple[int, ...]]) -> bool:
        if not rest:
            return True
        for way in set(permutations(rest[0])):
            for corner in product(*(range(room - side + 1) for room, side in zip(inner, way, strict=True))):
                cells = frozenset(
                    product(*(range(at, at + side) for at, side in zip(corner, way, strict=True)))
                )
                if not cells & taken and place(rest[1:], taken | cells):
                    return True
        return False

    volume = sum(a * b * c for a, b, c in sides)
    return volume <= inner[0] * inner[1] * inner[2] and place(sorted(sides, reverse=True), frozenset())
