"""Carriage in words: milestones, what a service refused and why, and the picture of cost against time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.templatetags.fondaco import mass, number
from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import MilestoneView, Offer, Refusal

KINDS = {
    "post": _l("Post"), "express": _l("Express"), "special_line": _l("Special line"),
    "overseas_wh_local": _l("Local delivery from an overseas warehouse"), "bonded": _l("Bonded"),
    "fcl": _l("Sea, full container"), "lcl": _l("Sea, shared container"), "air_gen": _l("Air freight"),
    "rail": _l("Rail"), "truck": _l("Road"),
}  # fmt: skip
CARGO = {
    "general": _l("General goods"), "battery-in": _l("Battery inside"), "battery-pure": _l("Batteries alone"),
    "liquid": _l("Liquid"), "cosmetics": _l("Cosmetics"), "magnet": _l("Magnet"), "powder": _l("Powder"),
    "fragile": _l("Fragile"), "food": _l("Food"), "branded": _l("Branded goods"), "aerosol": _l("Aerosol"),
    "blade": _l("Blade"), "flammable": _l("Flammable"), "textile": _l("Textile"),
}  # fmt: skip
FEATURES = {
    "tracked": _l("Tracked"), "insured": _l("Insured"), "ddp": _l("Duty paid (DDP)"), "ioss": _l("IOSS"),
    "signature": _l("Signature"), "pickup-point": _l("Pick-up point"), "saturday": _l("Saturday delivery"),
    "returns": _l("Returns"), "temperature": _l("Temperature controlled"),
}  # fmt: skip
PARTS = {
    "freight": _l("Freight"),
    "registration": _l("Registration"),
    "remote": _l("Remote area"),
    "fuel": _l("Fuel"),
    "insurance": _l("Insurance"),
    "clearance": _l("Clearance"),
    "trunk": _l("Share of the trunk"),
    "last_mile": _l("Last mile"),
}
_REFUSALS = {
    "no-origin": (_l("Does not collect there"), _l("The service has no lane from the country of origin.")),
    "no-destination": (_l("Does not go there"), _l("The service has no lane to the destination.")),
    "not-in-force": (_l("Price not in force"), _l("No price of the service is in force on the day.")),
    "postcode-needed": (_l("Postcode needed"), _l("The lane is divided into zones; give the postcode.")),
    "zone-not-served": (
        _l("Zone not served"),
        _l("The postcode lies in a zone that the service does not serve."),
    ),
    "cargo-class": (_l("Goods not accepted"), _l("The service does not carry goods of this class.")),
    "feature-missing": (
        _l("Lacks what was asked for"),
        _l("The service does not have a feature that was required."),
    ),
    "fuel-rate-missing": (
        _l("No fuel rate"),
        _l("No fuel surcharge is known for the day, so no price can be stated."),
    ),
    "value-needed": (
        _l("Value needed"),
        _l("Cover is priced by the goods' value; declare it in the book's currency."),
    ),
    "value-too-high": (_l("Worth too much"), _l("The goods are worth more than the service takes.")),
    "cover-too-low": (_l("Cover too low"), _l("The goods are worth more than the service insures.")),
    "too-heavy": (_l("Too heavy"), _l("A parcel weighs more than the service carries.")),
    "too-large": (_l("Too large"), _l("A side of a parcel is longer than the service carries.")),
    "girth": (_l("Girth too large"), _l("Length and girth together exceed the limit.")),
    "sum-of-sides": (_l("Sides too long together"), _l("The three sides together exceed the limit.")),
    "weight-band": (_l("No price for this weight"), _l("The billable weight lies outside the priced bands.")),
}
_LEFT, _BELOW, _EDGE = 58, 26, 12  # room of the picture for its labels
_MILESTONES = {
    "booked": (_l("Booked"), "calendar-check", "info"),
    "accepted": (_l("Collected"), "package", "info"),
    "at_origin_hub": (_l("At the hub of origin"), "warehouse", "info"),
    "export_presented": (_l("Presented to export customs"), "stamp", "wait"),
    "export_held": (_l("Held by export customs"), "octagon-pause", "stop"),
    "export_released": (_l("Released by export customs"), "badge-check", "good"),
    "departed": (_l("Departed"), "plane-takeoff", "info"),
    "arrived_transit": (_l("Arrived in transit"), "plane-landing", "info"),
    "departed_transit": (_l("Left transit"), "plane-takeoff", "info"),
    "in_transit": (_l("On its way"), "plane", "info"),
    "arrived_destination": (_l("Arrived in the country of destination"), "plane-landing", "info"),
    "import_presented": (_l("Presented to import customs"), "stamp", "wait"),
    "import_held": (_l("Held by import customs"), "octagon-pause", "stop"),
    "import_refused": (_l("Refused by import customs"), "circle-x", "stop"),
    "import_released": (_l("Released by import customs"), "badge-check", "good"),
    "at_destination_hub": (_l("At the delivery office"), "warehouse", "info"),
    "out_for_delivery": (_l("Out for delivery"), "truck", "info"),
    "ready_for_pickup": (_l("Ready to be picked up"), "map-pin", "wait"),
    "delivery_failed": (_l("Delivery failed"), "triangle-alert", "stop"),
    "delivered": (_l("Delivered"), "package-check", "good"),
    "held": (_l("Held"), "octagon-pause", "stop"),
    "exception": (_l("Exception"), "triangle-alert", "stop"),
    "damaged": (_l("Damaged"), "package-x", "stop"),
    "lost": (_l("Lost"), "package-x", "stop"),
    "returning": (_l("On its way back"), "undo-2", "stop"),
    "returned": (_l("Returned"), "undo-2", "wait"),
    "notice": (_l("Notice of the carrier"), "info", "plain"),
    "cancelled": (_l("Cancelled"), "circle-x", "stop"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One milestone in words."""

    title: str
    icon: str
    tone: str
    at: datetime
    place: str
    detail: str
    raw: str
    tracking: str


