"""Commands on routes: ask for one, import a timetable, close and reopen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, Exit, command, err, out, print_json, tell, working
from fondaco.flows.routing import plan_routes
from fondaco.kernel import clock
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Itinerary, RouteAnswer, RouteRequest

app = typer.Typer()


@app.command("route")
@command()
def route(
    start: str = typer.Argument(help="Code of a hub, such as CNZGZ-P."),
    end: str = typer.Argument(help="Code of a hub, such as DEFRA-P."),
    *,
    kg: float = typer.Option(500.0, min=0.001, help="Mass in kilograms."),
    m3: float = typer.Option(0.0, min=0.0, help="Volume in cubic metres."),
    ready: datetime | None = typer.Option(None, help="When the goods are ready (UTC); now without it."),
    deadline: datetime | None = typer.Option(None, help="By when they must be there (UTC)."),
    regime: str = typer.Option("b2c", help="b2c, 9610, 9710, 9810 or 1210."),
    legs: int = typer.Option(6, min=1, max=10, help="Legs at most."),
    as_json: bool = JSON,
) -> None:
    """Every way from hub to hub that nothing beats in time, cost, CO2e and reliability at once. Exit 1 if there is none."""
    now = clock.now()
    question = RouteRequest(
        "cli", start.upper(), end.upper(), _utc(ready) or now, round(kg * 1000), round(m3 * 1000),
        deadline=_utc(deadline), regime=regime, max_legs=legs,
    )  # fmt: skip
    with working("route", shown=not as_json):
        answer = plan_routes([question], now=now)[0]
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    if answer.empty:
        raise typer.Exit(Exit.REFUSED)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _show(answer: RouteAnswer) -> None:
    if answer.empty:
        numbers = ", ".join(f"{name} {value}" for name, value in answer.empty.numbers.items())
        err.print(f"No route: {answer.empty.code} ({numbers}).")
        return
    table = Table("", "Days", "Cost", "CO2e kg", "Sure", "Way", box=None, header_style="dim")
    named = [(" ".join(plan.names), plan) for plan in answer.itineraries if plan.names]
    for name, plan in named:
        table.add_row(
            name, f"{plan.minutes / 1440:.1f}", f"{plan.cost.amount:,.2f} {plan.cost.currency}",
            f"{plan.co2_g / 1000:,.0f}", f"{plan.probability:.0%}", _way(plan),
        )  # fmt: skip
    out.print(table)
    out.print(
        f"{len(answer.itineraries)} itineraries that nothing beats. {answer.network}. {' '.join(answer.labels)}"
    )


def _way(plan: Itinerary) -> str:
    return " ".join([plan.legs[0].start.code, *[f"–{leg.mode}→ {leg.end.code}" for leg in plan.legs]])


@app.command("import-timetable")
@command()
def import_timetable(
    file: Path, *, code: str = typer.Option("", help="The line of timetables it continues."),
    dry_run: bool = typer.Option(False, help="Check only; publish nothing."), as_json: bool = JSON,
) -> None:  # fmt: skip
    """Import services from CSV or XLSX; an error leaves the last good version in force."""
    with working("timetable", shown=not as_json):
        report = logistics.import_timetable(file, actor="cli", now=clock.now(), code=code, dry_run=dry_run)
    if as_json:
        print_json(report)
    else:
        for fault in report.errors:
            err.print(f"  row {fault.row} {fault.column}: {fault.message} {fault.remedy}")
        out.print(f"{report.services} services read, {report.error_count} errors.")
    if not report.ok:
        raise typer.Exit(Exit.REFUSED)


@app.command("close")
@command()
def close(
    kind: str = typer.Argument(help="hub, passage, service or provider."),
    target: str = typer.Argument(help="Such as suez, or the code of a hub."),
    *,
    start: datetime = typer.Option(..., "--from", help="UTC."),
    end: datetime = typer.Option(..., "--until", help="UTC."),
    note: str = typer.Option("", help="What happened."),
    source: str = typer.Option("", help="Who says so."),
    as_json: bool = JSON,
) -> None:
    """Record a closure: a strike, a canal, a border. Routes asked for from now on avoid it."""
    made = logistics.record_closure(
        kind=kind, target=target, starts_at=start.replace(tzinfo=UTC), ends_at=end.replace(tzinfo=UTC), note=note,
        source=source, actor="cli", now=clock.now(),
    )  # fmt: skip
    tell({"id": made}, f"Closed: {made}", as_json=as_json)


@app.command("reopen")
@command()
def reopen(closure: UUID, *, as_json: bool = JSON) -> None:
    """Lift a closure before its time."""
    logistics.lift_closure(closure, actor="cli", now=clock.now())
    tell({"id": closure}, "Reopened.", as_json=as_json)
