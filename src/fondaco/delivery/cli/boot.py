"""What every command shares: the database, problems told as a person would, and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fondaco.config.database import ensure_schema, ensure_server
from fondaco.kernel.errors import FondacoError, Unavailable

_P = ParamSpec("_P")
_R = TypeVar("_R")

out = Console()
err = Console(stderr=True)


class Exit(IntEnum):
    """Exit codes of `fondaco`, the same for every command."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3
    INTERRUPTED = 130


def say_problem(problem: FondacoError) -> Exit:
    """Show what happened and what to do; return the exit code for it."""
    lines = [problem.detail] if problem.detail else []
    if problem.field:
        lines.append(f"[dim]{problem.field}:[/] {str(problem.value)[:200]}")
    if problem.remedy:
        lines.append(f"[bold]What to do:[/] {problem.remedy}")
    err.print(Panel("\n".join(lines), title=problem.title, border_style="red", title_align="left"))
    return Exit.UNAVAILABLE if isinstance(problem, Unavailable) else Exit.REFUSED


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
            except KeyboardInterrupt:
                err.print("Stopped. What was finished is kept; the same command goes on from there.")
                sys.exit(Exit.INTERRUPTED)

        return run

    return decorate


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
