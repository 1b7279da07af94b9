"""Commands on stock and its replenishment: `fondaco logistics stock | replenish | expire`."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

import typer
from rich.table import Table

from fondaco.delivery.cli.boot import JSON, command, out, print_json, tell, working
from fondaco.flows.stock import plan_every_stock, plan_stock
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewStore

app = typer.Typer()
_SELLER = typer.Option("brook-fern", help="The seller's short name.")


@app.command("stock")
@command()
def show_stock(
    *,
    seller: str = _SELLER,
    make: str = typer.Option(
        "", help="Make a warehouse: code:name:kind:country, kind own, park, bonded or overseas."
    ),
    search: str = typer.Option("", help="The beginning of an SKU, or words of a title."),
    as_json: bool = JSON,
) -> None:
    """Show a seller's warehouses and stock, or make a warehouse."""
    seller_id = _seller_id(seller)
    scope = Scope(seller_id, Kind.SELLER, role=Role.OWNER, actor="cli")
    if make:
        logistics.ensure_stores([_new_store(seller_id, make)])
    stores = logistics.list_stores(scope)
    page = logistics.list_stock(scope, search=search, size=20)
    if as_json:
        facts = {
            "stores": [asdict(s) for s in stores],
            "stock": [asdict(r) for r in page.rows],
            "rows": page.total,
        }
        print_json(facts)
        return
    table = Table("Warehouse", "Kind", "Articles", "On hand", "Reserved", "To pick", "To pack", box=None)
    for s in stores:
        numbers = (s.articles, s.on_hand, s.reserved, s.to_pick, s.to_pack)
        table.add_row(f"{s.name} ({s.code})", s.kind, *map(str, numbers))
    out.print(table)
    lines = Table("SKU", "Title", "Warehouse", "On hand", "Reserved", "Free", "On order", box=None)
    for r in page.rows:
        lines.add_row(r.sku, r.title[:40], r.store, *map(str, (r.on_hand, r.reserved, r.free, r.on_order)))
    out.print(lines)
    out.print(f"[dim]{len(page.rows)} of {page.total} rows[/]")


@app.command("replenish")
@command()
def replenish(
    *,
    seller: str = typer.Option("", help="The seller's short name; all sellers without."),
    as_json: bool = JSON,
) -> None:
    """Propose what each warehouse should order today; a second run of the day proposes nothing again."""
    if not seller:
        with working("replenish", shown=not as_json):
            made = plan_every_stock(now=clock.now())
        tell({"proposed": made}, f"{made} proposals.", as_json=as_json)
        return
    with working("replenish", shown=not as_json):
        runs = plan_stock(_seller_id(seller), now=clock.now(), actor="cli")
    if as_json:
        print_json(runs)
        return
    for code, run in runs.items():
        out.print(f"{code}: {run.articles} articles, {run.proposed} proposals, {run.enough} with enough")


@app.command("expire-reservations")
@command()
def expire(*, as_json: bool = JSON) -> None:
    """Let go what was held longer than agreed."""
    number = len(logistics.expire_reservations(now=clock.now()))
    tell({"expired": number}, f"{number} reservations expired.", as_json=as_json)


def _seller_id(slug: str) -> UUID:
    found = parties.ids_by_slug([slug], kind=Kind.SELLER)
    if slug not in found:
        raise NotFound(field="seller", value=slug)
    return found[slug]


def _new_store(seller_id: UUID, text: str) -> NewStore:
    parts = text.split(":")
    kinds = logistics.StoreKind.values
    if len(parts) != 4 or parts[2] not in kinds or len(parts[3]) != 2:
        raise NotFound(f"Say code:name:kind:country; kinds are {', '.join(kinds)}.", field="make", value=text)
    code, name, kind, country = parts
    return NewStore(seller_id, seller_id, code[:24], name[:120], kind, country.upper())
