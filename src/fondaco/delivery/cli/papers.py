"""Commands of declarations as papers: written in a format of an authority or a person, read back, answers taken in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from uuid import UUID

import typer

from fondaco.delivery.cli.boot import JSON, Exit, command, err, out, print_json, tell, write_whole
from fondaco.flows.declaration_papers import write_paper_by_lrn
from fondaco.flows.ioss import ioss_return
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window

papers_app = typer.Typer(
    help="Declarations as papers: CUSDEC and other formats written, read and checked.", no_args_is_help=True
)

_FILE = typer.Argument(exists=True, dir_okay=False, help="The file.")


class Format(StrEnum):
    """What a declaration can be written as."""

    CUSDEC = "cusdec"
    H7 = "h7"
    ITMATT = "itmatt"
    US_ENTRY = "us-entry"
    CSV = "csv"
    XLSX = "xlsx"


@papers_app.command("write")
@command()
def write(
    *,
    form: Format = typer.Argument(help="The format."),
    lrn: str = typer.Option(..., help="The local reference number of the declaration."),
    out_file: Path = typer.Option(..., "--out", help="Where to write it."),
    as_json: bool = JSON,
) -> None:
    """Write a declaration in a format; what the receiver would refuse is named by its field."""
    raw = write_paper_by_lrn(lrn, form.value, now=clock.now())
    write_whole(out_file, raw)
    said = f"{form.value} of {lrn}: {len(raw)} bytes in {out_file}."
    tell({"file": out_file, "bytes": len(raw)}, said, as_json=as_json)


@papers_app.command("check")
@command(database=False)
def check(file: Path = _FILE, *, as_json: bool = JSON) -> None:
    """What the EDIFACT messages of customs in a file say, and what is wrong with them. Exit 1 if something is."""
    views = window.read_edifact(file.read_bytes())
    if as_json:
        print_json(views)
    else:
        for view in views:
            out.print(f"{view.kind} {view.release} {view.reference}: {len(view.faults)} faults.")
            for fault in view.faults[:50]:
                err.print(f"[bold]{fault.path}[/] {fault.problem} {fault.remedy}", soft_wrap=True)
    if not all(view.sound for view in views):
        raise typer.Exit(Exit.REFUSED)


@papers_app.command("read")
@command(database=False)
def read(file: Path = _FILE, *, as_json: bool = JSON) -> None:
    """What a declaration in a CSV, XLSX or CUSDEC file says. Exit 1 if it breaks a rule of declarations."""
    one, problems = window.read_paper(file.read_bytes())
    if as_json:
        print_json({"declaration": one, "problems": problems})
    else:
        out.print(f"{one.lrn}: {len(one.items)} items, {one.kind}, {one.country}, {len(problems)} problems.")
        for problem in problems:
            err.print(f"[bold]{problem['field']}[/] {problem['message']} {problem['remedy']}", soft_wrap=True)
    if problems:
        raise typer.Exit(Exit.REFUSED)


@papers_app.command("answer")
@command()
def answer(file: Path = _FILE, *, as_json: bool = JSON) -> None:
    """Take in customs' answers (CUSRES); again changes nothing, strangers are parked."""
    report = window.receive_cusres(file.read_bytes(), now=clock.now(), actor="cli")
    if as_json:
        print_json(report)
        return
    out.print(f"{report.applied} applied, {report.noted} noted, {report.held} held until the papers match.")
    out.print(f"{report.superseded} late, {report.repeated} heard before, {report.parked} parked.")


@papers_app.command("ioss")
@command()
def ioss(
    *,
    number: str = typer.Option(..., help="The IOSS number."),
    seller: UUID = typer.Option(..., help="The id of the seller's organisation."),
    period: str = typer.Option(..., help="The month, such as 2026-11."),
    correct: list[str] = typer.Option(
        [], help="MONTH:STATE:EURO of an earlier month, such as 2026-09:FR:-3.20."
    ),
    out_file: Path = typer.Option(..., "--out", help="Where to write it (.xml or .csv)."),
    as_json: bool = JSON,
) -> None:
    """Draw up the monthly IOSS return from settled orders, by member state and rate, in euro."""
    fixes = [window.CorrectionLine.parse(text) for text in correct]
    made = ioss_return(seller, number, window.Period.parse(period), corrections=fixes)
    csv_wanted = out_file.suffix == ".csv"
    write_whole(out_file, window.render_ioss_csv(made) if csv_wanted else window.render_ioss_xml(made))
    payable = Money(made.payable_minor, "EUR")
    said = f"{made.period}: {len(made.supplies)} supplies, {payable} due by {made.period.due_on}."
    tell({"file": out_file, "supplies": len(made.supplies), "payable": payable}, said, as_json=as_json)
