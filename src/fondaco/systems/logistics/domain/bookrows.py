"""From a price book's rows to a book, with every fault named by row, column, value and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fondaco.kernel.errors import RowError
from fondaco.kernel.money import UnknownCurrency, exponent
from fondaco.systems.logistics.domain.book import (
    BASES,
    CBM_DIVISOR,
    FUEL_BASES,
    KINDS,
    PRICINGS,
    AreaDraft,
    BookDraft,
    CellDraft,
    FuelDraft,
    LaneDraft,
    ProviderDraft,
    ServiceDraft,
    band_faults,
)
from fondaco.systems.logistics.domain.cargo import CargoClass, Feature
from fondaco.systems.logistics.domain.words import (
    Fault,
    RowLike,
    band_of,
    country_of,
    date_of,
    days_of,
    decimal_of,
    grams_of,
    one_of,
    several_of,
    sides_of,
    slug_of,
    text_of,
    whole_of,
)

REQUIRED = (
    "provider_code", "service_code", "service_name", "kind", "origin", "destination", "transit_days", "price",
    "currency",
)  # fmt: skip
# Every column of the rates' sheet and what it holds; those of REQUIRED must be filled.
COLUMNS = {
    "provider_code": "example-lines", "provider_name": "Example Lines", "provider_country": "GB",
    "service_code": "EXL-STD", "service_name": "Example Standard", "kind": "special_line", "incoterm": "DAP",
    "cargo_classes": "general|battery-in", "features": "tracked|ddp|ioss", "origin": "GB", "destination": "DE",
    "zone": "south", "transit_days": "4-7", "basis": "parcel", "weight": "0<W<=0.5", "weight_from_kg": "0",
    "weight_to_kg": "0.5", "pricing": "per_kg", "price": "4.20", "first_kg": "0.5", "step_kg": "0.5",
    "step_price": "3.25", "registration_fee": "1.90", "currency": "GBP", "increment_g": "10", "min_billable_g": "50",
    "divisor": "8000", "max_weight_kg": "30", "max_sides_mm": "600x400x400", "max_girth_mm": "3000",
    "max_sum_mm": "900", "fuel_rule": "fuel", "fuel_basis": "base", "remote_area": "islands", "remote_fee": "22",
    "remote_fee_per_kg": "0.45", "clearance_fee": "3.50", "max_value": "135", "insurance_percent": "0.8",
    "insurance_min": "1.50", "insurance_cover": "5000",
}  # fmt: skip
MOST_ERRORS = 1_000
_MOST_MINOR = 2_000_000_000


@dataclass(slots=True)
class Reading:
    """A book in the making. `areas` are the zones that are known beside those of the file."""

    book: BookDraft = field(default_factory=lambda: BookDraft(""))
    errors: list[RowError] = field(default_factory=list)
    error_count: int = 0
    providers: dict[str, ProviderDraft] = field(default_factory=dict)
    services: dict[str, ServiceDraft] = field(default_factory=dict)
    lanes: dict[tuple[str, str, str, str], LaneDraft] = field(default_factory=dict)
    areas: set[tuple[str, str, str]] = field(default_factory=set)
    first_rows: dict[Any, int] = field(default_factory=dict)

    def fault(self, error: RowError) -> None:
        """Keep an error; beyond a thousand they are only counted."""
        self.error_count += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(error)


def read_book(sheets: Mapping[str, Iterable[RowLike]], *, known_areas: Iterable[AreaDraft]) -> Reading:
    """All rows of a file, and everything wrong in them. `known_areas` are the zones of the books in force."""
    reading = Reading()
    own = [a for row in sheets.get("areas", ()) if (a := _attempt(reading, row, _area, sheet="areas"))]
    named = {(a.provider, a.destination, a.name) for a in own}
    reading.book.areas = own + [a for a in known_areas if (a.provider, a.destination, a.name) not in named]
    reading.areas = {(a.provider, a.destination, a.name) for a in reading.book.areas}
    reading.book.fuel = [
        f for row in sheets.get("fuel", ()) if (f := _attempt(reading, row, _fuel, sheet="fuel"))
    ]
    for row in sheets.get("rates", ()):
        _attempt(reading, row, _rate)
    _finish(reading)
    return reading


def _attempt(
    reading: Reading, row: RowLike, read: Callable[[Reading, RowLike], Any], *, sheet: str = ""
) -> Any:
    """What `read` makes of a row; its fault names the column as a spreadsheet would: areas!prefixes."""
    try:
        return read(reading, row)
    except Fault as fault:
        error = fault.at(row.number)
        reading.fault(replace(error, column=f"{sheet}!{error.column}") if sheet else error)
        return None


def _finish(reading: Reading) -> None:
    book = reading.book
    book.providers, book.services = list(reading.providers.values()), list(reading.services.values())
    book.lanes = list(reading.lanes.values())
    for fault in band_faults(book.lanes):
        low, high = fault.from_g / 1000, fault.to_g / 1000
        said = f"{' '.join(filter(None, fault.lane))}: {fault.code} from {low} to {high} kg, see row {fault.other_row}."
        reading.fault(
            RowError(fault.row, "weight", f"{low}-{high}", fault.code, said, _BAND_REMEDY[fault.code])
        )
    used = {
        (reading.services[lane.service].provider, lane.destination, zone)
        for lane in book.lanes
        for zone in (lane.zone, lane.remote_area)
    }
    book.areas = [a for a in book.areas if (a.provider, a.destination, a.name) in used]
    if not book.lanes and not reading.error_count:
        reading.fault(RowError(1, "", "", "no-rows", "The file has no prices.", "Put one price in each row."))


_BAND_REMEDY = {
    "overlap": "Let each band begin where the one before it ends.",
    "duplicate": "Remove one of the two rows.",
    "gap": "Add the missing band, or let the next one begin where this ends.",
}


def _rate(reading: Reading, row: RowLike) -> None:
    for column in REQUIRED:
        if not row[column]:
            raise Fault(column, "", "missing", f"{column} is empty.", "Fill it in.")
    _currency(reading, row)
    provider = _provider(reading, row)
    service = _service(reading, row, provider)
    lane = _lane(reading, row, service, provider)
    cell = _cell(reading, row, lane)
    lane.cells.append(cell)


def _currency(reading: Reading, row: RowLike) -> None:
    word = row["currency"].upper()
    if not reading.book.currency:
        try:
            exponent(word)
        except UnknownCurrency as exc:
            raise Fault(
                "currency", word, "unknown-currency", "This is no currency.", "Use its ISO code."
            ) from exc
        reading.book.currency = word
    if word != reading.book.currency:
        said = f"This row is in {word}, the book began in {reading.book.currency}."
        raise Fault("currency", word, "two-currencies", said, "Put each currency into a book of its own.")


def _provider(reading: Reading, row: RowLike) -> str:
    code = slug_of(row, "provider_code")
    country = country_of(row, "provider_country") if row["provider_country"] else row["origin"].upper()[:2]
    made = ProviderDraft(code, text_of(row, "provider_name", 120) or code, country)
    reading.providers.setdefault(code, made)
    return code


def _service(reading: Reading, row: RowLike, provider: str) -> str:
    made = ServiceDraft(
        code=text_of(row, "service_code", 40),
        provider=provider,
        name=text_of(row, "service_name", 120),
        kind=one_of(row, "kind", KINDS),
        incoterm=one_of(row, "incoterm", ("DAP", "DDP"), default="DAP"),
        cargo_classes=several_of(row, "cargo_classes", tuple(CargoClass)) or ("general",),
        features=several_of(row, "features", tuple(Feature)),
    )
    first = reading.services.setdefault(made.code, made)
    _same(reading, row, made.code, differs=first != made, column="service_code")
    return made.code


def _same(reading: Reading, row: RowLike, key: Any, *, differs: bool, column: str) -> None:
    """Refuse a row that describes a known service or lane otherwise than its first row did."""
    began = reading.first_rows.setdefault(key, row.number)
    if differs:
        said = f"This differs from what row {began} says of the same."
        raise Fault(column, row[column], "contradiction", said, f"Repeat row {began}, or use another code.")


def _lane(reading: Reading, row: RowLike, service: str, provider: str) -> LaneDraft:
    low, high = days_of(row)
    destination = country_of(row, "destination")
    per_cbm = row["pricing"].lower() == "per_cbm"
    made = LaneDraft(
        service=service,
        origin=country_of(row, "origin"),
        destination=destination,
        zone=_area_name(reading, row, "zone", provider, destination),
        basis=one_of(row, "basis", BASES, default="parcel"),
        transit_min=low,
        transit_max=high,
        divisor=whole_of(row, "divisor") or (CBM_DIVISOR if per_cbm else 0),
        min_billable_g=whole_of(row, "min_billable_g"),
        max_weight_g=grams_of(row, "max_weight_kg"),
        max_mm=sides_of(row),
        max_girth_mm=whole_of(row, "max_girth_mm"),
        max_sum_mm=whole_of(row, "max_sum_mm"),
        fuel_rule=text_of(row, "fuel_rule", 40),
        fuel_basis=one_of(row, "fuel_basis", FUEL_BASES, default="base"),
        remote_area=_area_name(reading, row, "remote_area", provider, destination),
        remote_fixed_minor=_money(reading, row, "remote_fee"),
        remote_per_kg_minor=_money(reading, row, "remote_fee_per_kg"),
        clearance_minor=_money(reading, row, "clearance_fee"),
        max_value_minor=_money(reading, row, "max_value"),
        insurance_basis_points=_percent(row, "insurance_percent"),
        insurance_min_minor=_money(reading, row, "insurance_min"),
        cover_minor=_money(reading, row, "insurance_cover"),
    )
    first = reading.lanes.setdefault(made.key, made)
    if first is not made:
        made.cells = first.cells
    _same(reading, row, made.key, differs=first != made, column="destination")
    return first


def _cell(reading: Reading, row: RowLike, lane: LaneDraft) -> CellDraft:
    low, high = band_of(row)
    pricing = one_of(row, "pricing", PRICINGS, default="flat")
    if pricing == "per_cbm" and lane.divisor != CBM_DIVISOR:
        said = "A price per cubic metre counts a cubic metre as a tonne."
        raise Fault("divisor", row["divisor"], "cbm-divisor", said, f"Use {CBM_DIVISOR} or leave it empty.")
    cell = CellDraft(
        from_g=low,
        to_g=high,
        pricing=pricing,
        unit_minor=_money(reading, row, "price"),
        first_g=grams_of(row, "first_kg"),
        step_g=grams_of(row, "step_kg"),
        step_minor=_money(reading, row, "step_price"),
        registration_minor=_money(reading, row, "registration_fee"),
        increment_g=whole_of(row, "increment_g") or 1,
        row=row.number,
    )
    if pricing == "first_step" and not (cell.first_g and cell.step_g):
        said = "First weight and step need both masses."
        raise Fault("step_kg", row["step_kg"], "step-missing", said, "Fill in first_kg and step_kg.")
    return cell


def _area(_: Reading, row: RowLike) -> AreaDraft:
    prefixes = tuple(p.strip().upper() for p in re.split(r"[|,;]", row["prefixes"]) if p.strip())
    if not prefixes or any(len(p) > 12 for p in prefixes):
        raise Fault("prefixes", row["prefixes"], "bad-prefixes", "No postcode prefixes.", "Write 98|99.")
    name = text_of(row, "area", 40)
    if not name:
        raise Fault("area", "", "missing", "area is empty.", "Fill it in.")
    return AreaDraft(slug_of(row, "provider_code"), country_of(row, "destination"), name, prefixes)


def _fuel(_: Reading, row: RowLike) -> FuelDraft:
    starts, ends = date_of(row, "from"), date_of(row, "to") if row["to"] else None
    if ends is not None and ends <= starts:
        raise Fault("to", row["to"], "bad-dates", "It ends before it begins.", "`to` is the first day after.")
    points = _percent(row, "percent")
    return FuelDraft(slug_of(row, "provider_code"), text_of(row, "rule", 40) or "fuel", starts, ends, points)


def _percent(row: RowLike, column: str) -> int:
    """A percentage in hundredths; 0 where the cell is empty."""
    points = decimal_of(row, column) * 100 if row[column] else 0
    if points != int(points) or points > 20_000:
        raise Fault(column, row[column], "bad-percent", "No such percentage.", "Write 12.75.")
    return int(points)


def _area_name(reading: Reading, row: RowLike, column: str, provider: str, destination: str) -> str:
    name = text_of(row, column, 40)
    if name and (provider, destination, name) not in reading.areas:
        said = f"{provider} has no area of this name in {destination}."
        raise Fault(column, name, "unknown-zone", said, "Describe it on the sheet `areas`.")
    return name


def _money(reading: Reading, row: RowLike, column: str) -> int:
    if not row[column]:
        return 0
    minor = decimal_of(row, column).scaleb(exponent(reading.book.currency))
    if minor != int(minor) or minor > _MOST_MINOR:
        said = f"{reading.book.currency} has fewer decimals than this."
        raise Fault(column, row[column], "bad-price", said, "Round it to the currency's smallest coin.")
    return int(minor)
