"""GACC's messages: rendered strictly, read liberally, refused by the name of the field."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile
from fondaco.platforms.window.domain.messages.gacc.build import BUILT, build_message
from fondaco.platforms.window.domain.messages.gacc.papers import (
    Extras,
    NoGaccCode,
    NotInYuan,
    Papers,
    WrongDirection,
    cop_number,
    lrn_of,
)
from fondaco.platforms.window.domain.messages.gacc.parse import NotCeb, parse_message
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Message, MessageRefused, UnknownMessage
from fondaco.platforms.window.domain.messages.xml import (
    EntitiesRefused,
    MalformedXml,
    OversizedXml,
    read_xml,
)
from fondaco.platforms.window.tests.gacc_samples import small_filing
from fondaco.platforms.window.tests.gacc_signing import signer

BOOK = gacc_book()
LIST = "299120262E12345678"


def papers(*filings):
    numbers = {filing.id: LIST for filing in filings}
    paid = {filing.id: "sim_1" for filing in filings}
    return Papers(
        gacc_profile(), gacc_codes(), Extras("The buyer cancelled", "MV Fondaco", "V1", "B1"), numbers, paid
    )


def message(number: str, **changes) -> Message:
    filing = small_filing(BOOK.shape(number).side, **changes)
    return build_message(number, [filing], papers=papers(filing), book=BOOK)


def render(one: Message, *, signed: bool | None = None) -> bytes:
    must = BOOK.shape(one.number).signature == "required" if signed is None else signed
    return render_message(one, book=BOOK, signer=signer() if must else None)


def head(one: Message, **changes) -> Message:
    first = one.entries[0]
    block = {k: v for k, v in (first.head | changes).items() if v is not None}
    return replace(one, entries=(replace(first, head=block), *one.entries[1:]))


def line(one: Message, **changes) -> Message:
    first = one.entries[0]
    block = {k: v for k, v in (first.lines[0] | changes).items() if v is not None}
    return replace(one, entries=(replace(first, lines=(block, *first.lines[1:])), *one.entries[1:]))


def transfer(one: Message, **changes) -> Message:
    block = {k: v for k, v in (one.transfer | changes).items() if v is not None}
    return replace(one, transfer=block)


@pytest.mark.parametrize("number", BUILT)
def test_every_message_we_send_comes_back_as_it_was(number):
    one = message(number)
    reading = parse_message(render(one), book=BOOK)
    assert reading.message == one
    assert reading.faults == ()
    assert reading.signed == (number in {"621", "623", "625"})


def test_the_order_says_what_the_declaration_says():
    one = message("311")
    order = one.entries[0]
    assert (order.head["goodsValue"], order.head["taxTotal"]) == (Decimal("858.36"), Decimal("78.03"))
    assert order.head["acturalPaid"] == Decimal("941.39") == Decimal("858.36") + 5 + Decimal("78.03")
    assert message("411").entries[0].head["amountPaid"] == order.head["acturalPaid"]
    assert [row["qty"] for row in order.lines] == [24, 3]
    assert order.head["appTime"] == "20101201164500"  # Beijing's clock
    assert one.transfer["dxpId"] == "DXPENTFONDACO001"
    assert b"<ceb:acturalPaid>941.39</ceb:acturalPaid>" in render(one)


HUGE = "X" * 2000
MUTANTS = [
    ("311", head, {"guid": "short"}, "OrderHead/guid", "length"),
    ("311", head, {"guid": "a" * 36}, "OrderHead/guid", "guid"),
    ("311", head, {"guid": None}, "OrderHead/guid", "missing"),
    ("311", head, {"currency": "502"}, "OrderHead/currency", "fixed"),
    ("311", head, {"orderType": "E"}, "OrderHead/orderType", "code"),
    ("311", head, {"appType": "9"}, "OrderHead/appType", "code"),
    ("311", head, {"appTime": "20261301000000"}, "OrderHead/appTime", "time"),
    ("311", head, {"appTime": "2026"}, "OrderHead/appTime", "length"),
    ("311", head, {"goodsValue": Decimal("1.000001")}, "OrderHead/goodsValue", "decimals"),
    ("311", head, {"goodsValue": Decimal(10**19)}, "OrderHead/goodsValue", "digits"),
    ("311", head, {"goodsValue": Decimal("NaN")}, "OrderHead/goodsValue", "not-a-number"),
    ("311", head, {"goodsValue": "many"}, "OrderHead/goodsValue", "not-a-number"),
    ("311", head, {"goodsValue": Decimal(1)}, "OrderHead/goodsValue", "sum"),
    ("311", head, {"freight": Decimal(-5)}, "OrderHead/freight", "negative"),
    ("311", head, {"acturalPaid": Decimal(1)}, "OrderHead/acturalPaid", "sum"),
    ("311", head, {"buyerIdType": "2"}, "OrderHead/buyerIdType", "code"),
    ("311", head, {"buyerName": ""}, "OrderHead/buyerName", "length"),
    ("311", head, {"consigneeAddress": HUGE}, "OrderHead/consigneeAddress", "length"),
    ("311", head, {"buyerName": "A\x00B"}, "OrderHead/buyerName", "characters"),
    ("311", head, {"shoeSize": "42"}, "OrderHead/shoeSize", "unknown"),
    ("311", line, {"gnum": 7}, "OrderList[1]/gnum", "sequence"),
    ("311", line, {"country": "DEU1"}, "OrderList[1]/country", "length"),
    ("311", line, {"unit": "pc."}, "OrderList[1]/unit", "code3"),
    ("311", line, {"totalPrice": Decimal(900)}, "OrderList[1]/totalPrice", "sum"),
    ("311", transfer, {"dxpMode": "FTP"}, "BaseTransfer/dxpMode", "code"),
    ("311", transfer, {"copCode": None}, "BaseTransfer/copCode", "missing"),
    ("411", head, {"payerIdType": "2"}, "Payment[1]/PaymentHead/payerIdType", "code"),
    ("411", head, {"payTime": "yesterday here"}, "PaymentHead/payTime", "time"),
    ("511", head, {"packNo": 2}, "LogisticsHead/packNo", "code"),
    ("511", head, {"packNo": "1"}, "LogisticsHead/packNo", "not-a-number"),
    ("621", head, {"tradeMode": "9710"}, "InventoryHead/tradeMode", "code"),
    ("621", head, {"ieFlag": "E"}, "InventoryHead/ieFlag", "code"),
    ("621", head, {"customsCode": "29A1"}, "InventoryHead/customsCode", "customs"),
    ("621", head, {"declTime": "20260230"}, "InventoryHead/declTime", "time"),
    ("621", line, {"gcode": "85414010"}, "InventoryList[1]/gcode", "length"),
    ("621", line, {"gcode": "85414010XX"}, "InventoryList[1]/gcode", "hs10"),
    ("621", line, {"qty2": Decimal(1)}, "InventoryList[1]/unit2", "pair"),
    ("603", head, {"statisticsFlag": "C"}, "InventoryHead/statisticsFlag", "code"),
    ("603", head, {"fFlag": "1"}, "InventoryHead/fFlag", "fixed"),
    ("603", head, {"packNo": 0}, "InventoryHead/packNo", "count"),
    ("603", head, {"POD": "12"}, "InventoryHead/POD", "length"),
    ("605", head, {"reason": ""}, "InvtCancel[1]/reason", "empty"),
    ("215", head, {"ieFlag": "E"}, "InvtRefundDetail[1]/ieFlag", "code"),
]


@pytest.mark.parametrize(("number", "spoil", "changes", "path", "code"), MUTANTS)
def test_a_wrong_field_is_refused_by_its_name(number, spoil, changes, path, code):
    with pytest.raises(MessageRefused) as refused:
        render(spoil(message(number), **changes))
    first = refused.value.faults[0]
    assert (first.path.startswith(f"/CEB{number}Message/"), first.code) == (True, code)
    assert first.path.endswith(path)
    body = refused.value.problem()
    assert (body["field"], body["remedy"]) == (first.path, first.remedy)
    assert first.remedy


def test_there_are_enough_mutants():
    assert len(MUTANTS) >= 30


def test_a_message_is_bounded():
    one = message("311")
    order = one.entries[0]
    many = replace(
        one, entries=tuple(replace(order, head=order.head | {"guid": str(n).rjust(36)}) for n in range(101))
    )
    assert _first(many) == ("/CEB311Message/Order", "too-many")
    long = replace(
        one, entries=(replace(order, lines=tuple(dict(order.lines[0], gnum=n) for n in range(1, 101))),)
    )
    assert _first(long) == ("/CEB311Message/Order[1]/OrderList", "too-many")
    assert _first(replace(one, entries=())) == ("/CEB311Message/Order", "missing")
    assert _first(replace(one, entries=(replace(order, lines=()),)))[1] == "missing"
    assert _first(replace(one, guid="")) == ("/CEB311Message/@guid", "missing")
    assert _first(replace(one, transfer=None)) == ("/CEB311Message/BaseTransfer", "missing")
    assert _first(replace(one, subscribe=({},) * 6)) == ("/CEB311Message/BaseSubscribe", "too-many")
    twice = replace(one, entries=(order, order))
    assert _first(twice) == ("/CEB311Message/Order[2]/OrderHead/guid", "repeated")


def _first(one):
    with pytest.raises(MessageRefused) as refused:
        render(one)
    return refused.value.faults[0].path, refused.value.faults[0].code


def test_an_export_takes_99_lines_although_the_schema_would_take_100():
    one = message("603")
    rows = tuple(dict(one.entries[0].lines[0], gnum=n) for n in range(1, 101))
    assert _first(replace(one, entries=(replace(one.entries[0], lines=rows),))) == (
        "/CEB603Message/Inventory[1]/InventoryList",
        "too-many",
    )


def test_a_list_into_china_is_not_rendered_unsigned_and_a_receipt_not_signed():
    with pytest.raises(MessageRefused) as refused:
        render(message("621"), signed=False)
    assert refused.value.field == "/CEB621Message/Signature"
    receipt = Message(
        "312",
        "G",
        (
            replace(
                message("311").entries[0],
                lines=(),
                head={
                    "guid": message("311").guid, "ebpCode": "1", "ebcCode": "2", "orderNo": "3",
                    "returnStatus": "2", "returnTime": "20261122101112013", "returnInfo": "ok",
                },
            ),
        ),
    )  # fmt: skip
    assert parse_message(render(receipt), book=BOOK).message == receipt
    with pytest.raises(MessageRefused) as refused:
        render(receipt, signed=True)
    assert refused.value.field == "/CEB312Message/Signature"


@pytest.mark.parametrize(
    ("number", "changes", "error"),
    [
        ("311", {"currency": "EUR"}, NotInYuan),
        ("603", {"currency": "KES"}, NoGaccCode),
        ("312", {}, UnknownMessage),
    ],
)
def test_what_cannot_become_a_message_says_why(number, changes, error):
    with pytest.raises(error) as refused:
        message(number, **changes)
    assert refused.value.remedy
    assert refused.value.field


def test_an_unknown_message_is_not_found_and_an_export_is_no_import():
    with pytest.raises(UnknownMessage):
        BOOK.shape("999")
    with pytest.raises(WrongDirection):
        build_message("603", [small_filing("import")], papers=papers(), book=BOOK)


def test_our_reference_goes_out_and_comes_back():
    filing = small_filing("import")
    cop = cop_number(filing.lrn, side="import")
    assert (len(cop), lrn_of(cop, side="import")) == (20, filing.lrn)
    assert lrn_of(cop_number("OWN-1", side="import"), side="import") == "OWN-1"
    assert lrn_of(cop_number(filing.lrn, side="export"), side="export") == filing.lrn


def test_reading_forgives_what_rendering_would_not():
    raw = render(message("311"))
    other = raw.replace(b"http://www.chinaport.gov.cn/ceb", b"urn:old")
    twisted = raw.replace(b"<ceb:appType>1</ceb:appType>", b"").replace(
        b"<ceb:orderNo>", b"<ceb:novelty>new</ceb:novelty><ceb:appType>1</ceb:appType><ceb:orderNo>"
    )
    for bad, code in ((other, "namespace"), (twisted, "order")):
        reading = parse_message(bad, book=BOOK)
        assert reading.raw == bad
        assert not reading.sound
        assert code in {fault.code for fault in reading.faults}
        assert reading.message.entries[0].head["orderNo"] == "536370"
    assert parse_message(twisted, book=BOOK).message.entries[0].head["novelty"] == "new"
    unwritten = raw.replace(b"<ceb:freight>5.00<", b"<ceb:freight>five<")
    assert [f.code for f in parse_message(unwritten, book=BOOK).faults] == ["not-a-number"]


def test_a_comment_does_not_cut_a_value_in_two():
    raw = render(message("311")).replace(b">536370<", b">53<!-- x -->6370<")
    assert parse_message(raw, book=BOOK).message.entries[0].head["orderNo"] == "536370"
    nested = render(message("311")).replace(b">536370<", b">53<x>6370</x><")
    assert "nested" in {fault.code for fault in parse_message(nested, book=BOOK).faults}


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<ceb:CEB311Message xmlns:ceb="http://www.chinaport.gov.cn/ceb">&b;</ceb:CEB311Message>"""
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><CEB311Message/>'


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (BOMB, EntitiesRefused),
        (OUTSIDE, EntitiesRefused),
        (BOMB.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"), EntitiesRefused),
        (b"<CEB311Message>", MalformedXml),
        (b"", MalformedXml),
        (b"\xff\xfe\x00", MalformedXml),
        (b'{"json": true}', MalformedXml),
        (b"<a>" * 100_000, MalformedXml),
        (b"<CEB311Message/>" + b" " * (16 * 1024 * 1024), OversizedXml),
        (b"<html/>", NotCeb),
        (b"<CEB999Message/>", NotCeb),
    ],
)
def test_hostile_documents_are_refused_as_what_they_are(raw, error):
    with pytest.raises(error) as refused:
        parse_message(raw, book=BOOK)
    assert refused.value.status == 422
    assert refused.value.remedy


def test_entities_in_another_encoding_are_not_expanded():
    text = BOMB.decode().replace('"1.0"', '"1.0" encoding="UTF-16"')
    with pytest.raises(EntitiesRefused):
        read_xml(text.encode("utf-16"))


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(name=names.filter(lambda text: text.strip()), amount=st.decimals(0, 10**9, places=5))
def test_any_text_and_amount_survive_the_way(name, amount):
    one = head(message("411"), payerName=name, amountPaid=amount)
    assert parse_message(render(one), book=BOOK).message == one
