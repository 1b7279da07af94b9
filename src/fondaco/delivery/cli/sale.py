"""Commands on flash sales: `fondaco sale list | show | open | preview | sweep`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, command, out, print_json, tell, tell_rows
from fondaco.flows import flash_sale, sale_pages
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import BadAmount, Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import SaleTerms

app = typer.Typer(help="Flash sales.", no_args_is_help=True)
_SELLER = typer.Option("lantern-lane", help="The seller's short name.")
_ARTICLES = typer.Argument(help="SKU=PRICE or SKU=PRICE*UNITS, one or more.")
_CURRENCY = typer.Option("GBP", help="Of the prices.")


@app.command("list")
@command()
def list_sales(*, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """List a seller's sales."""
    rows = sale_pages.own_sales(_scope(seller), now=clock.now())
    told = ((row.id, row.name, row.phase, row.opens_at, row.closes_at, row.articles) for row in rows)
    headings = ("Sale", "Name", "State", "Opens", "Closes", "Articles")
    tell_rows(rows, headings, told, as_json=as_json)


@app.command("show")
@command()
def show_sale(sale_id: UUID, *, seller: str = _SELLER, as_json: bool = JSON) -> None:
    """Show how a sale is going: pieces, queue, purchases, and what was oversold (nothing)."""
    seen = sale_pages.watch(_scope(seller), sale_id, now=clock.now())
    if as_json:
        print_json(seen)
        return
    table = Table(
        "SKU", "Price", "Units", "Sold", "Paid", "Held", "Lapsed", "Left", box=None, header_style="dim"
    )
    for o in seen.offers:
        numbers = (o.sold, o.kept, o.held, o.lapsed, o.free)
        table.add_row(o.sku, str(o.price), "all" if o.units is None else str(o.units), *map(str, numbers))
    out.print(table)
    out.print(
        f"{seen.purchases} orders of {seen.value}; {seen.waiting} of {seen.joined} wait; {seen.oversold} oversold."
    )


@app.command("open")
@command()
def open_sale(
    name: str,
    store: str,
    articles: list[str] = _ARTICLES,
    *,
    seller: str = _SELLER,
    currency: str = _CURRENCY,
    opens: datetime | None = typer.Option(None, help="Day and time in UTC; now without."),
    minutes: int = typer.Option(60, help="How long it lasts."),
    limit: int = typer.Option(2, help="Pieces of an article per buyer."),
    admit: float = typer.Option(50.0, help="Buyers let in per second."),
    pay_minutes: int = typer.Option(30, help="Minutes to pay."),
    as_json: bool = JSON,
) -> None:
    """Set a sale up out of the warehouse with the code STORE."""
    scope, now = _scope(seller), clock.now()
    at = opens.replace(tzinfo=UTC) if opens else now
    prices, units = _prices(articles, currency)
    terms = SaleTerms(
        scope.organisation_id, _store(scope, store), name, currency, at, at + timedelta(minutes=minutes), (),
        admit_per_s=admit, limit_per_buyer=limit, pay_minutes=pay_minutes,
    )  # fmt: skip
    made = flash_sale.set_up_sale(scope, terms, prices, units=units, now=now)
    said = f"Sale {made.id} opens at {at:%Y-%m-%d %H:%M} UTC: /sales/{made.id}/"
    tell({"id": made.id, "opens_at": at}, said, as_json=as_json)


@app.command("preview")
@command()
def preview(
    articles: list[str] = _ARTICLES,
    *,
    seller: str = _SELLER,
    currency: str = _CURRENCY,
    as_json: bool = JSON,
) -> None:
    """Show what prices come to at a person's door abroad, without carriage."""
    found = sale_pages.preview_prices(_scope(seller), _prices(articles, currency)[0], now=clock.now())
    rows = (
        (one.sku, quote.destination, one.price, quote.charges.total if quote.charges else "needs a person")
        for one in found
        for quote in one.quotes
    )
    tell_rows(found, ("SKU", "Sent to", "Price", "Landed"), rows, as_json=as_json)


@app.command("sweep")
@command()
def sweep(*, as_json: bool = JSON) -> None:
    """Keep what was paid for, cancel what was not paid in time; a job does it every minute."""
    kept, lapsed = flash_sale.sweep_purchases(now=clock.now())
    tell({"kept": kept, "lapsed": lapsed}, f"{kept} kept, {lapsed} back on sale.", as_json=as_json)


def _prices(articles: Iterable[str], currency: str) -> tuple[dict[str, Money], dict[str, int]]:
    """Prices and units by SKU of words like MUG=7.90*12; BadAmount names the word."""
    prices, units = {}, {}
    for word in articles:
        sku, found, rest = word.rpartition("=")
        price, limited, count = rest.partition("*")
        if not found or (limited and not count.isdecimal()):
            raise BadAmount("Give SKU=PRICE or SKU=PRICE*UNITS.", field="articles", value=word)
        prices[sku] = Money.exactly(price, currency)
        if limited:
            units[sku] = int(count)
    return prices, units


def _store(scope: Scope, code: str) -> UUID:
    for one in logistics.list_stores(scope):
        if one.code == code:
            return one.id
    raise NotFound(field="store", value=code)


def _scope(seller: str) -> Scope:
    return Scope(parties.organisation(seller).id, Kind.SELLER, role=Role.OWNER, actor="cli")
