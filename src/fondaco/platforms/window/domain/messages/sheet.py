"""A declaration as a table for people (CSV, XLSX): a list of fields, an empty row, and the goods.

A text that a spreadsheet would run as a formula is written with an apostrophe before it, which is taken off when
the table is read back; a text that begins with an apostrophe gets one more.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tables import safe_cell
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO, Party, kilograms
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 2_000
_MOST_UNPACKED = 32 * 1024 * 1024
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_ROLES = ("exporter", "importer", "declarant")
_PARTY = ("name", "country", "identifier", "line", "city", "postcode", "phone", "email")

Row = Sequence[str]


class SheetUnreadable(Refused):
    code = "sheet-unreadable"
    title = "This table is no declaration."
    remedy = "Download a declaration as CSV or XLSX, change it, and bring that file."


class SheetRefused(MessageRefused):
    """A table whose cells cannot be read; `faults` names each by its field."""

    code = "sheet-refused"
    title = "Some cells of this table cannot be read."


class _Field(NamedTuple):
    label: str
    name: str
    write: Callable[[Any, str], str]
    read: Callable[[str, str], Any]


def _as_text(value: Any, _currency: str) -> str:
    return str(value)


def _text(text: str, _currency: str) -> str:
    return text


def _number(text: str, _currency: str) -> int:
    return int(text)


def _amount_text(minor: int, currency: str) -> str:
    return format(Money(minor, currency).amount, "f")


def _amount(text: str, currency: str) -> int:
    return Money.exactly(text or "0", currency).minor


def _mass_text(grams: int, _currency: str) -> str:
    return kilograms(grams)


def _mass(text: str, _currency: str) -> int:
    grams = Decimal(text) * 1000
    if grams != grams.to_integral_value():
        raise ValueError("A mass has at most three decimals of a kilogram.")
    return int(grams)


def _moment_text(at: datetime, _currency: str) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str, _currency: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("A moment needs its zone, such as Z.")
    return at.astimezone(UTC)


def _day_text(on: date | None, _currency: str) -> str:
    return on.isoformat() if on else ""


def _day(text: str, _currency: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(label: str, name: str) -> _Field:
    return _Field(label, name, _as_text, _text)


_HEAD = (
    _plain("Direction", "kind"),
    _plain("Local reference", "lrn"),
    _Field("Version", "version", _as_text, _number),
    _plain("Authority's number", "mrn"),
    _plain("Office in", "country"),
    _plain("Supervision mode", "regime"),
    _plain("Procedure", "procedure"),
    _plain("Order", "reference"),
    _Field("Issued at", "issued_at", _moment_text, _moment),
    _plain("Currency", "currency"),
    _Field("Invoice total", "invoice_total_minor", _amount_text, _amount),
    _Field("Freight", "freight_minor", _amount_text, _amount),
    _Field("Insurance", "insurance_minor", _amount_text, _amount),
    _Field("Discount", "discount_minor", _amount_text, _amount),
    _Field("Estimated duty", "estimated_duty_minor", _amount_text, _amount),
    _Field("Estimated tax", "estimated_tax_minor", _amount_text, _amount),
    _plain("Delivery terms", "incoterm"),
    _plain("Invoice number", "invoice_number"),
    _Field("Invoice of", "invoiced_on", _day_text, _day),
    _Field("Packages", "packages", _as_text, _number),
    _plain("Kind of packages", "package_kind"),
    _Field("Gross mass, kg", "gross_g", _mass_text, _mass),
    _plain("Waybill", "tracking"),
    _plain("Carrier", "carrier"),
    _plain("Mode of transport", "mode"),
)
_GOODS = (
    _Field("No.", "number", _as_text, _number),
    _plain("Commodity code", "hs_code"),
    _plain("Description", "description"),
    _plain("Origin", "origin"),
    _Field("Quantity", "quantity", _as_text, _number),
    _Field("Net mass, kg", "net_g", _mass_text, _mass),
    _Field("Gross mass, kg", "gross_g", _mass_text, _mass),
    _Field("Value", "value_minor", _amount_text, _amount),
)


def write_csv(one: Declared) -> bytes:
    """`one` as UTF-8 CSV with a byte order mark, as spreadsheets expect it. SheetRefused for control characters."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(_rows(one))
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(one: Declared) -> bytes:
    """`one` as a workbook of one sheet, every cell a text. SheetRefused for control characters."""
    import openpyxl

    rows = list(_rows(one))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Declaration")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 36
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_sheet(raw: bytes) -> Declared:
    """The declaration in a CSV or XLSX file of ours, also when somebody changed, moved or left out cells.

    SheetUnreadable for another file; SheetRefused with the label of each cell that cannot be read.
    """
    if len(raw) > MOST_BYTES:
        raise SheetUnreadable(f"{len(raw)} bytes, at most {MOST_BYTES}.", field="file")
    rows = list(_xlsx_rows(raw) if raw.startswith(b"PK") else _csv_rows(raw))
    return _read([[_bare(cell) for cell in row] for row in rows])