@dataclass(frozen=True, slots=True)
class RefusalGroup:
    """Services refused for one reason; `some` are the first with their numbers."""

    code: str
    title: str
    text: str
    count: int
    some: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A frozen offer of a consignment beside the chosen one; `more` is what it would have cost more."""

    name: str
    provider: str
    kind: str
    price: Money
    more: Money
    days: str
    features: str
    tracked: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """One offer on the picture: where it stands and whether nothing is both cheaper and faster."""

    x: float
    y: float
    best: bool
    text: str


def happenings(milestones: Iterable[MilestoneView]) -> list[Happened]:
    """The milestones in words, latest first."""
    return [_happened(one) for one in reversed(list(milestones))]


def milestone_word(code: str) -> str:
    """A milestone's code as a word."""
    return str(_MILESTONES.get(code, (code.replace("_", " ").capitalize(),))[0])


def refusals(
    counts: Mapping[str, int], refused: Sequence[Refusal] = (), *, most: int = 40
) -> list[RefusalGroup]:
    """Why services were refused, grouped by reason, the commonest first."""
    by_code: dict[str, list[Refusal]] = defaultdict(list)
    for one in refused:
        by_code[one.code].append(one)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [refusal_group(code, count, by_code[code][:most]) for code, count in ranked if count]


def refusal_word(code: str) -> str:
    """A refusal's code as words."""
    return str(_REFUSALS.get(code, (code.replace("-", " ").capitalize(),))[0])


