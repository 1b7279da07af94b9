"""Sums published by authorities and the press, to the last unit; each names where it stands."""

from __future__ import annotations

import pytest

from fondaco.platforms.window.tests.landed_helpers import amounts, line, price


def test_nz_low_value_goods_as_ird_works_it_out():
    # classic.ird.govt.nz: US$650 + US$30 carriage at 0.6507 -> GST NZ$156.75
    quote = price("NZ", line("998.92", "NZD"), freight="46.10", schemes="NZ-LVG")
    assert amounts(quote) == ("0.00", "156.75", "0.00")
    assert (quote.collected, quote.scheme) == ("sale", "NZ-LVG")


@pytest.mark.parametrize(("value", "total"), [("50", "72.29"), ("100", "168.67")])
def test_brazil_remessa_conforme(value, total):
    # economia.uol.com.br 2025-07-29
    quote = price("BR", line(value, "USD"), schemes="PRC")
    assert str(quote.total.amount) == total


def test_eu_five_shirts_are_one_class_and_bear_three_euros():
    # Baker McKenzie 2026-07-02
    assert price("DE", line("50", "EUR", quantity=5), schemes="IOSS").duty.amount == 3


def test_eu_shirt_and_watch_bear_six_euros():
    quote = price("DE", line("50", "EUR"), line("60", "EUR", "91021100", n="2"), schemes="IOSS")
    assert quote.duty.amount == 6
    assert [str(x.duty.amount) for x in quote.lines] == ["3.00", "3.00"]


def test_eu_two_lines_of_one_class_share_three_euros():
    quote = price("DE", line("50", "EUR"), line("25", "EUR", n="2"), schemes="IOSS")
    assert [str(x.duty.amount) for x in quote.lines] == ["2.00", "1.00"]


def test_uk_thousand_pounds_as_cds_computed():
    # HMRC CDS sample TT_IM200a: 8510.90.00, A00 20.00, B00 204.00
    quote = price("GB", line("1000", "GBP", "8510900000", origin="US"), b2c=False)
    assert amounts(quote) == ("20.00", "204.00", "0.00")


def test_uk_135_pounds_has_no_duty_and_vat_at_sale():
    # HMRC CDS sample with C07: A00 and B00 relieved to 0 at the border
    quote = price("GB", line("135", "GBP", "8510900000", origin="US"), schemes="UK135")
    assert amounts(quote) == ("0.00", "27.00", "0.00")
    assert quote.collected == "sale"


def test_uk_a_penny_more_is_an_ordinary_import():
    quote = price("GB", line("135.01", "GBP", "8510900000", origin="US"), schemes="UK135")
    assert amounts(quote) == ("2.70", "27.54", "0.00")
    assert quote.collected == "border"


@pytest.mark.parametrize(("value", "tax"), [("61.70", "0.00"), ("61.73", "5.00"), ("61.72", "0.00")])
def test_switzerland_waives_import_tax_under_five_francs(value, tax):
    # post.ch: CHF 61.70 at 8.1 %
    assert amounts(price("CH", line(value, "CHF"))) == ("0.00", tax, "0.00")


def test_chile_above_500_dollars():
    # carey.cl: 6 % of CIF and 19 % of CIF and duty
    quote = price("CL", line("550", "USD"), freight="50", schemes="CL-IVA")
    assert amounts(quote) == ("36.00", "120.84", "0.00")


def test_chile_up_to_500_dollars_taxed_at_sale():
    quote = price("CL", line("100", "USD"), schemes="CL-IVA")
    assert amounts(quote) == ("0.00", "19.00", "0.00")
    assert quote.collected == "sale"


def test_mexico_global_rate_without_treaty():
    # Baker McKenzie 2025-07-29
    assert amounts(price("MX", line("200", "USD"))) == ("67.00", "0.00", "0.00")


@pytest.mark.parametrize(
    ("value", "duty"), [("50", "0.00"), ("100", "17.00"), ("117", "19.89"), ("200", "38.00")]
)
def test_mexico_from_the_united_states(value, duty):
    assert amounts(price("MX", line(value, "USD"), origin="US"))[0] == duty


def test_japan_personal_import_counts_sixty_percent():
    # vatabout.com: 30,000 yen -> base 18,000 -> tax 1,800
    quote = price("JP", line("30000", "JPY", "950300", stated_duty="Free"))
    assert amounts(quote) == ("0", "1800", "0")
    assert {note.code for note in quote.notes} == {"duty-stated"}


