"""Many rows in one statement: what a batch of hundreds of orders writes with.

The rows travel as one JSON parameter that PostgreSQL takes apart by the table's own column types. Names
of tables and columns are ours; bytes are given as PostgreSQL writes them (`hex_of`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from pydantic_core import to_json

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def insert_many(
    table: str,
    columns: Iterable[str],
    rows: Sequence[Sequence[Any]],
    *,
    skip_existing: bool = False,
    replace_on: Sequence[str] = (),
) -> int:
    """Insert `rows`, whose values stand in the order of `columns`. Returns how many were written.

    `skip_existing` leaves out rows that any unique constraint already has; `replace_on` names the
    columns of one, and a row that it already has is overwritten.
    """
    names = tuple(columns)
    ending = "ON CONFLICT DO NOTHING" if skip_existing else _replacing(names, replace_on)
    return _run(_insert(table, names, ending), _named(names, rows))[0]


def insert_rows(
    table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, ending: str = "", key: str = ""
) -> list[Any]:
    """Insert `rows`; `ending` is an ON CONFLICT clause. Gives the `key` of each row that was written."""
    returning = f' RETURNING "{key}"' if key else ""
    return _run(_insert(table, columns, ending) + returning, rows)[1]


def update_many(table: str, columns: Iterable[str], rows: Sequence[Sequence[Any]]) -> int:
    """Set columns of the rows named by the first column, the key. Returns how many were found."""
    names = tuple(columns)
    return update_rows(table, names[1:], _named(names, rows), key=names[0])


def update_rows(
    table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, key: str = "id"
) -> int:
    """Set `columns` of the rows named by their `key`. Returns how many were found."""
    targets = ", ".join(f'"{name}" = v."{name}"' for name in columns)
    statement = f'UPDATE "{table}" t SET {targets} FROM {_given(table)} v WHERE t."{key}" = v."{key}"'  # noqa: S608
    return _run(statement, rows)[0]


def as_json(value: Any) -> str:
    """`value` as JSON for PostgreSQL, which has no NUL: shown as the replacement character.

    Numbers stay exact, times are ISO 8601, and what JSON does not know is told as text.
    """
    text = to_json(value, fallback=str).decode()
    return _NUL.sub("\\1\ufffd", text) if "\\u0000" in text else text


def hex_of(raw: bytes) -> str:
    r"""`raw` as PostgreSQL reads a bytea: \\x and two digits a byte."""
    return f"\\x{raw.hex()}"


def _insert(table: str, columns: Sequence[str], ending: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) SELECT {names} FROM {_given(table)} {ending}'  # noqa: S608


def _given(table: str) -> str:
    return f'jsonb_populate_recordset(NULL::"{table}", %s::jsonb)'


def _replacing(columns: Sequence[str], key: Sequence[str]) -> str:
    if not key:
        return ""
    sets = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns if name not in key)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}"


def _named(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _run(statement: str, rows: Sequence[Mapping[str, Any]]) -> tuple[int, list[Any]]:
    """How many rows the statement wrote, and the keys that it gives back."""
    if not rows:
        return 0, []
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(rows)])
        return cursor.rowcount, [row[0] for row in cursor.fetchall()] if cursor.description else []


def array_literal(values: Sequence[Any]) -> str:
    """A PostgreSQL array of numbers, dates, times, UUIDs or booleans: a fifth of the driver's work.

    Not for text: nothing is quoted or escaped.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_literal(values: Sequence[str | None]) -> str:
    """A PostgreSQL array of texts, each quoted and, where one needs it, escaped: for JSON a tenth of the driver's work."""
    if None not in values:
        plain = '","'.join(values)  # type: ignore[arg-type]
        if "\\" not in plain and plain.count('"') == 2 * (len(values) - 1):
            return '{"' + plain + '"}'
    return "{" + ",".join(["NULL" if value is None else f'"{_escaped(value)}"' for value in values]) + "}"


def bytes_literal(values: Sequence[bytes]) -> str:
    """A PostgreSQL array of byte strings."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
