"""Commands on payments: `fondaco payments ...`."""

from __future__ import annotations

import time
from uuid import UUID

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, command, out, print_json, tell, tell_rows, working
from fondaco.flows.checkout import serve_card_pages
from fondaco.flows.continuing import poll_payments
from fondaco.flows.money_pages import payment_sheet
from fondaco.flows.reconciling import reconcile_books, try_books
from fondaco.flows.refunding import refund_by_house
from fondaco.kernel import clock
from fondaco.kernel.serving import end_beside
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import RunReport

app = typer.Typer(help="Payments, their providers and reconciliation.", no_args_is_help=True)


@app.command("list")
@command()
def show_payments(
    *, state: str = typer.Option("", help="Only of this state."), size: int = 20, as_json: bool = JSON
) -> None:
    """The newest payments."""
    rows = finance.list_payments(_house(), state=state, size=size)
    told = ((row.id, row.state, row.method, row.amount, row.escrow, row.refunded) for row in rows)
    headings = ("Payment", "State", "Method", "Paid", "In escrow", "Given back")
    tell_rows(rows, headings, told, as_json=as_json)


@app.command("show")
@command()
def show_payment(payment: UUID, *, as_json: bool = JSON) -> None:
    """One payment: its tries, and every line that was booked for its order."""
    sheet = payment_sheet(_house(), payment, now=clock.now())
    if as_json:
        print_json(sheet)
        return
    one = sheet.line.payment
    out.print(f"{one.id} of order {sheet.number}: {one.amount} by {one.method}, {one.state}")
    for attempt in sheet.attempts:
        out.print(f"  try {attempt.number} at {attempt.connector}: {attempt.outcome} {attempt.reason}")
    table = Table("Stage", "On", "Account", "Journal", "Amount", box=None, header_style="dim")
    for stage in sheet.money.stages if sheet.money else ():
        for line in stage.lines:
            amount = f"{line.amount_minor} {line.currency}"
            table.add_row(stage.stage, str(stage.on), line.code[:24], str(line.journal_id), amount)
    out.print(table)


@app.command("poll")
@command()
def poll(*, as_json: bool = JSON) -> None:
    """Ask the providers about payments nobody knows the end of."""
    decided = poll_payments(now=clock.now())
    tell({"decided": decided}, f"{decided} payments decided.", as_json=as_json)


@app.command("refund")
@command()
def refund(
    payment: UUID,
    *,
    minor: int = typer.Option(..., min=1, help="Minor units of the order's currency."),
    key: str = typer.Option(
        ..., help="A word that names this refund: again with the same word, nothing more goes back."
    ),
    as_json: bool = JSON,
) -> None:
    """Give money of PAYMENT back to the buyer, once for each --key; never more than was captured."""
    done = refund_by_house(payment, minor=minor, key=key, now=clock.now())
    if as_json:
        print_json(done)
    else:
        out.print(f"{done.status}: {done.amount or done.detail}")


@app.command("reconcile")
@command()
def reconcile(
    *,
    dry_run: bool = typer.Option(False, help="Take in nothing, keep nothing: only tell."),
    as_json: bool = JSON,
) -> None:
    """Fetch the day's settlement files and statements, and match them with the books."""
    now = clock.now()
    with working("reconcile", shown=not as_json):
        reports = try_books(now=now) if dry_run else reconcile_books(now=now).kept
    if as_json:
        print_json(reports)
        return
    for one in reports:
        out.print(_told(one))


@app.command("pages")
@command()
def pages(
    *,
    api: str = typer.Option("http://127.0.0.1:8000", help="Where our API hears webhooks."),
    beside: int | None = typer.Option(None, hidden=True, help="End with this process."),
) -> None:
    """Serve the simulated provider's card page, to which the checkout leads. Ctrl-C ends it."""
    end_beside(beside)
    with serve_card_pages(api=api, now=clock.now) as running:
        out.print(f"Card page (simulator) at {running.url}")
        while True:
            time.sleep(3600)


def _told(one: RunReport) -> str:
    would = "would match" if one.dry_run else "matched"
    return (
        f"{one.leg}: {would} {one.matched_lines} lines, {sum(one.breaks.values())} breaks, {one.waiting} wait"
    )


def _house() -> Scope:
    return Scope(finance.HOUSE, Kind.PLATFORM, role=Role.OWNER, actor="cli")
