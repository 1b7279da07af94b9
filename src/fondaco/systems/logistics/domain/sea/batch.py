"""Many pairs of positions from a CSV, with the kilometres and passages of each written beside them."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fondaco.kernel.errors import Refused
from fondaco.kernel.files import whole_file
from fondaco.systems.logistics.domain.sea.voyages import Sea, SeaPair, Voyage

COLUMNS = ("from_lat", "from_lon", "to_lat", "to_lon")
MOST_PAIRS = 1_000_000


class PairsUnreadable(Refused):
    code = "pairs-unreadable"
    title = "This file of pairs cannot be read."
    remedy = f"Give a CSV in UTF-8 whose first line has {','.join(COLUMNS)}, degrees in each."


@dataclass(frozen=True, slots=True)
class PairsReport:
    """What became of a file: pairs with a voyage, and pairs without by the code of their refusal."""

    found: int
    refused: dict[str, int]


def write_distances(pairs: Path, *, out: Path, sea: Sea) -> PairsReport:
    """Write `pairs` to `out` with `km` (to a tenth of a kilometre) and `via` (passages, joined by ";").

    A pair without a legal voyage has an empty km and the refusal's code after "!" in via, so that no
    row is lost. PairsUnreadable, with the line's number, where a file or a number is unsound; then
    nothing is written.
    """
    heading, rows = _read(pairs)
    at = [heading.index(column) for column in COLUMNS]
    wanted = [_pair(row, at, line) for line, row in enumerate(rows, 2)]
    found = sea.voyages(wanted)
    with whole_file(out) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*heading, "km", "via"])
        writer.writerows([*row, *_told(one)] for row, one in zip(rows, found, strict=True))
    refused: dict[str, int] = {}
    for one in found:
        if isinstance(one, Refused):
            refused[one.code] = refused.get(one.code, 0) + 1
    return PairsReport(len(found) - sum(refused.values()), refused)


def _told(found: Voyage | Refused) -> tuple[str, str]:
    if isinstance(found, Refused):
        return "", f"!{found.code}"
    return f"{found.km:.1f}", ";".join(found.via)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise PairsUnreadable(str(exc)[:120], field="pairs", value=path.name) from exc
    heading = [word.strip().lower() for word in lines[0]] if lines else []
    missing = [column for column in COLUMNS if column not in heading]
    if missing or len(lines) > MOST_PAIRS:
        reason = f"It lacks {', '.join(missing)}." if missing else f"It has more than {MOST_PAIRS} pairs."
        raise PairsUnreadable(reason, field="pairs", value=path.name)
    return heading, lines[1:]


def _pair(row: Sequence[str], at: Sequence[int], line: int) -> SeaPair:
    try:
        a, b, c, d = (float(row[place]) for place in at)
    except (ValueError, IndexError):
        raise PairsUnreadable(
            f"Line {line} has no four numbers.", field="pairs", value=",".join(row)[:80]
        ) from None
    if not all(map(math.isfinite, (a, b, c, d))):
        raise PairsUnreadable(
            f"Line {line} has a number that is none.", field="pairs", value=",".join(row)[:80]
        )
    return SeaPair((b, a), (d, c))