def _rows(one: Declared) -> Iterator[Row]:
    for row in _plain_rows(one):
        for cell in row:
            if _CONTROL.search(cell):
                remedy = "Remove control characters."
                raise SheetRefused([Fault(row[0], "characters", "A control character.", remedy, cell[:80])])
        yield [_guarded(cell) for cell in row]


def _plain_rows(one: Declared) -> Iterator[Row]:
    currency = one.currency
    yield "Field", "Value"
    for field in _HEAD:
        yield field.label, field.write(getattr(one, field.name), currency)
    for role in _ROLES:
        party: Party = getattr(one, role)
        for name in _PARTY:
            yield f"{role.capitalize()}: {name}", getattr(party, name)
    yield ()
    yield [field.label for field in _GOODS]
    for item in one.items:
        yield [field.write(getattr(item, field.name), currency) for field in _GOODS]


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith("'") else str(safe_cell(cell))


def _bare(cell: str) -> str:
    return cell.removeprefix("'")


def _csv_rows(raw: bytes) -> Iterator[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise SheetUnreadable("It is not UTF-8.", field="file") from fault
    mark = max(",;\t", key=text[:2000].count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)):
            if number > MOST_ROWS:
                raise SheetUnreadable(f"More than {MOST_ROWS} rows.", field="file")
            yield row
    except csv.Error as fault:
        raise SheetUnreadable(str(fault), field="file") from fault


def _xlsx_rows(raw: bytes) -> Iterator[list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise SheetUnreadable("It unpacks to too much.", field="file")
        sheet = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True).worksheets[0]
        for row in sheet.iter_rows(max_row=MOST_ROWS, max_col=16, values_only=True):
            yield [_cell(value) for value in row]
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError) as fault:
        raise SheetUnreadable(str(fault)[:200], field="file") from fault


def _cell(value: Any) -> str:
    """A cell as text: people's spreadsheets make numbers and dates of what they touch."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _read(rows: list[list[str]]) -> Declared:
    start = next(
        (n for n, row in enumerate(rows) if [_key(cell) for cell in row[:2]] == ["no.", "commodity code"]), -1
    )
    if start < 0:
        raise SheetUnreadable("There is no table of goods in it.", field="goods")
    told = {_key(row[0]): row[1] if len(row) > 1 else "" for row in rows[:start] if row}
    if _key("Local reference") not in told:
        raise SheetUnreadable("There is no local reference in it.", field="Local reference")
    faults: list[Fault] = []
    currency = told.get("currency", "").strip().upper()
    head = _values(_HEAD, lambda label: told.get(_key(label), ""), currency, at="", faults=faults)
    head |= {role: _party(role, told) for role in _ROLES}
    columns = [_key(cell) for cell in rows[start]]
    items = [
        _item(dict(zip(columns, row, strict=False)), currency, at=f"goods[{n}]/", faults=faults)
        for n, row in enumerate((row for row in rows[start + 1 :] if any(row)), 1)
    ]
    if faults:
        raise SheetRefused(faults)
    return replace(Declared(**head, items=tuple(items)), currency=currency)


def _party(role: str, told: dict[str, str]) -> Party:
    return Party(**{name: told.get(f"{role}: {name}", "") for name in _PARTY})


def _item(cells: dict[str, str], currency: str, *, at: str, faults: list[Fault]) -> DeclarationItemDTO:
    values = _values(_GOODS, lambda label: cells.get(_key(label), ""), currency, at=at, faults=faults)
    return DeclarationItemDTO(**values)


def _values(
    fields: Iterable[_Field], told: Callable[[str], str], currency: str, *, at: str, faults: list[Fault]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        text = told(field.label)
        try:
            values[field.name] = field.read(text, currency)
        except (ValueError, InvalidOperation, FondacoError) as fault:
            why = fault.title if isinstance(fault, FondacoError) else "This cannot be read."
            faults.append(Fault(f"{at}{field.label}", "cell", why, "Correct the cell.", text[:80]))
            values[field.name] = None
    return values


def _key(label: str) -> str:
    return " ".join(label.casefold().split())
