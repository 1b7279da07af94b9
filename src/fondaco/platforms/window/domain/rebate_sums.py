"""The arithmetic of export VAT rebates, each sum with its steps; pure, in integer minor units.

Rates are in per cent. Each item is rounded half-up once; shares of a period lose nothing (largest remainder).
Sources: Cai Shui [2012] 39 art. 5 (purchase and output), STA Announcement 2025 No. 3 (settling by sales).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from fondaco.kernel.money import split_minor

CLAIM, REFUSE, PAY, CLAW_BACK = "claim", "refuse", "pay", "claw_back"
KINDS = (CLAIM, REFUSE, PAY, CLAW_BACK)


@dataclass(frozen=True, slots=True)
class Worked:
    """One item worked out: base, what the rate gives and what it leaves, in minor units of the tax's currency.

    `amount` is the refund (way purchase) or the ceiling set off in the period (way output); `steps` say how.
    """

    base: int
    amount: int
    cost: int
    steps: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """A producer's month (exempt, credit, refund), all in minor units.

    `due` is tax to be paid; `credit` what is left of the input tax; the smaller of it and `ceiling` is refunded,
    the rest of the ceiling was set off against tax at home, the rest of the credit is carried forward.
    """

    input_tax: int
    output_tax: int
    brought: int
    ceiling: int
    not_creditable: int
    due: int
    credit: int
    refund: int
    set_off: int
    carried: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case or a period stands: claimed = paid + refused + open + clawed_back, always.

    `paid` is what stayed with the exporter; what was paid and taken back is in `clawed_back`.
    """

    claimed: int = 0
    refused: int = 0
    paid: int = 0
    open: int = 0
    clawed_back: int = 0

    @property
    def balanced(self) -> bool:
        """Whether the five sums agree and none is negative."""
        parts = (self.refused, self.paid, self.open, self.clawed_back)
        return self.claimed == sum(parts) and min(parts) >= 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger of rebates: `minor` is positive, `kind` says which way it counts."""

    kind: str
    minor: int
    period: date | None = field(default=None)


def work_purchase(uses: Iterable[int], *, rate: Decimal, vat_rate: Decimal) -> Worked:
    """A trading company's item: net value of the invoices used, times the rebate rate."""
    base = sum(uses)
    amount, whole = part_of(base, rate=rate), part_of(base, rate=vat_rate)
    steps = (
        _step("input_net", base),
        _step("rebate", amount, rate=str(rate), of="input_net"),
        _step("cost", whole - amount, rate=str(vat_rate - rate), of="input_net"),
    )
    return Worked(base, amount, whole - amount, steps)


def work_output(local: int, *, rate: Decimal, vat_rate: Decimal) -> Worked:
    """A producer's item: the price free on board in the tax's currency, times the rebate rate: its ceiling."""
    amount, whole = part_of(local, rate=rate), part_of(local, rate=vat_rate)
    steps = (
        _step("fob_local", local),
        _step("ceiling", amount, rate=str(rate), of="fob_local"),
        _step("not_creditable", whole - amount, rate=str(vat_rate - rate), of="fob_local"),
    )
    return Worked(local, amount, whole - amount, steps)


def work_exempt(local: int, *, deemed_pct: Decimal | None) -> Worked:
    """An exempt item: nothing comes back; the income it may be deemed to make, where there is such a rate."""
    deemed = () if deemed_pct is None else (
        _step("deemed_income", part_of(local, rate=deemed_pct), rate=str(deemed_pct), of="fob_local"),
    )  # fmt: skip
    return Worked(local, 0, 0, (_step("fob_local", local), _step("exempt", 0), *deemed))


def work_zero(local: int, *, vat_rate: Decimal | None) -> Worked:
    """A zero-rated item: nothing comes back; what falls due if the evidence stays out, where the rate is known."""
    at_stake = () if vat_rate is None else (
        _step("at_stake", part_of(local, rate=vat_rate), rate=str(vat_rate), of="fob_local"),
    )  # fmt: skip
    return Worked(local, 0, 0, (_step("fob_local", local), _step("zero_rated", 0), *at_stake))


def work_period(
    *, input_tax: int, output_tax: int, brought: int, ceilings: Sequence[int], costs: Sequence[int]
) -> PeriodSums:
    """A producer's month: tax due = output tax - (input tax - not creditable) - brought forward; if it is negative,
    the smaller of what is left and the ceiling is refunded.
    """
    ceiling, lost = sum(ceilings), sum(costs)
    due = output_tax - (input_tax - lost) - brought
    credit = max(0, -due)
    refund = min(credit, ceiling)
    return PeriodSums(
        input_tax,
        output_tax,
        brought,
        ceiling,
        lost,
        max(0, due),
        credit,
        refund,
        ceiling - refund,
        credit - refund,
    )


def share_refund(refund: int, ceilings: Sequence[int]) -> list[int]:
    """A period's refund over its cases by their ceilings; the shares add up to it."""
    if not sum(ceilings):
        return [0] * len(ceilings)
    return split_minor(refund, ceilings)


def sold_part(amount: int, *, sold: int, quantity: int) -> int:
    """What of an item's refund the sold quantity earned, half-up; all of it when all was sold."""
    return int((Decimal(amount) * sold / quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def net_used(net: int, *, quantity: int, after: int, taken: int) -> int:
    """The net value of what makes `after` pieces of an invoice line used, where `taken` is claimed so far.

    All uses together never pass the line's net value, and make it up exactly when the line is used up.
    """
    return max(0, sold_part(net, sold=after, quantity=quantity) - taken)


def stand(entries: Iterable[Entry]) -> Standing:
    """What the entries of a case or period add up to."""
    sums = dict.fromkeys(KINDS, 0)
    for one in entries:
        sums[one.kind] += one.minor
    return standing_of(sums)


def standing_of(sums: Mapping[str, int]) -> Standing:
    """A standing from the sum of each kind of entry; kinds left out are nothing."""
    claimed, refused, paid, clawed = (sums.get(kind, 0) for kind in KINDS)
    return Standing(claimed, refused, paid - clawed, claimed - refused - paid, clawed)


def part_of(minor: int, *, rate: Decimal) -> int:
    """`rate` per cent of `minor`, half-up."""
    return int((Decimal(minor) * rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _step(code: str, minor: int, **facts: str) -> dict[str, Any]:
    return {"code": code, "minor": minor, **facts}
