"""The generator of the demonstration price book: SYNTHETIC prices of made-up providers.

Deterministic: the same seed gives the same book to the cell. No figure of any carrier is in it.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random

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
from fondaco.systems.logistics.domain.cartons import data_folder
from fondaco.systems.logistics.domain.families import FAMILIES, Family

LABEL = "SYNTHETIC – demonstration prices"
REVISION = 4
DEFAULT_SEED = 1271
_EARTH_KM = 6371.0
_NAMES = (
    "Albatross", "Amber Road", "Argosy", "Beacon", "Caravel", "Cormorant", "Dovetail", "Ebbtide", "Fairlead",
    "Gannet", "Galleon", "Halyard", "Harbourline", "Ibis", "Jetty", "Kestrel", "Kittiwake", "Lantern", "Lodestar",
    "Mangrove", "Meridian", "Monsoon", "Nimbus", "Osprey", "Outrigger", "Packhorse", "Pelican", "Petrel", "Portolan",
    "Quayside", "Rialto", "Roadstead", "Samphire", "Sandpiper", "Sextant", "Silk Causeway", "Swift", "Tern",
    "Tradewind", "Turnstone", "Umber", "Viaduct", "Waypoint", "Westerly", "Windlass", "Yardarm", "Zephyr", "Zenith",
)  # fmt: skip
_ALWAYS = (CargoClass.GENERAL, CargoClass.FRAGILE, CargoClass.TEXTILE, CargoClass.BRANDED)
_SENSITIVE = (
    CargoClass.BATTERY_IN, CargoClass.LIQUID, CargoClass.COSMETICS, CargoClass.MAGNET, CargoClass.POWDER,
    CargoClass.FOOD, CargoClass.BLADE,
)  # fmt: skip
_DANGEROUS = (CargoClass.BATTERY_PURE, CargoClass.AEROSOL, CargoClass.FLAMMABLE)
_INTO_CHINA = replace(
    next(family for family in FAMILIES if (family.kind, family.origin) == ("special_line", "GB")),
    blocs=("CN",),
)
_FUEL_FROM = (date(2020, 1, 1), date(2026, 1, 1), date(2026, 7, 1))


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where a country's freight comes in, and how many services go there relative to others."""

    country: str
    latitude: float
    longitude: float
    bloc: str
    demand: int


def generate_demo_book(*, services: int = 2000, seed: int = DEFAULT_SEED) -> BookDraft:
    """A book of `services` synthetic rate products in GBP, about 80 cells each, the last of them into China."""
    random = Random(seed)  # noqa: S311 - prices for demonstration, not secrets
    book = BookDraft("GBP")
    gateways = read_gateways(data_folder() / "gateways.csv")
    book.providers = [_provider(place, name) for place, name in enumerate(_NAMES)]
    book.fuel = [rate for provider in book.providers for rate in _fuel_rates(provider, random)]
    areas = _Areas(book, data_folder() / "postcode_areas.csv")
    maker = _Maker(book, gateways, areas, random)
    for place, family in enumerate(islice(_families(services), services - 1)):
        _add_service(maker, family, place)
    into_china = replace(maker, random=Random(f"{seed}:CN"))  # noqa: S311 - and no other service is drawn anew
    _add_service(into_china, _INTO_CHINA, services - 1)
    return book


def read_gateways(path: Path) -> dict[str, Gateway]:
    """The gateways of a CSV file by country."""
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row["country"]: Gateway(
                row["country"],
                float(row["latitude"]),
                float(row["longitude"]),
                row["bloc"],
                int(row["demand"]),
            )
            for row in csv.DictReader(file)
        }


