"""What is posted on the board, and what is refused. Masses in grams, volumes in litres, money in minor units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import exponent
from fondaco.systems.logistics.domain.cargo import CargoClass
from fondaco.systems.logistics.domain.routing.network import Hub
from fondaco.systems.logistics.domain.routing.rates import house_hubs

CAPACITY, CARGO = "capacity", "cargo"
MODES = ("air", "sea", "rail", "road", "barge")
MOST_G = 1_000_000_000_000
MOST_L = 1_000_000_000
MOST_MINOR = 1_000_000_000_000
MOST_RATE = 100_000_000
FARTHEST = timedelta(days=400)
_BITS = {name: 1 << place for place, name in enumerate(CargoClass)}
# Addresses, links and telephone numbers: what a message must not give away before its author permits it.
_REACH = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|\+?\d(?:[\s().\-/]*\d){7,}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class BadCapacity(Refused):
    code = "bad-board-quantity"
    title = "A post needs a mass and a volume above nought."
    remedy = "Give kilograms and cubic metres, each above 0 and at most a million tonnes or cubic metres."


class BadPostDates(Refused):
    code = "bad-board-dates"
    title = "These days do not go together."
    remedy = "The first day is today or later, the last day is not before it, and both lie within 400 days."


class UnknownPlace(Refused):
    code = "unknown-place"
    title = "This place is not on the board."
    remedy = "Choose two different places of the list of hubs, by their codes, such as CGO and LUX."


class BadPostPrice(Refused):
    code = "bad-board-price"
    title = "This price cannot be posted."
    remedy = (
        "Cargo needs a highest price above 0; capacity needs a price per kg, per m³ or a minimum above 0."
    )


class BadPostTerms(Refused):
    code = "bad-board-terms"
    title = "The post is incomplete."
    remedy = (
        "Name known cargo classes, one mode of transport for capacity, and a contact with an e-mail address."
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask for; shown to nobody without a permission."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewPost:
    """Capacity that departs on `first_on` and arrives by `last_on`, or cargo that is ready and due then.

    `price_minor`: capacity's minimum, cargo's maximum for the whole lot. Rates per kg and per m³ are capacity's.
    """

    kind: str
    origin: str
    destination: str
    first_on: date
    last_on: date
    mass_g: int
    volume_l: int
    currency: str
    price_minor: int
    contact: Contact
    classes: frozenset[str] = field(default_factory=lambda: frozenset({"general"}))
    per_kg_minor: int = 0
    per_m3_minor: int = 0
    mode: str = ""


def check_post(post: NewPost, *, today: date) -> None:
    """Refuse what cannot be posted: BadCapacity, BadPostDates, UnknownPlace, UnknownCurrency, BadPostPrice, BadPostTerms."""
    _check_quantities(post)
    _check_days(post, today=today)
    _check_places(post)
    exponent(post.currency)
    _check_price(post)
    _check_terms(post)


def mask_of(classes: frozenset[str]) -> int:
    """The classes as bits of one number. BadPostTerms for an unknown one."""
    try:
        return sum(_BITS[CargoClass(name)] for name in classes)
    except ValueError as exc:
        raise BadPostTerms(field="classes", value=sorted(classes)) from exc


def classes_of(mask: int) -> tuple[str, ...]:
    """The classes that `mask_of` made `mask` of, in the order of CargoClass."""
    return tuple(name.value for name, bit in _BITS.items() if mask & bit)


def places() -> dict[str, Hub]:
    """The places of the board by code: the hubs of the demonstration network, which are real places."""
    return {hub.code: hub for hub in house_hubs()}


def hide_contacts(text: str) -> str:
    """`text` without e-mail addresses, links and telephone numbers (eight digits or more)."""
    return _REACH.sub("•••", text)


def price_minor(
    *, mass_g: int, volume_l: int, per_kg_minor: int, per_m3_minor: int, minimum_minor: int
) -> int:
    """What an offer asks for a lot: weight or measure (W/M), whichever is dearer, and no less than the minimum.

    Each side is rounded half-up to the minor unit.
    """
    weight = (mass_g * per_kg_minor + 500) // 1000
    measure = (volume_l * per_m3_minor + 500) // 1000
    return max(weight, measure, minimum_minor)


def _check_quantities(post: NewPost) -> None:
    for name, value, most in (("mass_g", post.mass_g, MOST_G), ("volume_l", post.volume_l, MOST_L)):
        if not 0 < value <= most:
            raise BadCapacity(field=name, value=value)


def _check_days(post: NewPost, *, today: date) -> None:
    if not today <= post.first_on <= today + FARTHEST:
        raise BadPostDates(field="first_on", value=post.first_on)
    if not post.first_on <= post.last_on <= today + FARTHEST:
        raise BadPostDates(field="last_on", value=post.last_on)


def _check_places(post: NewPost) -> None:
    known = places()
    for name, value in (("origin", post.origin), ("destination", post.destination)):
        if value not in known:
            raise UnknownPlace(field=name, value=value)
    if post.origin == post.destination:
        raise UnknownPlace(field="destination", value=post.destination)


def _check_price(post: NewPost) -> None:
    rates = (post.per_kg_minor, post.per_m3_minor)
    if not 0 <= post.price_minor <= MOST_MINOR or not all(0 <= rate <= MOST_RATE for rate in rates):
        raise BadPostPrice(field="price_minor", value=post.price_minor)
    if not any((post.price_minor, *rates)) or (post.kind == CARGO and not post.price_minor):
        raise BadPostPrice(field="price_minor", value=post.price_minor)
    if post.kind == CARGO and any(rates):
        raise BadPostPrice(field="per_kg_minor", value=post.per_kg_minor)


def _check_terms(post: NewPost) -> None:
    if post.kind not in (CAPACITY, CARGO):
        raise BadPostTerms(field="kind", value=post.kind)
    if not mask_of(post.classes):
        raise BadPostTerms(field="classes", value="")
    if (post.mode in MODES) is not (post.kind == CAPACITY):
        raise BadPostTerms(field="mode", value=post.mode)
    if not post.contact.name.strip() or not _MAIL.fullmatch(post.contact.email.strip()):
        raise BadPostTerms(field="contact", value=post.contact.email)
