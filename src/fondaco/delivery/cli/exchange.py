"""Commands on exchange: `fondaco exchange exposure | quote | propose | file`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from uuid import UUID

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, Exit, command, out, print_json, tell, tell_rows
from fondaco.flows import exchange as flow
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance.public import exchange

app = typer.Typer(help="Exchange rates, exposure and cover.", no_args_is_help=True)
_SELLER = typer.Option("brook-fern", help="The seller's short name.")


@app.command("exposure")
@command()
def show_exposure(*, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """Show a seller's exposure by currency and bucket, and what it may lose."""
    _, board = flow.policy_and_board(_scope(seller), now=clock.now())
    risk = exchange.risk_of(board, exchange.history_of(board))
    if as_json:
        facts = {
            "rows": [asdict(r) for r in board.rows],
            "base": board.base,
            "day": asdict(risk) if risk else None,
        }
        print_json(facts)
        return
    table = Table("Currency", "Days", "In", "Out", "Net", "Covered", "Open", box=None, header_style="dim")
    for row in board.rows:
        cells = (row.incoming, row.outgoing, row.net, row.hedged, row.open)
        days = f"to {exchange.BUCKETS[row.bucket]}"
        table.add_row(row.currency, days, *(str(Money(n, row.currency).amount) for n in cells))
    out.print(table)
    if risk:
        out.print(
            f"One day in twenty loses more than {risk.var:,.2f} {risk.base}, then {risk.shortfall:,.2f} on average."
        )


@app.command("quote")
@command()
def quote(amount: str, sell: str, buy: str, *, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """Lock a rate for a minute: AMOUNT of SELL for BUY."""
    made = exchange.make_quote(_scope(seller), Money.exactly(amount, sell), buy, now=clock.now())
    said = (
        f"{made.sell} buys {made.buy} at {made.rate} ({made.provider}, {made.rate_on}) until {made.expires_at}\n"
        f"fondaco exchange take {made.id} --seller {seller}"
    )
    tell(made, said, as_json=as_json)


@app.command("take")
@command()
def take(quote_id: UUID, *, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """Convert at a quote."""
    taken = exchange.take_quote(_scope(seller), quote_id, now=clock.now())
    tell(taken, f"{taken.sell} became {taken.buy}, journal {taken.journal_id}.", as_json=as_json)


@app.command("propose")
@command()
def propose(
    *,
    seller: str = typer.Option("", help="The seller's short name; all sellers without."),
    as_json: bool = JSON,
) -> None:
    """Propose the day's cover; again the same day, nothing new."""
    now = clock.now()
    made = flow.propose_cover(_scope(seller), now=now) if seller else flow.propose_every_cover(now=now)
    tell({"proposed": made}, f"{made} proposals.", as_json=as_json)


@app.command("file")
@command()
def settlement_file(since: datetime, until: datetime) -> None:
    """Write the authority's settlement file of a time (from SINCE until before UNTIL) to standard output."""
    scope = Scope(UUID(int=0), Kind.PLATFORM, role=Role.OWNER, actor="cli")
    sys.stdout.buffer.write(flow.settlement_file(scope, since=since.date(), until=until.date()))


@app.command("check-file")
@command()
def check_file(file: Path, *, as_json: bool = JSON) -> None:
    """Check a settlement file: hash, count, every amount, rate and total."""
    held = exchange.check_file(file.read_bytes())
    totals = "".join(f"\n  {sold} became {bought}" for sold, bought in held.totals)
    tell(held, f"[green]The file holds:[/] {held.deals} conversions.{totals}", as_json=as_json)


@app.command("load-rates")
@command()
def load_rates(file: Path, *, as_json: bool = JSON) -> None:
    """Take in the Bank of England's CSV of daily spot rates into sterling, and compare it with the ECB's."""
    taken = exchange.take_rates(file.read_bytes(), now=clock.now())
    said = f"{taken.added} new rates, {taken.first_on} to {taken.last_on}; {len(taken.alarms)} too far apart."
    tell(taken, said, as_json=as_json)


@app.command("check-rates")
@command()
def check_rates(*, as_json: bool = JSON) -> None:
    """Compare two providers on the latest day of which both speak. Exit 1 where they are too far apart."""
    checks = exchange.compare_rates(on=clock.today())
    rows = (
        (one.currency, one.on, f"{one.first:.6f}", f"{one.second:.6f}", f"{one.apart:.4%}") for one in checks
    )
    headings = ("For one pound", "Day", "ECB", "Bank of England", "Apart")
    tell_rows(checks, headings, rows, as_json=as_json)
    if any(one.alarm for one in checks):
        raise typer.Exit(Exit.REFUSED)


@app.command("deliver")
@command()
def deliver(*, as_json: bool = JSON) -> None:
    """Deliver the forwards whose day has come; a job does it twice on every working day."""
    run = flow.deliver_forwards(now=clock.now())
    said = (
        f"{run.settled} delivered, {run.waiting} without an answer, {run.refused} refused, "
        f"{run.unfunded} without the money."
    )
    tell(run, said, as_json=as_json)


def _scope(seller: str) -> Scope:
    return Scope(parties.organisation(seller).id, Kind.SELLER, role=Role.OWNER, actor="cli")
