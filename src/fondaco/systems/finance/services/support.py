"""What the room's services share: set-based writes, audit and events of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import insert_many

ACTOR = "finance"


def insert_models(rows: Sequence[models.Model], *, skip_existing: bool = True) -> int:
    """Insert unsaved model rows in one statement, without the per-field work of bulk_create.

    All concrete columns are written as they stand on the rows; those with a database default must be
    set. Rows that a unique constraint already has are left out. Returns how many were inserted.
    """
    if not rows:
        return 0
    fields = rows[0]._meta.concrete_fields
    columns = {str(field.column): _sql_type(field) for field in fields}
    values = [[getattr(row, field.attname) for field in fields] for row in rows]
    return insert_many(rows[0]._meta.db_table, columns, values, skip_existing=skip_existing)


def _sql_type(field: models.Field[Any, Any]) -> str:
    """The column's type without its length."""
    return (field.db_type(connection) or "text").split("(")[0]


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
