"""What every test shares: a running database server."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from psycopg import sql

pytest_plugins = ["tests.traded"]


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all is collected: a fifth of the time that takes
    # One key everywhere: what is drawn at random from it (lanes of declarations) is the same in each clone.
    settings.SECRET_KEY = os.environ.setdefault("SECRET_KEY", "of the tests alone, the same in every clone")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made to be fast, not safe
    settings.DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"  # the same
    if not hasattr(config, "workerinput"):
        from fondaco.delivery.web.css import build
        from fondaco.kernel.postgres import cluster

        build()  # style sheet and translations, once and before any process has read them
        if settings.EMBEDDED:
            cluster(settings.HOME).start()


@pytest.fixture(scope="session", autouse=True)
def _flushed_by_need() -> Iterator[None]:
    """After a test that commits, TRUNCATE only what holds rows: emptying 170 tables makes their files anew.

    Content types and permissions stay, so nothing is to be made again once the tables are empty.
    """
    from django.core.management.commands import flush
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        ours = set(tables) - {"django_content_type", "auth_permission"}
        one = "(SELECT {} FROM {} LIMIT 1)"
        asked = sql.SQL(" UNION ALL ").join(
            sql.SQL(one).format(sql.Literal(table), sql.Identifier(table)) for table in sorted(ours)
        )
        with self.connection.cursor() as cursor:
            cursor.execute(asked)
            held = [row[0] for row in cursor.fetchall()]
        return whole(self, style, held, **options | {"allow_cascade": True})

    whole = DatabaseOperations.sql_flush
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    seconds: Counter[Path] = Counter()
    for item in items:
        if mark := item.get_closest_marker("slow"):
            seconds[item.path] = max(seconds[item.path], *mark.args)
    items.sort(key=lambda item: -seconds[item.path])  # the longest files first: all workers end together
    if settings.SHARED_DATA.is_dir():
        return
    skip = pytest.mark.skip(reason=f"{settings.SHARED_DATA} is not on this machine")
    for item in items:
        if "realdata" in item.keywords:
            item.add_marker(skip)


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not walk it time and again (a tenth of all work)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture
def database_url() -> str:
    """The test database's address, password and all, for a process of its own."""
    from django.db import connection

    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}"))
