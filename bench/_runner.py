"""What the benches share: a scratch database that is dropped afterwards, a stopwatch, the RESULT line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from fondaco.kernel.postgres import cluster

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def scratch_database(name: str) -> Iterator[None]:
    """A migrated database of this process's own, with Django set up on it; dropped at the end. Once a process."""
    with empty_database(name) as url:
        try:
            os.environ["DATABASE_URL"] = url
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
            _migrate()
            yield
        finally:
            _close()


@contextmanager
def empty_database(name: str, *, like: str = "template1") -> Iterator[str]:
    """The address of a new database on the server in use, a copy of another if one is named; dropped at the end."""
    base = _server_url()
    database = f"bench_{name}_{os.getpid()}"
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _execute(
        base, made.format(sql.Identifier(database), sql.Identifier(urlsplit(like).path.lstrip("/") or like))
    )
    try:
        yield urlunsplit(urlsplit(base)._replace(path=f"/{database}"))
    finally:
        _execute(base, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def migrate_other(url: str) -> None:
    """Migrate the database at `url` in a process of its own."""
    env = {**os.environ, "DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True)


@contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """Wall-clock seconds of the block, in the mapping's `seconds` once it has ended."""
    taken = {"seconds": 0.0}
    began = time.perf_counter()
    yield taken
    taken["seconds"] = time.perf_counter() - began


def result(figures: Mapping[str, Any]) -> None:
    """Print the bench's last line: RESULT and the figures as JSON, rates rounded to three digits or more."""
    rounded = {
        k: round(v, 3 if abs(v) < 100 else 0) if isinstance(v, float) else v for k, v in figures.items()
    }
    print(f"RESULT {json.dumps(rounded)}", flush=True)


def _server_url() -> str:
    if url := os.environ.get("DATABASE_URL"):
        return urlunsplit(urlsplit(url)._replace(path="/postgres"))
    own = cluster(Path(os.environ.get("FONDACO_HOME", ROOT / ".fondaco")))
    own.start()
    return own.url("postgres")


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def _close() -> None:
    from django.db import connections

    connections.close_all()
