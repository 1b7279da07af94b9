"""Commands of tariffs: load an edition with its difference and provenance, look a code up, check published sums."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, Exit, command, day_of, err, out, print_json, tell_rows, working
from fondaco.kernel import clock
from fondaco.platforms.window import public as window

tariffs_app = typer.Typer(
    help="Tariffs: what is held and whence, a new edition with its difference, a code and its history.",
    no_args_is_help=True,
)
_TARIFF = typer.Option("eu", "--tariff", help="uk, eu, us or hs (the nomenclature alone).")


@tariffs_app.command("load")
@command()
def load(
    file: Path = typer.Argument(
        exists=True, dir_okay=False, help="A tariff file as its authority publishes it."
    ),
    *,
    dry_run: bool = typer.Option(False, "--dry-run", help="Show the difference; change nothing."),
    year: int = typer.Option(0, help="The year the file is of; this year if not given."),
    since: str = typer.Option(
        "", "--from", help="The first day the edition is in force; today if not given."
    ),
    tariff: str = typer.Option("", help="Of a file that holds two tariffs, take one: uk or eu."),
    allow_loss: bool = typer.Option(False, "--allow-loss", help="Load it though many codes would end."),
    as_json: bool = JSON,
) -> None:
    """Put a tariff file in the place of the edition in use, from a day on: all of it or nothing.

    A file of another year, with a column moved or with duties that cannot be read is refused by its field.
    """
    now = clock.now()
    first = day_of(since)
    with working("tariff", shown=not as_json):
        reports = window.load_edition(
            file, year=year or now.year, now=now, actor="cli", jurisdiction=tariff, since=first, dry_run=dry_run,
            allow_loss=allow_loss,
        )  # fmt: skip
    if as_json:
        print_json(reports)
        return
    for report in reports:
        _show(report)


def _show(report: window.EditionReport) -> None:
    done = "in use already" if report.held_already else "loaded" if report.loaded else "not loaded (dry run)"
    out.print(f"[bold]{report.jurisdiction}/{report.dataset}[/] {report.label}: {done}.")
    out.print(
        f"  from {report.valid_from} · {report.source} · {report.licence} · sha256 {report.sha256[:16]}…"
    )
    out.print(
        f"  {report.lines:,} codes, {report.measures:,} measures, {report.unread} duties nobody's grammar reads."
    )
    if report.replaces:
        out.print(
            f"  beside {report.replaces}: {report.codes_added} codes new, {report.codes_ended} ended, "
            f"{report.texts_changed} texts changed; {report.duties_added} duties new, {report.duties_ended} ended, "
            f"{report.duties_changed} changed."
        )
    if report.samples:
        table = Table("Code", "What", "Was", "Now", box=None, header_style="dim")
        for change in report.samples:
            table.add_row(change.code, change.what, change.was or "–", change.now or "–")
        out.print(table)
    if report.lacks:
        err.print(
            f"[yellow]Prices would be too low without: {', '.join(report.lacks)}.[/] Load these files too."
        )


@tariffs_app.command("quotas")
@command()
def quotas(
    file: Path = typer.Argument(
        exists=True, dir_okay=False, help="The UK's quotas-including-current-volumes, as CSV."
    ),
    *,
    dry_run: bool = typer.Option(False, "--dry-run", help="Read it; change nothing."),
    as_json: bool = JSON,
) -> None:
    """Take the balances of the UK's tariff quotas: all of them or nothing. Load the measures first: they tell the duty."""
    report = window.load_quotas(file, now=clock.now(), actor="cli", dry_run=dry_run)
    if as_json:
        print_json(report)
        return
    done = "loaded" if report.loaded else "not loaded (dry run)"
    out.print(
        f"{report.held} quotas and periods, {done}: {report.open} open, {report.critical} critical,", end=" "
    )
    out.print(f"{report.exhausted} exhausted today.")


@tariffs_app.command("releases")
@command()
def releases(*, as_json: bool = JSON) -> None:
    """Every edition held: what it is, whence it came, its licence and its fingerprint."""
    held = window.releases_held()
    rows = (
        (one.name, one.label, one.valid_from, f"{one.rows:,}", one.source, one.licence, one.sha256[:12])
        for one in held
    )
    headings = ("Tariff", "Edition", "From", "Rows", "Source", "Licence", "sha256")
    tell_rows(held, headings, rows, as_json=as_json)


@tariffs_app.command("show")
@command()
def show(
    code: str,
    *,
    tariff: str = _TARIFF,
    on: str = typer.Option("", help="A day; today if not given."),
    as_json: bool = JSON,
) -> None:
    """A code: the way down to it, what is below it, and its duties on a day."""
    page = window.tariff_page(tariff, code, on=day_of(on) or clock.today())
    if as_json:
        print_json(page)
        return
    for node in page.above:
        out.print(f"[dim]{node.code:<10}[/] {node.leaf}")
    out.print(f"[bold]{page.code:<10} {page.description}[/] {' '.join(page.units)}")
    for node in page.below:
        out.print(f"  {node.code:<10} {node.leaf}")
    _duties(page.line.duties if page.line else ())
    for end in page.ends:
        out.print(
            f"[yellow]{end.code} ended on {end.ended_on}[/]; now {', '.join(end.successors) or 'not known'}."
        )


@tariffs_app.command("history")
@command()
def history(code: str, *, tariff: str = _TARIFF, as_json: bool = JSON) -> None:
    """Every dated duty, preference and flag of a code, oldest first."""
    found = window.tariff_page(tariff, code, on=clock.today()).history
    print_json(found) if as_json else _duties(found)


def _duties(duties: tuple[window.DutyDTO, ...]) -> None:
    if not duties:
        return
    table = Table(
        "Kind", "Code", "Origin", "Provision", "Duty", "From", "To", "Source", box=None, header_style="dim"
    )
    for duty in duties:
        table.add_row(
            duty.kind, duty.code, duty.origin, duty.reference[:24], duty.expression[:60], duty.since.isoformat(),
            duty.until.isoformat() if duty.until else "", duty.source[:60],
        )  # fmt: skip
    out.print(table)


@command()
def goldens(*, as_json: bool = JSON) -> None:
    """Work out the sums that authorities and the press have published, on the tariffs held here.

    Exit 1 if one does not come out to the last unit.
    """
    with working("sums", shown=not as_json):
        found = window.check_goldens()
    wrong = [one for one in found if one.faults]
    if as_json:
        print_json({"sums": len(found), "exact": len(found) - len(wrong), "wrong": wrong})  # fmt: skip
    else:
        for one in wrong:
            err.print(f"[red]{one.id}[/] {'; '.join(one.faults)} [dim]({one.source})[/]")
        out.print(f"{len(found) - len(wrong)} of {len(found)} published sums come out to the last unit.")
    if wrong:
        raise typer.Exit(Exit.REFUSED)
