"""In which language an office wants its declarations: data/window/message_forms.csv, dated."""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

PLAIN = "wco"


def form_for(country: str, kind: str, *, on: date, regime: str = "", mode: str = "") -> str:
    """Wco (JSON), gacc, cds or edifact; where an office's own language knows some modes only, by `regime` and `mode`."""
    row = _row(country, kind, on, {regime, mode} - {""})
    return row["form"] if row else PLAIN


def lists_each_order(country: str, kind: str, *, on: date) -> bool:
    """Whether the office wants every order on a list or declaration of its own."""
    row = _row(country, kind, on)
    return bool(row and row["each_order"])


@cache
def forms_by_mode() -> frozenset[tuple[str, str]]:
    """The offices (country, kind) whose form depends on the mode."""
    return frozenset((row["country"], row["kind"]) for row in _rows() if row["regimes"])


@cache
def signing_countries() -> frozenset[str]:
    """Where customs' messages are signed (GACC's)."""
    return frozenset(row["country"] for row in _rows() if row["form"] == "gacc")


def _row(country: str, kind: str, on: date, named: Collection[str] = ()) -> dict[str, str] | None:
    for row in _rows():
        if named and row["regimes"] and not {*named} & {*row["regimes"].split()}:
            continue
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        if (row["country"], row["kind"]) == (country, kind) and date.fromisoformat(
            row["valid_from"]
        ) <= on <= ends:
            return row
    return None


@cache
def _rows() -> tuple[dict[str, str], ...]:
    path = Path(settings.ROOT) / "data" / "window" / "message_forms.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
