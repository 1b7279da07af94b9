"""Commands that check goods and names before the border does: HS codes, screening."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer
from django.conf import settings
from rich.table import Table

from fondaco.commerce.catalog import public as catalog
from fondaco.config.database import ensure_schema, ensure_server
from fondaco.delivery.cli.boot import JSON, Exit, command, err, out, print_json, progress_bar, working
from fondaco.kernel import clock
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import GoodsItem, GoodsVerdict

window = typer.Typer()
risk_app = typer.Typer(
    help="Risk: names screened against published lists, goods against the law of where they go.",
    no_args_is_help=True,
)


@window.command("classify")
@command(database=False)
def classify(
    *,
    in_file: Path = typer.Option(
        ..., "--in", exists=True, dir_okay=False, help="JSON lines: product_name, attributes, categories."
    ),
    out_file: Path = typer.Option(..., "--out", help="Where to write product_name, codes, confidence."),
    as_json: bool = JSON,
) -> None:
    """Suggest five HS subheadings for each listing, best first. The first run learns for some ten seconds."""
    with working("classify", shown=not as_json):
        report = catalog.classify_file(in_file, out=out_file)
    if as_json:
        print_json(report)
        return
    out.print(f"{report.listings} listings classified in {out_file}; {report.unsure} are too unsure to use.")
    if not report.trained_on:
        err.print(
            "No labelled listings here (classify/*.jsonl): ranked by trade words and official texts alone."
        )
    if not report.nomenclature:
        err.print("No official nomenclature here (tariff/): only the codes of our own trade words are known.")


@risk_app.command("screen")
@command(database=False)
def screen(
    *,
    names: Path = typer.Option(..., exists=True, dir_okay=False, help="CSV with a column `name`."),
    out_file: Path = typer.Option(..., "--out", help="Where to write name,matched,list,entry,score."),
    lists: Path | None = typer.Option(
        None, exists=True, file_okay=False, help="Folder of list files; without it the shared data's."
    ),
    database: bool = typer.Option(False, "--database", help="Use the lists in force in the database."),
    as_json: bool = JSON,
) -> None:
    """Screen names against published lists: those of a folder, or those in force in the database."""
    shared = settings.SHARED_DATA / "screening"
    folder = None if database else lists or (shared if shared.is_dir() else None)
    if folder is None:
        ensure_server()
        ensure_schema()
    with progress_bar(shown=not as_json) as bar:
        report = risk.screen_file(
            names, out=out_file, lists=folder, now=clock.now(),
            on_progress=lambda done, total: bar("screen", done, total),
        )  # fmt: skip
    if as_json:
        print_json(report)
        return
    out.print(f"{report.matched} of {report.names} names match: {out_file}.")
    where = str(folder) if folder else "in force in the database"
    out.print(f"Lists ({where}): {', '.join(report.lists)}.")


@risk_app.command("goods")
@command(database=False)
def goods(
    *,
    title: str = typer.Option(..., help="What the goods are, as a listing would say."),
    hs: str = typer.Option("", help="HS code of 4 to 10 digits."),
    to: str = typer.Option("", help="Destination (ISO code); without it, every country where a rule fits."),
    origin: str = typer.Option("", help="Country of origin (ISO code)."),
    exporter: str = typer.Option("", "--from", help="Country they are sold from (ISO code)."),
    on: datetime | None = typer.Option(None, formats=["%Y-%m-%d"], help="The day; today without it."),
    as_json: bool = JSON,
) -> None:
    """Say whether goods may go to a country, by which law, and what they need. Exit 1 if they are stopped."""
    item, day = GoodsItem(title, hs, origin, exporter), (on or clock.now()).date()
    found = risk.assess_goods([(item, to)], on=day) if to else risk.goods_map(item, on=day)
    shown = [verdict for verdict in found if to or verdict.findings]
    if as_json:
        print_json(shown)
    else:
        _show_verdicts(shown)
    if to and found[0].stops:
        raise typer.Exit(Exit.REFUSED)


def _show_verdicts(verdicts: list[GoodsVerdict]) -> None:
    table = Table("To", "Effect", "Why", "Needs", "Source", box=None, header_style="dim")
    for verdict in verdicts:
        for finding in verdict.findings or ():
            rule = finding.rule
            table.add_row(verdict.destination, rule.effect, rule.reason, rule.needs, rule.source)
        if not verdict.findings:
            table.add_row(verdict.destination, verdict.effect, "No rule known that fits.", "", "")
    out.print(table)
