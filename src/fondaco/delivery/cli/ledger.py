"""Commands on the ledger and its reconciliation: `fondaco ledger ...`, `fondaco reconcile ...`."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import typer

from fondaco.delivery.cli.boot import (
    JSON,
    Exit,
    command,
    day_of,
    err,
    out,
    print_json,
    tell,
    tell_rows,
    working,
)
from fondaco.flows.ledger_pages import report_sheet
from fondaco.flows.money_pages import books
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import TakenFile

ledger_app = typer.Typer(help="The ledger.", no_args_is_help=True)
reconcile_app = typer.Typer(help="Reconcile the books with providers and the bank.", no_args_is_help=True)
_WHO = typer.Option("cli", "--by", help="Who does it; what needs two people needs two names.")


@ledger_app.command("verify")
@command()
def verify_ledger(*, as_json: bool = JSON) -> None:
    """Check the ledger's invariants over every posting. Exit 1 if one is broken."""
    with working("ledger", shown=not as_json):
        finance.seal_chain()
        findings = finance.verify()
    if as_json:
        print_json(findings)
    elif findings:
        for finding in findings:
            err.print(
                f"[red]{finding.invariant}[/] {finding.what}: {finding.count}, such as {finding.example}"
            )
    else:
        out.print("[green]Every invariant of the ledger holds.[/]")
    if findings:
        raise typer.Exit(Exit.REFUSED)


@ledger_app.command("balance")
@command()
def trial_balance(
    *,
    currency: str = typer.Option("", help="Each account's balance, and in this currency."),
    on: str = typer.Option("", help="The last day of the balances, and the rates'; today if not said."),
    as_json: bool = JSON,
) -> None:
    """The trial balance: the sum of all entries by currency, in minor units; zero in each."""
    if not currency:
        balance = finance.trial_balance()
        tell_rows(balance, ("Currency", "Sum of all entries"), balance.items(), as_json=as_json)
        return
    day, into = day_of(on) or clock.now().date(), currency.upper()
    found = books(until=day, check=False, into=into, on=day)
    told = [
        (line.account_class, line.code, Money(line.balance_minor, line.currency), found.worths[line])
        for line in found.lines
    ]
    headings = ("class", "code", "balance", "in_one")
    tell_rows(
        [dict(zip(headings, row, strict=True)) for row in told],
        ("Class", "Account", "Balance", f"In {into}"),
        told,
        as_json=as_json,
    )
    if not as_json:
        worths = [worth for *_, worth in told if worth]
        missing = sum(worth is None for *_, worth in told)
        out.print("All, which is the rounding of the rows:", str(Money.sum(worths, into)))
        out.print(*(f"{one.base} {one.rate.normalize():f} ({one.provider} {one.on})" for one in found.rates))
        if missing:
            out.print(f"{missing} rows have no rate of that day and are left out.")


@ledger_app.command("close")
@command()
def close_period(first: str, last: str, *, by: str = _WHO, as_json: bool = JSON) -> None:
    """Close the days FIRST to LAST (such as 2026-09-01 2026-09-30): nothing more is posted into them."""
    today = clock.now()
    done = finance.close_period(
        day_of(first) or today.date(), day_of(last) or today.date(), actor=by, now=today
    )
    if as_json:
        print_json(done)
    else:
        out.print(f"{done.first_on} to {done.last_on} is closed; sums sealed as {done.digest[:16]}.")


@ledger_app.command("reopen")
@command()
def reopen_period(period: UUID, reason: str, *, by: str = _WHO, as_json: bool = JSON) -> None:
    """Open a closed period again, for a reason, by another person than who closed it."""
    done = finance.reopen_period(period, actor=by, reason=reason, now=clock.now())
    tell(done, f"{done.first_on} to {done.last_on} is open again.", as_json=as_json)


@ledger_app.command("periods")
@command()
def show_periods(*, as_json: bool = JSON) -> None:
    """The periods of the books."""
    rows = finance.list_periods()
    told = ((row.id, row.first_on, row.last_on, row.state, row.closed_by) for row in rows)
    tell_rows(rows, ("Period", "First day", "Last day", "State", "Closed by"), told, as_json=as_json)


@ledger_app.command("owed")
@command()
def show_owed(
    *,
    currency: str = typer.Option("EUR", help="The currency to sum in."),
    kind: str = typer.Option("seller", help="Parties of this kind; empty for all."),
    on: str = typer.Option("", help="The day of the rates and the ageing; today if not said."),
    as_json: bool = JSON,
) -> None:
    """What is owed to parties by currency and in one, and how old open sums are."""
    sheet = report_sheet(on=day_of(on) or clock.now().date(), currency=currency.upper(), kind=kind)
    rows = (
        (line.name, owed.payable, owed.dues, owed.in_transit, owed.escrow, owed.claim)
        for line in sheet.lines
        for owed in [line.owed]
    )
    headings = ("Party", "To be paid", "Dues and refunds", "On its way", "In escrow", "They owe")
    tell_rows(sheet, headings, rows, as_json=as_json)
    if not as_json:
        out.print("Sums:", *map(str, sheet.sums), "=", str(sheet.in_one or "a rate is missing"))


