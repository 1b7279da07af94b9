"""What every reader of a tariff file gives, and how a file that is not what it should be is refused."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.tariff_book import TariffMeasure

# A published tariff states a duty that no grammar reads in about one line of two hundred.
_UNREAD_SHARE = 0.02
_FEW = 50


class BadTariffFile(Refused):
    code = "bad-tariff-file"
    title = "This is not the tariff file it should be."
    remedy = "Fetch the file again, or name the columns it has now."


class WrongYear(BadTariffFile):
    code = "tariff-of-another-year"
    title = "This tariff is of another year."
    remedy = "Fetch the edition of the year, or name the file's own year if you mean it (--year)."


@dataclass(frozen=True, slots=True)
class LineRow:
    """A code and its text."""

    code: str
    description: str
    units: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseRows:
    """What one file holds; `year` is the edition its own contents tell of, 0 where they tell of none."""

    jurisdiction: str
    dataset: str
    label: str
    source: str
    licence: str
    sha256: str
    valid_from: date
    lines: list[LineRow] = field(default_factory=list)
    measures: list[TariffMeasure] = field(default_factory=list)
    year: int = 0


def fingerprint(path: Path) -> str:
    """sha256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def table_rows(path: Path, *needed: str, skip: int = 0) -> Iterator[dict[str, str]]:
    """The rows of a CSV file (gzipped by its name) after `skip` lines; `needed` columns in the order they stand in.

    BadTariffFile where a column is missing or stands elsewhere: a column that has moved is read as another.
    """
    for number, row in _numbered(path, skip):
        if number == 0:
            _check_head(path, row, needed)
            head = row
            continue
        if len(row) > len(head):
            raise BadTariffFile(
                f"{path.name}, row {number}: {len(row)} cells under {len(head)} columns.", field="row"
            )
        yield dict(zip(head, row, strict=False)) | dict.fromkeys(head[len(row) :], "")


def sheet_rows(path: Path, *needed: str) -> Iterator[dict[str, str]]:
    """The rows of the first sheet of a workbook (XLSX) as texts, else as `table_rows` of a CSV. BadTariffFile.

    Headings lose the space around them, which the EU's own files put before some.
    """
    rows = _sheet(path) if path.suffix.lower() == ".xlsx" else _numbered(path, 0)
    head: list[str] = []
    for number, row in rows:
        if number == 0:
            head = [name.strip() for name in row]
            _check_head(path, head, needed)
        else:
            yield dict(zip(head, row, strict=False)) | dict.fromkeys(head[len(row) :], "")


def _sheet(path: Path) -> Iterator[tuple[int, list[str]]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, BadZipFile, InvalidFileException) as exc:
        raise BadTariffFile(f"{path.name} cannot be read: {exc}", field="file") from exc
    try:
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True)):
            yield number, ["" if cell is None else str(cell) for cell in row]
    finally:
        book.close()


def first_lines(path: Path, count: int) -> list[list[str]]:
    """The first rows of a file, whatever they are."""
    rows = _sheet(path) if path.suffix.lower() == ".xlsx" else _numbered(path, 0)
    return [row for _, row in zip(range(count), (row for _, row in rows), strict=False)]


def _numbered(path: Path, skip: int) -> Iterator[tuple[int, list[str]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:  # type: ignore[operator]
            for _ in range(skip):
                file.readline()
            yield from enumerate(csv.reader(file))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as exc:
        raise BadTariffFile(f"{path.name} cannot be read: {exc}", field="file") from exc


def _check_head(path: Path, head: list[str], needed: Iterable[str]) -> None:
    missing = [name for name in needed if name not in head]
    if missing:
        raise BadTariffFile(f"{path.name} lacks: {', '.join(missing)}.", field=missing[0])
    places = [head.index(name) for name in needed]
    for before, after, name in zip(places, places[1:], list(needed)[1:], strict=False):
        if after < before:
            raise BadTariffFile(f"{path.name}: column {name!r} has moved to place {after + 1}.", field=name)


def check_contents(release: ReleaseRows) -> None:
    """Refuse what reads as a table and is not this tariff: codes that are none, duties that are none."""
    wrong = [line.code for line in release.lines if not (line.code.isdigit() and 2 <= len(line.code) <= 10)]
    if wrong:
        raise BadTariffFile(f"{wrong[0]!r} is not a commodity code ({len(wrong)} such).", field="code")
    duties = [measure for measure in release.measures if measure.kind == "mfn"]
    unread = [measure for measure in duties if measure.duty is None]
    if len(unread) > max(_FEW, len(duties) * _UNREAD_SHARE) or (duties and len(unread) == len(duties)):
        raise BadTariffFile(
            f"{len(unread)} of {len(duties)} duties cannot be read, such as {unread[0].expression[:60]!r}.",
            field="duty",
        )


def check_year(release: ReleaseRows, *, year: int) -> None:
    """WrongYear where the file's contents tell of another edition than that of `year`."""
    if release.year and release.year != year:
        raise WrongYear(
            f"{release.label} is of {release.year}, not of {year}.", field="year", value=release.year
        )
