"""Commands of export VAT rebates: `fondaco window rebate rates | exports | list | show | open | invoice | step | balance`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import typer

from fondaco.delivery.cli.boot import JSON, Exit, command, err, out, print_json, tell, tell_rows
from fondaco.flows import rebates as flow
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window.public import rebates

rebate_app = typer.Typer(help="VAT that comes back on exports.", no_args_is_help=True)
_SELLER = typer.Option("", help="The exporter's short name; all exporters without.")
_EXPORTER = typer.Option(..., "--seller", help="The exporter's short name.")


@rebate_app.command("rates")
@command(database=False)
def rates(
    code: str, *, on: datetime | None = typer.Option(None, help="Day of export."), as_json: bool = JSON
) -> None:
    """The rebate rate of CODE on a day, and its history. Exit 1 where no rate is known: it is not 0 %."""
    book, day = rebates.rate_book(), (on or clock.now()).date()
    now, history = book.on(code, day), book.history(code)
    rows = (
        (row.prefix, "needs a person" if row.rate is None else f"{row.rate} %", f"{row.vat_rate} %", row.valid_from,
         row.valid_to, row.confidence, row.source)
        for row in history
    )  # fmt: skip
    headings = ("Codes", "Rate", "VAT", "From", "Until", "Checked", "Source")
    tell_rows({"now": now, "history": history}, headings, rows, as_json=as_json)
    if now is None or now.rate is None:
        err.print(f"No rate is known for {code} on {day}: a person looks it up in the authority's file.")
        raise typer.Exit(Exit.REFUSED)


@rebate_app.command("exports")
@command()
def exports(*, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """Released exports without a case, and the ways open to each."""
    found = rebates.export_evidence(_scope(seller), unclaimed=True, size=200)
    rows = [
        {
            "declaration_id": str(one.declaration_id), "order": one.reference, "modes": list(one.modes),
            "released_on": str(one.released_on), "departed_on": str(one.departed_on or ""), "value": str(one.value),
            "ways": [offer.way.code for offer in rebates.offers_for(one) if offer.is_open],
        }
        for one in found
    ]  # fmt: skip
    told = ([" ".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows)
    headings = ("Declaration", "Order", "Modes", "Released", "Left", "Value", "Ways")
    tell_rows(rows, headings, told, as_json=as_json)


@rebate_app.command("list")
@command()
def show_list(
    *,
    seller: str = _SELLER,
    state: str = typer.Option("", help="Only cases in this state."),
    as_json: bool = JSON,
) -> None:
    """The cases with what each lacks, newest first."""
    found = rebates.list_cases(_scope(seller), today=clock.today(), state=state, size=200)
    rows = (
        (
            one.id,
            one.reference,
            one.way.code,
            one.state,
            " ".join(one.missing),
            one.last_day,
            one.claimed,
            one.open,
        )
        for one in found
    )
    headings = ("Case", "Order", "Way", "State", "Missing", "Last day", "Claimed", "Open")
    tell_rows(found, headings, rows, as_json=as_json)


@rebate_app.command("show")
@command()
def show(case_id: UUID, *, as_json: bool = JSON) -> None:
    """One case: evidence, items with the steps of their sums, ledger; as JSON, indented for a person."""
    detail = rebates.case_detail(_scope(""), case_id, today=clock.today())
    if as_json:
        print_json(detail)
    else:
        out.print_json(data=asdict(detail), default=str)


@rebate_app.command("open")
@command()
def open_case(
    declaration_id: UUID,
    way: str,
    *,
    seller: str = _EXPORTER,
    stated: list[str] | None = typer.Option(
        None, "--stated", help="What the exporter states: general_taxpayer …"
    ),
    as_json: bool = JSON,
) -> None:
    """Open a case on a released export in a WAY (CN-trading, CN-9810-trading, CN-no-invoice …)."""
    made = flow.open_rebate(_scope(seller), declaration_id, way=way, stated=stated or [], now=clock.now())
    tell({"id": made}, f"Case {made} is open.", as_json=as_json)


@rebate_app.command("evidence")
@command()
def evidence(
    case_id: UUID,
    *,
    seller: str = _EXPORTER,
    left_on: datetime | None = typer.Option(None, help="The day the goods left, with --reference."),
    received: str = typer.Option(
        "", help="Foreign exchange received, such as '200.00 USD', with --reference."
    ),
    received_on: datetime | None = typer.Option(None, help="When the bank took it in; today without."),
    invoice: UUID | None = typer.Option(
        None, help="An input invoice of the pool, with --item and --quantity."
    ),
    item: int = typer.Option(1, help="The goods item."),
    quantity: int = typer.Option(0, help="Pieces of the invoice to use."),
    reference: str = typer.Option("", help="Of the departure report or of the bank."),
    as_json: bool = JSON,
) -> None:
    """Bring evidence to a case in preparation."""
    scope, now = _scope(seller), clock.now()
    if left_on is not None:
        rebates.record_departure(scope, case_id, departed_on=left_on.date(), reference=reference, now=now)
    if received:
        amount, _, currency = received.partition(" ")
        day = (received_on or now).date()
        rebates.note_receipt(
            scope,
            case_id,
            amount=Money.exactly(amount, currency),
            received_on=day,
            reference=reference,
            now=now,
        )
    if invoice is not None:
        rebates.use_invoice(scope, case_id, item=item, invoice_id=invoice, quantity=quantity, now=now)
    lacks = rebates.case_detail(scope, case_id, today=now.date()).case.missing
    said = f"Still missing: {', '.join(lacks)}." if lacks else "Nothing is missing: it can be claimed."
    tell({"missing": lacks}, said, as_json=as_json)


@rebate_app.command("invoice")
@command()
def invoice(
    number: str,
    supplier: str,
    issued_on: datetime,
    *,
    quantity: int = typer.Option(..., help="Pieces."),
    net: str = typer.Option(..., help="Net value of the line."),
    vat: str = typer.Option(..., help="VAT of the line."),
    seller: str = _EXPORTER,
    description: str = typer.Option("Goods", help="What was bought."),
    currency: str = typer.Option("CNY", help="Of the tax."),
    as_json: bool = JSON,
) -> None:
    """Take a line of an input invoice into the exporter's pool."""
    told = rebates.InvoiceIn(
        number, supplier, issued_on.date(), description, quantity, Money.exactly(net, currency),
        Money.exactly(vat, currency),
    )  # fmt: skip
    made = rebates.add_invoice(_scope(seller), told, now=clock.now())
    tell({"id": made}, f"Invoice {made} is in the pool.", as_json=as_json)


