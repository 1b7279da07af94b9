"""Declarations of our own, worked out by hand from the official rules: what HMRC's samples do not show.

Each row says the sum; rates are those of the UK Global Tariff of 2021 and of the excise acts. None of them is a case
of HMRC's. Where a rule does not give an amount the line must say what is missing, and never nothing.
"""

from __future__ import annotations

from datetime import date

import pytest

from fondaco.platforms.window.domain.messages.cds.tree import Node
from fondaco.platforms.window.tests.cds_papers import (
    assessed,
    charge,
    declared,
    goods,
    leaves,
    lines,
    reasons,
    tax,
)

pytestmark = pytest.mark.realdata  # rates of ten-digit codes

SHIRT, SHOES, BEEF, RICE, TOY = "6109100010", "6403999600", "0201300000", "1006309800", "9503004100"
FR1 = (leaves("DomesticDutyTaxParty", ID="GB1", RoleCode="FR1"),)
FR2 = (leaves("DomesticDutyTaxParty", ID="DE1", RoleCode="FR2"),)


def due(*items, on=None, rates=None, **header):
    """type, base, rate, payable, status of each line."""
    more = {"on": on, "rates": rates or {}}
    return [(k, b, r, p, s) for k, b, r, _, p, s in lines(*items, more=more, **header)]


