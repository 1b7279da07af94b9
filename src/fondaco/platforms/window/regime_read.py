"""Reading the regime files; knows no database."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fondaco.platforms.window.domain.regime import BadRegime, Regime, RegimeBook, regime_of
from fondaco.platforms.window.domain.regime_files import entries_of
from fondaco.platforms.window.tariff_rows import table_rows

# The condition that names a list of codes, and the one with the codes themselves that it becomes.
_LISTS = {"hs_in": "hs", "hs_not_in": "hs_not"}


def read_regimes(folder: Path) -> list[Regime]:
    """Every regime of the files in `folder`; BadRegime names the entry that is wrong or overlaps.

    A rule may name a list of codes that stands beside the folder as a table (`hs_not_in = "cbec_positive"`).
    """
    found: list[Regime] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as exc:
            raise BadRegime(str(exc), field=path.name) from exc
        found += [regime_of(_listed(entry, folder.parent)) for entry in entries_of(document)]
    RegimeBook.of(found)
    return found


def _listed(entry: Mapping[str, Any], beside: Path) -> dict[str, Any]:
    """The entry with the codes of every list that its rules name."""
    return {key: _rules(value, beside) if isinstance(value, list) else value for key, value in entry.items()}


def _rules(rules: list[Any], beside: Path) -> list[Any]:
    return [
        {**rule, "when": dict(_conditions(rule["when"], beside))}
        if isinstance(rule, dict) and "when" in rule
        else rule
        for rule in rules
    ]


def _conditions(when: Mapping[str, Any], beside: Path) -> Iterator[tuple[str, Any]]:
    for name, value in when.items():
        if name in _LISTS:
            yield (
                _LISTS[name],
                [row["hs"] for row in table_rows(beside / f"{value}.csv", "hs", "text", "source")],
            )
        else:
            yield name, value
