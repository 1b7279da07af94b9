"""Orders in parts at the border: each part pays what is asked by consignment, and no part gains a relief."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_parts import OrderPart, quote_parts
from fondaco.platforms.window.domain.regime import BadRegime, RegimeBook, regime_of
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tests.landed_helpers import engine, line, rates, request


def part(units: dict[str, int], freight: str, currency: str = "EUR") -> OrderPart:
    return OrderPart(units, Money.of(freight, currency))


def counting_apart() -> LandedEngine:
    """The same engine under regimes that let each consignment count alone: a law that we know nowhere."""
    bodies = [{**regime.body, "aggregates_same_order": False} for regime in read_regimes(FOLDER)]
    return replace(engine(), regimes=RegimeBook.of(regime_of(body) for body in bodies))


CUPS = line("60", "EUR", "691200", n="1", quantity=3)
SHIRTS = line("40", "EUR", n="2", quantity=2)


def test_the_flat_duty_is_asked_of_each_part_for_each_class_in_it() -> None:
    whole = request("DE", CUPS, SHIRTS, freight="10", schemes="IOSS")
    together = quote_parts(engine(), whole, [], rates=rates)
    apart = quote_parts(engine(), whole, [part({"1": 2}, "6"), part({"1": 1, "2": 2}, "4")], rates=rates)
    assert (str(together.duty.amount), str(apart.duty.amount)) == ("6.00", "9.00")
    assert apart.goods == together.goods
    assert sum(x.duty.minor for x in apart.lines) == apart.duty.minor
    assert {step.inputs["part"] for step in apart.trace if step.code == "duty-flat"} == {"1/2", "2/2"}
    assert apart.digest != together.digest


def test_parts_of_one_rate_come_to_the_order_and_each_pays_the_fee_of_its_entry() -> None:
    shirts = request("DE", line("300", "EUR", n="1", quantity=3), freight="20", b2c=False)
    apart = quote_parts(engine(), shirts, [part({"1": 2}, "15"), part({"1": 1}, "5")], rates=rates)
    once = engine().quote(shirts, rates=rates)
    assert apart.duty == once.duty
    assert abs(apart.tax.minor - once.tax.minor) <= 1  # each part is rounded
    boxes = request(
        "US", line("90", "USD", "39241040", n="1", quantity=2, origin="VN"), on="2026-08-01", freight="8"
    )
    fees = quote_parts(engine(), boxes, [part({"1": 1}, "4", "USD")] * 2, rates=rates)
    assert str(fees.fees.amount) == "5.38"
    assert [step.inputs["part"] for step in fees.trace if step.code == "fee"] == ["1/2", "2/2"]
    assert sum(x.fees.minor for x in fees.lines) == 538
    assert [one.fees.minor for one in fees.parts] == [269, 269]
    assert [sum(getattr(one, name).minor for one in fees.parts) for name in ("goods", "freight", "duty", "tax")] == [
        fees.goods.minor, fees.freight.minor, fees.duty.minor, fees.tax.minor,
    ]  # fmt: skip


def test_the_carriage_of_a_part_is_valued_with_the_goods_in_it() -> None:
    """Free candles with all the carriage, dutiable shirts with none: the duty is on the shirts alone."""
    candles, shirts = line("50", "EUR", "34060000", n="1"), line("150", "EUR", n="2")
    whole = request("DE", candles, shirts, freight="40", b2c=False)
    apart = quote_parts(engine(), whole, [part({"1": 1}, "40"), part({"2": 1}, "0")], rates=rates)
    assert (str(engine().quote(whole, rates=rates).duty.amount), str(apart.duty.amount)) == ("21.60", "18.00")


def test_a_tax_too_small_to_collect_is_not_made_by_parting() -> None:
    whole = request("CH", line("100", "GBP", "691200", n="1", quantity=4), b2c=False)
    quarters = [part({"1": 1}, "0", "GBP")] * 4
    tax, loose = (quote_parts(e, whole, quarters, rates=rates).tax for e in (engine(), counting_apart()))
    assert abs(tax.minor - engine().quote(whole, rates=rates).tax.minor) <= 4  # each part is rounded
    assert (tax.minor > 0, loose.minor) == (True, 0)


@pytest.mark.parametrize(
    ("to", "value", "currency", "more"),
    [
        ("DE", "180", "EUR", {"schemes": "IOSS"}),
        ("DE", "180", "EUR", {"on": "2026-03-01"}),
        ("GB", "150", "GBP", {"schemes": "UK135"}),
        ("US", "900", "USD", {"on": "2025-04-01", "origin": "GB"}),
    ],
)
def test_parting_an_order_buys_no_relief_in_the_eu_the_uk_or_the_us(
    to: str, value: str, currency: str, more: dict[str, str]
) -> None:
    """Halves below the limit of an order above it pay what the order pays, each with the fee of its own entry."""
    whole = request(to, line(value, currency, n="1", quantity=2, origin="VN"), **more)
    halves = [part({"1": 1}, "0", currency)] * 2
    lawful, loose = (quote_parts(e, whole, halves, rates=rates) for e in (engine(), counting_apart()))
    once = engine().quote(whole, rates=rates)
    assert (lawful.duty, lawful.tax, lawful.fees) == (once.duty, once.tax, once.fees + once.fees)
    assert lawful.duty.minor > 0
    assert loose.total != lawful.total
    half = replace(
        whole,
        lines=(replace(whole.lines[0], quantity=1, value=Money(whole.lines[0].value.minor // 2, currency)),),
    )
    hidden = engine().quote(half, rates=rates)
    stated = engine().quote(replace(half, rest_goods=half.lines[0].value), rates=rates)
    assert hidden.duty.minor < stated.duty.minor == lawful.duty.minor // 2
    assert hidden.digest != stated.digest


def test_parts_that_are_not_the_order_give_no_price() -> None:
    whole = request("DE", CUPS, freight="10", schemes="IOSS")
    for parts in (
        [part({"1": 2}, "6"), part({"1": 2}, "4")],
        [part({"1": 2}, "6"), part({"1": 1}, "3")],
        [part({"1": 2}, "6"), part({"9": 1}, "4")],
    ):
        quote = quote_parts(engine(), whole, parts, rates=rates)
        assert quote.charges is None
        assert [gap.code for gap in quote.missing] == ["parts-differ"]


def test_every_regime_says_whether_one_order_counts_together() -> None:
    regimes = read_regimes(FOLDER)
    assert all(regime.aggregates_same_order and regime.aggregation_source for regime in regimes)
    said = {r.destination for r in regimes if "aggregation_source" in r.body}
    assert {"DE", "FR", "GB", "US"} <= said
    assert "CH" not in said
    with pytest.raises(BadRegime):
        regime_of({**regimes[0].body, "aggregates_same_order": "yes"})