# (what is shown, items, header, the lines)
HAND = {
    # Free circulation: 1000 x 12 % = 120; (1000 + 120) x 20 % = 224.
    "free-circulation": (goods(1000, code=SHIRT), {}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "20.00", "224.00", "due")]),
    # langdonsystems.com: 10,000 with freight 100 and insurance 50, VAT adjustment 500, at 8 %: 812; VAT on 11,462.
    "freight-insurance-and-vat-adjustment": (
        goods(10000, code=SHOES, charges=(charge("AK", 100), charge("AK", 50), charge("AV", 500))), {}, [
        ("A00", "10150.00", "8.00", "812.00", "due"), ("B00", "11462.00", "20.00", "2292.40", "due")]),
    # A buying commission inside the price (BF) and a discount shown apart come off, a selling commission (AB) is added.
    "commissions": (goods(1000, code=SHIRT, charges=(charge("AB", 100), charge("BF", 50))), {}, [
        ("A00", "1050.00", "12.00", "126.00", "due"), ("B00", "1176.00", "20.00", "235.20", "due")]),
    # Compound: 12 % of 5,000 + 253 per 100 kg of 2,000 kg = 600 + 5,060; meat is zero rated.
    "compound-duty-of-beef": (goods(5000, code=BEEF), {}, [
        ("A00", None, None, "5660.00", "due"), ("B00", "10660.00", "0.00", "0.00", "due")]),
    # Specific by the tonne: 121 per 1,000 kg of 2,000 kg.
    "specific-duty-of-rice": (goods(900, code=RICE), {}, [
        ("A00", None, None, "242.00", "due"), ("B00", "1142.00", "0.00", "0.00", "due")]),
    # Chicks at 43 per 1,000 items: 2,500 of them; live poultry for food is zero rated.
    "specific-duty-per-thousand-items": (goods(3000, code="0105111100", units=2500), {}, [
        ("A00", None, None, "107.50", "due"), ("B00", "3107.50", "0.00", "0.00", "due")]),
    # Watches at 0.20 an item: 40 of them; VAT on 2,008.
    "specific-duty-per-item": (goods(2000, code="9101110000", units=40), {}, [
        ("A00", None, None, "8.00", "due"), ("B00", "2008.00", "20.00", "401.60", "due")]),
    # Half a penny goes up: 100.25 x 2 % = 2.005 -> 2.01; 102.26 x 20 % = 20.452.
    "half-a-penny-goes-up": (goods("100.25"), {}, [
        ("A00", "100.25", "2.00", "2.01", "due"), ("B00", "102.26", "20.00", "20.45", "due")]),
    # A price in dollars at the declared rate of 1.25 for one pound.
    "declared-rate-of-exchange": (goods(1250, code=SHIRT, currency="USD"),
        {"root": (leaves("CurrencyExchange", CurrencyTypeCode="USD", RateNumeric="1.25"),)}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "20.00", "224.00", "due")]),
    # Reduced and zero VAT by the national additional code (D.E. 6/17).
    "reduced-vat": (goods(1000, code=TOY, codes=("VATR",)), {}, [
        ("A00", "1000.00", "4.00", "40.00", "due"), ("B00", "1040.00", "5.00", "52.00", "due")]),
    "books-are-zero-rated": (goods(300, code="4901990000"), {}, [
        ("A00", "300.00", "0.00", "0.00", "due"), ("B00", "300.00", "0.00", "0.00", "due")]),
    # Pet food is an excepted item of VATA schedule 8 group 1: 20 %, unlike other feed.
    "pet-food-is-standard-rated": (goods(1000, code="2309101100"), {}, [
        ("A00", "1000.00", "0.00", "0.00", "due"), ("B00", "1000.00", "20.00", "200.00", "due")]),
    # Postponed VAT by the importer's number (FR1): the duty is paid, VAT goes to the return.
    "postponed-vat": (goods(1000, code=SHIRT), {"shipment": FR1}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "20.00", "0.00", "postponed")]),
    # The Ministry of Defence accounts for VAT itself (1MO).
    "ministry-of-defence": (goods(1000, code=SHIRT, extra=("1MO",)), {}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "20.00", "0.00", "postponed")]),
    # Onward supply relief: duty is due, no VAT.
    "onward-supply": (goods(1000, code=SHIRT, procedure="4200"), {"shipment": FR2}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "0.00", "0.00", "due")]),
    "inward-processing": (goods(1000, code=SHIRT, procedure="5100"), {}, [
        ("A00", "1000.00", "12.00", "0.00", "suspended"), ("B00", "1000.00", "0.00", "0.00", "suspended")]),
    "customs-warehousing": (goods(1000, code=SHIRT, procedure="7100"), {}, [
        ("A00", "1000.00", "12.00", "0.00", "suspended"), ("B00", "1000.00", "0.00", "0.00", "suspended")]),
    # From the warehouse into free circulation all falls due.
    "from-the-warehouse": (goods(1000, code=SHIRT, procedure="4071"), {}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "20.00", "224.00", "due")]),
    "temporary-admission": (goods(1000, code=SHIRT, procedure="5300", extra=("D23",)), {}, [
        ("A00", "1000.00", "12.00", "0.00", "suspended"), ("B00", "1000.00", "0.00", "0.00", "suspended")]),
    # S.I. 2018/1249 reg. 41: 3 % of 120 for the first month; VAT in full on 1,003.60.
    "temporary-admission-in-part": (goods(1000, code=SHIRT, procedure="5300", extra=("D51",)), {}, [
        ("A00", "1000.00", "12.00", "3.60", "due"), ("B00", "1003.60", "20.00", "200.72", "due")]),
    "returned-goods": (goods(1000, code=SHIRT, procedure="6110", extra=("F01",)), {}, [
        ("A00", "1000.00", "12.00", "0.00", "relieved"), ("B00", "1000.00", "0.00", "0.00", "due")]),
    "repaired-under-guarantee": (goods(1000, code=SHIRT, procedure="6121", extra=("B02",)), {}, [
        ("A00", "1000.00", "12.00", "0.00", "relieved"), ("B00", "1000.00", "0.00", "0.00", "due")]),
    # Up to 135 pounds duty is relieved, VAT is not.
    "low-value": (goods(135, code=SHIRT, extra=("C07",)), {}, [
        ("A00", "135.00", "12.00", "0.00", "relieved"), ("B00", "135.00", "20.00", "27.00", "due")]),
    # Preference under the Trade and Cooperation Agreement goes by D.E. 5/16, not by 5/15.
    "preference-by-its-own-origin": (
        goods(1000, code=SHIRT, preference="300", origin="CN", preferential=("DE",)), {}, [
        ("A00", "1000.00", "0.00", "0.00", "due"), ("B00", "1000.00", "20.00", "200.00", "due")]),
    # A least developed country: all but arms free of duty.
    "least-developed-country": (goods(1000, code=SHIRT, preference="200", origin="ET"), {}, [
        ("A00", "1000.00", "0.00", "0.00", "due"), ("B00", "1000.00", "20.00", "200.00", "due")]),
    # Industrial goods of Norway.
    "industrial-goods-of-norway": (goods(1000, code=SHOES, preference="300", origin="NO"), {}, [
        ("A00", "1000.00", "0.00", "0.00", "due"), ("B00", "1000.00", "20.00", "200.00", "due")]),
    # A deferment account pays the duty (E), a cash account VAT (P); the amounts are the same.
    "deferment-split": (goods(1000, code=SHIRT, taxes=(tax("A00", method="E"), tax("B00", method="P"))), {}, [
        ("A00", "1000.00", "12.00", "120.00", "due"), ("B00", "1120.00", "20.00", "224.00", "due")]),
}  # fmt: skip


