"""The monthly VAT return of the import one-stop shop (IOSS).

Rules: Directive 2006/112/EC art. 369s (monthly, by the end of the next month), 369t (by member state of consumption
and rate; corrections of earlier periods within three years), 369u (in euro, at the ECB's rate of the last day of
the period or, if none was published, of the next); Implementing Regulation (EU) 282/2011 art. 60 (to the cent,
never to whole units). A member state's negative balance is given back by that state and lessens no other's.
The data are those of Implementing Regulation (EU) 2020/194, annex III; each state of identification has its own
schema for them: ours names the data plainly.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tables import safe_cell
from fondaco.platforms.window.domain.messages.xml import elements, local_name, read_xml
from fondaco.platforms.window.domain.modes import Rates

_NUMBER = re.compile(r"IM\d{10}")
_MONTHS_OF_CORRECTION = 36
_SATURDAY = 5


class IossRefused(Refused):
    code = "ioss-return-refused"
    title = "This IOSS return cannot be drawn up."
    remedy = "Correct the named part; nothing was written."


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month."""

    year: int
    month: int

    @classmethod
    def of(cls, on: date) -> Period:
        """The month of a day."""
        return cls(on.year, on.month)

    @classmethod
    def parse(cls, text: str) -> Period:
        """A month such as 2026-11. IossRefused for anything else."""
        found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
        if found is None:
            raise IossRefused("A period is a month such as 2026-11.", field="period", value=text)
        return cls(int(found[1]), int(found[2]))

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date(self.year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)

    @property
    def due_on(self) -> date:
        """The day by which the return and the money must be there: the end of the next month."""
        return Period.of(self.last_day + timedelta(days=1)).last_day

    def months_before(self, other: Period) -> int:
        """How many months this is before `other`."""
        return (other.year - self.year) * 12 + other.month - self.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class Sale:
    """A distance sale under the scheme: where it was consumed, at which rate in percent, without and of VAT."""

    reference: str
    country: str
    rate: Decimal
    taxable: Money
    vat: Money
    sold_on: date


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """What was sold into one member state at one rate; amounts in cents of euro."""

    country: str
    rate: Decimal
    taxable_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A change of an earlier period's VAT of one member state, in cents; below zero where too much was paid."""

    period: Period
    country: str
    vat_minor: int

    @classmethod
    def parse(cls, text: str) -> CorrectionLine:
        """MONTH:STATE:EURO such as 2026-09:FR:-3.20. IossRefused for anything else."""
        found = re.fullmatch(r"([0-9-]{7}):([A-Z]{2}):(-?\d{1,9}(\.\d{1,2})?)", text.strip())
        if found is None:
            raise IossRefused("A correction is MONTH:STATE:EURO.", field="corrections", value=text[:40])
        return cls(Period.parse(found[1]), found[2], _cents(found[3]))


@dataclass(frozen=True, slots=True)
class IossReturn:
    """One month's return of one IOSS number."""

    number: str
    period: Period
    supplies: tuple[SupplyLine, ...]
    corrections: tuple[CorrectionLine, ...]

    @property
    def balances(self) -> dict[str, int]:
        """The VAT of each member state with its corrections, in cents."""
        sums: dict[str, int] = {}
        told = [(line.country, line.vat_minor) for line in self.supplies]
        told += [(line.country, line.vat_minor) for line in self.corrections]
        for country, minor in told:
            sums[country] = sums.get(country, 0) + minor
        return dict(sorted(sums.items()))

    @property
    def payable_minor(self) -> int:
        """What is to be paid: the balances above zero."""
        return sum(max(balance, 0) for balance in self.balances.values())


def draw_up_return(
    number: str,
    period: Period,
    sales: Sequence[Sale],
    *,
    corrections: Sequence[CorrectionLine] = (),
    members: frozenset[str],
    rates: Rates,
) -> IossReturn:
    """The return of `period`. IossRefused for a wrong number, a sale of another month or outside the Union, a
    correction of this or a later period or one older than three years.

    Sums are taken exactly by member state, rate and currency; each sum is converted and rounded half-up once.
    """
    if not _NUMBER.fullmatch(number):
        raise IossRefused("An IOSS number is IM and ten digits.", field="number", value=number)
    for sale in sales:
        if Period.of(sale.sold_on) != period:
            raise IossRefused("This sale is of another month.", field="sold_on", value=sale.reference)
        if sale.country not in members:
            raise IossRefused("This is no member state.", field="country", value=sale.country)
    for line in corrections:
        if not 1 <= line.period.months_before(period) <= _MONTHS_OF_CORRECTION:
            raise IossRefused(
                "Only the last three years are corrected.", field="corrections", value=str(line.period)
            )
        if line.country not in members:
            raise IossRefused("This is no member state.", field="corrections", value=line.country)
    return IossReturn(number, period, tuple(_supplies(sales, period, rates)), _merged(corrections))


def corrections_owed(
    period: Period, filed: Sequence[IossReturn], drawn: Mapping[Period, IossReturn]
) -> tuple[CorrectionLine, ...]:
    """What the return of `period` must put right of the months `filed` before it, within three years.

    `drawn` is each of these months as it would be drawn up now: sales that came late, goods that came back. What
    another return has corrected already is not corrected again.
    """
    told: dict[tuple[Period, str], int] = {}
    for one in filed:
        for line in one.supplies:
            key = one.period, line.country
            told[key] = told.get(key, 0) + line.vat_minor
        for fix in one.corrections:
            told[fix.period, fix.country] = told.get((fix.period, fix.country), 0) + fix.vat_minor
    months = {one.period for one in filed if 1 <= one.period.months_before(period) <= _MONTHS_OF_CORRECTION}
    owed = {key: -minor for key, minor in told.items() if key[0] in months}
    for month in months & drawn.keys():
        for line in drawn[month].supplies:
            owed[month, line.country] = owed.get((month, line.country), 0) + line.vat_minor
    return tuple(
        CorrectionLine(month, country, minor) for (month, country), minor in sorted(owed.items()) if minor
    )


