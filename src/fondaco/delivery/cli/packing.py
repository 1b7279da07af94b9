"""Commands of packing and of EDI files."""

from __future__ import annotations

from pathlib import Path

import typer

from fondaco.delivery.cli.boot import JSON, Exit, command, err, out, print_json, progress_bar, tell_rows
from fondaco.kernel import clock
from fondaco.systems.logistics import public as logistics

edi_app = typer.Typer(
    help="EDI files: what is in them, whether they are sound, what they report.", no_args_is_help=True
)
app = typer.Typer()

_FILE = typer.Argument(exists=True, dir_okay=False, help="An EDI interchange.")


@app.command("pack")
@command(database=False)
def pack(
    *,
    items: Path = typer.Option(help="CSV: order, quantity, article, width, length, depth (mm), weight (g)."),
    boxes: Path = typer.Option(
        help="CSV: name, outer width, length, depth, empty weight, inner ones, limit."
    ),
    out_file: Path = typer.Option(..., "--out", help="Where to write order_id,boxes_used."),
    keep_flat: bool = typer.Option(False, help="Turn articles on their base only."),
    as_json: bool = JSON,
) -> None:
    """Pack each order into as few boxes as can be found; every placement is checked. Exit 1 if one does not fit."""
    with progress_bar(shown=not as_json) as bar:
        report = logistics.pack_files(
            items, boxes=boxes, out=out_file, keep_flat=keep_flat,
            on_progress=lambda done, total: bar("pack", done, total),
        )  # fmt: skip
    if as_json:
        print_json(report)
    else:
        out.print(f"{report.orders} orders in {report.boxes} boxes: {out_file}.")
        out.print(f"{report.proofs.get('proved', 0)} of them proved to need no fewer.")
        for order, why in report.incomplete[:20]:
            err.print(f"  {order}: {why}")
    if report.incomplete:
        raise typer.Exit(Exit.REFUSED)


@edi_app.command("check")
@command(database=False)
def check_edi(file: Path = _FILE, *, as_json: bool = JSON) -> None:
    """Read an interchange against syntax and tables; the first fault is named by segment. Exit 1 if there is one."""
    view = logistics.read_edi(file.read_bytes())
    if as_json:
        print_json({"messages": len(view.messages), "kinds": view.kinds})
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in view.kinds.items())
    out.print(f"[green]Sound:[/] {counts}, from {view.sender} to {view.recipient}.")


@edi_app.command("show")
@command(database=False)
def show_edi(file: Path = _FILE, *, as_json: bool = JSON) -> None:
    """What each message of an interchange says."""
    view = logistics.read_edi(file.read_bytes())
    rows = (
        (message.reference, message.kind, fact.subject, fact.what, f"{fact.at:%Y-%m-%d %H:%M}" if fact.at else "",
         fact.location)
        for message in view.messages
        for fact in message.facts
    )  # fmt: skip
    tell_rows(view, ("Message", "Kind", "Of what", "What", "When", "Where"), rows, as_json=as_json)


@edi_app.command("record")
@command()
def record_edi(file: Path = _FILE, *, as_json: bool = JSON) -> None:
    """Keep the statuses of an IFTSTA file as milestones of our consignments; again changes nothing."""
    report = logistics.record_edi_statuses(file.read_bytes(), actor="cli", now=clock.now())
    if as_json:
        print_json(report)
        return
    out.print(f"{report.recorded} milestones new, {report.repeated} heard before.")
    if report.unknown:
        err.print(f"Nobody's numbers: {', '.join(report.unknown[:10])}")
