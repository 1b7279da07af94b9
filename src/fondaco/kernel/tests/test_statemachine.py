from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction

from fondaco.kernel.statemachine import IllegalTransition, Machine, installed_transitions


class Light(models.TextChoices):
    RED = "red"
    GREEN = "green"
    OFF = "off"


LIGHT = Machine(
    "light",
    Light,
    {(Light.RED, "go"): Light.GREEN, (Light.GREEN, "stop"): Light.RED, (Light.RED, "switch_off"): Light.OFF},
)


@pytest.fixture
def table(db: None) -> str:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE lamp (id int, state varchar(10), note text)")
        cursor.execute(LIGHT.guard_sql("lamp"))
        cursor.execute("INSERT INTO lamp VALUES (1, 'red', ''), (2, 'green', '')")
    return "lamp"


def test_code_follows_the_table() -> None:
    assert LIGHT.after(Light.RED, "go") == Light.GREEN
    assert LIGHT.sources("stop") == ["green"]
    assert LIGHT.events(Light.RED) == ["go", "switch_off"]
    with pytest.raises(IllegalTransition, match="'go' is not possible from 'off'"):
        LIGHT.after(Light.OFF, "go")


@pytest.mark.parametrize("start", list(Light))
@pytest.mark.parametrize("end", list(Light))
def test_the_database_follows_the_same_table(table: str, start: Light, end: Light) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO lamp VALUES (3, %s, '')", [start])
    legal = start == end or (start, end) in LIGHT.edges
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE lamp SET state = %s WHERE id = 3", [end])
    except IntegrityError:
        assert not legal
    else:
        assert legal


def test_one_illegal_row_undoes_the_whole_statement(table: str) -> None:
    with (
        pytest.raises(IntegrityError, match="illegal transition of light"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE lamp SET state = 'off'")
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM lamp ORDER BY id")
        assert cursor.fetchall() == [("red",), ("green",)]


def test_the_guard_is_read_back_and_taken_away(table: str) -> None:
    assert installed_transitions("lamp") == LIGHT.edges
    with connection.cursor() as cursor:
        cursor.execute(LIGHT.unguard_sql("lamp"))
    assert installed_transitions("lamp") == frozenset()
