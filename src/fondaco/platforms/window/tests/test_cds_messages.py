"""CDS messages: HMRC's samples read, ours against HMRC's schema, faults at the right field, answers to states."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from fondaco.platforms.window.cds_messages import parse_cds, parse_cds_response, render_cds
from fondaco.platforms.window.domain.declaration_codes import CDS
from fondaco.platforms.window.domain.declaration_states import State
from fondaco.platforms.window.domain.messages.cds.build import NotForCds
from fondaco.platforms.window.domain.messages.cds.check import CdsRefused
from fondaco.platforms.window.domain.messages.cds.responses import BadResponse, to_receipt
from fondaco.platforms.window.domain.messages.cds.tree import NotCds, WrongNamespace, write_message
from fondaco.platforms.window.domain.messages.xml import EntitiesRefused, MalformedXml, OversizedXml
from fondaco.platforms.window.tests.uk_declarations import uk_filing

WCO = Path(settings.SHARED_DATA) / "customs" / "wco_cds"


def samples(pattern):
    return [pytest.param(path, id=path.stem) for path in sorted((WCO / "samples").glob(pattern))]


@cache
def official(name):
    from lxml import etree

    return etree.XMLSchema(etree.parse(WCO / name))


def valid(raw):
    from lxml import etree

    root = etree.fromstring(raw)
    declaration = next(root.iter("{*}Declaration"))
    schema = official("declaration/WCO_DEC_2_DMS.xsd")
    copy = etree.fromstring(etree.tostring(declaration))
    return schema.validate(copy), schema.error_log


@pytest.mark.realdata
@pytest.mark.parametrize("path", samples("TT_*/*.xml"))
def test_every_sample_declaration_reads_and_keeps_our_schema(path):
    view = parse_cds(path.read_bytes())
    assert view.kind == "DEC"
    assert [fault for fault in view.faults if fault.level == "schema"] == []
    assert view.declarations[0].items[0].description


@pytest.mark.realdata
@pytest.mark.parametrize("path", samples("TT_*/Example_Notifications/*.xml"))
def test_every_sample_notification_reads(path):
    (response,) = parse_cds_response(path.read_bytes())
    assert response.code is not None
    assert response.code.name in path.stem
    assert response.lrn
    assert response.mrn


@pytest.mark.realdata
@pytest.mark.parametrize("kind", ["import", "export"])
@pytest.mark.parametrize("worth", [13_500, 20_000])
def test_ours_keep_the_official_schema(kind, worth):
    raw = render_cds(uk_filing(kind, worth=worth))
    passed, log = valid(raw)
    assert passed, log
    view = parse_cds(raw)
    assert view.faults == ()


def response(number="01", *, extra="", lrn="FI0001", when="20260222100938Z"):
    return f"""<MetaData xmlns="urn:wco:datamodel:WCO:RES-DMS:2"><Response><FunctionCode>{number}</FunctionCode>
    <FunctionalReferenceID>abc</FunctionalReferenceID><IssueDateTime><DateTimeString formatCode="304">{when}
    </DateTimeString></IssueDateTime>{extra}<Declaration><FunctionalReferenceID>{lrn}</FunctionalReferenceID>
    <ID>26GB22WOA1EV2P6AR5</ID><VersionID>1</VersionID></Declaration></Response></MetaData>""".encode()


def test_every_response_code_stands_for_a_state():
    numbers = "01 02 03 05 06 07 08 09 10 11 13 14 15 16 17 18 50 51 52".split()
    assert [code.number for code in CDS] == numbers
    for number in numbers:
        (read,) = parse_cds_response(response(number))
        assert read.code is not None
        assert read.code.state in State
    (stranger,) = parse_cds_response(response("77"))
    assert stranger.code is None


def test_an_error_is_kept_with_the_field_it_points_at():
    steps = [("1", "42A", ""), ("1", "67A", ""), ("2", "68A", ""), ("1", "23A", ""), ("1", "21A", "145")]
    pointers = "".join(
        f"<Pointer><SequenceNumeric>{n}</SequenceNumeric><DocumentSectionCode>{code}</DocumentSectionCode>"
        + (f"<TagID>{tag}</TagID>" if tag else "")
        + "</Pointer>"
        for n, code, tag in steps
    )
    error = f"<Error><ValidationCode>CDS12056</ValidationCode>{pointers}</Error>"
    raw = response("03", extra=error)
    (read,) = parse_cds_response(raw)
    path = "Declaration/GoodsShipment/GovernmentAgencyGoodsItem[2]/Commodity/Classification[1]/ID"
    assert [(e.code, e.path) for e in read.errors] == [("CDS12056", path)]
    receipt = to_receipt(read, raw=raw)
    assert (receipt.code, receipt.reference) == ("DMSREJ", "FI0001")
    assert path in receipt.reason
    assert receipt.raw["xml"] == raw.decode()


@pytest.mark.realdata
def test_tax_notification_becomes_the_assessed_amounts():
    path = WCO / "samples" / "TT_IM137a" / "Example_Notifications" / "03_DMSTAX.xml"
    raw = path.read_bytes()
    (read,) = parse_cds_response(raw)
    receipt = to_receipt(read, raw=raw)
    assert (receipt.duty_minor, receipt.tax_minor) == (100_00, 520_00)
    assert [(t.kind, str(t.base), str(t.payable)) for t in read.taxes] == [
        ("A00", "2500.00", "100.00"),
        ("B00", "2600.00", "520.00"),
    ]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><Declaration>&c;</Declaration>'
)


@pytest.mark.parametrize(
    ("raw", "error", "field"),
    [
        (b"<Declaration>", MalformedXml, "message"),
        (BOMB, EntitiesRefused, "message"),
        (b"<Declaration>" + b" " * (9 * 1024 * 1024) + b"</Declaration>", OversizedXml, "message"),
        (b"<Invoice/>", NotCds, "message"),
        (b'<Declaration xmlns="urn:evil"/>', WrongNamespace, "Declaration"),
        (b'<Declaration><x:ID xmlns:x="urn:evil"/></Declaration>', WrongNamespace, "ID"),
        (b"<M><Declaration/><Response/></M>", NotCds, "message"),
        (response(""), BadResponse, "Response/FunctionCode"),
        (response(when="yesterday"), BadResponse, "Response/IssueDateTime"),
        (response(lrn=""), BadResponse, "Response/Declaration/FunctionalReferenceID"),
    ],
)
def test_bad_messages_are_refused_by_name(raw, error, field):
    with pytest.raises(error) as told:
        parse_cds(raw)
    assert told.value.field == field
    assert told.value.remedy


ITEM = "Declaration/GoodsShipment/GovernmentAgencyGoodsItem"
MUTANTS = [
    ("<FunctionCode>9<", "<FunctionCode>7<", "Declaration/FunctionCode", "code"),
    ("<TypeCode>IMD<", "<TypeCode>IMPORT<", "Declaration/TypeCode", "length"),
    ("<TypeCode>IMD<", "<TypeCode>XXD<", "Declaration/TypeCode", "type"),
    ("<GoodsItemQuantity>2<", "<GoodsItemQuantity>two<", "Declaration/GoodsItemQuantity", "not-a-number"),
    ("<GoodsItemQuantity>2<", "<GoodsItemQuantity>3<", "Declaration/GoodsItemQuantity", "items"),
    ("<SequenceNumeric>2<", "<SequenceNumeric>9<", f"{ITEM}[2]/SequenceNumeric", "sequence"),
    ("<ContainerCode>0<", "<ContainerCode>2<", "Declaration/GoodsShipment/Consignment/ContainerCode", "code"),
    ("<ID>39264000<", "<ID>3926400<", f"{ITEM}[1]/Commodity/Classification[1]/ID", "commodity"),
    ("<CurrentCode>40<", "<CurrentCode>  <", f"{ITEM}[1]/GovernmentProcedure[1]/CurrentCode", "empty"),
    ("<ChargesTypeCode>AK<", "<ChargesTypeCode>FREIGHT<",
     "Declaration/GoodsShipment/CustomsValuation/ChargeDeduction[1]/ChargesTypeCode", "length"),
    ("<DutyRegimeCode>100<", "<DutyRegimeCode>1000<", f"{ITEM}[1]/Commodity/DutyTaxFee[1]/DutyRegimeCode", "length"),
    ("<MethodCode>E<", "<MethodCode>5<", f"{ITEM}[1]/Commodity/DutyTaxFee[1]/Payment/MethodCode", "letters"),
    ('<ItemChargeAmount currencyID="GBP">100.00<', '<ItemChargeAmount currencyID="GBP">100.1234<',
     f"{ITEM}[1]/Commodity/InvoiceLine/ItemChargeAmount", "decimals"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "path", "code"), MUTANTS)
def test_a_mutant_is_told_at_its_field(old, new, path, code):
    text = render_cds(uk_filing()).decode()
    assert old in text
    faults = parse_cds(text.replace(old, new, 1).encode()).faults
    assert (path, code) in {(fault.path, fault.code) for fault in faults}


def test_unknown_double_and_disordered_elements_are_told():
    text = render_cds(uk_filing()).decode()
    moved = text.replace("<FunctionCode>9</FunctionCode>", "").replace(
        "<TypeCode>IMD</TypeCode>",
        "<TypeCode>IMD</TypeCode><FunctionCode>9</FunctionCode><Colour>red</Colour>",
    )
    found = {(fault.path, fault.code) for fault in parse_cds(moved.encode()).faults}
    assert {("Declaration", "order"), ("Declaration/Colour", "unknown-element")} <= found


def test_rendering_refuses_what_cds_would_reject():
    plain = uk_filing()
    with pytest.raises(CdsRefused) as told:
        render_cds(replace(plain, items=[replace(i, hs_code="8510") for i in plain.items]))
    assert told.value.field == f"{ITEM}[1]/Commodity/Classification[1]/ID"
    with pytest.raises(NotForCds):
        render_cds(replace(plain, country="FR"))


def test_read_back_as_it_was_written():
    filing = uk_filing(discount_minor=100)
    raw = render_cds(filing)
    view = parse_cds(raw)
    (read,) = view.declarations
    assert write_message(view.message) == raw
    assert (read.lrn, read.kind, len(read.items)) == (filing.lrn, "IMD", 2)
    assert [(i.code, i.requested, i.previous, i.procedures) for i in read.items] == [
        ("3926400000", "40", "00", ("000",))
    ] * 2
    assert sum(i.price.value for i in read.items) == 199  # the discount is off the prices
    assert [(c.code, c.amount.value * 100) for c in read.charges] == [("AK", filing.freight_minor)]
