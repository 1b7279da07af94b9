"""The tables of export rebates, read from data/window."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.platforms.window.domain.rebate import RateBook, Way, read_rates, read_ways

_FOLDER = Path("data") / "window"


@cache
def rate_book() -> RateBook:
    """The rebate rates by code and day."""
    path = Path(settings.ROOT) / _FOLDER / "rebate_rates.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return read_rates(csv.DictReader(file))


@cache
def ways() -> dict[str, Way]:
    """Every way in which VAT comes back, by code."""
    path = Path(settings.ROOT) / _FOLDER / "rebate_ways.toml"
    return read_ways(tomllib.loads(path.read_text(encoding="utf-8")))
