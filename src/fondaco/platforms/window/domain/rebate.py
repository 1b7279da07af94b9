"""What an export VAT rebate is: its ways, rates by date, terms, and the errors of a claim; pure.

Figures and rules stand in data/window/rebate_ways.toml and rebate_rates.csv; no country is named in code.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from fondaco.kernel.errors import Conflict, NotFound, Refused

ANY_MODE = "*"


class BadRebateTable(Refused):
    code = "bad-rebate-table"
    title = "A table of export rebates cannot be used."
    remedy = "Mend the named entry under data/window."


class RebateNotFound(NotFound):
    code = "rebate-not-found"
    title = "There is no such rebate case."


class NotExported(Refused):
    code = "rebate-not-exported"
    title = "This declaration is no released export."
    remedy = "Claim on an export that customs has released."


class CaseExists(Conflict):
    code = "rebate-case-exists"
    title = "This export has a rebate case already."
    remedy = "Go on with that case; an export is claimed once."


class WayNotOpen(Refused):
    code = "rebate-way-not-open"
    title = "This way of rebate is not open to this export."
    remedy = "Choose a way whose conditions hold, or state what it asks for."


class RateUnknown(Refused):
    code = "rebate-rate-unknown"
    title = "No rebate rate is known for this code on that day."
    remedy = "Look the code up in the authority's rebate file; an unknown rate is never taken as 0 %."


class ExportCodeExpired(Refused):
    code = "rebate-code-expired"
    title = "This commodity code had expired on the day of export."
    remedy = "Have the declaration amended to a code that was in force."


class DepartureMissing(Refused):
    code = "rebate-departure-missing"
    title = "The departure of the goods is not proved."
    remedy = "Wait for customs to close the declaration, or record the departure with its reference."


class BadDeparture(Refused):
    code = "rebate-bad-departure"
    title = "This cannot be the day of departure."
    remedy = (
        "Give a day from the release on and not in the future, with the reference of the departure report."
    )


class InvoicesMissing(Refused):
    code = "rebate-invoices-missing"
    title = "The input invoices do not cover the exported quantity."
    remedy = "Attach invoices for the rest of the quantity."


class InvoiceUsedUp(Conflict):
    code = "rebate-invoice-used"
    title = "This invoice has less left than that: its input tax is claimed already."
    remedy = "Take at most what is left on the line, or another invoice."


class InvoiceTaken(Conflict):
    code = "rebate-invoice-exists"
    title = "This invoice line is in the pool with other figures."
    remedy = "Check the number; the same invoice is entered once."


class BadInvoice(Refused):
    code = "rebate-bad-invoice"
    title = "This input invoice cannot be taken into the pool."
    remedy = "Mend the named field and send it again."


class WrongCurrency(Refused):
    code = "rebate-wrong-currency"
    title = "This is not in the currency that is asked for."
    remedy = "Receipts are in the declaration's currency, invoices in the currency of the tax."


class BadReceipt(Refused):
    code = "rebate-bad-receipt"
    title = "This receipt of foreign exchange cannot be used."
    remedy = "Give the bank's reference, a positive amount and a day from the order on."


class ReceiptLate(Refused):
    code = "rebate-receipt-late"
    title = "The foreign exchange came in after its term."
    remedy = "Claim with the proof of late receipt at the tax office; it is not claimed from here."


class ReceiptMissing(Refused):
    code = "rebate-receipt-missing"
    title = "The foreign exchange received does not cover the price of the goods."
    remedy = "Record the bank's receipts for this export."


class ClaimLate(Refused):
    code = "rebate-claim-late"
    title = "The term for this claim is over."
    remedy = "The export is taxed as a sale at home; close the case as lapsed."


class TermNotOver(Refused):
    code = "rebate-term-not-over"
    title = "The term of this case is not over."
    remedy = "A case lapses when its last day has passed."


class NotReconcilable(Refused):
    code = "rebate-not-reconcilable"
    title = "This case cannot be settled by sales now."
    remedy = "A refund on departure is settled from the month after its claim to the end of its window."


class BadSum(Refused):
    code = "rebate-bad-sum"
    title = "This sum does not fit the case."
    remedy = "Give a sum between nothing and what the case still holds."


class PeriodTaken(Conflict):
    code = "rebate-period-filed"
    title = "This month is filed with other figures."
    remedy = "A filed month stays; put the difference into the next one."


class BadPeriod(Refused):
    code = "rebate-bad-period"
    title = "This month cannot be filed."
    remedy = "File months in their order, each when it is over, with sums that are not negative."


@dataclass(frozen=True, slots=True)
class Term:
    """A last day counted from departure: a day of the following year, or months or days after it."""

    month: int = 0
    day: int = 0
    months: int = 0
    days: int = 0

    def after(self, start: date) -> date:
        """The last day of the term that begins on `start`."""
        if self.month:
            return date(start.year + 1, self.month, self.day)
        return add_months(start, months=self.months) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class ClaimTerm:
    """How long claims on departures from `since` on may be made."""

    since: date
    term: Term
    source: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which VAT comes back: who may take it, what it needs, by when, how it is worked out."""

    code: str
    country: str
    countries: tuple[str, ...]
    currency: str
    calc: str
    name: str
    name_zh: str
    text: str
    text_zh: str
    valid_from: date
    modes: tuple[str, ...]
    asks: tuple[str, ...]
    needs: tuple[str, ...]
    source: str
    checked_on: date
    confidence: str
    prepaid: bool = False
    receipt_by: Term | None = None
    receipt_source: str = ""
    claim_terms: tuple[ClaimTerm, ...] = ()
    evidence_by: Term | None = None
    reconcile_by: Term | None = None
    business_code: str = ""
    deemed_income_pct: Decimal | None = None
    deemed_source: str = ""
    vat_rate: Decimal | None = None

    def claim_by(self, departed_on: date) -> date | None:
        """The last day for the claim on a departure; None: no fixed term."""
        known = [one for one in self.claim_terms if one.since <= departed_on]
        return known[-1].term.after(departed_on) if known else None


