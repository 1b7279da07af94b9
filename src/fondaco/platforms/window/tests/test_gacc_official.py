"""GACC's messages against the official schemas and samples of edition 2022-05, and on real orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from lxml import etree

from fondaco.platforms.window.adapters.agency_speech import Told, hear
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile
from fondaco.platforms.window.domain.messages.gacc.build import BUILT, build_message
from fondaco.platforms.window.domain.messages.gacc.papers import Extras, Papers
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.tests.gacc_samples import GACC, real_filings
from fondaco.platforms.window.tests.gacc_signing import signer, sm2_signer
from fondaco.platforms.window.tests.test_month_summaries import answer, result

pytestmark = pytest.mark.realdata
BOOK = gacc_book()
X = "{http://www.w3.org/2001/XMLSchema}"
# The published samples that the published schema refuses, with what is wrong in them.
BAD = {
    "214": "root", "303": "repeated", "403": "repeated", "505": "repeated", "507": "repeated",
    "509": "repeated", "603": "repeated", "605": "repeated", "607": "repeated", "792": "missing",
}  # fmt: skip


def schema(side):
    return etree.XMLSchema(etree.parse(str(GACC / "xsd" / f"ceb_{side}_202205.xsd")))


def test_every_official_sample_is_read_and_judged_as_the_schema_judges_it():
    schemas = {side: schema(side) for side in ("import", "export")}
    good, bad = 0, {}
    for path in sorted((GACC / "samples").glob("*/*.xml")):
        raw, number = path.read_bytes(), path.name[3:6]
        reading = parse_message(raw, book=BOOK)
        valid = schemas[path.parent.name].validate(etree.fromstring(raw))
        assert (reading.message.number, reading.sound, reading.raw) == (number, valid, raw)
        assert reading.message.entries
        good += valid
        if not valid:
            bad[number] = next(fault.code for fault in reading.faults if fault.level == "schema")
    assert (good, bad) == (29, BAD)


@pytest.mark.parametrize("side", ["import", "export"])
def test_our_field_table_is_the_schemas(side):
    root = etree.parse(str(GACC / "xsd" / f"ceb_{side}_202205.xsd")).getroot()
    for block, fields in ((name, rows) for (where, name), rows in BOOK.blocks.items() if where == side):
        (element,) = (e for e in root.findall(f"{X}element") if e.get("name") == block)
        children = element.findall(f"{X}complexType/{X}sequence/{X}element")
        assert [field.name for field in fields] == [child.get("name") for child in children]
        assert [field.required for field in fields] == [c.get("minOccurs") != "0" for c in children]


@pytest.mark.parametrize("side", ["import", "export"])
def test_real_orders_are_valid_and_come_back_as_they_were(side):
    official = schema(side)
    filings = list(real_filings(side, limit=100))
    papers = Papers(
        gacc_profile(), gacc_codes(), Extras("returned", "MV Fondaco", "V1", "B1", ("299120262E12345678",)),
        {filing.id: "299120262E12345678" for filing in filings}, {filing.id: f"sim_{filing.lrn}" for filing in filings},
    )  # fmt: skip
    numbers = [number for number in BUILT if BOOK.shape(number).side == side]
    for number in numbers:
        message = build_message(number, filings, papers=papers, book=BOOK)
        must = BOOK.shape(number).signature == "required"
        raw = render_message(message, book=BOOK, signer=sm2_signer() if must else None)
        official.assertValid(etree.fromstring(raw))
        reading = parse_message(raw, book=BOOK)
        assert (reading.message, reading.faults) == (message, ())
    assert len(numbers) == {"import": 6, "export": 11}[side]


def test_what_is_said_to_a_months_application_is_valid():
    filings = list(real_filings("export", limit=2))
    numbers = {filing.id: "299120262E12345678" for filing in filings}
    papers = Papers(gacc_profile(), gacc_codes(), Extras(), numbers)
    raw = render_message(build_message("701", filings, papers=papers, book=BOOK), book=BOOK, signer=signer())
    first = datetime(2026, 11, 22, 9, tzinfo=UTC)
    told = [
        Told(code, first + timedelta(minutes=n), "26CNF1", "green", "")
        for n, code in enumerate(("DMSACC", "DMSCLE"))
    ]
    said = [one["Message"].encode() for heard in hear("gacc", raw) for one in heard.answers(told)]
    row = SimpleNamespace(id=uuid4(), lrn="LRN1", mrn="299120260E12345678")
    ours = [answer("702", row, returnStatus="399"), result(row)]
    official = schema("export")
    for message in (*said, *ours):
        official.assertValid(etree.fromstring(message))
        assert parse_message(message, book=BOOK).faults == ()
    assert [parse_message(one, book=BOOK).message.number for one in said[:3]] == ["702", "702", "792"]
