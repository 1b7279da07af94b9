"""The board's ranking and assignment against a slow reading of the rules, pair by pair."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from random import Random

import pytest

from fondaco.systems.logistics.domain.board import assigning, ranking
from fondaco.systems.logistics.domain.board.posting import hide_contacts, price_minor
from fondaco.systems.logistics.domain.board.ranking import CAPACITY_POINTS, CARGO_POINTS, Lot

DAY = date(2026, 9, 1)


def cargo(chance: Random) -> Lot:
    first = DAY + timedelta(chance.randrange(10))
    return Lot("CGO", chance.choice(["LUX", "FRA"]), first, first + timedelta(chance.randrange(1, 20)),
               chance.randrange(1, 3_000_000), chance.randrange(1, 9_000), chance.choice([1, 3, 5]),
               chance.choice(["EUR", "EUR", "EUR", "USD"]), chance.randrange(1, 900_000))  # fmt: skip


def capacity(chance: Random) -> Lot:
    first = DAY + timedelta(chance.randrange(12))
    return Lot("CGO", chance.choice(["LUX", "FRA"]), first, first + timedelta(chance.randrange(9)),
               chance.randrange(1, 5_000_000), chance.randrange(1, 20_000), chance.choice([1, 3, 7]), "EUR",
               chance.randrange(9_000), chance.randrange(400), chance.randrange(50_000))  # fmt: skip


def slow(cargo: Lot, offer: Lot, points: dict[str, float]) -> tuple[float, int] | None:
    """Score and price of a pair, or None where it does not fit."""
    price = price_minor(mass_g=cargo.mass_g, volume_l=cargo.volume_l, per_kg_minor=offer.per_kg_minor,
                        per_m3_minor=offer.per_m3_minor, minimum_minor=offer.price_minor)  # fmt: skip
    fits = (
        (cargo.origin, cargo.destination, cargo.currency) == (offer.origin, offer.destination, offer.currency)
        and cargo.first_on <= offer.first_on
        and offer.last_on <= cargo.last_on
        and cargo.mass_g <= offer.mass_g
        and cargo.volume_l <= offer.volume_l
        and cargo.classes & offer.classes == cargo.classes
        and price <= cargo.price_minor
    )
    if not fits:
        return None
    span = max((cargo.last_on - cargo.first_on).days, 1)
    parts = (
        1 - price / cargo.price_minor,
        (cargo.last_on - offer.last_on).days / span,
        max(cargo.mass_g / offer.mass_g, cargo.volume_l / offer.volume_l),
    )
    return sum(weight * part for weight, part in zip(points.values(), parts, strict=True)), price


@pytest.mark.parametrize("side", ["cargo", "capacity"])
def test_the_top_ten_of_both_sides_equal_a_slow_search(side: str) -> None:
    chance, fitting = Random(7), 0
    make_one, make_many = (cargo, capacity) if side == "cargo" else (capacity, cargo)
    points = CARGO_POINTS if side == "cargo" else CAPACITY_POINTS
    rank = ranking.rank_capacities if side == "cargo" else ranking.rank_cargoes
    for _ in range(40):
        one, many = make_one(chance), [make_many(chance) for _ in range(60)]
        intern = ranking.Interner()
        index = ranking.BoardIndex(ranking.columns_of(many, intern=intern))
        found = rank(ranking.columns_of([one], intern=intern), index)
        pairs = [slow(one, other, points) if side == "cargo" else slow(other, one, points) for other in many]
        expected = sorted((-pair[0], pair[1], at) for at, pair in enumerate(pairs) if pair)
        assert [m.at for m in found.matches] == [at for _, _, at in expected[:10]]
        assert [m.price_minor for m in found.matches] == [price for _, price, _ in expected[:10]]
        assert all(abs(sum(m.points.values()) - m.score) < 1e-9 for m in found.matches)
        corridor = [o for o in many if o.destination == one.destination]
        assert found.fitting == len(expected) == len(corridor) - sum(found.refused.values())
        fitting += found.fitting
    assert fitting > 50


def test_a_single_pair_is_judged_from_either_side() -> None:
    one = Lot("CGO", "LUX", DAY, DAY + timedelta(9), 1_000_000, 5_000, 1, "EUR", 400_000)
    other = Lot("CGO", "LUX", DAY + timedelta(1), DAY + timedelta(3), 2_000_000, 9_000, 1, "EUR", 0, 300, 0)
    intern = ranking.Interner()
    a, b = ranking.columns_of([one], intern=intern), ranking.columns_of([other], intern=intern)
    assert ranking.rank_capacities(a, ranking.BoardIndex(b)).matches[0].price_minor == 300_000
    assert ranking.rank_cargoes(b, ranking.BoardIndex(a)).matches[0].slack_days == 6
    assert ranking.rank_cargoes(b, ranking.BoardIndex(a.rows(slice(0, 0)))).matches == ()


def test_the_batch_has_as_many_pairs_as_can_be_and_then_the_most_points() -> None:
    chance = Random(3)
    for _ in range(30):
        cargoes, offers = [cargo(chance) for _ in range(5)], [capacity(chance) for _ in range(6)]
        table = [[slow(c, o, CARGO_POINTS) for o in offers] for c in cargoes]
        best = max(
            (sum(p is not None for p in row), sum(round(100 * p[0]) for p in row if p))
            for chosen in permutations(range(6), 5)
            for row in [[table[i][j] for i, j in enumerate(chosen)]]
        )
        intern = ranking.Interner()
        pairs = assigning.assign(*(ranking.columns_of(lots, intern=intern) for lots in (cargoes, offers)))
        assert (len(pairs), sum(round(100 * p.score) for p in pairs)) == best
        assert len({p.cargo for p in pairs}) == len({p.capacity for p in pairs}) == len(pairs)
        assert all(table[p.cargo][p.capacity][1] == p.price_minor for p in pairs)  # type: ignore[index]


def test_addresses_links_and_telephone_numbers_are_hidden_and_prices_are_not() -> None:
    told = "Call +352 20 11 22 33 or me@quay.example, see https://quay.example; 1250.50 EUR for 4200 kg"
    assert hide_contacts(told) == "Call ••• or ••• see ••• 1250.50 EUR for 4200 kg"
