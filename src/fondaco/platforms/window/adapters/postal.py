"""The limits of the posts' customs forms, read from data/window/postal_forms.csv."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.messages.edifact.itmatt import FormLimit


@cache
def form_limits() -> tuple[FormLimit, ...]:
    """Every limit that is known of form CN 22."""
    path = Path(settings.ROOT) / "data" / "window" / "postal_forms.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_limit(row) for row in csv.DictReader(file))


def _limit(row: dict[str, str]) -> FormLimit:
    return FormLimit(
        form=row["form"],
        dispatch=row["dispatch"],
        up_to=Money.of(row["up_to"], row["currency"]),
        up_to_mass_g=int(row["up_to_mass_g"]),
        valid_from=date.fromisoformat(row["from"]),
        valid_to=date.fromisoformat(row["to"]) if row["to"] else None,
        source=row["source"],
    )
