"""Entry data for the United States: the fields of an informal entry (CBP 7501) as our own JSON record.

ABI's fixed-width sets need a filer's licence and line; what a broker is sent beforehand does not. The record
has the data elements of 19 CFR 143.23 and of CBP Form 7501, and those of the former type 86 (bill, shipper,
consignee, origin, quantity, fair retail value, ten-digit HTS number). Since relief under section 321 ended on
29 August 2025 for every origin, goods of up to 2,500 dollars are entered informally (type 11), above that
formally (01). Fields, blocks and lengths are in data/window/us_entry_fields.csv.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO, Party, kilograms
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.cds.tree import decimal_of
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused

FORM = "fondaco-us-entry-1"
INFORMAL_LIMIT = Money(2_500_00, "USD")  # 19 CFR 143.21(a)
MOST_LINES = 999
_SECTION_321_END = date(2025, 8, 29)
_SHAPES = {
    "digits": re.compile(r"\d+"),
    "country": re.compile(r"[A-Z]{2}"),
    "state": re.compile(r"[A-Z]{2}"),
    "currency": re.compile(r"[A-Z]{3}"),
    "day": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "count": re.compile(r"[1-9]\d*"),
}
_ENTRY_NUMBER = re.compile(r"[A-Z0-9]{3}-\d{7}-\d")
_MODES = {"1": "11", "2": "20", "3": "30", "4": "40", "5": "50"}


class NotAUsEntry(Refused):
    code = "not-a-us-entry"
    title = "This is no record of a US entry."
    remedy = 'Give JSON whose "form" is fondaco-us-entry-1, as it is written here.'


class NotForTheUs(Refused):
    code = "not-for-the-us"
    title = "This declaration is not an import into the United States in dollars."
    remedy = "Declare an import whose office is in the US and whose currency is USD."


class UsEntryRefused(MessageRefused):
    """Entry data that CBP would send back; `faults` lists everything wrong with it."""

    code = "us-entry-refused"
    title = "US customs would send this entry back."


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `kind` is its form, `length` the most characters, `codes` the values allowed if any."""

    block: str
    name: str
    required: bool
    kind: str
    length: int
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class UsEntry:
    """One entry and its lines; every value is text, as in the record."""

    head: Mapping[str, str]
    lines: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filer:
    """What the filer adds: its code, the port (Schedule D) and the importer of record's number."""

    code: str
    port: str
    importer: str = ""


def read_fields(rows: Iterable[Mapping[str, str]]) -> tuple[Field, ...]:
    """The fields from the rows of us_entry_fields.csv."""
    return tuple(
        Field(
            row["block"], row["field"], row["required"] == "1", row["kind"], int(row["length"]),
            tuple(row["codes"].split()), row["text"],
        )
        for row in rows
    )  # fmt: skip


def build_entry(one: Declared, *, filer: Filer) -> UsEntry:
    """The entry of an import into the US. NotForTheUs; faults are found by `check_entry`."""
    if one.kind != "import" or one.country != "US" or one.currency != "USD":
        raise NotForTheUs(field="country", value=f"{one.kind} {one.country} {one.currency}")
    value = sum(item.value_minor for item in one.items)
    head = {
        "entry_number": entry_number(filer.code, _serial(one.lrn)),
        "entry_type": "11" if value <= INFORMAL_LIMIT.minor else "01",
        "port_code": filer.port,
        "importer_number": filer.importer,
        "bill_type": "R",
        "bill_number": one.tracking,
        "mode": _MODES.get(one.mode[:1], "50"),
        "export_country": one.exporter.country,
        "invoice_number": one.invoice_number,
        "shipper_name": one.exporter.name,
        "shipper_address": _address(one.exporter),
        "shipper_country": one.exporter.country,
        "consignee_name": one.importer.name,
        "consignee_address": _address(one.importer),
        "currency": one.currency,
        "entered_value": _dollars(value),
        "packages": str(one.packages),
        "gross_kg": kilograms(one.gross_g),
    }
    kept = {name: text for name, text in head.items() if text}
    return UsEntry(kept, tuple(_line(item) for item in one.items))


def entry_number(code: str, serial: int) -> str:
    """Filer code, seven digits and CBP's check digit (19 CFR 142.3a): ABC-1234567-c.

    Letters count by their row (A and J are 1, B, K and S are 2 … I, R and Z are 9), the digits from the right are doubled in turn and
    their digits summed; the check digit fills up to ten.
    """
    digits = [_letter_value(letter) for letter in code] + [int(d) for d in f"{serial:07d}"]
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit * 2 if place % 2 == 0 else digit
        total += value // 10 + value % 10
    return f"{code}-{serial:07d}-{-total % 10}"


def check_entry(entry: UsEntry, *, fields: tuple[Field, ...]) -> tuple[Fault, ...]:
    """Everything wrong with an entry: its fields, then what must agree."""
    faults = list(_check("entry", entry.head, "entry", fields))
    for place, line in enumerate(entry.lines, start=1):
        faults += _check("line", line, f"lines[{place}]", fields)
        if line.get("line_no") != str(place):
            faults.append(
                _fault(f"lines[{place}]/line_no", "sequence", line.get("line_no", ""), f"Number it {place}.")
            )
    return (*faults, *_rules(entry))


