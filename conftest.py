"""What every test shares: a running database server."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

pytest_plugins = ["tests.traded"]


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made to be fast, not safe
    if not hasattr(config, "workerinput"):
        from fondaco.delivery.web.css import build
        from fondaco.kernel.postgres import cluster

        build()  # style sheet and translations, once and before any process has read them
        if settings.EMBEDDED:
            cluster(settings.HOME).start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if "slow" in item.keywords}
    items.sort(key=lambda item: item.path not in slow)  # long files first: both workers end together
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
