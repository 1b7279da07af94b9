"""What is asked of the landed-cost engine, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import Money

Reference = UUID | str
Rates = Callable[[str, str, date], Decimal]
"""`rates(base, quote, on)`: units of `quote` for one `base`, the latest on or before `on`."""

Hs6Policy = Literal["ask", "max"]
Status = Literal["priced", "needs_manual"]
Collected = Literal["sale", "border", "none"]


class NotPriced(Conflict):
    code = "not-priced"
    title = "This landed cost is not known yet."
    remedy = "Answer what is missing, then ask again."


@dataclass(frozen=True, slots=True)
class LandedLine:
    """One line of an order.

    `value` is the price of the whole line; `mass_g` the net mass of the whole line
    (none or zero: not known); `units` further
    quantities of the whole line in the tariff's units ("l", "m2", "pair", "value:case" in the
    currency of the authority ...). `stated_duty` is a duty that a person states ("4.5%"), used
    where no tariff is held. `additional_code` names the maker where a trade remedy's rate is one company's ("C123").
    """

    line_id: Reference
    sku: str
    title: str
    hs_code: str | None
    origin: str | None
    quantity: int
    value: Money
    mass_g: int | None = None
    units: Mapping[str, Decimal] | None = None
    stated_duty: str | None = None
    additional_code: str = ""


@dataclass(frozen=True, slots=True)
class LandedRequest:
    """A consignment to price.

    `origin` is where it is sent from (the goods' own origin is on each line). Under CFR/CPT the line
    values already contain `freight`, under CIF/CIP also `insurance`; under every other term they do
    not. `schemes` are the seller's registrations, such as IOSS, UK135, AU-LVG, NZ-LVG, VOEC, and what is claimed
    of the tariff: ORIGIN-VN, END-USE, SUSPENSION, QUOTA-091234 (an order number).

    `rest_goods` and `rest_carriage` are what the same order sends in other consignments: under a regime that
    counts one order together they count against its limits of value, and nothing is charged on them here.
    `quota_left` is what the buyer may still buy this year, by the regime's quota id; what is not named is open.
    """

    reference: Reference
    on: date
    origin: str
    destination: str
    incoterm: str
    lines: tuple[LandedLine, ...]
    freight: Money
    insurance: Money
    b2c: bool = False
    schemes: frozenset[str] = frozenset()
    rest_goods: Money | None = None
    rest_carriage: Money | None = None
    quota_left: Mapping[str, Money] | None = None


class Step(NamedTuple):
    """One step of the reckoning: what was done, with which figures, by which rule."""

    code: str
    label: str
    inputs: Mapping[str, str]
    result: str
    source: str
    rule_id: str
    line_id: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """What keeps the quote from a price, and what to do about it; `unit` is the quantity the duty asks for."""

    code: str
    detail: str
    remedy: str
    line_id: Reference | None = None
    unit: str = ""


INFORMATIVE = frozenset({"preference-open", "claim-open", "quota-exhausted", "agency"})
"""Notes that tell of a chance and do not make the price an estimate."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader of a price should know: an estimate, a standard rate assumed, a remedy flag."""

    code: str
    detail: str
    line_id: Reference | None = None


@dataclass(frozen=True, slots=True)
class LandedLineResult:
    """A line's share, in the request's currency; shares add up to the quote's amounts."""

    line_id: Reference
    hs_code: str
    customs_value: Money
    duty: Money
    tax: Money
    fees: Money
    rate_text: str
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Charges:
    """What the authority asks, in the request's currency."""

    duty: Money
    tax: Money
    fees: Money
    total: Money


@dataclass(frozen=True, slots=True)
class PartCharges:
    """What one consignment of an order that travels in parts is declared at and charged.

    `lines` are (line id, pieces, their value in minor units).
    """

    lines: tuple[tuple[str, int, int], ...]
    goods: Money
    freight: Money
    insurance: Money
    duty: Money
    tax: Money
    fees: Money


@dataclass(frozen=True, slots=True)
class LandedQuote:
    """A landed cost. `duty`, `tax`, `fees` and `total` raise NotPriced while the status is
    `needs_manual`: an unknown charge has no amount, least of all zero.

    `digest` is taken over `inputs` and `versions`: who has both works out the same quote again. `parts` are the
    consignments it travels in, where there are several; their sums are the quote's.
    """

    reference: Reference
    status: Status
    currency: str
    destination: str
    on: date
    goods: Money
    freight: Money
    insurance: Money
    charges: Charges | None
    collected: Collected
    scheme: str
    lines: tuple[LandedLineResult, ...]
    missing: tuple[Missing, ...]
    notes: tuple[Note, ...]
    trace: tuple[Step, ...]
    versions: Mapping[str, str]
    digest: str
    regime: str = field(default="")
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[PartCharges, ...] = ()

    @property
    def duty(self) -> Money:
        return self._priced().duty

    @property
    def tax(self) -> Money:
        return self._priced().tax

    @property
    def fees(self) -> Money:
        return self._priced().fees

    @property
    def total(self) -> Money:
        return self._priced().total

    @property
    def estimated(self) -> bool:
        """Whether a person should look at the price before it is relied upon."""
        return any(note.code not in INFORMATIVE for note in self.notes)

    def _priced(self) -> Charges:
        if self.charges is None:
            codes = ", ".join(sorted({missing.code for missing in self.missing}))
            raise NotPriced(f"Missing: {codes}.", field="reference", value=str(self.reference))
        return self.charges