def distance_km(a: Gateway, b: Gateway) -> float:
    """Great-circle distance (haversine, mean Earth radius)."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    d_lat, d_lon = lat_b - lat_a, math.radians(b.longitude - a.longitude)
    h = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(h))


class _Areas:
    """Zones and remote areas, entered into the book once for each provider that uses them."""

    def __init__(self, book: BookDraft, path: Path) -> None:
        self.book, self.used = book, set[tuple[str, str, str]]()
        self.known: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                prefixes = tuple(row["prefixes"].split("|"))
                self.known[row["destination"], row["kind"]].append((row["name"], prefixes))

    def use(self, provider: str, destination: str, kind: str) -> list[str]:
        """The names of the areas of `kind` in `destination`, now known to the book."""
        for name, prefixes in self.known[destination, kind]:
            key = (provider, destination, name)
            if key not in self.used:
                self.used.add(key)
                self.book.areas.append(AreaDraft(provider, destination, name, prefixes))
        return [name for name, _ in self.known[destination, kind]]


def _families(services: int) -> Iterator[Family]:
    """`services` families, in proportion to their counts (largest remainder)."""
    whole = sum(family.count for family in FAMILIES)
    shares = [services * family.count // whole for family in FAMILIES]
    remainders = sorted(range(len(FAMILIES)), key=lambda i: (-(services * FAMILIES[i].count % whole), i))
    for i in remainders[: services - sum(shares)]:
        shares[i] += 1
    for family, share in zip(FAMILIES, shares, strict=True):
        yield from [family] * share


def _provider(place: int, name: str) -> ProviderDraft:
    code = "demo-" + name.lower().replace(" ", "-")
    return ProviderDraft(code, f"{name} (demonstration)", ("GB", "CN", "DE", "NL", "HK", "US")[place % 6])


def _fuel_rates(provider: ProviderDraft, random: Random) -> list[FuelDraft]:
    base = random.randrange(1_100, 2_400, 25)
    ends = (*_FUEL_FROM[1:], None)
    return [
        FuelDraft(provider.code, "fuel", start, end, base + random.randrange(-200, 225, 25))
        for start, end in zip(_FUEL_FROM, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Maker:
    """The book in the making, and what it is made with."""

    book: BookDraft
    gateways: dict[str, Gateway]
    areas: _Areas
    random: Random


def _add_service(maker: _Maker, family: Family, place: int) -> None:
    """One service of `family` with all its lanes."""
    book, gateways, areas, random = maker.book, maker.gateways, maker.areas, maker.random
    provider = random.choice(book.providers)
    code = f"D{place + 1:05d}"
    level = random.lognormvariate(0, 0.16)
    worldwide = family.worldwide_every > 0 and place % family.worldwide_every == 0
    origin = family.origin or random.choice(("DE", "US", "AU", "FR", "CA", "JP", "AE", "ES", "GB", "NL"))
    targets = _targets(family, origin, gateways, worldwide, random)
    features = _features(family, random)
    scope = "Worldwide" if worldwide else (targets[0] if len(targets) == 1 else f"{len(targets)} countries")
    name = f"{provider.name.removesuffix(' (demonstration)')} {family.name} {scope} {code}"
    incoterm = "DDP" if Feature.DDP in features else "DAP"
    book.services.append(
        ServiceDraft(code, provider.code, name, family.kind, incoterm, _classes(family, random), features)
    )
    pace = random.uniform(0.8, 1.5)
    model = _charged(_lane_model(family, code, origin, random), family, features)
    for country in targets:
        km = distance_km(gateways[origin], gateways[country])
        price = level * random.uniform(0.93, 1.07)
        lane = _lane(model, family, country, km, pace)
        book.lanes += _zoned(lane, family, provider.code, areas, random, price=price, km=km)


def _targets(
    family: Family, origin: str, gateways: dict[str, Gateway], worldwide: bool, random: Random
) -> list[str]:
    """The destinations a service takes: all of its blocs, or a few drawn by demand."""
    if family.kind == "overseas_wh_local":
        return [origin]
    open_to = [g for g in gateways.values() if g.bloc in family.blocs and g.country != origin]
    if worldwide:
        return [g.country for g in open_to]
    drawn = sorted(open_to, key=lambda g: random.random() ** (1 / g.demand), reverse=True)
    return [g.country for g in drawn[: family.served]]


def _features(family: Family, random: Random) -> tuple[str, ...]:
    wanted = [Feature.TRACKED] if random.random() < family.tracked else []
    if wanted and random.random() < family.ddp:
        wanted += [
            Feature.DDP,
            *([Feature.IOSS] if family.kind in ("special_line", "bonded", "post") else []),
        ]
    chances = ((Feature.INSURED, 0.4), (Feature.SIGNATURE, 0.35), (Feature.PICKUP_POINT, 0.15))
    wanted += [feature for feature, chance in chances if wanted and random.random() < chance]
    return tuple(str(feature) for feature in wanted)


def _classes(family: Family, random: Random) -> tuple[str, ...]:
    allowed = [*_ALWAYS, *(c for c in _SENSITIVE if random.random() < family.sensitive)]
    allowed += [c for c in _DANGEROUS if random.random() < family.sensitive / 4]
    return tuple(str(c) for c in allowed)


def _lane_model(family: Family, code: str, origin: str, random: Random) -> LaneDraft:
    """What all lanes of a service share."""
    return LaneDraft(
        service=code, origin=origin, destination="", zone="", basis=family.basis, transit_min=1, transit_max=1,
        divisor=random.choice(family.divisors), min_billable_g=family.min_billable_g,
        max_weight_g=family.bands[-1] if family.basis == "parcel" else 0, max_mm=family.max_mm,
        max_girth_mm=family.max_girth_mm, max_sum_mm=family.max_sum_mm, fuel_rule="fuel" if family.fuel else "",
        fuel_basis=random.choice(("base", "subtotal")),
    )  # fmt: skip


def _charged(model: LaneDraft, family: Family, features: tuple[str, ...]) -> LaneDraft:
    """With cover for 0.8 % of the value where cover is sold, and clearance papers where freight needs an entry."""
    if Feature.INSURED in features:
        model = replace(model, insurance_basis_points=80, insurance_min_minor=150, cover_minor=1_000_000)
    freight = family.kind in ("air_gen", "rail", "lcl", "fcl")
    return replace(model, clearance_minor=4_500) if freight else model


def _lane(model: LaneDraft, family: Family, country: str, km: float, pace: float) -> LaneDraft:
    slow = pace * family.days_per_1000_km * km / 1000
    low = max(1, round(family.days[0] * pace + slow))
    high = max(low + 1, round(family.days[1] * pace + 1.3 * slow))
    # Carriers list lower limits for some countries; the United States is charged from 30 g upwards.
    floor = 100 if country in ("SG", "HK") and model.min_billable_g == 50 else model.min_billable_g
    return replace(
        model, destination=country, transit_min=low, transit_max=high, min_billable_g=floor, cells=[]
    )


def _zoned(
    lane: LaneDraft,
    family: Family,
    provider: str,
    areas: _Areas,
    random: Random,
    *,
    price: float,
    km: float,
) -> Iterator[LaneDraft]:
    """The lane, divided into zones by a few services, with a remote surcharge by many."""
    zones = [""]
    if family.kind in ("special_line", "express") and random.random() < 0.15:
        zones = areas.use(provider, lane.destination, "zone") or [""]
    remote = [""]
    if family.fuel and random.random() < 0.7:
        remote = areas.use(provider, lane.destination, "remote") or [""]
    for place, zone in enumerate(zones):
        part = replace(lane, zone=zone, cells=list(_cells(family, price * (1 + 0.08 * place), km)))
        if remote[0]:
            part.remote_area, part.remote_fixed_minor, part.remote_per_kg_minor = remote[0], 2_200, 45
        yield part


@dataclass(frozen=True, slots=True)
class _Band:
    """What a cell's price is made from: freight of a mass in grams, and what lies behind it."""

    place: int
    low_g: int
    to_g: int
    freight: Callable[[float], float]
    slope: float
    fixed: float
    fee: int


