"""Tables out of files: a heading row and rows of text, whatever the file's format.

XLSX and JSON are rewritten once as a temporary CSV, so that every format is read twice the same way.
Cells come as text; a number or a date of a workbook is written the ISO way.
"""

from __future__ import annotations

import csv
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

from fondaco.commerce.orders.adapters.files import MAX_BYTES, MAX_RATIO, Spooled, detect_encoding, spool
from fondaco.commerce.orders.domain.errors import BadFile, DuplicateColumns, FileBomb
from fondaco.kernel.plain_json import read_json

MAX_ROWS = 5_000_000
MAX_COLUMNS = 256
MAX_CELL = 32_767
_MAX_JSON = 128 * 1024 * 1024
_KEPT = MAX_CELL + 1  # enough of a too long cell to know that it is too long

# A cell of 10 MB must be refused as one bad row, not end the file; beyond this a quote was left open.
csv.field_size_limit(32 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Table:
    """A table on disk; `rows` starts afresh at each call. Row 1 is the heading."""

    path: Path
    headings: tuple[str, ...]
    format: str
    encoding: str
    delimiter: str
    sha256: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of each row that is not blank. BadFile where the quoting breaks."""
        with self.path.open(encoding=self.encoding, newline="") as opened:
            reader = csv.reader(opened, delimiter=self.delimiter, strict=True)
            number = 0
            try:
                for number, cells in enumerate(reader, start=1):
                    if number > MAX_ROWS:
                        raise BadFile(f"It has more than {MAX_ROWS} rows.", field="file")
                    if number > 1 and any(cells):
                        yield number, cells
            except csv.Error as exc:
                raise BadFile(f"Row {number + 1}: {exc}.", field="row", value=number + 1) from exc


@contextmanager
def open_table(source: Path | BinaryIO, *, file_format: str | None = None) -> Iterator[Table]:
    """The table in `source` (csv, xlsx or json, plain or .gz/.xz), for as long as the block lasts.

    Raises BadFile, FileBomb, BadEncoding or DuplicateColumns before anything is yielded.
    """
    with tempfile.TemporaryDirectory(prefix="fondaco-import-") as name:
        folder = Path(name)
        spooled = spool(source, folder=folder, file_format=file_format)
        if spooled.format == "csv":
            yield _table(spooled, spooled.path, detect_encoding(spooled.path))
        elif spooled.format in ("xlsx", "json"):
            rows = _xlsx_rows(spooled.path) if spooled.format == "xlsx" else _json_rows(spooled.path)
            rewritten = folder / "rows.csv"
            _rewrite(rows, rewritten)
            yield _table(spooled, rewritten, "utf-8")
        else:
            raise BadFile(f"Format '{spooled.format}' is not read.", field="format", value=spooled.format)


def _table(spooled: Spooled, path: Path, encoding: str) -> Table:
    with path.open(encoding=encoding, newline="") as opened:
        first = opened.readline(1_000_000)
        delimiter = max(",;\t|", key=first.count) if spooled.format == "csv" else ","
        opened.seek(0)
        try:
            cells = next(csv.reader(opened, delimiter=delimiter, strict=True), [])
        except csv.Error as exc:
            raise BadFile(f"Heading: {exc}.", field="file") from exc
    headings = tuple(cell.strip() for cell in cells)
    _check_headings(headings)
    return Table(path, headings, spooled.format, encoding, delimiter, spooled.sha256)


def _check_headings(headings: tuple[str, ...]) -> None:
    named = [h for h in headings if h]
    if not named:
        raise BadFile("Its first row holds no headings.", field="file")
    if len(headings) > MAX_COLUMNS:
        raise BadFile(f"It has more than {MAX_COLUMNS} columns.", field="file")
    if len(set(named)) < len(named):
        raise DuplicateColumns(field="file", value=next(h for h in named if named.count(h) > 1))


def _rewrite(rows: Iterable[list[str]], path: Path) -> None:
    size = 0
    with path.open("w", encoding="utf-8", newline="", errors="replace") as out:
        writer = csv.writer(out)
        for number, cells in enumerate(rows, start=1):
            size += sum(map(len, cells))
            if number > MAX_ROWS or size > MAX_BYTES or len(cells) > MAX_COLUMNS:
                raise FileBomb(f"Row {number} is past every limit.", field="file")
            # csv cannot tell a row of no cells from a blank line, and both keep their row number
            writer.writerow(cells)


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    """The rows of the first sheet; cells to the right of the headings count only where they hold something."""
    _check_workbook(path)
    width = None
    try:
        for cells in _sheet_rows(path):
            texts = [_text(cell) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            width = len(texts) if width is None else width
            yield texts + [""] * (width - len(texts)) if texts else []
    except BadFile:
        raise
    except Exception as exc:  # openpyxl raises what it finds: KeyError, ValueError, BadZipFile, ParseError
        raise BadFile(f"The workbook is damaged: {type(exc).__name__}.", field="file") from exc


def _sheet_rows(path: Path) -> Iterator[tuple[Any, ...]]:
    with path.open("rb") as opened:
        book = openpyxl.load_workbook(opened, read_only=True, data_only=True, keep_links=False)
        try:
            if not book.worksheets:
                raise BadFile("The workbook has no sheet.", field="file")
            yield from book.worksheets[0].iter_rows(values_only=True)
        finally:
            book.close()


def _check_workbook(path: Path) -> None:
    """FileBomb where the parts of the workbook would unpack beyond the limits or hold an XML DTD."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > 5000 or unpacked > MAX_BYTES:
                raise FileBomb(f"{len(parts)} parts, {unpacked} bytes.", field="file")
            for part in parts:
                if part.file_size > 1 << 20 and part.file_size > MAX_RATIO * max(part.compress_size, 1):
                    raise FileBomb(f"'{part.filename}' unpacks {part.file_size} bytes.", field="file")
                with archive.open(part) as opened:
                    if b"<!DOCTYPE" in opened.read(4096):
                        raise FileBomb(f"'{part.filename}' holds a DTD.", field="file")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as exc:
        raise BadFile(f"The workbook is damaged: {exc}", field="file") from exc


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return (
            str(int(cell))
            if cell.is_integer() and abs(cell) < 1e15
            else format(round(cell, 6), "f").rstrip("0")
        )
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)[:_KEPT]


