"""GACC's fields, messages and codes, read from data/window/gacc_*.csv."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from fondaco.platforms.window.domain.messages.gacc.papers import Firm, Profile
from fondaco.platforms.window.domain.messages.gacc.spec import Book, read_book


@cache
def gacc_book() -> Book:
    """The messages that are known, with their fields."""
    return read_book(_rows("gacc_fields.csv"), _rows("gacc_messages.csv"))


def _rows(name: str) -> list[dict[str, str]]:
    path = Path(settings.ROOT) / "data" / "window" / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def gacc_codes() -> dict[tuple[str, str], str]:
    """Chinese customs' codes by (currency, country or unit; ISO or UNECE code)."""
    return {(row["list"], row["iso"]): row["code"] for row in _rows("gacc_codes.csv")}


def gacc_profile() -> Profile:
    """The firms and offices that stand on messages: those of the installation, or invented ones to try with."""
    path = Path(settings.ROOT) / "data" / "window" / "gacc_profile.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    parts: dict[str, Any] = {k: Firm(**v) if isinstance(v, dict) else v for k, v in told.items()}
    return Profile(**parts)
