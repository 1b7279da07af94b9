"""In which language an office wants its declarations: data/window/message_forms.csv, dated."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

PLAIN = "wco"


def form_for(country: str, kind: str, *, on: date) -> str:
    """Wco (JSON), gacc, cds or edifact."""
    for row in _rows():
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        if (
            row["country"] == country
            and row["kind"] == kind
            and date.fromisoformat(row["valid_from"]) <= on <= ends
        ):
            return row["form"]
    return PLAIN


@cache
def _rows() -> tuple[dict[str, str], ...]:
    path = Path(settings.ROOT) / "data" / "window" / "message_forms.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
