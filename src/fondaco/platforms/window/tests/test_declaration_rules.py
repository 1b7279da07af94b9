from __future__ import annotations

from dataclasses import replace

import pytest

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import fit_items, local_reference
from fondaco.platforms.window.domain.declaration_rules import RULES, check_draft
from fondaco.platforms.window.public import Transport
from fondaco.platforms.window.tests.declaration_samples import draft, item, uid

GBP = "GBP"


def with_item(**changes):
    value = changes.get("value", Money(11550, GBP))
    total = value if value.currency == GBP and value.minor > 0 else Money(11550, GBP)
    return draft(items=(item(1, **{"value": value, **changes}),), invoice_total=total)


def party(role, **changes):
    return draft(**{role: replace(getattr(draft(), role), **changes)})


@pytest.mark.parametrize(
    ("bad", "codes"),
    [
        (draft(), []),
        (draft(items=(), invoice_total=Money(0, GBP)), ["DE_1_9_TotalItems"]),
        (draft(items=(item(2), item(1, value=Money(2550, GBP)))), ["DE_1_6_GoodsItemNumber"]),
        (with_item(hs_code=None), ["DE_6_14_CommodityCode"]),
        (with_item(hs_code="9105"), ["DE_6_14_CommodityCode"]),
        (with_item(hs_code="7700000000"), ["DE_6_14_CommodityCode"]),
        (with_item(hs_code="000000"), ["DE_6_14_CommodityCode"]),
        (with_item(hs_code="91051110"), []),
        (with_item(hs_code="٩١٠٥١١"), ["DE_6_14_CommodityCode"]),
        (with_item(description="22"), ["DE_6_8_Description"]),
        (with_item(description="12345"), ["DE_6_8_Description"]),
        (with_item(description="x" * 513), ["DE_6_8_Description"]),
        (with_item(origin=None), ["DE_5_15_CountryOfOrigin"]),
        (with_item(origin="ZZ"), ["DE_5_15_CountryOfOrigin"]),
        (with_item(net_g=0), ["DE_6_1_NetMass"]),
        (with_item(net_g=8000), ["DE_6_5_GrossMass"]),
        (with_item(value=Money(0, GBP)), ["DE_4_14_ItemPrice", "DE_4_11_TotalInvoiced"]),
        (with_item(value=Money(11550, "EUR")), ["DE_4_14_ItemPrice", "DE_4_11_TotalInvoiced"]),
        (with_item(quantity=0), ["DE_6_2_SupplementaryUnits"]),
        (with_item(quantity=-3), ["DE_6_2_SupplementaryUnits"]),
        (draft(invoice_total=Money(11553, GBP)), ["DE_4_11_TotalInvoiced"]),
        (draft(invoice_total=Money(13350, GBP)), []),
        (draft(invoice_total=Money(11050, GBP), discount=Money(500, GBP)), []),
        (draft(freight=Money(-1, GBP)), ["DE_4_10_InvoiceCurrency"]),
        (draft(estimated_tax=Money(5, "EUR")), ["DE_4_10_InvoiceCurrency"]),
        (draft(incoterm="FREE"), ["DE_4_1_DeliveryTerms"]),
        (party("importer", name=" "), ["DE_3_Parties"]),
        (party("importer", country="Unspecified"), ["DE_3_Parties"]),
        (party("exporter", country="UK"), ["DE_3_Parties"]),
        (draft(country="EU"), ["DE_5_8_Route"]),
        (party("importer", country="GB"), ["DE_5_8_Route"]),
        (party("declarant", identifier=""), ["DE_3_18_DeclarantIdentification"]),
        (party("declarant", identifier="123"), ["DE_3_18_DeclarantIdentification"]),
        (replace(party("exporter", identifier=""), kind="export"), ["DE_3_2_ExporterIdentification"]),
        (party("exporter", identifier=""), []),
        (draft(lrn="has space"), ["DE_2_5_LocalReference"]),
        (draft(lrn="X" * 23), ["DE_2_5_LocalReference"]),
        (draft(packages=0), ["GACC_PackNo"]),
        (draft(transport=Transport(" ", "post")), ["GACC_PackNo"]),
    ],
)
def test_each_rule_and_nothing_else(bad, codes):
    assert [problem["code"] for problem in check_draft(bad)] == codes


def test_problems_speak_to_a_clerk():
    problem = check_draft(with_item(hs_code=None))[0]
    assert problem == {
        "code": "DE_6_14_CommodityCode",
        "message": "A goods item needs a commodity code of 6, 8 or 10 digits in a chapter that exists.",
        "remedy": "Choose the code on the product's page.",
        "goods_item_no": 1,
        "field": "hs_code",
        "value": None,
    }
    assert all(type(rule).__doc__ and rule.remedy for rule in RULES)
    assert len({type(rule).__name__ for rule in RULES}) == len(RULES) == 18


def test_many_items_are_summarised_without_losing_anything():
    items = tuple(
        item(n, hs_code=f"{91 + n % 3}0511", origin="CN" if n % 2 else "IN", value=Money(n, GBP))
        for n in range(1, 301)
    )
    few = fit_items(items)
    assert [one.goods_item_no for one in few] == [1, 2, 3, 4, 5, 6]
    assert few[0].description == "Alarm clock, bakelike pink and 49 more"
    for name in ("quantity", "net_g", "gross_g"):
        assert sum(getattr(one, name) for one in few) == sum(getattr(one, name) for one in items)
    assert sum(one.value.minor for one in few) == sum(range(1, 301))
    assert check_draft(draft(items=few, invoice_total=Money(sum(range(1, 301)), GBP))) == []
    assert fit_items(items[:99]) == items[:99]


def test_references_are_the_same_for_the_same_and_trigger_nothing():
    made = {
        local_reference(uid(f"{n}"), kind=kind, version=v)
        for n in range(300)
        for kind in ("export", "import")
        for v in (1, 2)
    }
    assert len(made) == 1200
    assert all(len(one) == 22 and one.isalnum() and one[:2] in {"FE", "FI"} for one in made)
    assert local_reference(uid("1"), kind="import", version=1) == local_reference(
        uid("1"), kind="import", version=1
    )