@rebate_app.command("step")
@command()
def step(
    case_id: UUID,
    event: str,
    *,
    seller: str = typer.Option("", help="The exporter's short name; the operator without."),
    amount: str = typer.Option("", help="Refused or taken back, in the currency of the tax."),
    reference: str = typer.Option("", help="Of the tax office."),
    reason: str = typer.Option("", help="Why it is refused or taken back."),
    as_json: bool = JSON,
) -> None:
    """Take a case a step on: claim, withdraw, lapse, approve, refuse, pay, claw_back."""
    scope, now = _scope(seller), clock.now()
    case = rebates.case_detail(scope, case_id, today=now.date()).case
    minor = Money.exactly(amount, case.way.currency).minor if amount else 0
    flow.take_step(scope, case_id, flow.Step(event, minor, reference, reason), now=now)
    after = rebates.case_detail(scope, case_id, today=now.date()).case
    said = f"{after.reference}: {after.state}, claimed {after.claimed}, open {after.open}."
    tell(after, said, as_json=as_json)


@rebate_app.command("balance")
@command()
def balance(*, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """The ledger by month, from its lines. Exit 1 if a month or a case does not balance."""
    scope = _scope(seller)
    months, wrong = rebates.balance_by_period(scope), rebates.unbalanced_cases(scope, size=100_000)
    rows = (
        (f"{one.period:%Y-%m}", one.cases, *(Money(n, one.currency) for n in sums))
        for one in months
        for s in [one.standing]
        for sums in [(s.claimed, s.paid, s.refused, s.open, s.clawed_back)]
    )
    headings = ("Month", "Cases", "Claimed", "Paid", "Refused", "Open", "Taken back")
    tell_rows({"months": months, "unbalanced": wrong}, headings, rows, as_json=as_json)
    if wrong or not all(one.standing.balanced for one in months):
        raise typer.Exit(Exit.REFUSED)


def _scope(seller: str) -> Scope:
    """The exporter, or the operator where none is named."""
    if not seller:
        return Scope(UUID(int=0), Kind.PLATFORM, role=Role.OWNER, actor="cli")
    return Scope(parties.organisation(seller).id, Kind.SELLER, role=Role.OWNER, actor="cli")
