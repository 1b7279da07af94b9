"""Screen the names of a file, against the lists in force or those of a folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from fondaco.kernel.errors import Refused
from fondaco.kernel.files import whole_file
from fondaco.systems.risk.adapters.countries import country_code
from fondaco.systems.risk.adapters.lists import read_demo_list, read_lists
from fondaco.systems.risk.domain.lists import ParsedList
from fondaco.systems.risk.domain.screening import (
    ListedName,
    NameIndex,
    ScreenRequest,
    ScreenResult,
    screen,
)
from fondaco.systems.risk.engine import DATA, current_index, legal_forms, thresholds
from fondaco.systems.risk.models import ListVersion

COLUMNS = ("name", "matched", "list", "entry", "score")
_BATCH = 500


class BadNames(Refused):
    code = "bad-names"
    title = "This file of names cannot be read."
    remedy = "Give a CSV file in UTF-8 whose header has one column `name`, with each quote closed."


@dataclass(frozen=True, slots=True)
class ScreenFileReport:
    """How many names were screened and matched, and against which lists."""

    names: int
    matched: int
    lists: tuple[str, ...]


def screen_file(
    path: Path,
    *,
    out: Path,
    now: datetime,
    lists: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ScreenFileReport:
    """Write name, matched, list, entry, score: one row for each row of `path`, in order.

    `lists` is a folder of list files; without it the lists in force count (the database is then needed).
    A name that cannot be read counts as matched, its entry says why: a person must look. BadNames or
    BadList, and `out` is not written.
    """
    names = _names(path)
    index, used = index_of_folder(lists) if lists is not None else (current_index(), _in_force())
    matched = 0
    with whole_file(out) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for start in range(0, len(names), _BATCH):
            asked = [ScreenRequest("", name) for name in names[start : start + _BATCH]]
            results = screen(asked, index, thresholds=thresholds(), on=now.date())
            writer.writerows(_row(one.name, result) for one, result in zip(asked, results, strict=True))
            matched += sum(result.outcome == "hit" for result in results)
            if on_progress:
                on_progress(start + len(asked), len(names))
    return ScreenFileReport(len(names), matched, used)


def index_of_folder(folder: Path) -> tuple[NameIndex, tuple[str, ...]]:
    """The index of the list files in `folder` and what they are; the demonstration list where there are none."""
    found = read_lists(folder) or [read_demo_list(DATA / "demo_list.csv")]
    digest = sha256("\n".join(sorted(f"{each.code}:{each.sha256}" for each in found)).encode()).hexdigest()
    index = NameIndex.build(_listed(found), forms=legal_forms(), version=digest)
    return index, tuple(_told(each.title, len(each.entries)) for each in found)


def _in_force() -> tuple[str, ...]:
    rows = ListVersion.objects.filter(in_force=True).order_by("code").values_list("title", "entries")
    return tuple(_told(title, entries) for title, entries in rows)


def _told(title: str, entries: int) -> str:
    return f"{title} ({entries:,} entries)"


def _listed(found: Sequence[ParsedList]) -> Iterator[ListedName]:
    for each in found:
        for entry in each.entries:
            countries = "|".join(dict.fromkeys(country_code(c) for c in entry.countries))
            for alias in entry.names:
                yield ListedName(
                    each.code, entry.reference, alias.name, entry.kind, alias.weak, countries,
                    entry.programme, entry.expires_on, entry.content_hash,
                )  # fmt: skip


def _names(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)  # an open quote must not swallow the names after it
            if (rows.fieldnames or []).count("name") != 1:
                raise BadNames(field="header", value=rows.fieldnames)
            return [row["name"] or "" for row in rows]
    except (UnicodeDecodeError, csv.Error) as exc:
        raise BadNames(str(exc), field="names", value=path.name) from exc


def _row(name: str, result: ScreenResult) -> tuple[str, str, str, str, str]:
    best = result.matches[0] if result.matches else None
    matched = "true" if result.outcome == "hit" else "false"
    return (
        name,
        matched,
        best.list if best else "",
        best.entry if best else result.reason,
        f"{result.score:.1f}",
    )
