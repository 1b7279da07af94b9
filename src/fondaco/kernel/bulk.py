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
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    *,
    skip_existing: bool = False,
    replace_on: Sequence[str] = (),
) -> int:
    """Insert `rows` into `table`; `columns` maps names to SQL types. Returns how many were written.

    `skip_existing` leaves out rows that any unique constraint already has; `replace_on` names the
    columns of one, and a row that it already has is overwritten.
    """
    if not rows:
        return 0
    names = ", ".join(f'"{name}"' for name in columns)
    ending = " ON CONFLICT DO NOTHING" if skip_existing else _replacing(columns, replace_on)
    statement = f'INSERT INTO "{table}" ({names}) SELECT * FROM unnest({_arrays(columns)}){ending}'  # noqa: S608
    return _run(statement, columns, rows)


def _replacing(columns: Mapping[str, str], key: Sequence[str]) -> str:
    if not key:
        return ""
    sets = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns if name not in key)
    return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}"


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
    """What is bound for one column: a ready literal, but bytes through the driver."""
    if kind == "jsonb":
        return text_literal([json.dumps(value, default=str) for value in values])
    if kind.startswith(("text", "varchar", "char")):
        return text_literal(values)
    return list(values) if kind == "bytea" else array_literal(values)


def array_literal(values: Sequence[Any]) -> str:
    """A PostgreSQL array of numbers, dates, times, UUIDs or booleans: a third of the driver's work.

    Not for text: nothing is escaped.
    """
    return "{" + ",".join(["NULL" if value is None else f'"{value}"' for value in values]) + "}"


def text_literal(values: Sequence[Any]) -> str:
    """A PostgreSQL array of texts, each quoted and escaped: for JSON a tenth of the driver's work."""
    return "{" + ",".join(["NULL" if value is None else f'"{_escaped(value)}"' for value in values]) + "}"


def _escaped(value: Any) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"')
