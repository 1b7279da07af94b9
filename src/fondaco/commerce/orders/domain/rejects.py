"""The rejects file: refused rows as a CSV to mend and import again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

ERROR_COLUMN = "fondaco: error"
ROW_COLUMN = "fondaco: row"
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """`text` as a spreadsheet may open it: what would read as a formula gets an apostrophe in front.

    Plain signed numbers are left alone, for they are no formula. The importer takes the apostrophe
    off again.
    """
    if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def rejects_csv(
    headings: Sequence[str],
    rejects: Iterable[tuple[int, Mapping[str, str], Sequence[Mapping[str, Any]]]],
) -> Iterator[str]:
    """The lines of the rejects file: the file's own columns first, then the row and its errors."""
    kept = [name for name in headings if name not in (ERROR_COLUMN, ROW_COLUMN)]
    yield _line([*(safe_cell(name) for name in kept), ROW_COLUMN, ERROR_COLUMN])
    for row, cells, errors in rejects:
        values = [safe_cell(str(cells.get(name, ""))) for name in kept]
        yield _line([*values, str(row), safe_cell(" | ".join(map(_told, errors)))])


def _told(error: Mapping[str, Any]) -> str:
    where = f"{error['column']}: " if error.get("column") else ""
    return f"{where}{error['message']} {error['remedy']} ({error['code']})"


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
