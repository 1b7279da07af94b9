"""Which editions of tariffs are held: their provenance, for doctor and pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fondaco.platforms.window.models import TariffRelease


@dataclass(frozen=True, slots=True)
class ReleaseDTO:
    """One tariff file as it was read."""

    name: str
    label: str
    source: str
    licence: str
    sha256: str
    valid_from: date
    rows: int


def releases_held() -> list[ReleaseDTO]:
    """Every tariff release held, by jurisdiction and dataset."""
    rows = TariffRelease.objects.order_by("jurisdiction", "dataset", "valid_from")
    return [
        ReleaseDTO(
            f"{r.jurisdiction}/{r.dataset}", r.label, r.source, r.licence, r.sha256, r.valid_from, r.rows
        )
        for r in rows
    ]
