"""The public landed-cost calculator: one article to one door, priced without an order. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DestinationDTO, LandedLine, LandedQuote, LandedRequest
from fondaco.systems.finance import public as finance


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants priced: `value` of all pieces together, `mass_g` of all pieces together."""

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
    )
    request = LandedRequest(
        reference="calculator",
        on=question.on,
        origin=question.origin,
        destination=question.destination,
        incoterm="DDP",
        lines=(line,),
        freight=question.freight,
        insurance=Money.zero(question.value.currency),
        b2c=question.b2c,
    )
    return window.quote_landed_costs([request], rates=finance.rate_source(), hs6_policy="max")[0]


def destinations_on(on: date) -> list[DestinationDTO]:
    """Where a landed cost can be worked out for, on that day."""
    return window.destinations(on=on)