@pytest.mark.parametrize("name", HAND)
def test_hand_computed(name):
    item, header, wanted = HAND[name]
    assert due(item, **header) == wanted


WHISKY = "2208303000"


@pytest.mark.parametrize(
    ("on", "item", "wanted"),
    [
        # 700 l of 40 % are 280 l of pure alcohol at 33.99: 9,517.20; duty free; VAT on 12,517.20.
        (date(2026, 3, 1), goods(3000, code=WHISKY, taxes=(
            tax("345", quantity=700, unit="LTR"), tax("345", quantity=40, unit="ASV"))),
            [("345", "9517.20"), ("B00", "2503.44")]),
        # The same goods in the year before: 280 x 32.79 = 9,181.20.
        (date(2025, 3, 1), goods(3000, code=WHISKY, taxes=(tax("345", quantity=280, unit="LPA"),)),
            [("345", "9181.20"), ("B00", "2436.24")]),
        # By the national additional code, litres from D.E. 6/2: no strength is declared.
        (date(2026, 3, 1), goods(3000, code=WHISKY, codes=("X345",)), [("345", None), ("B00", None)]),
        # 2,000 kg of cigars at 508.12; duty 25 % of 50,000; VAT on 50,000 + 12,500 + 1,016,240.
        (date(2026, 11, 1), goods(50000, code="2402100000", taxes=(tax("615"),)),
            [("615", "1016240.00"), ("B00", "215748.00")]),
        # Under a tax warehouse excise and VAT wait, duty does not.
        (date(2026, 3, 1), goods(3000, code=WHISKY, procedure="0700", taxes=(tax("345", quantity=280, unit="LPA"),)),
            [("345", "0.00"), ("B00", "0.00")]),
    ],
)  # fmt: skip
def test_excise_by_hand(on, item, wanted):
    assert [(kind, paid) for kind, _, _, paid, _ in due(item, on=on) if kind != "A00"] == wanted


