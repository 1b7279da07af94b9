"""Commands that run the house: serve, worker, stop, doctor."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.table import Table

from fondaco.delivery.cli.boot import Exit, command, out
from fondaco.delivery.jobs.public import run_worker, start_card_pages, start_worker
from fondaco.delivery.web.css import build
from fondaco.flows.logins import DEMO_LOGINS, SHOPPER
from fondaco.kernel import clock, reference
from fondaco.kernel.postgres import cluster
from fondaco.systems.sharing import public as sharing

app = typer.Typer()


@app.command()
@command()
def serve(
    port: int = 8000,
    host: str = "127.0.0.1",
    workers: int = 2,
    *,
    background: bool = typer.Option(True, help="Also run a background worker, which ends with the server."),
) -> None:
    """Serve the console and the API, and do the background work."""
    build()
    call_command("collectstatic", interactive=False, verbosity=0)
    address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
    out.print(f"Console  [bold]{address}/[/]\nAPI      [bold]{address}/api/v1/docs[/]")
    table = Table("Demonstration login", "Password", "Sees", box=None, header_style="dim")
    for login in (*DEMO_LOGINS, SHOPPER):
        table.add_row(login.email, login.password, login.sees)
    out.print(table)
    granian = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--no-ws"]
    options = ["--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", "4"]
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
def doctor(*, as_json: bool = typer.Option(False, "--json", help="One line of JSON.")) -> None:
    """Look at the database, migrations, reference data, disk, fonts and browser; say how to mend each."""
    findings = [*_database(), _disk(), *_fonts(), _browser(), _orders_file()]
    if as_json:
        print(json.dumps([asdict(f) for f in findings]))
    else:
        table = Table("", "What", "Found", "To mend it", box=None, header_style="dim")
        for f in findings:
            table.add_row("[green]ok[/]" if f.well else "[red]no[/]", f.what, f.found, f.mend)
        out.print(table)
    if not all(f.well for f in findings[:2]):
        raise typer.Exit(Exit.UNAVAILABLE)


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
    ages = [
        Finding(
            f"reference: {age.name}",
            not age.is_stale,
            f"{age.version}, checked {age.checked_on}",
            "Load a newer edition.",
        )
        for age in reference.reference_age(now=clock.now())
    ]
    return [Finding("database", True, f"PostgreSQL {version}"), migrations, *ages]


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


def _orders_file() -> Finding:
    there = settings.SHARED_DATA.is_dir()
    mend = "" if there else "Set FONDACO_DATA; without it the demonstration generates its order book."
    return Finding("real data", there, str(settings.SHARED_DATA) if there else "absent", mend)
