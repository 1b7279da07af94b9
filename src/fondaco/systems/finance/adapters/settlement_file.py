"""A provider's settlement file: CSV in UTF-8, rows (kind, key, currency, gross, fee), then one total a currency."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.money import Money, exponent
from fondaco.systems.finance.domain.cards import refuse_card_number
from fondaco.systems.finance.domain.payments import ProviderFile, ProviderLine

MOST_BYTES = 64 * 1024 * 1024
_COLUMNS = ("kind", "key", "currency", "gross", "fee")
_SIGNS = {"charge": 1, "refund": -1, "dispute": -1}
_MINOR = re.compile(r"-?[0-9]{1,15}")
_KEY = re.compile(r"[\x21-\x7e]{1,120}")


class BadSettlementFile(Refused):
    code = "bad-settlement-file"
    title = "This settlement file cannot be used."
    remedy = "Ask the provider for the file again: CSV in UTF-8 whose lines add up to its totals. Nothing was posted."


def read_settlement_file(reference: str, content: bytes) -> ProviderFile:
    """The lines of a settlement file, amounts in whole minor units.

    BadSettlementFile for another encoding, other columns, a bad cell (by line and column), a total that is missing,
    told twice or not the sum of its lines; CardNumberRefused for a key that is one.
    """
    if not reference.isprintable() or not 0 < len(reference) <= 80:
        raise BadSettlementFile(
            "Its name is empty, too long or not printable.", field="reference", value=reference
        )
    totals: dict[str, int] = {}
    lines: list[ProviderLine] = []
    for number, row in _rows(_text(content)):
        if row[0] != "total":
            lines.append(_line(number, row))
        elif row[2] in totals:
            raise _bad(number, "currency", row[2], "This currency has two totals.")
        else:
            totals[row[2]] = _minor(number, "gross", row[3]) - _minor(number, "fee", row[4])
    _check_totals(lines, totals)
    return ProviderFile(reference, tuple(lines))


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise BadSettlementFile(f"It is larger than {MOST_BYTES} bytes.", field="file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadSettlementFile("It is not UTF-8.", field="file", value=f"byte {exc.start}") from exc


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    """The rows with their line numbers, cells in the order of `_COLUMNS`."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        heads = next(reader, [])
        if sorted(heads) != sorted(_COLUMNS):
            raise BadSettlementFile(f"Its columns are not {', '.join(_COLUMNS)}.", field="columns")
        places = [heads.index(name) for name in _COLUMNS]
        for row in reader:
            if len(row) != len(_COLUMNS):
                raise _bad(reader.line_num, "columns", len(row))
            yield reader.line_num, [row[place] for place in places]
    except csv.Error as exc:
        raise BadSettlementFile(str(exc)[:200], field="file", value=f"line {reader.line_num}") from exc


def _line(number: int, row: list[str]) -> ProviderLine:
    kind, key, currency, gross, fee = row
    if kind not in _SIGNS:
        raise _bad(number, "kind", kind)
    if not _KEY.fullmatch(key):
        raise _bad(number, "key", key)
    refuse_card_number(key, field="key")
    try:
        exponent(currency)
    except FondacoError as exc:
        raise _bad(number, "currency", currency, exc.title) from exc
    minor = _minor(number, "gross", gross)
    if minor * _SIGNS[kind] <= 0:
        raise _bad(number, "gross", gross, f"A {kind} is {'more' if _SIGNS[kind] > 0 else 'less'} than zero.")
    return ProviderLine(kind, key, Money(minor, currency), Money(_minor(number, "fee", fee), currency))


def _minor(number: int, column: str, cell: str) -> int:
    if not _MINOR.fullmatch(cell):
        raise _bad(number, column, cell, "Amounts are whole minor units.")
    return int(cell)


def _bad(number: int, column: str, cell: object, why: str = "This cannot be read.") -> BadSettlementFile:
    return BadSettlementFile(f"Line {number}: {why}", field=column, value=cell)


def _check_totals(lines: Iterable[ProviderLine], totals: dict[str, int]) -> None:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.gross.currency] = sums.get(line.gross.currency, 0) + line.gross.minor - line.fee.minor
    if sums != totals:
        raise BadSettlementFile(f"Its totals are {totals}, its lines come to {sums}.", field="total")