@dataclass(frozen=True, slots=True)
class RateRow:
    """The rate of the codes that begin with `prefix`, from `valid_from` until before `valid_to`; None: needs a person.

    Rates in per cent. `confidence` C: carried over from a general rule, to be checked line by line.
    """

    prefix: str
    rate: Decimal | None
    vat_rate: Decimal
    valid_from: date
    valid_to: date | None
    confidence: str
    source: str
    note: str

    def holds_on(self, on: date) -> bool:
        """Whether it is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class RateBook:
    """Every rate row by its prefix, oldest first."""

    rows: Mapping[str, tuple[RateRow, ...]]

    def history(self, hs_code: str) -> tuple[RateRow, ...]:
        """The rows of the narrowest prefix of `hs_code` that has any, oldest first."""
        code = digits_of(hs_code)
        return next((self.rows[code[:n]] for n in range(len(code), 1, -1) if code[:n] in self.rows), ())

    def on(self, hs_code: str, on: date) -> RateRow | None:
        """The row in force on that day for `hs_code`; None where there is none."""
        return next((row for row in self.history(hs_code) if row.holds_on(on)), None)


@dataclass(frozen=True, slots=True)
class Ground:
    """One condition of a way against an export: `held` is whether it is met."""

    what: str
    asked: str
    told: str
    held: bool


def grounds_of(
    way: Way, *, country: str, modes: Sequence[str], stated: Iterable[str], on: date
) -> tuple[Ground, ...]:
    """Every condition of `way` for an export out of `country` under one of `modes`; nothing is left out."""
    told = frozenset(stated)
    fits = country in way.countries
    under = ANY_MODE in way.modes or bool(set(way.modes) & set(modes))
    return (
        Ground("country", way.country, country, fits),
        Ground("in_force", way.valid_from.isoformat(), on.isoformat(), way.valid_from <= on),
        Ground("mode", ", ".join(way.modes), ", ".join(modes), under),
        *(Ground(each, "yes", "yes" if each in told else "no", each in told) for each in way.asks),
    )


def add_months(day: date, *, months: int) -> date:
    """The same day `months` later, the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_of(day: date) -> date:
    """The first of the month of `day`: how a period is named."""
    return day.replace(day=1)