@pytest.mark.parametrize(
    ("item", "codes"),
    [
        # Whisky without a tax type of excise is not taken as free of it.
        (goods(3000, code=WHISKY), [None, "excise-type", "depends-on-open"]),
        # The tariff marks this fertiliser for a remedy; the additional code names a company under one.
        (goods(1000, code="3102309000"), [None, "measure-unknown", "depends-on-open"]),
        (goods(1000, code=SHIRT, company=("C999",)), [None, "measure-unknown", "depends-on-open"]),
        (goods(1000, code=SHIRT, company=("C999",), taxes=(tax("A30", amount=0),)), [None, None, None]),
        # Russia's and Belarus's goods may bear 35 % more; the list is held in part.
        (goods(1000, code=SHIRT, origin="RU"), [None, "measure-unknown", "depends-on-open"]),
        (goods(1000, code=SHIRT, origin="RU", taxes=(tax("A20", amount=350),)), [None, None, None]),
        # A consignment above 135 pounds, a gift above 39, perfume of any value.
        (goods("135.01", code=SHIRT, extra=("C07",)), ["relief-limit", "depends-on-open"]),
        (goods("39.01", code=SHIRT, extra=("C08",)), ["relief-limit", "depends-on-open"]),
        (goods(50, code="3303001000", extra=("C07",)), ["relief-excluded", "depends-on-open"]),
        # Procedures and codes of the Union's list that the tables do not know.
        (goods(1000, procedure="9900"), ["procedure-unknown", "depends-on-open"]),
        (goods(1000, extra=("B99",)), ["additional-unknown", "depends-on-open"]),
        # Fruit at the week's unit price.
        (goods(1000, code="0805102200", extra=("E02",)), ["standard-value", None]),
        # A quota's or a preference's rate that is not held; arms are left out of the schemes.
        (goods(1000, code=SHIRT, preference="320", origin="DE"), ["preference-rate", "depends-on-open"]),
        (goods(1000, code=SHIRT, preference="200", origin="CN"), ["preference-rate", "depends-on-open"]),
        (goods(1000, code="2106909200", preference="300", origin="NO"), ["preference-rate", "depends-on-open"]),
        # Sherry asks for its strength.
        (goods(1000, code="2204218695", taxes=(tax("333", amount=50),)), ["unit-missing", None, "depends-on-open"]),
        # Authorised use without its preference, outward processing without its value.
        (goods(1000, code=SHIRT, procedure="4400"), ["end-use-rate", "depends-on-open"]),
        (goods(1000, code=SHIRT, procedure="6121"), ["processing-value", "depends-on-open"]),
    ],
)  # fmt: skip
def test_what_cannot_be_priced_says_what_is_missing(item, codes):
    answer = assessed(declared(item))
    assert [line["reason"] and line["reason"]["code"] for line in answer["lines"]] == codes
    for line in answer["lines"]:
        assert (line["payable"] is None) == (line["reason"] is not None)
        assert line["reason"] is None or line["reason"]["remedy"]


def test_low_value_is_of_the_whole_consignment():
    two = [goods(100, code=SHIRT, extra=("C07",), number=n) for n in (1, 2)]
    assert reasons(*two) == ["relief-limit", "depends-on-open"] * 2
    assert reasons(two[0], goods(35, number=2)) == [None] * 4


def test_a_security_is_told_beside_its_amount():
    item = goods(1000, code=SHIRT, taxes=(tax("A00", method="S"),))
    first = assessed(declared(item))["lines"][0]
    assert (first["payable"], first["method"]) == ("120.00", "S")
    assert "security" in [step["code"] for step in first["explanation"]]


def test_an_undated_declaration_says_that_a_rate_has_ended():
    steel = goods(1000, code="7210122000", origin="TR")
    told = [step["text"] for line in assessed(declared(steel))["lines"] for step in line["explanation"]]
    assert any("ended on 2026-06-30" in text for text in told)
    dated = [line["type"] for line in assessed(declared(steel), on=date(2026, 7, 1))["lines"]]
    assert dated == ["A00", "B00"]


def test_terms_without_freight_are_noted():
    fob = (Node("TradeTerms", children=(Node("ConditionCode", "FOB"),)),)
    codes = [note["code"] for note in assessed(declared(goods(), shipment=fob))["items"][0]["notes"]]
    assert "terms-without-freight" in codes
    with_freight = assessed(declared(goods(charges=(charge("AK", 9),)), shipment=fob))["items"][0]["notes"]
    assert "terms-without-freight" not in [note["code"] for note in with_freight]
