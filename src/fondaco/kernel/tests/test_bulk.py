"""Rows in bulk: what is bound comes back as it was, whatever it is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.kernel.bulk import insert_many, text_literal, update_many

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


def test_a_row_is_inserted_skipped_replaced_and_updated(table: str) -> None:
    row = (_KEY, _AT, 'said "so"', {"a": ["\\", '"', None]}, b"\x00\xff", 1)
    assert insert_many(table, _COLUMNS, [row]) == 1
    assert insert_many(table, _COLUMNS, [row], skip_existing=True) == 0
    assert rows_of(table) == [(_KEY, _AT, 'said "so"', '{"a": ["\\\\", "\\"", null]}', b"\x00\xff", 1)]
    assert insert_many(table, _COLUMNS, [(_KEY, None, None, {}, None, 2)], replace_on=("id",)) == 1
    assert rows_of(table) == [(_KEY, None, None, "{}", None, 2)]
    assert update_many(table, {"id": "uuid", "n": "bigint"}, [(_KEY, 3)]) == 1
    assert rows_of(table)[0][-1] == 3
