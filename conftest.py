"""What every test shares: a running database server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

pytest_plugins = ["tests.traded"]


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made to be fast, not safe
    settings.DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"  # the same
    if not hasattr(config, "workerinput"):
        from fondaco.delivery.web.css import build
        from fondaco.kernel.postgres import cluster

        build()  # style sheet and translations, once and before any process has read them
        if settings.EMBEDDED:
            cluster(settings.HOME).start()


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


@pytest.fixture
def database_url() -> str:
    """The test database's address, password and all, for a process of its own."""
    from django.db import connection

    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}"))