# unit price, registration fee, first mass, step mass, step price
_Price = tuple[int, int, int, int, int]


def _cells(family: Family, level: float, km: float) -> Iterator[CellDraft]:
    """The weight bands of one lane, in whole pence."""
    slope = level * (family.per_kg + family.per_kg_km * km / 1000)
    fixed, fee = level * family.fixed, round(level * family.fee)

    def freight(grams: float) -> float:
        return float(fixed + (grams / 1000) ** family.power * slope - fee)

    priced, lower = _CELL[family.pricing], 0
    for place, upper in enumerate(family.bands):
        band = _Band(place, max(lower, family.min_billable_g), upper, freight, slope, fixed, fee)
        unit, registration, first, step, step_price = priced(band)
        yield CellDraft(
            lower, upper, family.pricing, unit, first, step, step_price, registration, family.increment_g
        )
        lower = upper


def _flat(band: _Band) -> _Price:
    return max(1, round(band.freight(band.to_g))), band.fee, 0, 0, 0


def _per_kg(band: _Band) -> _Price:
    """A unit price that falls from band to band, right at the band's geometric middle."""
    middle = math.sqrt(max(band.low_g, band.to_g / 4) * band.to_g)
    return max(1, round(band.freight(middle) / middle * 1000)), band.fee, 0, 0, 0


def _first_step(band: _Band) -> _Price:
    """The price at the band's lower end, and steps of 10 kg up to its upper."""
    step, base = 10_000, band.freight(band.low_g)
    rise = (band.freight(band.to_g) - base) * step / (band.to_g - band.low_g)
    return round(base), band.fee, band.low_g, step, max(1, round(rise))


def _per_cbm(band: _Band) -> _Price:
    """A price per cubic metre that falls by 4 % a band, and papers as the fee."""
    return round(1000 * band.slope * (1 - 0.04 * band.place)), round(band.fixed), 0, 0, 0


_CELL = {"flat": _flat, "per_kg": _per_kg, "first_step": _first_step, "per_cbm": _per_cbm}
