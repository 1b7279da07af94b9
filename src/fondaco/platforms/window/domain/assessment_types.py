"""What an assessment works with and what it says: tax lines, their reasons, and the rules as data.

Field names of a line are those of HMRC's own tax notification (DMSTAX) in short: base
(AdValoremTaxBaseAmount), rate (TaxRateNumeric), relief (DeductAmount), assessed (TaxAssessedAmount),
payable (PaymentAmount). Amounts are pounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Effect = Literal["due", "suspended", "zero", "relieved", "partial", "postponed", "end-use", "processing"]
Status = Literal["due", "relieved", "suspended", "postponed", "not-at-risk", "declared", "needs_manual"]
PENNY = Decimal("0.01")
ZERO = Decimal(0)
# Customs duties proper, by the tariff they come from; what is put on top is named by the measure.
DUTY_TYPE = {"uk": "A00", "eu": "A50"}
EU_TYPES = frozenset({"A50", "A70", "A80", "A85", "A90", "A95", "B05"})
VAT, EU_VAT = "B00", "B05"


def pence(amount: Decimal) -> Decimal:
    """`amount` to the penny; half a penny goes up, as on HMRC's notifications."""
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Why:
    """One step of an explanation: what was done, with which figures, by which rule."""

    code: str
    text: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Why a line has no amount, and what would give it one."""

    code: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class AssessedLine:
    """One tax of one goods item; `reason` is set where it could not be worked out, and only then."""

    item: str
    type: str
    base: Decimal | None
    rate: Decimal | None  # per cent; None where the tax is not by value
    relief: Decimal | None
    assessed: Decimal | None
    payable: Decimal | None
    status: Status
    method: str
    explanation: tuple[Why, ...]
    reason: Unpriced | None = None


@dataclass(frozen=True, slots=True)
class AssessedItem:
    """One goods item: what its value was taken to be, by which tariff, with notes for a person."""

    item: str
    commodity: str
    origin: str
    procedure: str
    additional: tuple[str, ...]
    preference: str
    tariff: str
    value: Decimal | None
    notes: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """All tax lines of a declaration. Totals leave out what could not be worked out."""

    lrn: str
    kind: str
    on: date | None
    items: tuple[AssessedItem, ...]
    lines: tuple[AssessedLine, ...]

    @property
    def complete(self) -> bool:
        return all(line.reason is None for line in self.lines)

    def total(self, name: Literal["assessed", "relief", "payable"]) -> Decimal:
        amounts = (getattr(line, name) for line in self.lines)
        return sum((amount for amount in amounts if amount is not None), ZERO)


@dataclass(frozen=True, slots=True)
class Procedure:
    """What a requested and previous procedure does to duty, VAT and excise."""

    requested: str
    previous: str
    duty: Effect
    vat: Effect
    excise: Effect
    text: str


@dataclass(frozen=True, slots=True)
class AdditionalProcedure:
    """What an additional procedure code relieves; "deducted": worked out and taken off, "nil": never raised.

    `limit` is the most pounds that a consignment may be worth for it; goods of the codes `without` have none of it.
    """

    code: str
    duty: Effect
    vat: Effect
    shown: Literal["deducted", "nil"]
    text: str
    limit: Decimal | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """A dated rate beside the tariff's own: suspensions, remedies, excise, preferences.

    `chapters` are the first and the last chapter it reaches; goods of the codes `without` are left out.
    """

    jurisdiction: str
    code: str
    origins: tuple[str, ...]  # ("*",) is every origin
    preference: str  # "*" is every preference
    type: str
    expression: str
    since: date | None
    until: date | None  # inclusive
    source: str
    chapters: tuple[str, str] = ("", "99")
    without: tuple[str, ...] = ()

    def holds(self, on: date | None) -> bool:
        """Whether it is in force; an undated declaration takes the newest rate, so every one will do."""
        return on is None or ((not self.since or self.since <= on) and (not self.until or on <= self.until))

    def fits(self, code: str, origin: str, preference: str) -> bool:
        return (
            code.startswith(self.code)
            and self.chapters[0] <= code[:2] <= self.chapters[1]
            and not (self.without and code.startswith(self.without))
            and (self.origins == ("*",) or origin in self.origins)
            and self.preference in {"*", preference}
        )


@dataclass(frozen=True, slots=True)
class Charged:
    """An addition or deduction code of D.E. 4/9: +1 or -1, into the customs value or that for VAT alone."""

    code: str
    sign: int
    into: Literal["customs", "vat"]
    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The tables of UK assessment (data/window/cds_*.csv, uk_*.csv)."""

    procedures: tuple[Procedure, ...]
    additional: Mapping[str, AdditionalProcedure]
    charges: Mapping[str, Charged]
    measures: tuple[Rate, ...]
    preferences: tuple[Rate, ...]
    excise: tuple[Rate, ...]
    vat: Mapping[str, tuple[Decimal, str]]
    versions: Mapping[str, str] = field(default_factory=dict)

    def procedure(self, requested: str, previous: str) -> Procedure | None:
        """The row of both codes, else that of the requested one alone."""
        both = [p for p in self.procedures if p.requested == requested]
        exact = next((p for p in both if p.previous == previous), None)
        return exact or next((p for p in both if p.previous == "*"), None)

    def vat_percent(self, code: str) -> tuple[Decimal, str]:
        """The rate of import VAT on a commodity, from the longest prefix; 20 % where none is named."""
        for length in range(len(code), 1, -1):
            if code[:length] in self.vat:
                return self.vat[code[:length]]
        return Decimal(20), "Standard rate"


# Pounds for one unit of a currency on the day of the declaration, or None where that is not known.
Exchange = Callable[[str], Decimal | None]
