"""What every command shares: the database, problems told as a person would, and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer
from django.db import OperationalError
from pydantic_core import to_json
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fondaco.config.database import ensure_schema, ensure_server
from fondaco.kernel.errors import FondacoError, Refused, Unavailable
from fondaco.kernel.files import whole_file

_P = ParamSpec("_P")
_R = TypeVar("_R")

out = Console()
err = Console(stderr=True)
JSON = typer.Option(False, "--json", help="One line of JSON.")


class Exit(IntEnum):
    """Exit codes of `fondaco`, the same for every command."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3
    INTERRUPTED = 130


class NotADay(Refused):
    code = "not-a-day"
    title = "This is no day."
    remedy = "Write it as 2027-01-31."


class FileTrouble(Refused):
    code = "file-trouble"
    title = "This file cannot be opened."
    remedy = "Check that it is there, is a file, and may be read (or written) by you."


class DiskFull(Unavailable):
    code = "disk-full"
    title = "There is no room left to write."
    remedy = "Make room on the disk and run the command again: no file was left half written."


class NotText(Refused):
    code = "not-text"
    title = "This file is not text in UTF-8."
    remedy = "Save it as UTF-8 and try again."


class DatabaseLost(Unavailable):
    code = "database-lost"
    title = "The database does not answer."
    remedy = "Run the command again once it does: what was finished is kept. 'fondaco doctor' looks at it."


def say_problem(problem: FondacoError) -> Exit:
    """Show what happened and what to do; return the exit code for it."""
    lines = [problem.detail] if problem.detail else []
    if problem.field:
        given = "" if problem.value is None else f": {str(problem.value)[:200]}"
        lines.append(f"[dim]{problem.field}[/]{given}")
    if problem.remedy:
        lines.append(f"[bold]What to do:[/] {problem.remedy}")
    err.print(Panel("\n".join(lines), title=problem.title, border_style="red", title_align="left"))
    return Exit.UNAVAILABLE if isinstance(problem, Unavailable) else Exit.REFUSED


def print_json(facts: Any) -> None:
    """Answer a program, in one line: dataclasses as objects, sets as lists, times ISO 8601, decimals and ids as text."""
    sys.stdout.write(to_json(facts, fallback=str).decode() + "\n")


def tell(facts: Any, said: str, *, as_json: bool) -> None:
    """Answer a program with `facts` as one line of JSON, a person with the sentence `said`."""
    if as_json:
        print_json(facts)
    else:
        out.print(said)


def tell_rows(
    facts: Any, headings: Sequence[str], rows: Iterable[Sequence[object]], *, as_json: bool
) -> None:
    """Answer a program with `facts` as one line of JSON, a person with a table of `rows` under `headings`."""
    if as_json:
        print_json(facts)
        return
    table = Table(*headings, box=None, header_style="dim")
    for cells in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    out.print(table)


def command(*, database: bool = True) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Make a function a command: bring the database up, run it, turn facts and Ctrl-C into exit codes."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                if database:
                    ensure_server()
                    ensure_schema()
                return function(*args, **kwargs)
            except FondacoError as problem:
                sys.exit(say_problem(problem))
            except BrokenPipeError:  # whoever read has enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(Exit.OK)
            except OSError as exc:
                if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                    sys.exit(say_problem(DiskFull(str(exc.filename or ""))))
                if exc.filename is None:
                    raise
                sys.exit(say_problem(FileTrouble(exc.strerror or "", field="file", value=exc.filename)))
            except UnicodeDecodeError as exc:
                sys.exit(say_problem(NotText(str(exc))))
            except OperationalError as exc:
                sys.exit(say_problem(DatabaseLost(str(exc).strip().splitlines()[0])))
            except KeyboardInterrupt:
                err.print("Stopped. What was finished is kept; the same command goes on from there.")
                sys.exit(Exit.INTERRUPTED)

        return run

    return decorate


def day_of(text: str) -> date | None:
    """A day from its ISO form; None for nothing. NotADay for anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise NotADay(field="day", value=text) from exc


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: it takes its name only when it is complete."""
    with whole_file(path) as part:
        part.write_bytes(content)


@contextmanager
def progress_bar(*, shown: bool = True) -> Iterator[Callable[[str, int, int], None]]:
    """A function (label, done, total) that draws one bar per label on the error stream."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not shown) as bars:
        tasks: dict[str, object] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=max(total, done))  # type: ignore[arg-type]

        yield show


@contextmanager
def working(label: str, *, shown: bool = True) -> Iterator[None]:
    """Show on the error stream that work goes on whose length is not known, and for how long."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not shown) as bars:
        bars.add_task(label, total=None)
        yield
