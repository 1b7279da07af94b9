"""Writing many rows as one JSON parameter: PostgreSQL takes them apart, far faster than placeholders.

`columns` are fixed names of ours, never input. Values are what `json` knows, and UUIDs, dates and times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from pydantic_core import to_json


def insert_rows(
    table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, ending: str = "", key: str = ""
) -> list[Any]:
    """Insert `rows`; `ending` is an ON CONFLICT clause. Gives the `key` of each row that was written."""
    if not rows:
        return []
    names = ", ".join(f'"{name}"' for name in columns)
    returning = f' RETURNING "{key}"' if key else ""
    statement = (
        f'INSERT INTO "{table}" ({names}) SELECT {names} '  # noqa: S608 - names are ours
        f'FROM jsonb_populate_recordset(NULL::"{table}", %s::jsonb) {ending}{returning}'
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(rows)])
        return [row[0] for row in cursor.fetchall()] if key else []


def update_rows(table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set `columns` of the rows named by their `id`."""
    if not rows:
        return
    targets = ", ".join(f'"{name}" = v."{name}"' for name in columns)
    statement = (
        f'UPDATE "{table}" t SET {targets} '  # noqa: S608 - names are ours
        f'FROM jsonb_populate_recordset(NULL::"{table}", %s::jsonb) v WHERE t.id = v.id'
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(rows)])


def as_json(value: Any) -> str:
    """`value` as JSON for PostgreSQL, which has no NUL: shown as the replacement character."""
    return to_json(value).decode().replace("\\u0000", "\\ufffd")
