"""Duty and tax of UK declarations against what HMRC computed, and the rules one by one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fondaco.platforms.window.domain.assessment import NoGoods, NotAnImport, NotAnOriginal
from fondaco.platforms.window.domain.messages.cds.tree import Node
from fondaco.platforms.window.tests.cds_cases import as_declaration, compare, read_cases
from fondaco.platforms.window.tests.cds_papers import (
    assessed,
    charge,
    declared,
    goods,
    leaves,
    lines,
    reasons,
)

pytestmark = pytest.mark.realdata  # rates of ten-digit codes: our compact table has six digits


def golden():
    from django.conf import settings

    return [pytest.param(case, id=case["case"]) for case in read_cases(settings.SHARED_DATA)]


@pytest.mark.parametrize("case", golden())
def test_tax_lines_as_hmrc_computed_them(case):
    answer = assessed(as_declaration(case))
    assert compare(case, answer["lines"]) == []
    for line in answer["lines"]:
        assert (line["payable"] is None) == (line["reason"] is not None)
        assert line["explanation"]


def test_value_is_price_with_additions_deductions_and_declared_rate():
    shipment = (Node("CustomsValuation", children=(charge("AK", 30), charge("AV", 9))),)
    found = lines(
        goods(1000, charges=(charge("AB", 50), charge("BA", 20)), number=1),
        goods(2000, number=2),
        shipment=shipment,
    )
    # 1000 + 50 - 20 + a third of 30; a third of 9 counts for VAT alone
    assert found[0][:2] == ("A00", "1040.00")
    assert found[1][:2] == ("B00", "1063.80")
    assert found[2][:2] == ("A00", "2020.00")
    root = (leaves("CurrencyExchange", CurrencyTypeCode="USD", RateNumeric="1.25"),)
    assert lines(goods(1000, currency="USD"), root=root)[0][1] == "800.00"
    assert lines(goods(1000, currency="USD"), more={"rates": {"USD": Decimal("1.6")}})[0][1] == "625.00"


@pytest.mark.parametrize(
    ("item", "codes"),
    [
        (goods(currency="USD"), ["exchange-rate-missing", "exchange-rate-missing"]),
        (goods(charges=(charge("ZZ", 5),)), ["charge-unknown", "charge-unknown"]),
        (goods("much"), ["price-missing", "price-missing"]),
        (goods(preference="320"), ["preference-rate", "depends-on-open"]),
        (goods(code="9999999999"), ["commodity-unknown", "depends-on-open"]),
        (goods(code="85"), ["commodity-short", "depends-on-open"]),
        (goods(procedure="6121"), ["processing-value", "depends-on-open"]),
        (goods(procedure="4400"), ["end-use-rate", "depends-on-open"]),
        (goods(taxes=(leaves("DutyTaxFee", TypeCode="A30"),)), [None, "measure-unknown", "depends-on-open"]),
        (goods(taxes=(leaves("DutyTaxFee", TypeCode="447"),)), [None, "excise-rate", "depends-on-open"]),
        (goods(statements=("OVR01",), taxes=(leaves("DutyTaxFee", TypeCode="A00"),)), ["override-without-amount"]),
    ],
)  # fmt: skip
def test_what_is_not_known_has_a_reason_and_no_amount(item, codes):
    answer = assessed(declared(item))
    assert [line["reason"] and line["reason"]["code"] for line in answer["lines"]] == codes
    assert [line["payable"] for line in answer["lines"] if line["reason"]] == [None] * (
        len(codes) - codes.count(None)
    )
    assert answer["complete"] is False


def test_reliefs_suspension_and_postponed_vat():
    assert lines(goods(extra=("C28",))) == [
        ("A00", "1000.00", "2.00", "20.00", "0.00", "relieved"),
        ("B00", "1000.00", "20.00", "200.00", "0.00", "relieved"),
    ]
    assert lines(goods(extra=("F01",), procedure="6123"))[0] == (
        "A00",
        "1000.00",
        "2.00",
        "0.00",
        "0.00",
        "relieved",
    )
    assert lines(goods(procedure="5100", extra=("F44",))) == [
        ("A00", "1000.00", "2.00", "0.00", "0.00", "suspended"),
        ("B00", "1000.00", "0.00", "0.00", "0.00", "suspended"),
    ]
    role = (leaves("DomesticDutyTaxParty", ID="GB1", RoleCode="FR1"),)
    assert lines(goods(), shipment=role)[1] == ("B00", "1020.00", "20.00", "0.00", "0.00", "postponed")


def test_vat_follows_the_code_declared_then_the_commodity():
    assert [lines(goods(codes=(code,)))[1][2] for code in ("VATZ", "VATR", "VATE")] == [
        "0.00",
        "5.00",
        "0.00",
    ]
    assert lines(goods(code="0803101000"))[1][2] == "0.00"


def test_northern_ireland_by_its_statements():
    at_risk = lines(goods(statements=("NIIMP",)))
    assert [line[:5] for line in at_risk] == [
        ("A50", "1000.00", "2.20", "0.00", "22.00"),
        ("B05", "22.00", "20.00", "0.00", "4.40"),
        ("B00", "1000.00", "20.00", "0.00", "200.00"),
    ]
    assert [line[0] for line in lines(goods(statements=("NIIMP", "NIREM")))] == ["A00", "B00"]
    stays = lines(goods(statements=("NIDOM", "NIREM")))
    assert [(line[0], line[4], line[5]) for line in stays] == [
        ("A50", "0.00", "not-at-risk"),
        ("B00", "0.00", "due"),
    ]


def test_a_duty_in_euro_waits_for_its_rate():
    berries = goods(4000, code="0811101100", statements=("NIIMP",))
    assert reasons(berries) == ["exchange-rate-missing", None]  # VAT at nothing needs no base
    found = lines(berries, more={"rates": {"EUR": Decimal("1.2")}})
    assert [(line[0], line[4]) for line in found] == [("A50", "972.00"), ("B05", "0.00"), ("B00", "0.00")]


def test_preference_of_the_trade_and_cooperation_agreement():
    assert lines(goods(preference="300", origin="DE"))[0][2:5] == ("0.00", "0.00", "0.00")


def test_a_clearance_request_bears_no_tax():
    assert lines(goods(), kind="IMJ") == []


@pytest.mark.parametrize(
    ("header", "error"),
    [({"kind": "EXA"}, NotAnImport), ({"function": "13"}, NotAnOriginal)],
)
def test_only_whole_import_declarations_are_assessed(header, error):
    with pytest.raises(error):
        assessed(declared(goods(), **header))
    with pytest.raises(NoGoods):
        assessed(declared())