def digits_of(code: str) -> str:
    """The digits of a commodity code."""
    return "".join(each for each in code if each.isdigit())


def read_rates(rows: Iterable[Mapping[str, str]]) -> RateBook:
    """The book of rebate_rates.csv. BadRebateTable names the row: periods of a prefix may not overlap."""
    found: dict[str, list[RateRow]] = {}
    for row in rows:
        found.setdefault(row["prefix"], []).append(_rate_row(row))
    for prefix, held in found.items():
        held.sort(key=lambda one: one.valid_from)
        for earlier, later in pairwise(held):
            if earlier.valid_to is None or earlier.valid_to > later.valid_from:
                raise BadRebateTable("Two rates hold at once.", field="prefix", value=prefix)
    return RateBook({prefix: tuple(held) for prefix, held in found.items()})


def read_ways(table: Mapping[str, Any]) -> dict[str, Way]:
    """The ways of rebate_ways.toml by code. BadRebateTable names the entry at fault."""
    found: dict[str, Way] = {}
    for entry in table.get("way", []):
        code = str(entry.get("code", ""))
        try:
            found[code] = _way(entry)
        except (KeyError, TypeError, ValueError) as fault:
            raise BadRebateTable(f"{type(fault).__name__}: {fault}", field="way", value=code) from fault
    return found


def _rate_row(row: Mapping[str, str]) -> RateRow:
    try:
        return RateRow(
            row["prefix"], Decimal(row["rate"]) if row["rate"] else None, Decimal(row["vat_rate"]),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["confidence"], row["source"], row["note"],
        )  # fmt: skip
    except (ArithmeticError, KeyError, ValueError) as fault:
        raise BadRebateTable(f"{fault}", field="prefix", value=row.get("prefix")) from fault


_PLAIN = (
    "code", "country", "currency", "calc", "name", "name_zh", "text", "text_zh", "source", "confidence",
)  # fmt: skip
_OPTIONAL = ("prepaid", "receipt_source", "business_code", "deemed_source")


def _way(entry: Mapping[str, Any]) -> Way:
    terms = [
        ClaimTerm(date.fromisoformat(one["from"]), _term(one), one["source"])
        for one in entry.get("claim_by", [])
    ]
    told: dict[str, Any] = {
        name: entry[name] for name in (*_PLAIN, *_OPTIONAL) if name in entry or name in _PLAIN
    }
    told |= {
        name: _term(entry[name]) for name in ("receipt_by", "evidence_by", "reconcile_by") if name in entry
    }
    told |= {name: Decimal(entry[name]) for name in ("deemed_income_pct", "vat_rate") if name in entry}
    return Way(
        **told,
        valid_from=date.fromisoformat(entry["from"]),
        checked_on=date.fromisoformat(entry["checked_on"]),
        countries=tuple(entry.get("countries", [entry["country"]])),
        modes=tuple(entry["modes"]),
        asks=tuple(entry["asks"]),
        needs=tuple(entry["needs"]),
        claim_terms=tuple(sorted(terms, key=lambda one: one.since)),
    )


def _term(told: Mapping[str, Any]) -> Term:
    if "month_day" in told:
        month, day = str(told["month_day"]).split("-")
        return Term(month=int(month), day=int(day))
    return Term(months=int(told.get("months", 0)), days=int(told.get("days", 0)))
