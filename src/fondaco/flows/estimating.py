"""The public landed-cost calculator: one article to one door, priced without an order. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DestinationDTO, LandedLine, LandedQuote, LandedRequest
from fondaco.systems.finance import public as finance


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants priced: `value`, `mass_g` and `units` of all pieces together.

    `units` are quantities that the duty asks for, in the tariff's units; `stated_duty` is a rate that the
    asker states, for a destination whose tariff is not held.
    """

    on: date
    origin: str
    destination: str
    hs_code: str
    made_in: str
    quantity: int
    value: Money
    freight: Money
    mass_g: int
    b2c: bool
    title: str = ""
    insurance: Money | None = None
    schemes: frozenset[str] = frozenset()
    stated_duty: str = ""
    units: Mapping[str, Decimal] = field(default_factory=dict)
    additional_code: str = ""


def estimate_landed(question: Question) -> LandedQuote:
    """The landed cost of `question`, or what is missing for it; nothing is kept."""
    line = LandedLine(
        line_id="1",
        sku="1",
        title=question.title,
        hs_code=question.hs_code,
        origin=question.made_in,
        quantity=question.quantity,
        value=question.value,
        mass_g=question.mass_g,
        units=question.units or None,
        stated_duty=question.stated_duty or None,
        additional_code=question.additional_code,
    )
    request = LandedRequest(
        reference="calculator",
        on=question.on,
        origin=question.origin,
        destination=question.destination,
        incoterm="DDP",
        lines=(line,),
        freight=question.freight,
        insurance=question.insurance or Money.zero(question.value.currency),
        b2c=question.b2c,
        schemes=question.schemes,
    )
    return window.calculate(request, rates=finance.rate_source())


def schemes_at(destination: str, on: date) -> tuple[str, ...]:
    """The schemes at sale that a destination knows, but for proofs of origin."""
    return tuple(code for code in window.schemes_at(destination, on) if not code.startswith("ORIGIN-"))


def destinations_on(on: date) -> list[DestinationDTO]:
    """Where a landed cost can be worked out for, on that day."""
    return window.destinations(on=on)
