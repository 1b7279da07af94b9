"""Processes of the tests' own, to be killed: forked from one in which Django is set up already.

A fresh interpreter takes seconds to import the house; one fork server takes them once for all that a test
process starts. What runs is a function of a module, with arguments that can be pickled.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Process = multiprocessing.context.ForkServerProcess
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.forked"])


def start(
    function: Callable[..., object], *args: Any, database_url: str, home: Path, **settings: Any
) -> Process:
    """Run `function(*args)` in a process of its own on another database and folder, with `settings` changed.

    What it writes to standard output and standard error goes to `home`/said.txt. The exit code of a
    function that raised is 1.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _environment({"DJANGO_SETTINGS_MODULE": "fondaco.config.settings"}):
        process = _SERVER.Process(target=_run, args=(function, args, database_url, str(home), settings))
        process.start()
    return process


def said_by(home: Path) -> str:
    """What the processes of `home` have said so far."""
    path = home / "said.txt"
    return path.read_text(errors="replace") if path.exists() else ""


def _run(
    function: Callable[..., object],
    args: tuple[Any, ...],
    database_url: str,
    home: str,
    changed: dict[str, Any],
) -> None:
    said = os.open(Path(home) / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.update(DATABASE_URL=database_url, FONDACO_HOME=home)  # for processes that this one starts
    from django.conf import settings
    from django.db import connection

    from fondaco.config.settings import _database

    facts = _database(database_url)
    connection.settings_dict.update({key: facts[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    for name, value in {"HOME": Path(home), "DATABASE_URL": database_url, **changed}.items():
        setattr(settings, name, value)
    function(*args)
    sys.stdout.flush()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
