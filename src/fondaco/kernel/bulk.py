"""Many rows in one statement: what a batch of hundreds of orders writes with.

Several times cheaper than building model instances and placeholders row by row; the columns and their
SQL types are named by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def insert_many(
    table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], *, skip_existing: bool = False
) -> int:
    """Insert `rows` into `table`; `columns` maps names to SQL types. Returns how many were inserted.

    `skip_existing` leaves out rows that any unique constraint already has.
    """
    if not rows:
        return 0
    names = ", ".join(f'"{name}"' for name in columns)
    ending = " ON CONFLICT DO NOTHING" if skip_existing else ""
    statement = f'INSERT INTO "{table}" ({names}) SELECT * FROM unnest({_arrays(columns)}){ending}'  # noqa: S608
    return _run(statement, columns, rows)


def update_many(table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> int:
    """Set columns of the rows named by the first column, the key. Returns how many were found."""
    if not rows:
        return 0
    key, *rest = columns
    names = ", ".join(f'"{name}"' for name in columns)
    targets = ", ".join(f'"{name}" = v."{name}"' for name in rest)
    statement = (
        f'UPDATE "{table}" t SET {targets} FROM unnest({_arrays(columns)}) AS v({names}) '  # noqa: S608
        f'WHERE t."{key}" = v."{key}"'
    )
    return _run(statement, columns, rows)


def _arrays(columns: Mapping[str, str]) -> str:
    """One placeholder per column; JSON travels as text, which needs no wrapping."""
    return ", ".join(
        "%s::text[]::jsonb[]" if kind == "jsonb" else f"%s::{kind}[]" for kind in columns.values()
    )


def _run(statement: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> int:
    arrays = [
        _array(kind, values) for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, arrays)
        return int(cursor.rowcount)


def _array(kind: str, values: Sequence[Any]) -> Any:
    """What is bound for one column: text through the driver, all else as a ready literal."""
    if kind == "jsonb":
        return [json.dumps(value, default=str) for value in values]
    if kind.startswith(("text", "varchar", "char", "bytea")):
        return list(values)
    return array_literal(values)


def array_literal(values: Sequence[Any]) -> str:
    """A PostgreSQL array of numbers, dates, times, UUIDs or booleans: a third of the driver's work.

    Not for text: nothing is escaped.
    """
    return "{" + ",".join(["NULL" if value is None else f'"{value}"' for value in values]) + "}"
