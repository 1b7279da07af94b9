"""Random books that use every rule at once, and random requests: what the engine and the reference are given."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

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
from fondaco.systems.logistics.domain.cargo import CargoClass, Feature
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest

STARTS = date(2026, 1, 1)
_PLACES = ("CN", "GB", "DE")
_TARGETS = ("DE", "US", "FR", "CN")
_PREFIXES = {"north": ("1", "2", "AB"), "south": ("8", "9"), "isle": ("99", "2")}


def random_book(draw: Random, *, services: int) -> BookDraft:
    """A book of `services`, each with its own mixture of rules; every third has zones that may overlap."""
    book = BookDraft("GBP", [ProviderDraft(name, name, "GB") for name in ("p", "q")])
    book.areas = [
        AreaDraft(p.code, to, name, prefixes)
        for p in book.providers
        for to in _TARGETS
        for name, prefixes in _PREFIXES.items()
    ]
    # There is no rate of p's fuel from May to August, so that days without one occur.
    for p in book.providers:
        book.fuel.append(FuelDraft(p.code, "fuel", STARTS, date(2026, 5, 1), draw.randrange(0, 3_000)))
        first = date(2026, 8, 1) if p.code == "p" else date(2026, 5, 1)
        book.fuel.append(FuelDraft(p.code, "fuel", first, None, draw.randrange(0, 3_000)))
    for number in range(services):
        _add(book, draw, f"S{number:04d}")
    return book


def _add(book: BookDraft, draw: Random, code: str) -> None:
    features = draw.sample([str(f) for f in Feature], draw.randint(0, 5))
    classes = draw.sample([str(c) for c in CargoClass], draw.randint(2, 12))
    incoterm = "DDP" if "ddp" in features else "DAP"
    book.services.append(
        ServiceDraft(code, draw.choice("pq"), code, "express", incoterm, tuple(classes), tuple(features))
    )
    for origin in draw.sample(_PLACES, draw.randint(1, 2)):
        for to in draw.sample(_TARGETS, draw.randint(1, 4)):
            zones = draw.sample(list(_PREFIXES), 2) if draw.random() < 0.33 else [""]
            book.lanes += [_lane(draw, code, origin, to, zone) for zone in zones]


def _lane(draw: Random, code: str, origin: str, to: str, zone: str) -> LaneDraft:
    def maybe(*values: int) -> int:
        return draw.choice((0, *values))

    per_cbm = draw.random() < 0.15
    low = draw.randint(1, 9)
    return LaneDraft(
        code, origin, to, zone, "consignment" if per_cbm else draw.choice(("parcel", "parcel", "consignment")),
        low, low + draw.randint(0, 9),
        divisor=1000 if per_cbm else maybe(3000, 5000, 6000, 8000),
        min_billable_g=maybe(30, 50, 100, 1_000, 20_000),
        max_weight_g=maybe(2_000, 15_000, 30_000, 100_000),
        max_mm=draw.choice(((0, 0, 0), (600, 600, 600), (1200, 800, 0), (400, 1500, 300))),
        max_girth_mm=maybe(2_000, 3_000), max_sum_mm=maybe(900, 1_800),
        fuel_rule=draw.choice(("", "fuel", "fuel")), fuel_basis=draw.choice(("base", "subtotal")),
        remote_area=draw.choice(("", "isle", "north")), remote_fixed_minor=maybe(300, 2_200),
        remote_per_kg_minor=maybe(45, 133), clearance_minor=maybe(350, 1_099),
        max_value_minor=maybe(13_500, 250_000), insurance_basis_points=maybe(45, 133),
        insurance_min_minor=maybe(250), cover_minor=maybe(50_000),
        cells=list(_cells(draw, per_cbm=per_cbm)),
    )  # fmt: skip


def _cells(draw: Random, *, per_cbm: bool) -> list[CellDraft]:
    """Bands that may begin above zero and may leave a gap: the engine must refuse there, not bridge."""
    edge, cells = draw.choice((0, 0, 0, 50)), []
    for _ in range(draw.randint(1, 9)):
        upper = edge + draw.choice((50, 100, 450, 1_000, 4_500, 20_000, 300_000))
        pricing = "per_cbm" if per_cbm else draw.choice(("flat", "per_kg", "first_step"))
        first, step = (
            (draw.choice((1, 500, 1_000)), draw.choice((100, 333, 500)))
            if pricing == "first_step"
            else (0, 0)
        )
        cells.append(
            CellDraft(
                edge, upper, pricing, draw.randint(1, 9_999), first, step, draw.randint(0, 500) if step else 0,
                draw.choice((0, 150, 1_999)), draw.choice((1, 1, 10, 100, 500, 1_000)),
            )
        )  # fmt: skip
        edge = upper + (draw.choice((1, 500)) if draw.random() < 0.06 else 0)
    return cells


def random_shipment(draw: Random, reference: str) -> QuoteRequest:
    """A request that each rule has some chance to catch."""
    kinds = [
        ParcelSpec(
            draw.randint(10, draw.choice((300, 600, 1500))), draw.randint(10, 600), draw.randint(2, 500),
            draw.choice((draw.randint(1, 2_000), draw.randint(1, 16_000), draw.randint(1, 100_000))),
        )
        for _ in range(draw.choice((1, 1, 2, 3)))
    ]  # fmt: skip
    worth = Money(draw.choice((0, 1, 9_999, 13_500, 13_501, 77_777)), draw.choice(("GBP", "GBP", "EUR")))
    return QuoteRequest(
        reference, draw.choice(_PLACES), draw.choice(_TARGETS), draw.choice(("", "1", "20 5", "801", "995", "ab1", "3")),
        STARTS + timedelta(days=draw.randint(-5, 300)),
        tuple(p for p in kinds for _ in range(draw.choice((1, 1, 1, 2, 7)))),
        cargo_classes=frozenset(draw.sample([str(c) for c in CargoClass], draw.choice((0, 0, 1, 2)))),
        declared_value=draw.choice((None, worth, worth)),
        required=frozenset(draw.sample(["tracked", "ddp", "insured", "insured"], draw.choice((0, 0, 1, 2)))),
    )  # fmt: skip


def edges(book: BookDraft, draw: Random, request: QuoteRequest) -> QuoteRequest:
    """The same request with its first parcel's mass on the edge of a band, where half a gram decides."""
    cell = draw.choice(draw.choice(book.lanes).cells)
    mass = max(1, draw.choice((cell.from_g, cell.from_g + 1, cell.to_g, cell.to_g + 1)))
    first = request.parcels[0]
    turned = ParcelSpec(first.length_mm, first.width_mm, first.height_mm, mass)
    return QuoteRequest(
        request.reference, request.origin, request.destination, request.postcode, request.on,
        (turned, *request.parcels[1:]), request.cargo_classes, request.declared_value, request.required,
    )  # fmt: skip
