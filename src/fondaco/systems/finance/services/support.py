"""What the room's services share: set-based writes, audit and events of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import hex_of, insert_many

ACTOR = "finance"


def insert_models(rows: Sequence[models.Model], *, skip_existing: bool = True) -> int:
    """Insert unsaved model rows in one statement, without the per-field work of bulk_create.

    All concrete columns are written as they stand on the rows; those with a database default must be
    set. Rows that a unique constraint already has are left out. Returns how many were inserted.
    """
    if not rows:
        return 0
    fields = rows[0]._meta.concrete_fields
    values = [[_value(getattr(row, field.attname)) for field in fields] for row in rows]
    columns = [str(field.column) for field in fields]
    return insert_many(rows[0]._meta.db_table, columns, values, skip_existing=skip_existing)


def _value(kept: Any) -> Any:
    return hex_of(kept) if isinstance(kept, bytes) else kept


def tell(
    topic: str,
    *,
    subject_type: str,
    facts: Iterable[tuple[UUID, UUID | None, dict[str, Any]]],
    at: datetime,
    actor: str = ACTOR,
) -> None:
    """Audit and outbox rows for `facts` of (subject id, organisation, detail), in this transaction."""
    told = list(facts)
    audit.record(
        [audit.Deed(topic, subject_type, str(subject), owner, detail) for subject, owner, detail in told],
        actor=actor,
        at=at,
    )
    outbox.append(
        [outbox.Event(topic, str(subject), {"id": str(subject), **detail}) for subject, _, detail in told]
    )
