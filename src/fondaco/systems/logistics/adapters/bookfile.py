"""Reading a price book's file: rows of words by column, from CSV or XLSX, whatever hides in it.

Nothing is calculated: a formula is a word that begins with "=" and is refused with its row later.
Sizes are limited before anything is unpacked, so that a small file cannot become a large one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from fondaco.kernel.errors import Refused

MOST_BYTES = 64 * 2**20
MOST_UNPACKED = 512 * 2**20
MOST_ROWS = 500_000
MOST_COLUMNS = 80
MOST_CELL = 2_000
SHEETS = ("rates", "areas", "fuel")


class BookUnreadable(Refused):
    code = "book-unreadable"
    title = "This file cannot be read as a price book."
    remedy = "Save it as XLSX, or as CSV in UTF-8, with the columns of the template in the first row."


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet: its number as a person counts (the heading is 1), its words by column."""

    number: int
    words: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.words.get(column, "")


@dataclass(frozen=True, slots=True)
class BookFile:
    """The sheets of a file by name; a CSV has only "rates"."""

    name: str
    sha256: str
    sheets: dict[str, list[Row]]


def read_book_file(path: Path) -> BookFile:
    """The rows of `path`; BookUnreadable where it is too large, damaged, or of another kind."""
    if not path.is_file():
        raise BookUnreadable("There is no such file.", field="file", value=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise BookUnreadable(f"It is larger than {MOST_BYTES >> 20} MB.", field="file", value=path.name)
    raw = path.read_bytes()
    sheets = _xlsx(raw, path.name) if raw.startswith(b"PK") else {"rates": _csv(raw, path.name)}
    return BookFile(path.name, hashlib.sha256(raw).hexdigest(), sheets)


def _csv(raw: bytes, name: str) -> list[Row]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BookUnreadable(f"Byte {exc.start} is not UTF-8.", field="file", value=name) from exc
    if "\0" in text[:10_000]:
        raise BookUnreadable("It holds binary data.", field="file", value=name)
    head = text[:10_000].splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=head.count)
    usual = csv.field_size_limit(MOST_CELL * 64)  # one limit for the whole process: put it back
    try:
        return _rows(csv.reader(io.StringIO(text), delimiter=delimiter), name)
    except csv.Error as exc:
        raise BookUnreadable(str(exc), field="file", value=name) from exc
    finally:
        csv.field_size_limit(usual)


def _xlsx(raw: bytes, name: str) -> dict[str, list[Row]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > MOST_UNPACKED:
            raise BookUnreadable(f"It unpacks to {unpacked >> 20} MB.", field="file", value=name)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False)
        try:
            named = {sheet.title.strip().lower(): sheet for sheet in book.worksheets}
            if "rates" not in named:
                named["rates"] = book.worksheets[0]
            return {
                title: _rows(sheet.iter_rows(values_only=True), name)
                for title, sheet in named.items()
                if title in SHEETS
            }
        finally:
            book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as exc:
        raise BookUnreadable(str(exc)[:120], field="file", value=name) from exc


def _rows(lines: Iterable[Sequence[object]], name: str) -> list[Row]:
    numbered = _within(lines, name)
    heading = next(numbered, None)
    if heading is None:
        raise BookUnreadable("It is empty.", field="file", value=name)
    columns = [_word(value).strip().lower().replace(" ", "_") for value in heading[1]]
    if len(columns) > MOST_COLUMNS or len(set(filter(None, columns))) != len([*filter(None, columns)]):
        raise BookUnreadable("Its heading repeats a column or is too long.", field="file", value=name)
    return [
        Row(number, {column: word for column, word in zip(columns, words, strict=False) if column})
        for number, values in numbered
        if any(words := [_word(value).strip() for value in values[:MOST_COLUMNS]])
    ]


def _within(lines: Iterable[Sequence[object]], name: str) -> Iterator[tuple[int, Sequence[object]]]:
    for number, values in enumerate(lines, 1):
        if number > MOST_ROWS:
            raise BookUnreadable(f"It has more than {MOST_ROWS} rows.", field="file", value=name)
        yield number, values


def _word(value: object) -> str:
    """A cell as text: numbers as Python writes them, long ones cut so that their row says so."""
    if value is None:
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text[: MOST_CELL + 1]
