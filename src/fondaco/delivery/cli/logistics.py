"""Commands of logistics on files: distances by sea."""

from __future__ import annotations

from pathlib import Path

import typer

from fondaco.delivery.cli.boot import JSON, command, err, out, print_json, working
from fondaco.systems.logistics import public as logistics

logistics_app = typer.Typer(
    help="Carriage: what a file of questions gets as a file of answers.", no_args_is_help=True
)


@logistics_app.command("sea-distance")
@command(database=False)
def sea_distance(
    *,
    pairs: Path = typer.Option(help="CSV with from_lat,from_lon,to_lat,to_lon in degrees."),
    out_file: Path = typer.Option(..., "--out", help="Where to write it with km and via added."),
    closed: list[str] = typer.Option([], help="A passage that is shut, such as suez; may be repeated."),
    arctic: bool = typer.Option(False, help="Allow the Northwest Passage."),
    as_json: bool = JSON,
) -> None:
    """Kilometres by sea of each pair of positions, and the passages used; shut passages are never used."""
    with working("sea", shown=not as_json):
        report = logistics.sea_distances(pairs, out=out_file, closed=closed, arctic=arctic)
    if as_json:
        print_json(report)
        return
    out.print(f"{report.found} voyages in {out_file}.")
    for code, count in report.refused.items():
        err.print(f"  {count:>6} without a voyage: {code}")