def offer_lines(chosen: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> list[OfferLine]:
    """The offer taken and those not taken, cheapest first."""
    price = _price(chosen)
    lines = [_line(chosen, price, chosen=True), *(_line(other, price, chosen=False) for other in others)]
    return sorted(lines, key=lambda line: (line.price.minor, not line.chosen))


def breakdown(offer: Mapping[str, Any]) -> list[tuple[str, Money]]:
    """What an offer's price is made of, without zeros."""
    currency = str(offer.get("currency", "GBP"))
    return [
        (str(PARTS.get(str(name), str(name).capitalize())), Money(int(minor), currency))
        for name, minor in offer.get("breakdown", ())
        if minor
    ]


def numbers_text(numbers: Mapping[str, Any]) -> str:
    """The numbers of a refusal as a short line."""
    numbers = _with_money(numbers)
    return " · ".join(
        f"{_NUMBERS.get(name, name)} {_number(name, value)}"
        for name, value in numbers.items()
        if value not in (None, "", [])
    )


def _with_money(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Minor units as money, in the currency that the numbers name."""
    currency = str(numbers.get("currency", ""))
    if not any(name.endswith("_minor") for name in numbers):
        return dict(numbers)
    return {
        name: str(Money(int(value), currency)) if name.endswith("_minor") else value
        for name, value in numbers.items()
        if name != "currency"
    }


def dots(offers: Sequence[Offer], *, width: int = 400, height: int = 200) -> list[Dot]:
    """Offers on a plane of days (across) and price (up); the best line is what nothing beats in both."""
    if not offers:
        return []
    days = [(one.transit_days_min + one.transit_days_max) / 2 for one in offers]
    prices = [one.price.minor for one in offers]
    most_days, most_price = max(*days, 1), max(*prices, 1)
    best = _unbeaten(days, prices)
    return [
        Dot(
            round(_LEFT + (width - _LEFT - _EDGE) * day / most_days, 1),
            round(height - _BELOW - (height - _BELOW - _EDGE) * price / most_price, 1),
            place in best,
            f"{one.name}: {one.price}, {days_text(one.transit_days_min, one.transit_days_max)}",
        )
        for place, (one, day, price) in enumerate(zip(offers, days, prices, strict=True))
    ]


def days_text(least: int, most: int) -> str:
    """A span of days."""
    return _("%(days)s days") % {"days": str(most) if least == most else f"{least}–{most}"}


_NUMBERS: dict[str, Any] = {
    "origin": _l("from"), "destination": _l("to"), "on": _l("on"), "from": _l("from"), "zone": _l("zone"),
    "postcode": _l("postcode"), "not_carried": _l("not carried:"), "missing": _l("missing:"), "mass_g": _l("parcel"),
    "max_g": _l("limit"), "sides_mm": _l("sides"), "max_mm": _l("limit"), "length_plus_girth_mm": _l("length and girth"),
    "sum_of_sides_mm": _l("sum of sides"), "weight_g": _l("billable"), "from_g": _l("bands from"), "to_g": _l("to"),
    "divisor": _l("divisor"), "value_minor": _l("value"), "max_minor": _l("limit"), "currency": _l("in"),
}  # fmt: skip


def _number(name: str, value: Any) -> str:
    if name.endswith("_g"):
        return str(
            mass(int(value))
            .replace('<bdi class="qty">', "")
            .replace('<span class="unit">', " ")
            .replace("</span></bdi>", "")
        )
    if name.endswith("_mm"):
        sides = value if isinstance(value, (list, tuple)) else [value]
        return " × ".join(number(side / 10, 1) for side in sides) + " cm"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(CARGO.get(word, FEATURES.get(word, word))) for word in value)
    return str(value)


def _unbeaten(days: Sequence[float], prices: Sequence[int]) -> set[int]:
    kept, fastest = set(), float("inf")
    for place in sorted(range(len(days)), key=lambda i: (prices[i], days[i])):
        if days[place] < fastest:
            kept.add(place)
            fastest = days[place]
    return kept


def _happened(one: MilestoneView) -> Happened:
    title, icon, tone = _MILESTONES.get(one.code, (one.detail or one.raw_code, "circle", "plain"))
    raw = f"{one.vocabulary} {one.raw_code}".strip()
    return Happened(str(title), icon, tone, one.event_at, one.location, one.detail, raw, one.tracking_number)


def refusal_group(code: str, count: int, some: Iterable[Refusal]) -> RefusalGroup:
    """The services refused for one reason, in words."""
    title, text = _REFUSALS.get(code, (code.replace("-", " ").capitalize(), ""))
    return RefusalGroup(
        code,
        str(title),
        str(text),
        count,
        tuple((one.service_code, numbers_text(one.numbers)) for one in some),
    )


def _price(offer: Mapping[str, Any]) -> Money:
    return Money(int(offer.get("price_minor", 0)), str(offer.get("currency", "GBP")))


def _line(offer: Mapping[str, Any], chosen_price: Money, *, chosen: bool) -> OfferLine:
    price = _price(offer)
    return OfferLine(
        name=str(offer.get("name", "")),
        provider=str(offer.get("provider", "")),
        kind=str(KINDS.get(str(offer.get("kind", "")), offer.get("kind", ""))),
        price=price,
        more=price - chosen_price,
        days=days_text(int(offer.get("transit_days_min", 0)), int(offer.get("transit_days_max", 0))),
        features=", ".join(str(FEATURES.get(word, word)) for word in offer.get("features", ())),
        tracked=bool(offer.get("tracked")),
        chosen=chosen,
    )
