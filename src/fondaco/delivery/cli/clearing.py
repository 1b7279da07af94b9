"""Commands of collective clearance and shared loads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import typer

from fondaco.delivery.cli.boot import JSON, command, out, print_json, working
from fondaco.flows.clearing import collect_day_by_house, share_by_house
from fondaco.flows.collective import clear_by_house
from fondaco.kernel import clock

app = typer.Typer()


@app.command("collect")
@command()
def collect(
    *,
    on: datetime = typer.Option(..., formats=["%Y-%m-%d"], help="The day the consignments are ready."),
    as_json: bool = JSON,
) -> None:
    """Gather a day's booked consignments into batches, one for each pair of countries; again, nothing changes."""
    done = collect_day_by_house(on.date(), now=clock.now())
    if as_json:
        print_json(done)
    else:
        out.print(f"{done.added} consignments in {len(done.batches)} batches.")


@app.command("clear-together")
@command()
def clear_together(
    *,
    batch: UUID = typer.Option(..., help="The id of a closed batch."),
    as_json: bool = JSON,
) -> None:
    """Lodge one summary declaration for a batch and give its answers to every list; again, nothing is lodged twice."""
    with working("clear", shown=not as_json):
        done = clear_by_house(batch, now=clock.now())
    if as_json:
        print_json(done)
        return
    out.print(
        f"{done.declaration.lrn}: {done.declaration.state}, {done.lists} lists, {done.left_out} left out."
    )
    out.print(f"{done.carried.applied} answers carried, {done.carried.repeated} heard before. {done.trouble}")


@app.command("consolidate")
@command()
def consolidate(
    *,
    origin: str = typer.Option(..., help="Where from, such as GB."),
    destination: str = typer.Option(..., help="Where to, such as DE."),
    on: datetime = typer.Option(..., formats=["%Y-%m-%d"], help="The day by which consignments are ready."),
    later: int = typer.Option(0, min=0, max=60, help="Days that orders may arrive later than promised."),
    accept: bool = typer.Option(False, "--accept", help="Accept every load that is proposed."),
    as_json: bool = JSON,
) -> None:
    """Propose shared loads of booked consignments, and accept them if told to."""
    with working("loads", shown=not as_json):
        loads = share_by_house(
            origin.upper(), destination.upper(), on.date(), accept=accept, later_days=later, now=clock.now()
        )
    if as_json:
        print_json(loads)
        return
    for one in loads:
        out.print(
            f"{one.number} {one.state}: {one.consignments} by {one.service_code}, {one.saved} saved of {one.alone}."
        )
