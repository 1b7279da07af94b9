"""Kill -9 of the worker and of the database in mid-run: the rerun completes, nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from psycopg import sql

from fondaco.kernel.postgres import Cluster, cluster
from tests import kill_run
from tests.forking import Process, said_by, start

pytestmark = pytest.mark.slow(120)

ORDERS = 80
COUNTED = {
    "orders": "SELECT count(*) FROM orders_order",
    "settled": "SELECT count(*) FROM orders_order WHERE state = 'settled'",
    "consignments": "SELECT count(*) FROM logistics_consignment",
    "declarations": "SELECT count(*) FROM window_declaration",
    "payments": "SELECT count(*) FROM finance_paymentintent",
    # Which provider takes a payment is drawn by lot, so how many files settle them differs from run to run.
    "journals": "SELECT count(*) FROM finance_journal WHERE kind <> 'provider.settled'",
    "ledger": """SELECT coalesce(sum(abs(e.amount)), 0) FROM finance_entry e JOIN finance_journal j ON j.id = e.journal_id
                 WHERE j.kind <> 'provider.settled'""",
    "settled beyond what was taken": """SELECT count(*) FROM (SELECT 1 FROM finance_entry e
        JOIN finance_account a ON a.id = e.account_id WHERE a.code = 'provider_clearing'
        GROUP BY a.id HAVING sum(e.amount) > 0) x""",
    "unexplained": """SELECT coalesce(sum(abs(e.amount)), 0) FROM finance_entry e
        JOIN finance_account a ON a.id = e.account_id WHERE a.code = 'suspense'""",
    "trade": "SELECT coalesce(sum(value_gbp_minor), 0) FROM statistics_traderow",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A cluster of our own, so that it can be killed; outside pytest's folders, which are closed to others."""
    with TemporaryDirectory(prefix="fondaco-kill-") as home:
        Path(home).chmod(0o755)
        own = cluster(Path(home))
        own.start()
        yield own
        own.stop(mode="immediate")


@pytest.fixture
def prepared(server: Cluster, django_db_setup: None, database_url: str, tmp_path: Path) -> str:
    """A database with reference data and no orders but one, to be copied; its tables are those of the tests'."""
    _admin(server, "CREATE DATABASE base")
    dump, load = (str(server.binaries / tool) for tool in ("pg_dump", "psql"))
    tables = subprocess.run([dump, "--no-owner", database_url], check=True, capture_output=True).stdout
    quietly = ["-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull]
    subprocess.run([load, *quietly, server.url("base")], input=tables, check=True, capture_output=True)
    _finish(_start(server, "base", tmp_path / "base", orders=1), tmp_path / "base")
    return "base"


def _start(server: Cluster, database: str, home: Path, *, orders: int = ORDERS) -> Process:
    return start(
        kill_run.run, orders, database_url=server.url(database), home=home, SHARED_DATA=Path("/nonexistent")
    )


def _finish(run: Process, home: Path) -> dict[str, Any]:
    run.join(900)
    assert run.exitcode == 0, said_by(home)[-2000:]
    summary: dict[str, Any] = json.loads(said_by(home).strip().splitlines()[-1])
    return summary


def _admin(server: Cluster, statement: str, *names: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _books(server: Cluster, database: str) -> dict[str, int]:
    with psycopg.connect(server.url(database)) as connection:
        return {name: count for name, query in COUNTED.items() for (count,) in connection.execute(query)}


def _stands(server: Cluster, database: str) -> int:
    """How far the run has come: orders times states entered."""
    with psycopg.connect(server.url(database)) as connection:
        found = connection.execute("SELECT count(*) FROM orders_order, jsonb_object_keys(reached)").fetchone()
    return int(found[0]) if found else 0


def _wait_for(server: Cluster, database: str, run: Process, at_least: int) -> bool:
    """Wait until the run has come so far; False if it ended first."""
    for _ in range(2400):
        if run.exitcode is not None:
            return False
        if _stands(server, database) >= at_least:
            return True
        time.sleep(0.02)
    raise AssertionError("the run came no further")


def test_a_run_killed_again_and_again_ends_like_one_that_was_not(
    server: Cluster, prepared: str, tmp_path: Path
) -> None:
    for name in ("calm", "stormy"):
        _admin(server, "CREATE DATABASE {} TEMPLATE {}", name, prepared)
    expected = _finish(_start(server, "calm", tmp_path / "calm"), tmp_path / "calm")
    calm = _books(server, "calm")
    kills = 0
    for share in (0.5, 4.6):
        run = _start(server, "stormy", tmp_path / "stormy")
        if _wait_for(server, "stormy", run, int(share * ORDERS)):
            run.kill()
            kills += 1
        run.join(60)
    run = _start(server, "stormy", tmp_path / "stormy")
    if _wait_for(server, "stormy", run, int(6.9 * ORDERS)):
        _kill_database(server)
        kills += 1
    run.join(120)
    server.start()
    summary = _finish(_start(server, "stormy", tmp_path / "stormy"), tmp_path / "stormy")
    assert kills >= 2
    assert _books(server, "stormy") == calm
    assert (calm["settled beyond what was taken"], calm["unexplained"]) == (0, 0)
    for name in ("orders", "priced", "needs_manual", "declared", "released", "settled"):
        assert summary[name] == expected[name], name
    assert summary["settled"] > ORDERS // 2
    assert set(summary["trial_balance"].values()) == {0}


def _kill_database(server: Cluster) -> None:
    os.kill(int((server.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    time.sleep(0.5)
