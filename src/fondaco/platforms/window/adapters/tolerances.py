"""The tolerance table of the three-document match, read from data/window/match_tolerances.csv."""

from __future__ import annotations

import csv
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.platforms.window.domain.matching import Tolerances

_FILE = "match_tolerances.csv"


@cache
def load_tolerances(regime: str, *, on: date | None) -> Tolerances:
    """The tolerances in force `on` a day (None: the newest).

    A row of the regime goes before the general one, a later row before an earlier.
    """
    whole = {field.name: isinstance(getattr(Tolerances(), field.name), int) for field in fields(Tolerances)}
    values: dict[str, int | float] = {}
    for row in sorted(_rows(), key=lambda row: (row["regime"] != "", row["valid_from"])):
        in_force = on is None or date.fromisoformat(row["valid_from"]) <= on
        if row["regime"] in {"", regime} and in_force:
            values[row["code"]] = int(row["value"]) if whole[row["code"]] else float(row["value"])
    return Tolerances(**values)  # type: ignore[arg-type]


def _rows() -> list[dict[str, str]]:
    path = Path(settings.ROOT) / "data" / "window" / _FILE
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
