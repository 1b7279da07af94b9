"""A database in which trade has taken place: the whole flow, run over twenty made-up orders.

A module that asks for `traded` runs all its tests in a copy of it, each still in a transaction of its
own that is rolled back. It is made once per test run, however many processes share the run, and with
`--reuse-db` it is kept for the next.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection, transaction
from django.test import override_settings
from psycopg import sql
from pytest_django import DjangoDbBlocker

if TYPE_CHECKING:  # rooms may be imported only once Django is set up, and this is a plugin
    from fondaco.flows.house import House

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ORDERS = 20


@dataclass(frozen=True, slots=True)
class Traded:
    """What stands in the database: the standing parties, and when the flow ran."""

    house: House
    now: datetime = NOW
    orders: int = ORDERS


@pytest.fixture(scope="session")
def traded_database(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The name of this process's own copy."""
    own = str(connection.settings_dict["NAME"])
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    base, copy = f"{own.removesuffix('_' + worker)}_traded", f"{own}_traded_copy"
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if hasattr(request.config, "workerinput") else shared
    with (shared / "traded.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = shared / "traded.made"
        kept = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
        if not made.exists() and not (kept and _exists(base)):
            _make(base, like=own, home=shared)
        made.touch()
        connection.close()
        _copy(base, copy)
    yield copy
    with django_db_blocker.unblock():
        connection.close()
        if not request.config.getvalue("reuse_db"):
            _drop(copy)


@pytest.fixture(scope="module")
def traded(traded_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Traded]:
    """The module's tests run in the database of trade."""
    from fondaco.flows.house import ensure_house
    from fondaco.systems.logistics import public as logistics

    with django_db_blocker.unblock(), connected_to(traded_database):
        house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
        with django_db_blocker.block():
            yield Traded(house)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Use database `name` of the same server, in this thread and in those begun meanwhile."""
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


@contextmanager
def copied(name: str) -> Iterator[None]:
    """Use a further copy of database `name`, dropped afterwards: for what must stay out of the next module's."""
    connection.close()
    _copy(name, f"{name}_own")
    try:
        with connected_to(f"{name}_own"):
            yield
    finally:
        _drop(f"{name}_own")


@contextmanager
def standing(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written inside stands for all tests of a module, each in a savepoint, and is rolled back after them."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def _make(base: str, *, like: str, home: Path) -> None:
    from fondaco.flows.demo import run_demo
    from fondaco.systems.logistics.public import ensure_demo_network, warm_routing

    connection.close()
    _copy(like, base)
    try:
        with connected_to(base), override_settings(SHARED_DATA=home / "none", HOME=home):
            ensure_demo_network(now=NOW)
            warm_routing(now=NOW)  # compiled once for all processes; uncompiled, a question takes six seconds
            run_demo(now=NOW, generated=ORDERS, services=60)
    except BaseException:
        _drop(base)  # half a trade must not be taken for a whole one by the next run
        raise


def _copy(name: str, copy: str) -> None:
    _drop(copy)
    _admin("CREATE DATABASE {} TEMPLATE {}", copy, name)


def _drop(name: str) -> None:
    _admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _exists(name: str) -> bool:
    with _server() as server:
        return bool(server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def _admin(statement: str, *names: str) -> None:
    with _server() as server:
        server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _server() -> psycopg.Connection:
    facts = connection.settings_dict
    return psycopg.connect(
        dbname="postgres", user=facts["USER"], password=facts["PASSWORD"] or None, host=facts["HOST"],
        port=facts["PORT"] or None, autocommit=True,
    )  # fmt: skip
