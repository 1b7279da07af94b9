"""What the room's services share: set-based updates, audit and events of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from fondaco.kernel import audit, outbox

ACTOR = "finance"


def update_many(table: str, columns: dict[str, str], rows: Sequence[Sequence[Any]]) -> int:
    """Set `columns` (name -> SQL type) of `table` for rows of (id, value, ...): one statement."""
    if not rows:
        return 0
    ids, *values = zip(*rows, strict=True)
    targets = ", ".join(f"{name} = v.{name}" for name in columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    names = ", ".join(columns)
    statement = (
        f"UPDATE {table} t SET {targets} FROM unnest(%s::uuid[], {arrays}) AS v(id, {names}) "  # noqa: S608
        "WHERE t.id = v.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids), *[list(column) for column in values]])
        return int(cursor.rowcount)


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
