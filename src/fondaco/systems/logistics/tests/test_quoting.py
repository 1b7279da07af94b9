"""Quotes: equal to a slow Decimal reference to the penny, and free of the defects known of karrio's rating."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.book import (
    AreaDraft,
    BookDraft,
    CellDraft,
    FuelDraft,
    LaneDraft,
    ProviderDraft,
    ServiceDraft,
)
from fondaco.systems.logistics.domain.cargo import CargoClass, UnknownCargoClass, UnknownFeature, cargo_mask
from fondaco.systems.logistics.domain.choosing import Policy, choose
from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.draft_store import store_of
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest, QuoteResult
from fondaco.systems.logistics.domain.quoting import BadRequest, quote
from fondaco.systems.logistics.tests.reference import quote_slowly

ON = date(2026, 9, 1)
START = date(2020, 1, 1)


def lane(service: str, *cells: CellDraft, **fields: object) -> LaneDraft:
    made = LaneDraft(
        service, "GB", "DE", "", "parcel", 2, 4, cells=list(cells or (CellDraft(0, 30_000, "flat", 1000),))
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def book_of(*lanes: LaneDraft, features: tuple[str, ...] = ("tracked",)) -> BookDraft:
    book = BookDraft("GBP", [ProviderDraft("p", "Provider", "GB")])
    codes = dict.fromkeys(made.service for made in lanes)
    book.services = [ServiceDraft(c, "p", c, "express", "DAP", ("general",), features) for c in codes]
    book.lanes = list(lanes)
    book.areas = [AreaDraft("p", "DE", "south", ("8", "9")), AreaDraft("p", "DE", "island", ("999",))]
    book.fuel = [FuelDraft("p", "fuel", START, None, 1250)]
    return book


def ask(book: BookDraft, *parcels: ParcelSpec, **fields: object) -> QuoteResult:
    request = QuoteRequest("A", "GB", "DE", "", ON, parcels or (ParcelSpec(300, 200, 100, 2_000),))
    request = replace(request, **fields)  # type: ignore[arg-type]
    return quote(store_of(book, starts_on=START), request, explain=True)


def price(result: QuoteResult) -> int:
    return result.offers[0].price.minor


def reason(result: QuoteResult) -> tuple[str, dict[str, object]]:
    (refusal,) = result.refused
    assert result.refused_counts == {refusal.code: 1}
    assert result.offers == ()
    return refusal.code, dict(refusal.numbers)


# ------------------------------------------------------------------ what karrio's universal rating gets wrong


def test_karrio_1_volume_counts() -> None:
    bands = (CellDraft(0, 5_000, "flat", 1000), CellDraft(5_000, 30_000, "flat", 5000))
    result = ask(book_of(lane("S", *bands, divisor=5000)), ParcelSpec(600, 500, 400, 1_000))
    assert result.offers[0].billable_g == 24_000
    assert price(result) == 5000


def test_karrio_2_a_service_from_elsewhere_is_not_offered() -> None:
    assert reason(ask(book_of(lane("S")), origin="CN")) == (
        "no-origin",
        {"origin": "CN", "destination": "DE"},
    )


def test_karrio_3_a_required_feature_is_required() -> None:
    result = ask(book_of(lane("S"), features=()), required=frozenset({"tracked"}))
    assert reason(result) == ("feature-missing", {"missing": ["tracked"]})


def test_karrio_4_a_parcel_is_turned() -> None:
    book = book_of(lane("S", max_mm=(60, 1200, 600), max_girth_mm=3000))
    assert price(ask(book, ParcelSpec(60, 200, 1000, 500))) == 1000
    assert reason(ask(book, ParcelSpec(61, 200, 1000, 500)))[0] == "too-large"
    wide = book_of(lane("S", max_girth_mm=3000))
    assert reason(ask(wide, ParcelSpec(1500, 500, 500, 500))) == (
        "girth",
        {"length_plus_girth_mm": 3500, "max_mm": 3000},
    )


# ------------------------------------------------------------------ each rule by hand


def test_a_band_begins_above_its_lower_end_and_holds_its_upper() -> None:
    book = book_of(lane("S", CellDraft(0, 500, "flat", 100), CellDraft(500, 1000, "flat", 200)))
    for mass, expected in ((1, 100), (500, 100), (501, 200), (1000, 200)):
        assert price(ask(book, ParcelSpec(10, 10, 10, mass))) == expected
    code, numbers = reason(ask(book, ParcelSpec(10, 10, 10, 1001)))
    assert (code, numbers["weight_g"], numbers["to_g"]) == ("weight-band", 1001, 1000)


def test_a_gap_between_bands_is_refused_not_bridged() -> None:
    book = book_of(lane("S", CellDraft(0, 500, "flat", 100), CellDraft(600, 1000, "flat", 200)))
    assert reason(ask(book, ParcelSpec(10, 10, 10, 550)))[0] == "weight-band"


@pytest.mark.parametrize(
    ("cell", "mass", "expected"),
    [
        (CellDraft(0, 30_000, "per_kg", 333, registration_minor=150, increment_g=100), 1_234, 433 + 150),
        (CellDraft(0, 30_000, "per_kg", 5, increment_g=1), 100, 1),  # 0.5 rounds up
        (
            CellDraft(0, 30_000, "first_step", 700, first_g=500, step_g=500, step_minor=90),
            1_600,
            700 + 3 * 90,
        ),
        (CellDraft(0, 30_000, "first_step", 700, first_g=500, step_g=500, step_minor=90), 400, 700),
    ],
)
def test_pricings(cell: CellDraft, mass: int, expected: int) -> None:
    assert price(ask(book_of(lane("S", cell)), ParcelSpec(10, 10, 10, mass))) == expected


def test_a_cubic_metre_is_a_tonne_and_one_is_the_least() -> None:
    sea = lane(
        "S",
        CellDraft(0, 15_000_000, "per_cbm", 6000, registration_minor=9000),
        basis="consignment",
        divisor=1000,
        min_billable_g=1_000_000,
    )
    small = ParcelSpec(600, 400, 400, 20_000)
    assert price(ask(book_of(sea), *[small] * 3)) == 6000 + 9000
    assert price(ask(book_of(sea), *[small] * 25)) == 14400 + 9000  # 2.4 m3


def test_a_consignment_is_weighed_and_registered_once() -> None:
    cell = CellDraft(0, 100_000, "per_kg", 100, registration_minor=500, increment_g=1000)
    each, whole = lane("each", cell), lane("whole", cell, basis="consignment")
    parcels = [ParcelSpec(100, 100, 100, 1_500)] * 4
    offers = {o.service_code: o for o in ask(book_of(each, whole), *parcels).offers}
    assert offers["each"].price.minor == 4 * (200 + 500)
    assert offers["whole"].price.minor == 600 + 500
    assert dict(offers["whole"].breakdown) == {"freight": 600, "registration": 500, "remote": 0, "fuel": 0}


@pytest.mark.parametrize(("basis", "fuel"), [("base", 125), ("subtotal", 213)])
def test_fuel_is_taken_of_what_the_lane_says(basis: str, fuel: int) -> None:
    cell = CellDraft(0, 30_000, "flat", 1000, registration_minor=700)
    result = ask(book_of(lane("S", cell, fuel_rule="fuel", fuel_basis=basis)))
    assert price(result) == 1700 + fuel


def test_a_fuel_rule_without_a_rate_on_the_day_is_refused_not_free() -> None:
    book = book_of(lane("S", fuel_rule="fuel"))
    book.fuel = [FuelDraft("p", "fuel", START, date(2026, 1, 1), 1250)]
    assert reason(ask(book)) == ("fuel-rate-missing", {"on": "2026-09-01"})
    assert price(ask(book, on=date(2025, 12, 31))) == 1125


def test_prices_count_only_while_in_force() -> None:
    code, numbers = reason(ask(book_of(lane("S")), on=date(2019, 12, 31)))
    assert (code, numbers) == ("not-in-force", {"on": "2019-12-31", "from": "2020-01-01", "to": None})


def test_remote_postcodes_pay_and_unknown_ones_are_noted() -> None:
    book = book_of(lane("S", remote_area="island", remote_fixed_minor=300, remote_per_kg_minor=200))
    assert price(ask(book, postcode="99 901")) == 1400
    assert price(ask(book, postcode="10115")) == 1000
    assert ask(book).offers[0].notes == ("remote-surcharge-not-checked",)


def test_zones_need_a_postcode_and_choose_by_it() -> None:
    zones = (
        lane("S", zone="south"),
        lane("S", CellDraft(0, 30_000, "flat", 1500), zone="island"),
    )
    book = book_of(*zones)
    assert reason(ask(book))[0] == "postcode-needed"
    assert price(ask(book, postcode="80331")) == 1000
    assert reason(ask(book, postcode="10115"))[0] == "zone-not-served"
    both = ask(book, postcode="99901")
    assert (both.offer_count, price(both)) == (1, 1000)


def test_cargo_that_a_service_does_not_take() -> None:
    assert reason(ask(book_of(lane("S")), cargo_classes=frozenset({"battery-in"}))) == (
        "cargo-class",
        {"not_carried": ["battery-in"]},
    )
    with pytest.raises(UnknownCargoClass):
        ask(book_of(lane("S")), cargo_classes=frozenset({"unobtainium"}))
    with pytest.raises(UnknownFeature):
        ask(book_of(lane("S")), required=frozenset({"teleport"}))
    assert cargo_mask(["battery", "cosmetic"]) == cargo_mask([CargoClass.BATTERY_IN, CargoClass.COSMETICS])


@pytest.mark.parametrize(
    "parcel",
    [
        ParcelSpec(0, 10, 10, 10),
        ParcelSpec(10, 10, 10, 0),
        ParcelSpec(10, 10, 10, -5),
        ParcelSpec(10, 10, 10, 10**12),
        ParcelSpec(10**7, 10, 10, 10),
    ],
)
def test_absurd_parcels_are_refused(parcel: ParcelSpec) -> None:
    with pytest.raises(BadRequest):
        ask(book_of(lane("S")), parcel)


def test_no_parcel_at_all_is_refused() -> None:
    store = store_of(book_of(lane("S")), starts_on=START)
    with pytest.raises(BadRequest):
        quote(store, QuoteRequest("A", "GB", "DE", "", ON, ()))


def test_a_place_that_nothing_serves_is_an_explained_empty_answer() -> None:
    result = ask(book_of(lane("S")), destination="AQ")
    assert (result.offer_count, result.refused_counts) == (0, {"no-destination": 1})


# ------------------------------------------------------------------ the whole book


BOOK = generate_demo_book(services=400)
STORE = store_of(BOOK, starts_on=START)


def random_request(draw: Random, reference: str) -> QuoteRequest:
    kinds = [
        ParcelSpec(
            draw.randint(10, draw.choice((300, 700, 1800))),
            draw.randint(10, 600),
            draw.randint(2, 500),
            draw.choice((draw.randint(1, 2_000), draw.randint(1, 40_000), draw.randint(1, 200_000))),
        )
        for _ in range(draw.choice((1, 1, 2, 3)))
    ]
    parcels = tuple(p for p in kinds for _ in range(draw.choice((1, 1, 1, 2, 12))))
    classes = draw.sample([str(c) for c in CargoClass], draw.choice((0, 0, 0, 1, 2)))
    return QuoteRequest(
        reference,
        draw.choice(("GB", "GB", "GB", "CN", "DE")),
        draw.choice(("DE", "FR", "US", "AU", "NO", "CA", "GR", "SG", "HK", "LB", "GB", "JP", "ES", "AQ")),
        draw.choice(("", "2000", "995", "IV1 2AB", "84600", "G1", "9", "X0A")),
        draw.choice((ON, date(2025, 6, 30), date(2026, 7, 1))),
        parcels,
        cargo_classes=frozenset(classes),
        required=frozenset(draw.sample(["tracked", "ddp", "insured"], draw.choice((0, 0, 0, 1)))),
    )


def test_two_thousand_random_quotes_equal_the_reference_to_the_penny() -> None:
    draw = Random(20261122)
    lanes: dict[tuple[str, str], list[LaneDraft]] = {}
    for made in BOOK.lanes:
        lanes.setdefault((made.origin, made.destination), []).append(made)
    for number in range(2_000):
        request = random_request(draw, str(number))
        # The reference looks only at twenty services, at random, to stay within seconds.
        sample = draw.sample(BOOK.services, 20)
        names = {s.code for s in sample}
        near = [x for x in lanes.get((request.origin, request.destination), []) if x.service in names]
        book = replace(BOOK, services=sample, lanes=near)
        expected = quote_slowly(book, request)
        # Listing every refusal of 400 services is the slow part: each fifth time will do.
        explained = number % 5 == 0
        found = quote(STORE, request, limit=1_000, explain=explained)
        prices = {o.service_code: o.price.minor for o in found.offers}
        reasons = {r.service_code: r.code for r in found.refused}
        for code, answer in expected.items():
            assert prices.get(code) == answer.price, request
            if explained and answer.price is None:
                elsewhere = answer.reason in {"no-origin", "no-destination"}
                assert reasons[code] in ({"no-origin", "no-destination"} if elsewhere else {answer.reason})


def test_the_answer_is_sorted_complete_and_adds_up() -> None:
    draw = Random(7)
    for number in range(200):
        result = quote(STORE, random_request(draw, str(number)), limit=10_000, explain=True)
        assert [o.price.minor for o in result.offers] == sorted(o.price.minor for o in result.offers)
        assert len({o.service_code for o in result.offers}) == result.offer_count == len(result.offers)
        assert all(sum(part for _, part in o.breakdown) == o.price.minor for o in result.offers)
        assert result.offer_count + sum(result.refused_counts.values()) == len(BOOK.services)
        counted: dict[str, int] = {}
        for refusal in result.refused:
            counted[refusal.code] = counted.get(refusal.code, 0) + 1
        assert counted == result.refused_counts


def test_the_short_list_keeps_what_a_policy_may_want() -> None:
    draw = Random(11)
    for number in range(200):
        request = random_request(draw, str(number))
        short, full = quote(STORE, request, limit=3), quote(STORE, request, limit=10_000)
        assert short.offers[:3] == full.offers[:3]
        for policy in (Policy.CHEAPEST, Policy.CHEAPEST_TRACKED, Policy.CHEAPEST_TRACKED_DDP):
            assert choose(short.offers, policy) == choose(full.offers, policy)
        if best := choose(full.offers, Policy.FASTEST_TRACKED):
            chosen = choose(short.offers, Policy.FASTEST_TRACKED)
            assert chosen is not None
            assert chosen.transit_days_max == best.transit_days_max


def test_every_offer_costs_something_in_the_currency_of_the_book() -> None:
    draw = Random(3)
    for number in range(100):
        request = random_request(draw, str(number))
        for offer in quote(STORE, request).offers:
            assert isinstance(offer.price, Money)
            assert offer.price.currency == "GBP"
            assert offer.price.minor > 0


def test_the_generator_is_deterministic_and_in_shape() -> None:
    assert generate_demo_book(services=50) == generate_demo_book(services=50)
    assert len(BOOK.services) == 400
    assert all(p.name.endswith("(demonstration)") for p in BOOK.providers)
