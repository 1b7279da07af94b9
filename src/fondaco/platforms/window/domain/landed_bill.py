"""The assessed bill beside the quote, line by line: what differs, why, and who bears it.

Under DDP the buyer was promised the quoted price, so that a bill above it is the seller's and one below it goes
back to the buyer; a rounding is the house's. Reasons and bearers are `data/window/bill_reasons.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window.domain.landed_types import LandedQuote


@dataclass(frozen=True, slots=True)
class Difference:
    """A quoted amount beside the assessed one; `tolerance` is what counts as rounding.

    `reason`: same, at-sale, rounding, less, goods, value, estimate, differs. `bearer`: nobody, house, buyer, seller.
    """

    what: str
    quoted: Money
    assessed: Money
    difference: Money
    reason: str
    bearer: str
    tolerance: Money


@dataclass(frozen=True, slots=True)
class DeclaredItem:
    """What a declaration said of one goods item; the value in minor units of the order's currency."""

    hs_code: str
    value_minor: int


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line: quoted, declared and its share of the bill, which authorities give as a sum of the declaration."""

    line_id: str
    hs_quoted: str
    hs_declared: str
    value_quoted: Money
    value_declared: Money | None
    duty_quoted: Money
    duty_assessed: Money
    tax_quoted: Money
    tax_assessed: Money


def bill_lines(
    quote: LandedQuote, items: Sequence[DeclaredItem], *, duty: Money, tax: Money
) -> tuple[BillLine, ...]:
    """The lines of a priced quote beside the items declared; sums are shared by what was quoted, else by value.

    Items are those of the lines in their order, where there are as many; else (summarised goods) none is named.
    """
    paired = len(items) == len(quote.lines)
    duties, taxes = _shares(duty, quote, "duty"), _shares(tax, quote, "tax")
    return tuple(
        BillLine(
            str(line.line_id), line.hs_code, items[n].hs_code if paired else "", line.customs_value,
            Money(items[n].value_minor, quote.currency) if paired else None, line.duty, duties[n], line.tax, taxes[n],
        )
        for n, line in enumerate(quote.lines)
    )  # fmt: skip


def items_by_line(quote: LandedQuote, items: Sequence[DeclaredItem]) -> list[DeclaredItem]:
    """The items of several declarations as the lines of the quote, by tariff heading; what was declared under the
    heading of several lines is shared by their value. `items` as they are, where other headings were declared.
    """
    quoted: dict[str, list[int]] = {}
    for n, line in enumerate(quote.lines):
        quoted.setdefault(line.hs_code[:6], []).append(n)
    declared: dict[str, list[DeclaredItem]] = {}
    for item in items:
        declared.setdefault(item.hs_code[:6], []).append(item)
    if quoted.keys() != declared.keys():
        return list(items)
    found: dict[int, DeclaredItem] = {}
    for heading, places in quoted.items():
        here = declared[heading]
        total, weights = (
            sum(one.value_minor for one in here),
            [quote.lines[n].customs_value.minor for n in places],
        )
        for n, minor in zip(places, split_minor(total, weights), strict=True):
            found[n] = DeclaredItem(here[0].hs_code, minor)
    return [found[n] for n in range(len(quote.lines))]


def _shares(whole: Money, quote: LandedQuote, part: str) -> list[Money]:
    quoted = [getattr(line, part).minor for line in quote.lines]
    weights = quoted if any(quoted) else [line.customs_value.minor for line in quote.lines]
    return [Money(minor, whole.currency) for minor in split_minor(whole.minor, weights)]


def judge_difference(
    what: str,
    quote: LandedQuote,
    assessed: Money,
    *,
    items: Sequence[DeclaredItem] = (),
    bearers: Mapping[str, str],
) -> Difference:
    """One amount of the bill beside the quote, its reason as far as quote and declaration tell it, and its bearer."""
    quoted = quote.duty if what == "duty" else quote.tax
    tolerance = Money(max(len(quote.lines), 1), quote.currency)
    reason = _reason(what, quote, assessed - quoted, tolerance=tolerance, items=items, assessed=assessed)
    return Difference(what, quoted, assessed, assessed - quoted, reason, bearers[reason], tolerance)


def _reason(
    what: str,
    quote: LandedQuote,
    gap: Money,
    *,
    tolerance: Money,
    items: Sequence[DeclaredItem],
    assessed: Money,
) -> str:
    if not gap.minor:
        return "same"
    if what == "tax" and quote.collected == "sale" and not assessed.minor:
        return "at-sale"
    if abs(gap.minor) <= tolerance.minor:
        return "rounding"
    if gap.minor < 0:
        return "less"
    return _why_more(quote, items)


def _why_more(quote: LandedQuote, items: Sequence[DeclaredItem]) -> str:
    if len(items) == len(quote.lines):
        pairs = zip(items, quote.lines, strict=True)
        if any(
            item.hs_code[: len(line.hs_code)] != line.hs_code[: len(item.hs_code)] for item, line in pairs
        ):
            return "goods"
    if items and sum(item.value_minor for item in items) != quote.goods.minor:
        return "value"
    return "estimate" if quote.estimated else "differs"
