"""Commands of declarants' signing keys and of monthly summaries."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, Exit, command, out, print_json, tell
from fondaco.flows.month_summaries import summarise_by_house
from fondaco.flows.payment_data import send_payment_data
from fondaco.flows.signing_keys import decide_by_house, keys_by_house, register_by_house, revoke_by_house
from fondaco.flows.voyages import report_open_voyages
from fondaco.flows.withdrawing import withdraw_by_house
from fondaco.kernel import clock
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import read_month

keys_app = typer.Typer(help="Which certificates sign for which declarant.", no_args_is_help=True)
app = typer.Typer()
_ASKED_AT = "/api/v1/window/cn"
_ID = typer.Argument(help="The id of a key, as `fondaco window keys list` shows it.")


@keys_app.command("list")
@command()
def list_keys(*, as_json: bool = JSON) -> None:
    """Every registered key with its state; what waits for approval comes first."""
    sheet = keys_by_house(now=clock.now())
    if as_json:
        print_json(sheet.keys)
        return
    table = Table(box=None, header_style="dim")
    table.add_column("Id", no_wrap=True)
    for heading in ("Declarant", "Key", "Kind", "Until", "State"):
        table.add_column(heading)
    for one in sheet.keys:
        state = "expired" if one.expired else one.state
        table.add_row(
            str(one.id), sheet.names.get(one.declarant_id, ""), one.name, one.algorithm,
            f"{one.valid_to:%Y-%m-%d}", state,
        )  # fmt: skip
    out.print(table)


@keys_app.command("enter")
@command()
def enter(
    *,
    certificate: Path = typer.Option(
        ..., exists=True, dir_okay=False, help="PEM or DER, without the private key."
    ),
    seller: str = typer.Option(..., help="The short name of the declarant."),
    name: str = typer.Option(..., help="What the declarant calls it."),
    country: str = typer.Option("CN", help="The country of the customs office."),
    as_json: bool = JSON,
) -> None:
    """Enter a certificate; it signs once somebody else has approved it."""
    made = register_by_house(seller, certificate.read_bytes(), name=name, country=country, now=clock.now())
    said = f"Entered as {made.id}: {made.algorithm}, until {made.valid_to:%Y-%m-%d}. It waits for approval."
    tell(made, said, as_json=as_json)


@keys_app.command("decide")
@command()
def decide(
    key: UUID = _ID,
    *,
    by: str = typer.Option(..., help="Who decides: another person than who entered it."),
    refuse: str = typer.Option("", help="Refuse it, for this reason; else it is approved."),
    as_json: bool = JSON,
) -> None:
    """Approve an entered key, or refuse it."""
    made = decide_by_house(key, by=by, refuse=refuse, now=clock.now())
    tell(made, f"{made.name}: {made.state}.", as_json=as_json)


@keys_app.command("revoke")
@command()
def revoke(
    key: UUID = _ID,
    *,
    by: str = typer.Option(..., help="Who revokes it."),
    reason: str = typer.Option(..., help="Why."),
    as_json: bool = JSON,
) -> None:
    """Revoke a key in force, at once."""
    made = revoke_by_house(key, by=by, reason=reason, now=clock.now())
    tell(made, f"{made.name}: revoked.", as_json=as_json)


@app.command("voyages")
@command()
def voyages(*, as_json: bool = JSON) -> None:
    """Tell Chinese customs what carriers told of arrivals and departures of released lists; again changes nothing."""
    sent = report_open_voyages(now=clock.now())
    tell({"messages": sent}, f"{sent} messages taken in by customs.", as_json=as_json)


@app.command("payment-data")
@command()
def payment_data(*, as_json: bool = JSON) -> None:
    """Upload the payment data that Chinese customs waits for, and show the address where it asks; again changes nothing."""
    taken, address = (
        send_payment_data(now=clock.now()),
        f"{_ASKED_AT}/{window.payment_data_secret()}/platDataOpen",
    )
    told = {"taken": taken, "waiting": len(window.open_payment_requests()), "address": address}
    said = f"{taken} payments taken in by customs, {told['waiting']} waiting. Customs asks at {address}"
    tell(told, said, as_json=as_json)


@app.command("withdraw")
@command()
def withdraw(
    lrn: str = typer.Argument(help="The local reference of a list that Chinese customs has not decided on."),
    *,
    reason: str = typer.Option(..., help="Why, as customs reads it."),
    as_json: bool = JSON,
) -> None:
    """Apply to Chinese customs for the cancellation of a list (605, 623)."""
    state = withdraw_by_house(lrn, reason=reason, now=clock.now())
    tell({"lrn": lrn, "state": state}, f"{lrn}: {state or 'applied for'}", as_json=as_json)


@app.command("summarise")
@command()
def summarise(
    *,
    month: str = typer.Option(..., help="A month that is over, such as 2026-10."),
    seller: str = typer.Option("", help="The short name of one seller; else every seller."),
    early: bool = typer.Option(False, "--early", help="What there is so far of a month that is not over."),
    as_json: bool = JSON,
) -> None:
    """Draw up and lodge the monthly summaries of what left on lists; again changes nothing. Exit 1 if one did not arrive."""
    report = summarise_by_house(read_month(month), seller=seller, early=early, now=clock.now())
    if as_json:
        print_json(report)
    else:
        for one in report.summaries:
            out.print(f"{one.reference} {one.lrn} {one.state} {one.mrn}".rstrip())
    if report.trouble:
        raise typer.Exit(Exit.REFUSED)
