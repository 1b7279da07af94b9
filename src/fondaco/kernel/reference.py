"""Reference data: which version of which table holds when, where it came from, when it was checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from fondaco.kernel.errors import Conflict
from fondaco.kernel.models import ReferenceSet


class ReferenceChanged(Conflict):
    code = "reference-changed"
    title = "This version of a reference table is already recorded with other contents."
    remedy = "Give changed contents a new version."


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of a body of reference data; it holds from `valid_from` until before `valid_to`."""

    name: str
    version: str
    valid_from: date
    valid_to: date | None
    source: str
    licence: str
    checked_on: date
    review_days: int
    sha256: str
    row_count: int


@dataclass(frozen=True, slots=True)
class ReferenceAge:
    """How long ago the newest version of a reference was checked, and whether that is too long."""

    name: str
    version: str
    checked_on: date
    age_days: int
    is_stale: bool


def register_reference(
    name: str,
    *,
    version: str,
    valid_from: date,
    source: str,
    licence: str,
    checked_on: date,
    content: bytes,
    row_count: int,
    now: datetime,
    valid_to: date | None = None,
    review_days: int = 365,
) -> Reference:
    """Record that a version of reference data is loaded. Same contents again: only `checked_on` moves on.

    `content` is what was loaded, kept as its SHA-256. ReferenceChanged where the version is recorded with
    other contents.
    """
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        row, is_new = ReferenceSet.objects.select_for_update().get_or_create(
            name=name,
            version=version,
            defaults={
                "valid_from": valid_from, "valid_to": valid_to, "source": source, "licence": licence,
                "checked_on": checked_on, "review_days": review_days, "sha256": digest,
                "row_count": row_count, "loaded_at": now,
            },
        )  # fmt: skip
        if not is_new and row.sha256 != digest:
            raise ReferenceChanged(f"{name} {version}", field="sha256", value=digest)
        if row.checked_on < checked_on:
            row.checked_on = checked_on
            row.save(update_fields=["checked_on"])
    return _reference(row)


def reference_age(*, now: datetime) -> list[ReferenceAge]:
    """The age of every reference, by its version last checked, oldest first."""
    newest = ReferenceSet.objects.order_by("name", "-checked_on", "-id").distinct("name")
    ages = [
        ReferenceAge(row.name, row.version, row.checked_on, days, days > row.review_days)
        for row in newest
        for days in [(now.date() - row.checked_on).days]
    ]
    return sorted(ages, key=lambda age: -age.age_days)


def _reference(row: ReferenceSet) -> Reference:
    return Reference(
        row.name, row.version, row.valid_from, row.valid_to, row.source, row.licence,
        row.checked_on, row.review_days, row.sha256, row.row_count,
    )  # fmt: skip
