"""Rows in bulk: what is bound comes back as it was, whatever it is made of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.kernel.bulk import (
    array_literal,
    as_json,
    bytes_literal,
    hex_of,
    insert_many,
    insert_rows,
    text_literal,
    update_many,
    update_rows,
)

_KEY = UUID("018f0000-0000-7000-8000-000000000001")
_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_COLUMNS = {"id": "uuid", "at": "timestamptz", "said": "text", "more": "jsonb", "raw": "bytea", "n": "bigint"}
_TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.sampled_from(["", "NULL", "null", "{}", '"', "\\", ' a,"b"\\ ', "\n\t", "\u2003"]),
)


@pytest.fixture
def table(db: Any) -> str:
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        cursor.execute(f"CREATE TEMP TABLE bulk ({columns}, UNIQUE (id))")
    return "bulk"


def rows_of(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, at, said, more, raw, n FROM {table} ORDER BY n")
        return cursor.fetchall()  # type: ignore[no-any-return]


@given(st.lists(_TEXTS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_come_back_as_they_were(db: Any, texts: list[str | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [text_literal(texts)])
        assert cursor.fetchone() == (texts,)


@given(st.lists(st.tuples(st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.uuids(), st.binary())))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_keys_and_bytes_come_back_as_they_were(db: Any, rows: list[tuple[Any, ...]]) -> None:
    numbers, keys, raw = ([row[part] for row in rows] for part in range(3))
    arrays = [array_literal(numbers), array_literal(keys), bytes_literal(raw), array_literal([_AT, None])]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::bigint[], %s::uuid[], %s::bytea[], %s::timestamptz[]", arrays)
        assert cursor.fetchone() == (numbers, keys, raw, [_AT, None])


def test_a_row_is_inserted_skipped_replaced_and_updated(table: str) -> None:
    row = (_KEY, _AT, 'said "so"', {"a": ["\\", '"', None]}, hex_of(b"\x00\xff"), 1)
    assert insert_many(table, _COLUMNS, [row]) == 1
    assert insert_many(table, _COLUMNS, [row], skip_existing=True) == 0
    assert rows_of(table) == [(_KEY, _AT, 'said "so"', '{"a": ["\\\\", "\\"", null]}', b"\x00\xff", 1)]
    assert insert_many(table, _COLUMNS, [(_KEY, None, None, {}, None, 2)], replace_on=("id",)) == 1
    assert rows_of(table) == [(_KEY, None, None, "{}", None, 2)]
    assert update_many(table, ("id", "n"), [(_KEY, 3)]) == 1
    assert rows_of(table)[0][-1] == 3
    assert update_many(table, ("id", "n"), []) == 0


def test_keys_of_written_rows_come_back_and_missing_values_are_null(table: str) -> None:
    row = {"id": _KEY, "n": 7, "said": "one"}
    assert insert_rows(table, ("id", "n", "said"), [row], key="id") == [_KEY]
    assert insert_rows(table, ("id", "n"), [row], ending="ON CONFLICT DO NOTHING", key="id") == []
    assert update_rows(table, ("said",), [{"id": _KEY, "n": 9}]) == 1
    assert rows_of(table) == [(_KEY, None, None, None, None, 7)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("\\u0000", "\\u0000"),  # six characters that only look like one
        ("\\\0", "\\\ufffd"),
        ("\\\\u0000\0", "\\\\u0000\ufffd"),
    ],
)
def test_a_character_that_postgresql_lacks_is_shown_and_nothing_else_is_touched(
    table: str, text: str, kept: str
) -> None:
    assert insert_rows(table, ("n", "said", "more"), [{"n": 1, "said": text, "more": {text: text}}]) == []
    assert rows_of(table)[0][2] == kept
    assert json.loads(rows_of(table)[0][3]) == {kept: kept}


def test_what_json_does_not_know_is_told_as_text() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd"

    told = as_json({"odd": Odd(), "sum": Decimal("1.10"), "at": _AT, "key": _KEY})
    assert json.loads(told) == {"odd": "odd", "sum": "1.10", "at": "2026-11-22T09:00:00Z", "key": str(_KEY)}