def render_entry(entry: UsEntry, *, fields: tuple[Field, ...]) -> bytes:
    """The record as JSON, fields in the table's order. UsEntryRefused with the path of the first fault."""
    faults = check_entry(entry, fields=fields)
    if faults:
        raise UsEntryRefused(faults)
    body = {
        "form": FORM,
        "entry": _ordered(entry.head, "entry", fields),
        "lines": [_ordered(line, "line", fields) for line in entry.lines],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def parse_entry(raw: bytes) -> UsEntry:
    """The entry in a record; what is wrong inside is told by `check_entry`. NotAUsEntry."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise NotAUsEntry(field="record") from fault
    if not isinstance(body, dict) or body.get("form") != FORM:
        raise NotAUsEntry(field="form", value=body.get("form") if isinstance(body, dict) else None)
    head, lines = body.get("entry"), body.get("lines")
    if (
        not isinstance(head, dict)
        or not isinstance(lines, list)
        or not all(isinstance(x, dict) for x in lines)
    ):
        raise NotAUsEntry(field="entry")
    return UsEntry(_texts(head), tuple(_texts(line) for line in lines))


def _rules(entry: UsEntry) -> Iterator[Fault]:
    if not 1 <= len(entry.lines) <= MOST_LINES:
        yield _fault("lines", "lines", str(len(entry.lines)), f"Give 1 to {MOST_LINES} lines.")
    values = [decimal_of(line.get("value", "")) for line in entry.lines]
    total = decimal_of(entry.head.get("entered_value", ""))
    known = [value for value in values if value is not None]
    if total is not None and len(known) == len(values) and sum(known) != total:
        remedy = f"The lines add up to {sum(known)}."
        yield _fault("entry/entered_value", "sum", str(total), remedy)
    kind = entry.head.get("entry_type")
    if kind == "11" and total is not None and total > INFORMAL_LIMIT.amount:
        yield _fault("entry/entry_type", "informal-limit", kind, "Above 2,500 dollars enter formally (01).")
    if kind == "86":
        remedy = f"Section 321 relief ended on {_SECTION_321_END}; use 11 or 01."
        yield _fault("entry/entry_type", "section-321", kind, remedy)
    number = entry.head.get("entry_number", "")
    if _ENTRY_NUMBER.fullmatch(number) and entry_number(number[:3], int(number[4:11])) != number:
        yield _fault("entry/entry_number", "check-digit", number, "The last digit does not check the others.")


def _check(block: str, told: Mapping[str, str], path: str, fields: tuple[Field, ...]) -> Iterator[Fault]:
    known = {field.name: field for field in fields if field.block == block}
    for name in told:
        if name not in known:
            yield _fault(
                f"{path}/{name}", "unknown-field", name, "The record has no such field; leave it out."
            )
    for field in known.values():
        value = told.get(field.name, "")
        if not value.strip():
            if field.required:
                yield _fault(f"{path}/{field.name}", "missing", "", f"{field.text}.")
        elif problem := _problem(field, value):
            yield _fault(f"{path}/{field.name}", problem, value, f"{field.text}.")


def _problem(field: Field, value: str) -> str:
    """The code of what is wrong with a value; empty if nothing."""
    if len(value) > field.length:
        return "length"
    if field.codes and value not in field.codes:
        return "code"
    if field.kind in {"amount", "mass"}:
        amount = decimal_of(value)
        return "" if amount is not None and amount > 0 else "not-a-number"
    if field.name == "entry_number" and not _ENTRY_NUMBER.fullmatch(value):
        return "entry-number"
    if field.name in {"hts", "port_code"} and len(value) != field.length:
        return "digits"
    shape = _SHAPES.get(field.kind)
    return "" if shape is None or shape.fullmatch(value) else field.kind


def _line(item: DeclarationItemDTO) -> Mapping[str, str]:
    line = {
        "line_no": str(item.number),
        "hts": item.hs_code or "",
        "description": item.description[:70],
        "origin": item.origin or "",
        "quantity": str(item.quantity),
        "unit": "NO",
        "net_kg": kilograms(item.net_g),
        "value": _dollars(item.value_minor),
    }
    return {name: value for name, value in line.items() if value}


def _ordered(told: Mapping[str, str], block: str, fields: tuple[Field, ...]) -> dict[str, str]:
    return {f.name: told[f.name] for f in fields if f.block == block and f.name in told}


def _address(party: Party) -> str:
    return ", ".join(part for part in (party.line, party.city, party.postcode) if part)[:140]


def _serial(lrn: str) -> int:
    """Seven digits for a reference, the same for the same declaration."""
    return int.from_bytes(hashlib.sha256(lrn.encode()).digest()[:8]) % 10_000_000


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in told.items() if value is not None}


def _dollars(minor: int) -> str:
    return f"{Money(minor, 'USD').amount:.2f}"


def _letter_value(letter: str) -> int:
    if letter.isdigit():
        return int(letter)
    place = ord(letter) - ord("A")
    return place % 9 + 1 if place < 18 else place - 16


def _fault(path: str, code: str, value: str, remedy: str) -> Fault:
    return Fault(path, code, "US customs would send it back.", remedy, value[:80], "rule")