def _json_rows(path: Path) -> Iterator[list[str]]:
    """A list of flat objects, or of orders that hold `lines`: the heading row, then a row per line."""
    if path.stat().st_size > _MAX_JSON:
        raise BadFile("JSON is read up to 128 MB; give a CSV.", field="file")
    records = [flat for record in _load_json(path) for flat in _flattened(record)]
    headings = list(dict.fromkeys(key for record in records for key in record))
    yield headings
    for record in records:
        yield [_json_text(record.get(key)) for key in headings]


def _load_json(path: Path) -> list[Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        found = read_json(text, parse_int=str, parse_float=str)
    except ValueError as exc:
        raise BadFile(f"Not JSON: {str(exc)[:120]}", field="file") from exc
    if isinstance(found, dict):
        found = found.get("orders", [found])
    if not isinstance(found, list):
        raise BadFile("JSON must be a list of objects.", field="file")
    return found


def _flattened(record: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(record, dict):
        raise BadFile("JSON must be a list of objects.", field="file", value=record)
    lines = record.get("lines")
    if not isinstance(lines, list):
        yield record
        return
    shared = {key: value for key, value in record.items() if key != "lines"}
    for line in lines:
        if not isinstance(line, dict):
            raise BadFile("A line must be an object.", field="lines", value=line)
        yield {**shared, **line}


def _json_text(value: Any) -> str:
    if isinstance(value, str):
        return value[:_KEPT]
    if value is None:
        return ""
    # The NUL makes every reader of the cell refuse it: no field of ours is a list, an object or a truth value
    return f"\x00{json.dumps(value)[:200]}"