def test_china_cross_border_retail_rate_without_consumption_tax():
    # (CT + VAT) / (1 - CT) x 70 % = 9.1 %
    assert (
        amounts(price("CN", line("1000", "CNY", "950300", origin="GB"), origin="GB", schemes="CBEC"))[1]
        == "91.00"
    )


def test_china_cross_border_retail_rate_of_costly_cosmetics():
    # 425 yuan: consumption tax 52.50 and VAT 45.50; 23.06 %
    quote = price("CN", line("425", "CNY", "330499", origin="FR", mass_g=40), origin="FR", schemes="CBEC")
    assert amounts(quote)[1] == "98.00"
    assert {s.code: s.result for s in quote.trace if s.code in ("excise", "tax")} == {
        "excise": "52.50",
        "tax": "45.50",
    }


def test_china_cheap_cosmetics_bear_no_consumption_tax():
    quote = price("CN", line("100", "CNY", "330499", origin="FR", mass_g=40), origin="FR", schemes="CBEC")
    assert amounts(quote)[1] == "9.10"


def test_united_states_stack_on_chinese_goods():
    # MFN 3.4 % + list 3 25 % + note 52 12.5 % = 40.9 %, and the fee of an informal entry
    quote = price("US", line("100", "USD", "3924104000"), on="2026-10-15")
    assert amounts(quote) == ("40.90", "0.00", "2.69")
    assert quote.lines[0].rate_text == "3.4% + 25% (9903.88.03) + 12.5% (9903.05.31)"


def test_united_states_formal_entry_fee_has_a_floor_and_a_ceiling():
    assert amounts(price("US", line("3000", "USD"), on="2026-03-02"))[2] == "33.58"
    assert amounts(price("US", line("500000", "USD"), on="2026-03-02"))[2] == "651.50"


def test_australia_ten_percent_at_sale_and_none_at_the_border_below_1000():
    assert amounts(price("AU", line("200", "AUD"), freight="20", schemes="AU-LVG")) == (
        "0.00",
        "22.00",
        "0.00",
    )
    assert amounts(price("AU", line("200", "AUD"), freight="20")) == ("0.00", "0.00", "0.00")


def test_norway_voec():
    quote = price("NO", line("1000", "NOK"), freight="100", schemes="VOEC")
    assert amounts(quote) == ("0.00", "275.00", "0.00")


def test_singapore_wholesale_has_gst_and_no_duty():
    quote = price("SG", line("1000", "SGD"), freight="100", b2c=False)
    assert amounts(quote) == ("0.00", "99.00", "0.00")


def test_malaysia_taxes_the_goods_and_not_their_carriage():
    assert amounts(price("MY", line("200", "MYR"), freight="50", schemes="MY-LVG"))[1] == "20.00"


def test_hong_kong_is_a_free_port():
    assert amounts(price("HK", line("9999", "HKD"), b2c=False)) == ("0.00", "0.00", "0.00")


def test_eu_wholesale_import():
    # 1,000 + 100 carriage at 12 %: duty 132.00; 19 % of 1,232.00
    quote = price("DE", line("1000", "EUR"), freight="100", b2c=False)
    assert amounts(quote) == ("132.00", "234.08", "0.00")


def test_eu_ioss_counts_vat_on_the_price_with_carriage():
    quote = price("FR", line("100", "EUR"), freight="10", schemes="IOSS")
    assert amounts(quote) == ("3.00", "22.00", "0.00")


def test_order_in_pounds_is_reckoned_in_euros_and_turned_back():
    # GBP 1,000 = EUR 1,150.00; duty 138.00; VAT 19 % of 1,288.00 = 244.72; back at 1.15
    quote = price("DE", line("1000", "GBP"), b2c=False, origin="GB")
    assert amounts(quote) == ("120.00", "212.80", "0.00")


def test_watch_duty_stays_within_its_bounds():
    # 4.5 % of 100 is 4.50, above the ceiling of 0.80 a piece
    quote = price("DE", line("200", "EUR", "91021100", quantity=2), b2c=False)
    assert amounts(quote)[0] == "1.60"
    assert amounts(price("DE", line("160", "EUR", "91021100", quantity=40), b2c=False))[0] == "12.00"


def test_poland_reckons_in_zloty():
    # EUR 100 = PLN 425.00 at 12 % = 51.00; VAT 23 % of 476.00 = 109.48; back at 4.25
    quote = price("PL", line("100", "EUR"), b2c=False, on="2026-11-20")
    assert amounts(quote) == ("12.00", "25.76", "0.00")
