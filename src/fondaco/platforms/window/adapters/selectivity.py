"""The selectivity criteria, read from data/window/selectivity.csv, and the seed of the random share."""

from __future__ import annotations

import csv
import hashlib
import hmac
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.platforms.window.domain.selectivity import Criterion, in_force, read_criteria


@cache
def load_criteria() -> tuple[Criterion, ...]:
    """All criteria, whenever in force."""
    path = Path(settings.ROOT) / "data" / "window" / "selectivity.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return read_criteria(csv.DictReader(file))


@cache
def criteria_on(on: date) -> tuple[Criterion, ...]:
    """The criteria in force on a day."""
    return in_force(load_criteria(), on=on)


def seed_of(on: date) -> str:
    """The day's seed of the random draw: nobody outside can work it out, the house can repeat it."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"selectivity|{on.isoformat()}".encode(), hashlib.sha256
    ).hexdigest()