def render_xml(one: IossReturn) -> bytes:
    """The return as UTF-8 XML, amounts in euro with two decimals."""
    root = etree.Element("IOSSReturn", number=one.number, period=str(one.period), currency="EUR")
    for line in one.supplies:
        etree.SubElement(
            root, "Supply", memberState=line.country, rate=f"{line.rate:f}", taxable=_euro(line.taxable_minor),
            vat=_euro(line.vat_minor),
        )  # fmt: skip
    for fix in one.corrections:
        etree.SubElement(
            root, "Correction", period=str(fix.period), memberState=fix.country, vat=_euro(fix.vat_minor)
        )
    for country, minor in one.balances.items():
        etree.SubElement(root, "Balance", memberState=country, vat=_euro(minor))
    etree.SubElement(root, "Total", payable=_euro(one.payable_minor))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read_return(raw: bytes) -> IossReturn:
    """The return in XML of this form. MalformedXml and its like; IossRefused where sums or values are wrong."""
    root = read_xml(raw)
    if local_name(root) != "IOSSReturn":
        raise IossRefused("This is no IOSS return.", field="file", value=local_name(root))
    try:
        rows = [(local_name(one), dict(one.attrib)) for one in elements(root)]
        one = IossReturn(
            root.get("number", ""),
            Period.parse(root.get("period", "")),
            tuple(
                SupplyLine(
                    row["memberState"], Decimal(row["rate"]), _cents(row["taxable"]), _cents(row["vat"])
                )
                for name, row in rows
                if name == "Supply"
            ),
            tuple(
                CorrectionLine(Period.parse(row["period"]), row["memberState"], _cents(row["vat"]))
                for name, row in rows
                if name == "Correction"
            ),
        )
        told = {row["memberState"]: _cents(row["vat"]) for name, row in rows if name == "Balance"}
        total = next((_cents(row["payable"]) for name, row in rows if name == "Total"), None)
    except (KeyError, ArithmeticError) as fault:
        raise IossRefused(f"{type(fault).__name__}: {fault}", field="file") from fault
    if told != one.balances or total != one.payable_minor:
        raise IossRefused("Its balances are not what its lines add up to.", field="Balance", value=str(total))
    return one


def render_csv(one: IossReturn) -> bytes:
    """The return for a person's spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("kind", "period", "member_state", "rate", "taxable_eur", "vat_eur"))
    for line in one.supplies:
        row = (
            "supply",
            one.period,
            line.country,
            f"{line.rate:f}",
            _euro(line.taxable_minor),
            _euro(line.vat_minor),
        )
        writer.writerow([safe_cell(str(cell)) for cell in row])
    for fix in one.corrections:
        writer.writerow(("correction", fix.period, fix.country, "", "", _euro(fix.vat_minor)))
    writer.writerow(("payable", one.period, "", "", "", _euro(one.payable_minor)))
    return out.getvalue().encode("utf-8-sig")


def _supplies(sales: Sequence[Sale], period: Period, rates: Rates) -> Iterable[SupplyLine]:
    sums: dict[tuple[str, Decimal], dict[str, tuple[int, int]]] = {}
    for sale in sales:
        by_currency = sums.setdefault((sale.country, sale.rate.normalize()), {})
        taxable, vat = by_currency.get(sale.taxable.currency, (0, 0))
        by_currency[sale.taxable.currency] = taxable + sale.taxable.minor, vat + sale.vat.minor
    for (country, rate), parts in sorted(sums.items()):
        taxable = vat = 0
        for currency, (net, tax) in sorted(parts.items()):
            factor = euro_rate(currency, period, rates)
            taxable += _converted(net, currency, factor)
            vat += _converted(tax, currency, factor)
        yield SupplyLine(country, rate, taxable, vat)


def euro_rate(currency: str, period: Period, rates: Rates) -> Decimal:
    """Euro for one unit of `currency`, of the period's last day; of the next weekday where that is a weekend's.

    Art. 369u: "or, if there is no publication on that day, on the next day of publication". IossRefused where
    there is no rate.
    """
    if currency == "EUR":
        return Decimal(1)
    day = period.last_day
    day += timedelta(days=(7 - day.weekday()) % 7 if day.weekday() >= _SATURDAY else 0)
    try:
        return rates(currency, "EUR", day)
    except FondacoError as fault:
        raise IossRefused("No rate is known.", field="currency", value=currency) from fault


def _converted(minor: int, currency: str, factor: Decimal) -> int:
    amount = Money(minor, currency).amount * factor * 100
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _merged(corrections: Sequence[CorrectionLine]) -> tuple[CorrectionLine, ...]:
    sums: dict[tuple[Period, str], int] = {}
    for line in corrections:
        sums[line.period, line.country] = sums.get((line.period, line.country), 0) + line.vat_minor
    return tuple(CorrectionLine(period, country, vat) for (period, country), vat in sorted(sums.items()))


def _euro(minor: int) -> str:
    return format(Decimal(minor).scaleb(-2), ".2f")


def _cents(text: str) -> int:
    return Money.exactly(text, "EUR").minor
