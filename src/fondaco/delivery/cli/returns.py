"""Commands of the return centre: the desk by clock, one return, alarms, messages to customs."""

from __future__ import annotations

from uuid import UUID

import typer

from fondaco.delivery.cli.boot import JSON, command, out, print_json, tell, tell_rows
from fondaco.flows import return_centre as flow
from fondaco.flows.house import ensure_house
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.systems.logistics import public as logistics

returns_app = typer.Typer(help="Returned goods: clocks, routes, claims, applications.", no_args_is_help=True)


def _house() -> Scope:
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    return Scope(organisation_id=house.platform, kind=Kind.PLATFORM, role=Role.OWNER, actor="cli")


@returns_app.command("list")
@command()
def list_returns(
    *,
    state: str = typer.Option("", help="Only this state."),
    due: str = typer.Option("", help="past, week, later or none."),
    size: int = typer.Option(50, min=1, max=500),
    as_json: bool = JSON,
) -> None:
    """Returns, the soonest legal clock first."""
    rows = window.returns_desk(_house(), today=clock.now().date(), state=state, clock=due, size=size)
    told = (
        (
            row.number,
            row.order_number,
            row.state,
            row.next_clock,
            row.next_due_on,
            row.days_left,
            row.pieces,
            row.value,
        )
        for row in rows
    )
    headings = ("Return", "Order", "State", "Clock", "Last day", "Days", "Pieces", "Value")
    tell_rows(rows, headings, told, as_json=as_json)


@returns_app.command("show")
@command()
def show_return(case_id: UUID, *, as_json: bool = JSON) -> None:
    """One return: its goods, clocks and claims."""
    sheet = window.return_sheet(_house(), case_id, now=clock.now())
    if as_json:
        print_json(sheet)
        return
    out.print(f"{sheet.row.number}  {sheet.row.state}  {sheet.row.sold_into} → {sheet.centre_country}")
    for line in sheet.lines:
        out.print(
            f"  {line.sku}  {line.received}/{line.quantity} arrived, {line.on_hand} here, gone {dict(line.gone)}"
        )
    for one in sheet.clocks:
        out.print(f"  {one.code}  {one.ends_on}  {one.state(clock.now().date())}  {one.source}")
    for claim in sheet.claims:
        out.print(f"  {claim.code}  {claim.amount}  {claim.state}  {claim.deadline_on}")
    for sent in sheet.applications:
        out.print(f"  CEB{sent.message}  consignment {sent.part}  {sent.reference}  {sent.state}")


@returns_app.command("watch")
@command()
def watch_returns(*, as_json: bool = JSON) -> None:
    """Tell of clocks that run out; end claims and returns whose time is over. Also a daily job."""
    found = flow.watch_returns(now=clock.now())
    tell(found, ", ".join(f"{name} {n}" for name, n in found.items()), as_json=as_json)


@returns_app.command("apply")
@command()
def apply_to_customs(
    case_id: UUID, message: str = typer.Argument(help="213, 215 or 625."), *, as_json: bool = JSON
) -> None:
    """Draw up the applications to Chinese customs, one for each declaration; lodge them, hear the answers."""
    lodged = flow.send_to_customs(_house(), case_id, message, now=clock.now())
    sent = len(lodged.applications)
    said = f"{sent} taken in" if lodged.taken else "not delivered, to be sent again"
    tell({"message": message, "taken": lodged.taken, "applications": sent}, said, as_json=as_json)
