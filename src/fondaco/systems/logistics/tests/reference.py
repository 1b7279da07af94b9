"""A slow quote in Decimal, written from the rules and not from the engine: the oracle of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from fondaco.systems.logistics.domain.book import BookDraft, CellDraft, LaneDraft, ServiceDraft
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest


@dataclass
class Answer:
    price: int | None
    reason: str = ""


def quote_slowly(book: BookDraft, request: QuoteRequest) -> dict[str, Answer]:
    """Price or reason of every service of `book`."""
    lanes: dict[str, list[LaneDraft]] = {s.code: [] for s in book.services}
    origins: dict[str, set[str]] = {s.code: set() for s in book.services}
    for lane in book.lanes:
        origins[lane.service].add(lane.origin)
        if (lane.origin, lane.destination) == (request.origin, request.destination):
            lanes[lane.service].append(lane)
    answers = {}
    for service in book.services:
        tried = [_try(book, service, lane, request) for lane in lanes[service.code]]
        prices = [a.price for a in tried if a.price is not None]
        if prices:
            answers[service.code] = Answer(min(prices))
        elif tried:
            answers[service.code] = max(tried, key=lambda a: _ORDER.index(a.reason))
        else:
            here = request.origin in origins[service.code]
            answers[service.code] = Answer(None, "no-destination" if here else "no-origin")
    return answers


_ORDER = [
    "postcode-needed", "zone-not-served", "cargo-class", "feature-missing", "fuel-rate-missing",
    "value-needed", "value-too-high", "cover-too-low", "too-heavy", "too-large", "girth", "sum-of-sides",
    "weight-band",
]  # fmt: skip


def _try(book: BookDraft, service: ServiceDraft, lane: LaneDraft, request: QuoteRequest) -> Answer:
    areas = {(a.destination, a.name): a.prefixes for a in book.areas if a.provider == service.provider}
    postcode = request.postcode.upper().replace(" ", "")
    if lane.zone and not postcode:
        return Answer(None, "postcode-needed")
    if lane.zone and not postcode.startswith(areas[lane.destination, lane.zone]):
        return Answer(None, "zone-not-served")
    if not request.cargo_classes <= set(service.cargo_classes):
        return Answer(None, "cargo-class")
    if not request.required <= set(service.features):
        return Answer(None, "feature-missing")
    percent = _fuel(book, service, lane, request)
    if percent is None:
        return Answer(None, "fuel-rate-missing")
    if reason := _worth(book, lane, request) or _size(lane, request):
        return Answer(None, reason)
    remote = bool(
        lane.remote_area and postcode and postcode.startswith(areas[lane.destination, lane.remote_area])
    )
    total = 0
    for mass, volume in _units(lane, request):
        price = _unit(lane, mass, volume, percent, remote)
        if price is None:
            return Answer(None, "weight-band")
        total += price
    return Answer(total + _premium(book, lane, request) + lane.clearance_minor)


def _value(book: BookDraft, request: QuoteRequest) -> int | None:
    value = request.declared_value
    return value.minor if value is not None and value.currency == book.currency else None


def _worth(book: BookDraft, lane: LaneDraft, request: QuoteRequest) -> str:
    """What the goods' value has against a lane."""
    value, insured = _value(book, request), "insured" in request.required
    if insured and lane.insurance_basis_points and value is None:
        return "value-needed"
    if lane.max_value_minor and value is not None and value > lane.max_value_minor:
        return "value-too-high"
    if insured and lane.cover_minor and value is not None and value > lane.cover_minor:
        return "cover-too-low"
    return ""


def _premium(book: BookDraft, lane: LaneDraft, request: QuoteRequest) -> int:
    value = _value(book, request)
    if "insured" not in request.required or not lane.insurance_basis_points or value is None:
        return 0
    return max(_half_up(Decimal(value) * lane.insurance_basis_points / 10_000), lane.insurance_min_minor)


def _fuel(book: BookDraft, service: ServiceDraft, lane: LaneDraft, request: QuoteRequest) -> Decimal | None:
    if not lane.fuel_rule:
        return Decimal(0)
    for rate in book.fuel:
        if (rate.provider, rate.rule) == (service.provider, lane.fuel_rule):
            ends = rate.ends_on
            if rate.starts_on <= request.on and (ends is None or request.on < ends):
                return Decimal(rate.basis_points) / 10_000
    return None


def _size(lane: LaneDraft, request: QuoteRequest) -> str:
    """The first size rule that any parcel breaks, weight first."""

    def broken(rule) -> bool:  # type: ignore[no-untyped-def]
        return any(rule(p) for p in request.parcels)

    def sides(p: ParcelSpec) -> list[int]:
        return sorted((p.length_mm, p.width_mm, p.height_mm), reverse=True)

    limits = sorted((m or 10**9 for m in lane.max_mm), reverse=True)
    if lane.max_weight_g and broken(lambda p: p.mass_g > lane.max_weight_g):
        return "too-heavy"
    if broken(lambda p: any(s > m for s, m in zip(sides(p), limits, strict=True))):
        return "too-large"
    if lane.max_girth_mm and broken(lambda p: sides(p)[0] + 2 * sum(sides(p)[1:]) > lane.max_girth_mm):
        return "girth"
    if lane.max_sum_mm and broken(lambda p: sum(sides(p)) > lane.max_sum_mm):
        return "sum-of-sides"
    return ""


def _units(lane: LaneDraft, request: QuoteRequest) -> list[tuple[int, int]]:
    each = [(p.mass_g, p.length_mm * p.width_mm * p.height_mm) for p in request.parcels]
    return each if lane.basis == "parcel" else [(sum(m for m, _ in each), sum(v for _, v in each))]


def _unit(lane: LaneDraft, mass: int, volume: int, percent: Decimal, remote: bool) -> int | None:
    weight = Decimal(mass)
    if lane.divisor:
        litres_g = Decimal(volume) / 1000 / lane.divisor * 1000
        weight = max(weight, litres_g.to_integral_value(ROUND_CEILING))
    weight = max(weight, Decimal(lane.min_billable_g))
    cell = next((c for c in lane.cells if c.from_g < weight <= c.to_g), None)
    if cell is None:
        return None
    billable = (weight / cell.increment_g).to_integral_value(ROUND_CEILING) * cell.increment_g
    freight = _half_up(_freight(cell, billable))
    surcharge = 0
    if remote:
        surcharge = max(lane.remote_fixed_minor, _half_up(lane.remote_per_kg_minor * billable / 1000))
    basis = freight + (cell.registration_minor + surcharge if lane.fuel_basis == "subtotal" else 0)
    return freight + cell.registration_minor + surcharge + _half_up(basis * percent)


def _freight(cell: CellDraft, billable: Decimal) -> Decimal:
    if cell.pricing == "flat":
        return Decimal(cell.unit_minor)
    if cell.pricing == "per_kg":
        return cell.unit_minor * billable / 1000
    if cell.pricing == "per_cbm":
        return cell.unit_minor * billable / 1_000_000
    beyond = max(billable - cell.first_g, Decimal(0))
    return cell.unit_minor + (beyond / cell.step_g).to_integral_value(ROUND_CEILING) * cell.step_minor


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
