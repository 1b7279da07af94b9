"""The rejects file: refused rows as a CSV to mend and import again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fondaco.kernel.tables import safe_cell

ERROR_COLUMN = "fondaco: error"
ROW_COLUMN = "fondaco: row"


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