@reconcile_app.command("provider")
@command()
def take_provider(
    file: Path,
    *,
    provider: str = typer.Option(..., help="The provider's short name."),
    reference: str = typer.Option("", help="The file's name with the provider; the file name if not said."),
    on: str = typer.Option("", help="The day it settles; today if not said."),
    as_json: bool = JSON,
) -> None:
    """Take in a provider's settlement file; one with a wrong total or encoding is refused, nothing posted."""
    found = parties.ids_by_slug([provider], kind=Kind.PSP).get(provider)
    if found is None:
        raise NotFound(field="provider", value=provider)
    name = reference or file.stem
    taken = finance.take_provider_file(
        _content(file), provider_id=found, reference=name, now=clock.now(), on=day_of(on)
    )
    _tell([taken], as_json=as_json)


@reconcile_app.command("bank")
@command()
def take_bank(file: Path, *, as_json: bool = JSON) -> None:
    """Take in a bank statement (camt.053); one that does not add up is refused."""
    _tell(finance.take_bank_statement(_content(file), now=clock.now()), as_json=as_json)


@reconcile_app.command("run")
@command()
def run_legs(
    *,
    leg: str = typer.Option("", help=f"One of: {', '.join(finance.LEGS)}; all if not said."),
    dry_run: bool = typer.Option(False, help="Only tell what would be matched and posted."),
    plan: str = typer.Option("", help="The plan of a dry run, with --leg: match exactly that, or nothing."),
    by: str = _WHO,
    as_json: bool = JSON,
) -> None:
    """Match what is proved to be the same; keep the rest as breaks."""
    if leg not in ("", *finance.LEGS):
        raise NotFound(field="leg", value=leg)
    now = clock.now()
    with working("reconcile", shown=not as_json):
        reports = [
            finance.run_reconciliation(one, now=now, actor=by, dry_run=dry_run, plan=plan)
            for one in ((leg,) if leg else finance.LEGS)
        ]
    if as_json:
        print_json(reports)
        return
    for one in reports:
        would = "would match" if one.dry_run else "matched"
        out.print(
            f"{one.leg}: {would} {one.matched_lines} lines {one.matched}, breaks {one.breaks}, {one.waiting} wait"
        )
        for line in one.postings:
            out.print(f"  {line.posting}. {line.rule} {line.about}: {line.account} {line.amount}")
        if one.dry_run:
            out.print(f"  exactly this: fondaco reconcile run --leg {one.leg} --plan {one.plan}")


@reconcile_app.command("breaks")
@command()
def show_breaks(
    *, state: str = typer.Option("", help="open, assigned, proposed or resolved."), as_json: bool = JSON
) -> None:
    """What nothing explains, oldest first."""
    page = finance.browse_breaks(_house(), state=state, size=200, today=clock.now().date())
    rows = (
        (
            row.id,
            row.kind,
            f"{line.leg} {line.side}",
            line.key[:36],
            line.amount,
            row.age_days,
            row.state,
            row.owner,
        )
        for row in page.rows
        for line in [row.line]
    )
    headings = ("Break", "Kind", "Leg", "Reference", "Amount", "Days", "State", "With")
    tell_rows(page.rows, headings, rows, as_json=as_json)


@reconcile_app.command("expected")
@command()
def show_expected(
    *, state: str = typer.Option("expected", help="expected, received or withdrawn."), as_json: bool = JSON
) -> None:
    """What authorities and others have to transfer, oldest first; a bank statement books it."""
    rows = finance.expected_payments(_house(), state=state, size=200)
    told = (
        (row.source, row.reference, row.amount, row.state, f"{row.created_at:%Y-%m-%d}", row.received_on)
        for row in rows
    )
    tell_rows(rows, ("About", "Reference", "Amount", "State", "Since", "Received"), told, as_json=as_json)


@reconcile_app.command("withdraw")
@command()
def withdraw_expected(source: str, *, by: str = _WHO, as_json: bool = JSON) -> None:
    """Await the transfer about SOURCE (such as claim:ID) no longer; refused once the money is there."""
    done = finance.withdraw_expected(source, now=clock.now(), actor=by)
    tell(done, f"{done.amount} about {done.source} is no longer awaited.", as_json=as_json)


@reconcile_app.command("write-off")
@command()
def write_off(
    break_id: UUID,
    *,
    note: str = typer.Option("", help="Why: proposes it. Without a note: approves what another proposed."),
    by: str = _WHO,
    as_json: bool = JSON,
) -> None:
    """Propose to write a break off (with --note), or approve it as a second person."""
    now = clock.now()
    if note:
        finance.propose_write_off(break_id, note=note, actor=by, now=now)
        tell({"proposed": break_id}, "Proposed; somebody else must approve it.", as_json=as_json)
    else:
        journal = finance.approve_write_off(break_id, actor=by, now=now)
        tell({"journal": journal}, f"Written off by journal {journal}.", as_json=as_json)


def _house() -> Scope:
    return Scope(finance.HOUSE, Kind.PLATFORM, role=Role.OWNER, actor="cli")


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise NotFound("There is no such file.", field="file", value=file)
    return file.read_bytes()


def _tell(taken: list[TakenFile], *, as_json: bool) -> None:
    if as_json:
        print_json(taken)
        return
    for one in taken:
        word = "taken in" if one.fresh else "was taken in before"
        out.print(
            f"{one.reference} of {one.source}: {one.lines} lines {word}, {one.booked} booked against our claim"
        )
