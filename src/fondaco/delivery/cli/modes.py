"""Commands of supervision modes."""

from __future__ import annotations

from datetime import datetime

import typer

from fondaco.delivery.cli.boot import JSON, command, out, print_json, tell_rows
from fondaco.flows.modes import suit_mode
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import OrderFacts

modes_app = typer.Typer(help="Supervision modes: the table, and which fits an order.", no_args_is_help=True)


@modes_app.command("list")
@command(database=False)
def list_modes(
    *,
    country: str = typer.Option("", help="Only this country (ISO 3166)."),
    direction: str = typer.Option("", help="import or export."),
    as_json: bool = JSON,
) -> None:
    """Every supervision mode with its dates and source."""
    modes = window.supervision_modes(country=country.upper(), direction=direction)
    rows = ((mode.code, mode.name, mode.valid_from, mode.valid_to, mode.source) for mode in modes)
    tell_rows(modes, ("Mode", "Name", "From", "To", "Source"), rows, as_json=as_json)


@modes_app.command("choose")
@command()
def choose(
    *,
    country: str = typer.Option(..., help="Where the customs office is (ISO 3166)."),
    value: str = typer.Option(..., help='Price of the goods, such as "42.50 EUR".'),
    direction: str = typer.Option("import", help="import or export."),
    on: datetime | None = typer.Option(None, formats=["%Y-%m-%d"], help="The day; today if left out."),
    consumer: bool = typer.Option(True, help="Sold to a person."),
    scheme: list[str] = typer.Option([], help="Registrations such as IOSS."),
    stock: str = typer.Option("direct", help="direct, bonded, bonded-a, overseas or market."),
    postal: bool = typer.Option(False, help="Goes by post."),
    licence: bool = typer.Option(False, help="Needs a licence or is restricted."),
    excise: bool = typer.Option(False, help="Alcohol, tobacco or perfume."),
    rebate: bool = typer.Option(False, help="A VAT refund is wanted."),
    origin: list[str] = typer.Option([], help="Origins of the goods."),
    as_json: bool = JSON,
) -> None:
    """Which mode fits an order, and why not the others."""
    amount, _, currency = value.partition(" ")
    facts = OrderFacts(
        direction=direction, country=country.upper(), on=on.date() if on else clock.today(),
        value=Money.of(amount, currency.strip().upper()), b2c=consumer, postal=postal, licence=licence,
        excise=excise, export_duty=False, rebate=rebate, schemes=frozenset(scheme), stock=stock,
        incoterm="DDP", origins=frozenset(origin),
    )  # fmt: skip
    record = suit_mode(facts).as_record()
    if as_json:
        print_json(record)
        return
    out.print(f"[bold]{record['mode']}[/] fits. Would do too: {', '.join(record['also']) or 'none'}.")
    for code, reasons in record["refused"].items():
        against = "; ".join(
            f"{one['what']} {one['told'] or 'unknown'}, asked {one['asked']}" for one in reasons
        )
        out.print(f"{code}: {against}", soft_wrap=True)
