"""The IOSS return: sums exact, each rounded once, corrections within three years, read back as written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.ioss import (
    CorrectionLine,
    IossRefused,
    IossReturn,
    Period,
    Sale,
    SupplyLine,
    draw_up_return,
    euro_rate,
    read_return,
    render_csv,
    render_xml,
)

NUMBER = "IM2760000011"
NOVEMBER = Period(2026, 11)
MEMBERS = frozenset({"FR", "DE", "IE"})
FR = Sale("C1", "FR", Decimal(20), Money(4250, "EUR"), Money(850, "EUR"), date(2026, 11, 3))


def rates(base: str, quote: str, on: date) -> Decimal:
    if base != "USD":
        raise NotFound(field="currency", value=base)
    return {date(2026, 11, 30): Decimal("0.9155")}[on]


def drawn(*sales: Sale, corrections: tuple[CorrectionLine, ...] = ()) -> IossReturn:
    return draw_up_return(NUMBER, NOVEMBER, sales, corrections=corrections, members=MEMBERS, rates=rates)


def test_sales_are_summed_by_state_and_rate_and_converted_once() -> None:
    dollar = replace(FR, taxable=Money(101, "USD"), vat=Money(20, "USD"))
    low = replace(FR, rate=Decimal("5.5"), taxable=Money(1000, "EUR"), vat=Money(55, "EUR"))
    german = replace(FR, country="DE", rate=Decimal("19.0"), vat=Money(808, "EUR"))
    one = drawn(FR, dollar, dollar, low, german)
    assert one.supplies == (
        SupplyLine("DE", Decimal(19), 4250, 808),
        SupplyLine("FR", Decimal("5.5"), 1000, 55),
        # 2.02 USD is 1.84931 EUR and 0.40 USD is 0.3662 EUR: rounded as sums, not sale by sale.
        SupplyLine("FR", Decimal(20), 4250 + 185, 850 + 37),
    )
    assert one.balances == {"DE": 808, "FR": 942}
    assert one.payable_minor == 1750


def test_a_negative_balance_lessens_no_other_states_vat() -> None:
    fixes = (
        CorrectionLine(Period(2026, 10), "FR", -900),
        CorrectionLine(Period(2026, 10), "FR", -100),
        CorrectionLine(Period(2023, 11), "DE", 320),
    )
    one = drawn(FR, corrections=fixes)
    assert one.corrections == (fixes[2], CorrectionLine(Period(2026, 10), "FR", -1000))
    assert one.balances == {"DE": 320, "FR": -150}
    assert one.payable_minor == 320


@pytest.mark.parametrize(
    ("field", "sales", "corrections"),
    [
        ("sold_on", [replace(FR, sold_on=date(2026, 12, 1))], []),
        ("country", [replace(FR, country="GB")], []),
        ("currency", [replace(FR, taxable=Money(1, "JPY"), vat=Money(1, "JPY"))], []),
        ("corrections", [], [CorrectionLine(NOVEMBER, "FR", 1)]),
        ("corrections", [], [CorrectionLine(Period(2026, 12), "FR", 1)]),
        ("corrections", [], [CorrectionLine(Period(2023, 10), "FR", 1)]),
        ("corrections", [], [CorrectionLine(Period(2026, 10), "GB", 1)]),
    ],
)
def test_what_does_not_belong_in_it_is_refused_by_name(
    field: str, sales: list[Sale], corrections: list[CorrectionLine]
) -> None:
    with pytest.raises(IossRefused) as caught:
        drawn(*sales, corrections=tuple(corrections))
    assert caught.value.field == field


def test_a_number_of_another_form_and_a_month_that_is_none_are_refused() -> None:
    with pytest.raises(IossRefused):
        draw_up_return("EU1", NOVEMBER, [], members=MEMBERS, rates=rates)
    for text in ("2026-13", "11/2026", ""):
        with pytest.raises(IossRefused):
            Period.parse(text)


def test_a_return_written_is_the_return_read_and_a_wrong_sum_is_noticed() -> None:
    one = drawn(FR, corrections=(CorrectionLine(Period(2026, 9), "IE", -320),))
    raw = render_xml(one)
    assert read_return(raw) == one
    with pytest.raises(IossRefused):
        read_return(raw.replace(b'payable="8.50"', b'payable="8.40"'))
    with pytest.raises(IossRefused):
        read_return(b"<Other/>")
    lines = render_csv(one).decode("utf-8-sig").splitlines()
    assert lines[1:] == [
        "supply,2026-11,FR,20,42.50,8.50",
        "correction,2026-09,IE,,,-3.20",
        "payable,2026-11,,,,8.50",
    ]


def test_months_end_and_fall_due_and_weekends_take_the_next_publication() -> None:
    assert [p.last_day for p in (Period(2026, 12), Period(2024, 2))] == [
        date(2026, 12, 31),
        date(2024, 2, 29),
    ]
    assert Period(2026, 12).due_on == date(2027, 1, 31)
    asked: list[date] = []

    def seen(_base: str, _quote: str, on: date) -> Decimal:
        asked.append(on)
        return Decimal(1)

    euro_rate("USD", Period(2026, 10), seen)  # 31 October 2026 is a Saturday
    euro_rate("USD", Period(2026, 5), seen)  # 31 May 2026 is a Sunday
    euro_rate("USD", NOVEMBER, seen)
    assert asked == [date(2026, 11, 2), date(2026, 6, 1), date(2026, 11, 30)]
