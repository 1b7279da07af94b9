"""What holds of every declaration: parted or reordered goods, other currencies, other spellings of the same message."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from lxml import etree

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.domain.messages.cds.tree import Node
from fondaco.platforms.window.domain.messages.xml import EntitiesRefused, MalformedXml
from fondaco.platforms.window.tests.cds_papers import assessed, charge, declared, goods, leaves, lines

pytestmark = pytest.mark.realdata
PENNY = Decimal("0.01")
few = examples(max_examples=20, deadline=None)
prices = st.decimals(min_value=1, max_value=100_000, places=2)
codes = st.sampled_from(["8510900000", "6109100010", "6403999600", "9503004100", "4901990000"])
freight = (Node("CustomsValuation", children=(charge("AK", 77),)),)


def payable(*items, kind, **header):
    """What is payable of one tax type on all items together."""
    return sum((Decimal(line[4]) for line in lines(*items, **header) if line[0] == kind), Decimal(0))


@few
@given(prices, prices, codes)
def test_goods_parted_into_two_items_owe_the_same_but_for_rounding(one, two, code):
    whole = goods(one + two, code=code)
    parted = goods(one, code=code, number=1), goods(two, code=code, number=2)
    for kind in ("A00", "B00"):
        apart = payable(*parted, kind=kind, shipment=freight) - payable(whole, kind=kind, shipment=freight)
        assert abs(apart) <= 2 * PENNY


@few
@given(prices, st.integers(2, 50), codes)
def test_taxes_grow_with_the_value(price, times, code):
    small, large = goods(price, code=code), goods(price * times, code=code)
    apart = payable(large, kind="A00") - times * payable(small, kind="A00")
    assert abs(apart) <= (times + 1) * PENNY / 2


@few
@given(st.lists(st.tuples(prices, codes), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(rows, dice):
    items = [goods(price, code=code, number=n) for n, (price, code) in enumerate(rows, 1)]
    other = dice.sample(items, len(items))
    first, second = (
        sorted((line["item"], line["type"], line["payable"]) for line in assessed(raw)["lines"])
        for raw in (declared(*items, shipment=freight), declared(*other, shipment=freight))
    )
    assert first == second


@few
@given(prices, codes)
def test_an_item_that_costs_nothing_changes_no_other(price, code):
    one = goods(price, code=code, number=1)
    assert lines(one, goods(0, number=2), shipment=freight)[:2] == lines(one, shipment=freight)


@few
@given(prices, st.sampled_from(["1.25", "0.8", "160", "7.8125"]))
def test_a_price_in_another_currency_owes_the_same(price, rate):
    exchange = (leaves("CurrencyExchange", CurrencyTypeCode="JPY", RateNumeric=rate),)
    abroad = goods(price * Decimal(rate), currency="JPY")
    assert lines(abroad, root=exchange) == lines(goods(price))


def spellings(raw: bytes) -> dict[str, bytes]:
    """The same message with other prefixes, without an envelope, in other encodings, with comments in its values."""
    text = raw.decode()
    root = etree.fromstring(raw)
    body = next(child for child in root if etree.QName(child).localname == "Declaration")
    prefixed = text.replace("<Declaration", "<w:Declaration").replace("</Declaration", "</w:Declaration")
    return {
        "utf-16": etree.tostring(root, encoding="UTF-16", xml_declaration=True),
        "latin-1": etree.tostring(root, encoding="ISO-8859-1", xml_declaration=True),
        "byte-order-mark": b"\xef\xbb\xbf" + raw,
        "bare": etree.tostring(body),
        "comments": raw.replace(b">1000<", b"><!-- DE 4/14 -->1000<!-- GBP --><"),
        "prefix": prefixed.replace(
            "<w:Declaration", '<w:Declaration xmlns:w="urn:wco:datamodel:WCO:DEC-DMS:2"'
        ).encode(),
        "blanks": raw.replace(b">1000<", b">\n\t 1000 \n<"),
    }


def test_the_same_message_in_other_spellings_is_the_same():
    raw = declared(goods(), shipment=freight)
    wanted = assessed(raw)["lines"]
    for name, other in spellings(raw).items():
        assert assessed(other)["lines"] == wanted, name


def samples():
    folder = settings.SHARED_DATA / "customs" / "wco_cds" / "samples"
    return sorted(path for path in folder.glob("TT_IM*/*.xml"))


def test_whatever_is_left_out_is_told_and_never_crashes():
    path: Path = samples()[0]
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(remove_comments=True))
    whole = {line["type"] for line in assessed(path.read_bytes())["lines"]}
    for element in [one for one in root.iter("*") if one.getparent() is not None]:
        parent, place = element.getparent(), element.getparent().index(element)
        parent.remove(element)
        with suppress(FondacoError):  # a typed refusal; anything else fails the test
            left = assessed(etree.tostring(root))["lines"]
            assert {line["type"] for line in left} == whole, element.tag
            assert all((line["payable"] is None) == (line["reason"] is not None) for line in left)
        parent.insert(place, element)


def test_a_declaration_of_ninety_nine_items_is_assessed():
    answer = assessed(declared(*(goods(n, number=n) for n in range(1, 100)), shipment=freight))
    assert len(answer["items"]) == 99
    # Each item is rounded by itself: 4,950 and a freight of 77 at 2 %.
    assert abs(sum(Decimal(one["value"]) for one in answer["items"]) - 5027) <= 99 * PENNY / 2


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", MalformedXml),
        (b"<MetaData><Declaration>", MalformedXml),
        (b'<!DOCTYPE x [<!ENTITY a "a">]><MetaData/>', EntitiesRefused),
        ('<!DOCTYPE x [<!ENTITY a "a">]><MetaData/>'.encode("utf-16"), EntitiesRefused),
    ],
)
def test_what_is_no_sound_xml_is_refused_by_name(raw, error):
    with pytest.raises(error) as refused:
        assessed(raw)
    assert refused.value.remedy
