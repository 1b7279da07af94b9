from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kernel.sql import append_only_sql, appendable_sql, is_append_only


@pytest.fixture
def guarded(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ledgerlike (id int, amount int, state text)")
        cursor.execute(append_only_sql("ledgerlike", mutable=["state"]))
        cursor.execute("INSERT INTO ledgerlike VALUES (1, 10, 'open')")


def _refused(sql: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL fondaco.guard_truncate = 'on'")
            cursor.execute(sql)
    except IntegrityError as exc:
        return bool(re.search("append-only", str(exc)))
    return False


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledgerlike SET amount = 11",
        "UPDATE ledgerlike SET amount = 11, state = 'shut'",
        "DELETE FROM ledgerlike",
        "TRUNCATE ledgerlike",
    ],
)
def test_change_is_refused_even_to_a_replication_role(guarded: None, sql: str) -> None:
    assert _refused(sql)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        assert _refused(sql)
        cursor.execute("SET LOCAL session_replication_role = 'origin'")
        cursor.execute("SELECT * FROM ledgerlike")
        assert cursor.fetchall() == [(1, 10, "open")]


def test_a_mutable_column_changes(guarded: None) -> None:
    assert not _refused("UPDATE ledgerlike SET state = 'shut'")


def test_the_guard_is_seen_and_can_be_taken_away(guarded: None) -> None:
    assert is_append_only("ledgerlike")
    with connection.cursor() as cursor:
        cursor.execute(appendable_sql("ledgerlike"))
    assert not is_append_only("ledgerlike")
    assert not _refused("DELETE FROM ledgerlike")


def test_a_table_name_is_not_a_way_in() -> None:
    with pytest.raises(ValueError, match="plain SQL name"):
        append_only_sql("a; DROP TABLE b")
