"""The landed cost of an order that travels in parts.

Each part is quoted as the consignment that it is: its own goods, its own carriage, and what a regime asks of
each consignment by itself (a flat duty for each tariff class); the trace says which step is which part's. Each
has a declaration of its own, so each pays the fees of one (19 CFR 24.23: of every entry). Under a regime that counts one order
together the limits of value are held against the whole order in every part: parting buys no relief.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_inputs import request_of
from fondaco.platforms.window.domain.landed_types import (
    Charges,
    Collected,
    LandedLine,
    LandedLineResult,
    LandedQuote,
    LandedRequest,
    Missing,
    PartCharges,
    Rates,
    Reference,
    Step,
)


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What travels under one waybill: units by line id, and its share of the order's carriage."""

    units: Mapping[Reference, int]
    freight: Money


def quote_parts(
    engine: LandedEngine, whole: LandedRequest, parts: Sequence[OrderPart], *, rates: Rates
) -> LandedQuote:
    """The landed cost of `whole`, sent as `parts`. Parts that do not add up to it are refused as missing facts."""
    quote = engine.quote(whole, rates=rates)
    if len(parts) < 2 or quote.charges is None:
        return quote
    if not _adds_up(whole, parts):
        detail = "The parts do not add up to the order's units and carriage."
        gap = Missing("parts-differ", detail, "Quote the order again with the consignments it travels in.")
        return replace(quote, status="needs_manual", charges=None, lines=(), missing=(gap,))
    quotes = [engine.quote(asked, rates=rates) for asked in _requests(whole, parts)]
    return sum_parts(quote, quotes)


def _adds_up(whole: LandedRequest, parts: Sequence[OrderPart]) -> bool:
    units = {line.line_id: sum(part.units.get(line.line_id, 0) for part in parts) for line in whole.lines}
    known = set(units)
    return (
        all(units[line.line_id] == line.quantity for line in whole.lines)
        and all(set(part.units) <= known for part in parts)
        and sum(part.freight.minor for part in parts) == whole.freight.minor
    )


def _requests(whole: LandedRequest, parts: Sequence[OrderPart]) -> list[LandedRequest]:
    """Each part as a consignment; values, masses and insurance are shared out so that they add up."""
    currency = whole.freight.currency
    weights = [
        sum(_share(line.value.minor, line, (0, part.units.get(line.line_id, 0))) for line in whole.lines)
        for part in parts
    ]
    insured = whole.insurance.split(weights) if any(weights) else [whole.insurance] * len(parts)
    done: dict[Reference, int] = {}
    asked: list[LandedRequest] = []
    goods = sum(line.value.minor for line in whole.lines)
    for number, part in enumerate(parts):
        lines = tuple(_cut(line, part, done) for line in whole.lines if part.units.get(line.line_id))
        here = sum(line.value.minor for line in lines)
        asked.append(
            replace(
                whole,
                lines=lines,
                freight=part.freight,
                insurance=insured[number],
                rest_goods=Money(goods - here, currency),
                rest_carriage=whole.freight - part.freight + whole.insurance - insured[number],
            )
        )
    return asked


def _cut(line: LandedLine, part: OrderPart, done: dict[Reference, int]) -> LandedLine:
    """The next units of a line with their share of its value and mass; `done` remembers what went before."""
    start = done.get(line.line_id, 0)
    end = done[line.line_id] = start + part.units[line.line_id]
    if end - start == line.quantity:
        return line
    return replace(
        line,
        quantity=end - start,
        value=Money(_share(line.value.minor, line, (start, end)), line.value.currency),
        mass_g=_share(line.mass_g, line, (start, end)) if line.mass_g else line.mass_g,
        units={unit: total * (end - start) / line.quantity for unit, total in line.units.items()}
        if line.units
        else line.units,
    )


def _share(total: int, line: LandedLine, units: tuple[int, int]) -> int:
    start, end = units
    return total * end // line.quantity - total * start // line.quantity


def sum_parts(whole: LandedQuote, quotes: Sequence[LandedQuote]) -> LandedQuote:
    """The quote of an order whose parts have been quoted: their sums."""
    missing = tuple(gap for quote in quotes for gap in quote.missing)
    digest = hashlib.sha256("".join(quote.digest for quote in quotes).encode()).hexdigest()
    inputs = {**whole.inputs, "parts": [quote.inputs for quote in quotes]}
    trace = tuple(_named(step, n, len(quotes)) for n, quote in enumerate(quotes, 1) for step in quote.trace)
    charges = [quote.charges for quote in quotes if quote.charges is not None]
    if missing or len(charges) < len(quotes) or whole.charges is None:
        return replace(
            whole, status="needs_manual", charges=None, lines=(), missing=missing, trace=trace, digest=digest,
            inputs=inputs,
        )  # fmt: skip
    duty, tax, fees = (
        Money.sum([getattr(one, kind) for one in charges], whole.currency) for kind in ("duty", "tax", "fees")
    )
    return replace(
        whole,
        charges=Charges(duty, tax, fees, whole.goods + whole.freight + whole.insurance + duty + tax + fees),
        collected=_collected([quote.collected for quote in quotes]),
        lines=_lines(whole, quotes),
        parts=tuple(_charged(one) for one in quotes),
        trace=trace,
        digest=digest,
        inputs=inputs,
    )


def _charged(part: LandedQuote) -> PartCharges:
    lines = tuple((str(x.line_id), x.quantity, x.value.minor) for x in request_of(part.inputs).lines)
    return PartCharges(lines, part.goods, part.freight, part.insurance, part.duty, part.tax, part.fees)


def _collected(kinds: Sequence[Collected]) -> Collected:
    order: tuple[Collected, ...] = ("sale", "border")
    return next((kind for kind in order if kind in kinds), "none")


def _named(step: Step, number: int, count: int) -> Step:
    return step._replace(inputs={"part": f"{number}/{count}", **step.inputs})


def _lines(whole: LandedQuote, quotes: Sequence[LandedQuote]) -> tuple[LandedLineResult, ...]:
    """Each line of the order with the sums of its parts."""
    sums: dict[Reference, LandedLineResult] = {}
    for quote in quotes:
        for line in quote.lines:
            known = sums.get(line.line_id)
            sums[line.line_id] = _plus(known, line) if known else line
    return tuple(sums[line.line_id] for line in whole.lines)


def _plus(one: LandedLineResult, other: LandedLineResult) -> LandedLineResult:
    return replace(
        one,
        customs_value=one.customs_value + other.customs_value,
        duty=one.duty + other.duty,
        tax=one.tax + other.tax,
        fees=one.fees + other.fees,
        estimated=one.estimated or other.estimated,
    )
