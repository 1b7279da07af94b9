"""Commands on price books: list, compare, roll back, withdraw; and one quote with its reasons."""

from __future__ import annotations

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, command, day_of, err, out, print_json, tell, tell_rows
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound, Refused
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import BookDiff, BookImport, ParcelSpec, PriceBookView, QuoteRequest

app = typer.Typer(help="Price books and what they quote.", no_args_is_help=True)
_MOST = 20


class NotAParcel(Refused):
    code = "not-a-parcel"
    title = "This is no parcel."
    remedy = "Write sides in mm and mass in g: 300x200x100@1200."


@app.command("list")
@command()
def list_books(*, as_json: bool = JSON) -> None:
    """All versions of all price books, newest first."""
    books = logistics.list_price_books()
    rows = (
        (f"{book.code} {book.version}", book.state, book.effective_from, book.services, book.cells, book.id)
        for book in books
    )
    tell_rows(books, ("Book", "State", "From", "Services", "Prices", "Id"), rows, as_json=as_json)


@app.command("diff")
@command()
def diff(before: str, after: str, *, as_json: bool = JSON) -> None:
    """What changed between two versions, each named CODE:VERSION or by its id."""
    found = logistics.diff_price_books(_book(before).id, _book(after).id)
    if as_json:
        print_json(found)
    else:
        tell_diff(found)


@app.command("rollback")
@command()
def rollback(
    book: str,
    *,
    effective_from: str = typer.Option("", help="First day; today if not said."),
    as_json: bool = JSON,
) -> None:
    """Bring the version before BOOK back, as a new version; nothing is rewritten."""
    day = day_of(effective_from) or clock.today()
    made = logistics.rollback_book(_book(book).id, effective_from=day, actor="cli", now=clock.now())
    tell(made, f"Version {made.version} holds the earlier prices from {day}.", as_json=as_json)


@app.command("withdraw")
@command()
def withdraw(book: str, *, as_json: bool = JSON) -> None:
    """Take BOOK out of force; the prices it replaced hold again."""
    found = _book(book)
    logistics.withdraw_book(found.id, actor="cli", now=clock.now())
    tell({"id": found.id}, "Withdrawn.", as_json=as_json)


@app.command("quote")
@command()
def quote(
    origin: str,
    destination: str,
    parcels: list[str],
    *,
    postcode: str = typer.Option("", help="Of the receiver."),
    on: str = typer.Option("", help="Day of dispatch; today if not said."),
    need: list[str] = typer.Option([], help="A feature that the service must have; may be repeated."),
    cargo: list[str] = typer.Option([], help="A class of the goods; may be repeated."),
    service: str = typer.Option("", help="Explain this one service."),
    as_json: bool = JSON,
) -> None:
    """Every service's price for PARCELS, such as 300x200x100@1200 (mm, g), and why the others refuse."""
    asked = QuoteRequest(
        "cli", origin.upper(), destination.upper(), postcode, day_of(on) or clock.today(),
        tuple(_parcel(word) for word in parcels), frozenset(cargo), None, frozenset(need),
    )  # fmt: skip
    found = logistics.quote_columns(asked)
    if service and (refusal := logistics.refusal_in(found, service)):
        said = f"{service} refuses: {refusal.code} {dict(refusal.numbers)}"
        tell({"service": service, "refusal": refusal}, said, as_json=as_json)
        return
    offers = (
        [o for o in [logistics.offer_in(found, service)] if o] if service else found.offers(slice(0, _MOST))
    )
    if service and not offers:
        raise NotFound("No service in force has this code.", field="service", value=service)
    if as_json:
        print_json({"offers": offers, "offering": len(found.order), "refused": found.counts})
        return
    table = Table("Service", "Name", "Price", "Days", "Charged on", "Made of", box=None, header_style="dim")
    for one in offers:
        parts = ", ".join(f"{name} {minor}" for name, minor in one.breakdown if minor)
        days = f"{one.transit_days_min}-{one.transit_days_max}"
        table.add_row(one.service_code, one.name, str(one.price), days, f"{one.billable_g} g", parts)
    out.print(table)
    if not service:
        out.print(f"{len(found.order)} offer; refused: {found.counts}")


def tell_import(report: BookImport, *, as_json: bool) -> None:
    """What became of a file: its faults, or what it changes."""
    if as_json:
        print_json(report)
        return
    for error in report.errors[:_MOST]:
        err.print(f"[red]row {error.row}[/] {error.column}: {error.message} {error.remedy}")
    if not report.ok:
        err.print(f"{report.error_count} faults; nothing was changed.")
        return
    if report.diff:
        tell_diff(report.diff)
    done = "Checked only" if report.book is None else f"Version {report.book.version}"
    out.print(f"{done}: {report.services} services, {report.cells} prices, from {report.effective_from}.")


def tell_diff(found: BookDiff) -> None:
    """Counts, and the largest moves."""
    out.print(
        f"{found.changed} changed, {found.added} new, {found.removed} gone, {found.unchanged} unchanged"
    )
    for change in found.changes[:_MOST]:
        percent = "" if change.percent is None else f"{change.percent:+} %"
        out.print(f"  {' '.join(map(str, change.key))}: {change.before[0]} → {change.after[0]} {percent}")


def _book(name: str) -> PriceBookView:
    code, _, version = name.partition(":")
    for book in logistics.list_price_books():
        if str(book.id) == name or (book.code == code and str(book.version) == version):
            return book
    raise NotFound(field="price_book", value=name)


def _parcel(word: str) -> ParcelSpec:
    try:
        sides, mass = word.split("@")
        length, width, height = (int(side) for side in sides.split("x"))
        return ParcelSpec(length, width, height, int(mass))
    except ValueError as exc:
        raise NotAParcel(field="parcels", value=word) from exc
