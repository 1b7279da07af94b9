"""Commands on the books: audit and ledger verification, import, enrichment."""

from __future__ import annotations

from pathlib import Path

import typer

from fondaco.commerce.orders import public as orders
from fondaco.delivery.cli import prices
from fondaco.delivery.cli.boot import JSON, Exit, command, day_of, err, out, print_json, progress_bar, working
from fondaco.delivery.jobs.public import kept_heads
from fondaco.flows.demo import prepare
from fondaco.flows.enriching import enrich_goods
from fondaco.flows.import_book import import_orders
from fondaco.kernel import audit, clock
from fondaco.kernel.errors import NotFound
from fondaco.systems.logistics import public as logistics
from fondaco.systems.risk import public as risk

audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)
import_app = typer.Typer(help="Take files in.", no_args_is_help=True)
app = typer.Typer()


@audit_app.command("verify")
@command()
def verify_audit(*, as_json: bool = JSON) -> None:
    """Seal what is new and recompute the chain; name every event that was altered or is missing. Exit 1 if any."""
    with working("audit", shown=not as_json):
        audit.seal_all(thorough=True)
        report = audit.verify(anchors=kept_heads())
    if as_json:
        print_json(report)
    elif report.ok:
        out.print(
            f"[green]The audit trail is whole:[/] {report.sealed} events sealed, {report.unsealed} not yet."
        )
    else:
        err.print(
            f"[red]The audit trail was altered.[/] Events changed: {report.altered}, missing: {report.missing};"
            f" links broken: {report.broken_links}; kept heads contradicted: {report.bad_anchors}."
        )
    if not report.ok:
        raise typer.Exit(Exit.REFUSED)


@import_app.command("orders")
@command()
def import_orders_file(
    file: Path,
    *,
    mapping: str = typer.Option("online-retail", help=f"One of: {', '.join(orders.PRESETS)}."),
    preview: bool = typer.Option(False, help="Show the first rows as they would enter; store nothing."),
    as_json: bool = JSON,
) -> None:
    """Import orders from CSV, XLSX or JSON (also .gz and .xz) for the demonstration seller; again changes nothing."""
    chosen = orders.PRESETS.get(mapping)
    if chosen is None:
        raise NotFound(field="mapping", value=mapping)
    if not file.is_file():
        raise NotFound("There is no such file.", field="file", value=file)
    now = clock.now()
    if preview:
        shown = orders.preview_import(file, mapping=chosen, now=now)
        if as_json:
            print_json(shown)
            return
        for row in shown.rows:
            out.print(row.row, dict(row.values), [error.message for error in row.errors])
        return
    house = prepare(now=now)
    with progress_bar(shown=not as_json) as bar:
        report = import_orders(
            file, seller_id=house.seller, mapping=chosen, book=mapping, actor="cli", now=now,
            on_progress=lambda done, total: bar("import", done, total),
        )  # fmt: skip
    if as_json:
        print_json(report)
        return
    out.print(
        f"{report.orders_created} orders new, {report.orders_unchanged} unchanged, "
        f"{report.returns_created} returns new; {report.rejected_orders} refused."
    )
    for code, number in report.reasons.items():
        out.print(f"  {number:>6} {code}")
    if report.rejects_path:
        out.print(f"Mend and import again: {report.rejects_path}")


@import_app.command("prices")
@command()
def import_prices(
    file: Path,
    *,
    dry_run: bool = typer.Option(False, help="Check and compare; publish nothing."),
    effective_from: str = typer.Option("", help="First day, such as 2027-01-01; today if not said."),
    code: str = typer.Option("", help="The line of books it continues; the carrier's own if not said."),
    as_json: bool = JSON,
) -> None:
    """Import a price book from XLSX or CSV; an error leaves the last good version in force."""
    day = day_of(effective_from)
    with working("prices", shown=not as_json):
        report = logistics.import_price_book(
            file, dry_run=dry_run, effective_from=day, code=code, actor="cli", now=clock.now()
        )
    prices.tell_import(report, as_json=as_json)
    if not report.ok:
        raise typer.Exit(Exit.REFUSED)


@app.command()
@command()
def enrich(*, as_json: bool = JSON) -> None:
    """Propose weight, size, origin and HS code for each product; a person confirms them on its page."""
    now = clock.now()
    with working("enrich", shown=not as_json):
        result = enrich_goods(prepare(now=now).seller, now=now)
    if as_json:
        print_json(result)
    else:
        out.print(
            f"{result.products} products, {result.proposed} facts proposed, {result.abstained} without a code."
        )


@app.command()
@command()
def rescreen(*, as_json: bool = JSON) -> None:
    """Take in the newest lists of FONDACO_DATA and screen every known party again; new likenesses open cases."""
    with working("rescreen", shown=not as_json):
        prepare(now=clock.now())
        report = risk.rescreen(now=clock.now(), actor="cli")
    if as_json:
        print_json(report)
    else:
        out.print(f"{report.subjects} parties, {report.hits} likenesses, {report.cases_opened} new cases.")
