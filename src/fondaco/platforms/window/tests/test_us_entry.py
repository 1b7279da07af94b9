"""Entry data for the United States: written, read back the same, refused at the right field."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fondaco.platforms.window.domain.messages.us_entry import (
    NotAUsEntry,
    NotForTheUs,
    UsEntryRefused,
    entry_number,
)
from fondaco.platforms.window.tests.declared_samples import plain
from fondaco.platforms.window.us_entries import read_us_entry, write_us_entry


def parcel(value=100_00, **changes):
    one = plain()
    items = tuple(replace(i, hs_code="3926400000", value_minor=value // 2, origin="CN") for i in one.items)
    told = {
        "country": "US", "currency": "USD", "items": items, "mode": "4", "tracking": "RR123456785CN",
        "importer": replace(one.importer, country="US", line="1 Main St", city="Boston", postcode="02101"),
        "exporter": replace(one.exporter, country="CN", line="6 Lu", city="Ningbo", postcode="315000"),
    }  # fmt: skip
    return replace(one, **(told | changes))


def test_an_informal_entry_reads_back_as_written():
    raw = write_us_entry(parcel())
    view = read_us_entry(raw)
    assert view.faults == ()
    head = view.entry.head
    assert [head[name] for name in ("entry_type", "entered_value", "mode", "bill_number", "port_code")] == [
        "11", "100.00", "40", "RR123456785CN", "4701",
    ]  # fmt: skip
    assert [(line["line_no"], line["hts"], line["value"]) for line in view.entry.lines] == [
        ("1", "3926400000", "50.00"), ("2", "3926400000", "50.00"),
    ]  # fmt: skip
    assert write_us_entry(parcel()) == raw


def test_above_the_limit_it_is_a_formal_entry():
    kinds = [
        read_us_entry(write_us_entry(parcel(value))).entry.head["entry_type"]
        for value in (2_500_00, 2_500_02)
    ]
    assert kinds == ["11", "01"]


def test_the_check_digit_of_an_entry_number():
    # From the right, every other digit doubled: 5+6+1+4+6+2+2+1+0+1 = 28, so 2 is missing to 30.
    assert entry_number("101", 1234567) == "101-1234567-2"
    # A is 1, B (doubled) 4, C 3: 8, so 2 is missing to 10.
    assert entry_number("ABC", 0) == "ABC-0000000-2"


MUTANTS = [
    (("entry", "entry_type"), "86", "entry/entry_type", "section-321"),
    (("entry", "entry_type"), "99", "entry/entry_type", "code"),
    (("entry", "entry_number"), "FND-1-1", "entry/entry_number", "entry-number"),
    (("entry", "port_code"), "47", "entry/port_code", "digits"),
    (("entry", "currency"), "EUR", "entry/currency", "code"),
    (("entry", "consignee_name"), "", "entry/consignee_name", "missing"),
    (("entry", "entered_value"), "99.00", "entry/entered_value", "sum"),
    (("entry", "colour"), "red", "entry/colour", "unknown-field"),
    (("lines", 0, "hts"), "392640", "lines[1]/hts", "digits"),
    (("lines", 1, "origin"), "China", "lines[2]/origin", "length"),
    (("lines", 1, "line_no"), "7", "lines[2]/line_no", "sequence"),
    (("lines", 0, "net_kg"), "-1", "lines[1]/net_kg", "not-a-number"),
]


@pytest.mark.parametrize(("where", "value", "path", "code"), MUTANTS)
def test_a_mutant_is_told_at_its_field(where, value, path, code):
    body = json.loads(write_us_entry(parcel()))
    at = body
    for step in where[:-1]:
        at = at[step]
    at[where[-1]] = value
    faults = read_us_entry(json.dumps(body).encode()).faults
    assert (path, code) in {(fault.path, fault.code) for fault in faults}


def test_what_is_no_us_entry_is_refused_by_name():
    with pytest.raises(NotForTheUs):
        write_us_entry(parcel(country="CA"))
    with pytest.raises(UsEntryRefused) as told:
        write_us_entry(parcel(items=tuple(replace(i, hs_code="392640") for i in parcel().items)))
    assert told.value.field == "lines[1]/hts"
    for raw in (b"{", b"[]", b'{"form": "x"}', b'{"form": "fondaco-us-entry-1"}'):
        with pytest.raises(NotAUsEntry):
            read_us_entry(raw)
