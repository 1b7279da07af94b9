"""Two flash sales to show, made up and labelled: one that has ended, its orders gone through the flow; one to try."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from fondaco.flows import flash_sale
from fondaco.flows.book import run_book
from fondaco.flows.work import Work
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Bought, NewReceipt, NewStore, Sale, SaleTerms

ENDED, TO_TRY = "Mug hour (made up, ended)", "Mug week (made up, to try)"
SKU, PRICE, UNITS, STOCK = "SHOWN-MUG", Money(790, "GBP"), 12, 60
_SLUG = "mug-hour"
_CAST = (
    ("IE", "Cork", 2), ("DE", "Bremen", 2), ("FR", "Lille", 1), ("NL", "Delft", 2), ("IE", "Sligo", 1), ("DE", "Ulm", 2),
    ("FR", "Nantes", 2),
)  # fmt: skip
_UNPAID = 2  # of the cast, the last: their pieces go back on sale


def ensure_demo_sales(seller_id: UUID, work: Work) -> int:
    """Make both sales where they are missing, run what was bought through the flow; how many orders. Repeatable."""
    scope = Scope(seller_id, Kind.SELLER, role=Role.OWNER, actor="demo")
    if any(row.name == ENDED for row in logistics.list_sales(scope, now=work.now)):
        return 0
    store = _store(seller_id, now=work.now)
    opened = (work.now - timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)
    ended = SaleTerms(
        seller_id, store, ENDED, PRICE.currency, opened, opened + timedelta(hours=1), (),
        admit_per_s=0.05, limit_per_buyer=2, pay_minutes=30, is_demo=True,
    )  # fmt: skip
    sale = flash_sale.set_up_sale(
        scope, ended, {SKU: PRICE}, units={SKU: UNITS}, now=opened - timedelta(days=2)
    )
    crowd = list(zip(_crowd(), _CAST, strict=True))
    for buyer, one in crowd[:-_UNPAID]:
        _buy(sale, buyer, *one)
    run_book(
        work, seller_id=seller_id
    )  # what is bought goes through the flow as any order, and is paid on the way
    for buyer, one in crowd[-_UNPAID:]:
        _buy(sale, buyer, *one)
    flash_sale.sweep_purchases(now=work.now)
    to_try = replace(
        ended, name=TO_TRY, opens_at=work.now, closes_at=work.now + timedelta(days=7), admit_per_s=5.0
    )
    flash_sale.set_up_sale(scope, to_try, {SKU: PRICE}, units={SKU: UNITS}, now=work.now)
    return len(_CAST)


def _store(seller_id: UUID, *, now: datetime) -> UUID:
    new = NewStore(
        seller_id, seller_id, "lantern", "Lantern Lane cellar (made up)", "own", "GB", is_demo=True
    )
    store = logistics.ensure_stores([new], aisles=1, bays=2)[0]
    logistics.put_away(store, [NewReceipt(SKU, STOCK, "MUG-1", "GB", "demo:mug-hour")], now=now, actor="demo")
    return UUID(str(store.pk))


def _crowd() -> list[Scope]:
    rows = [
        NewOrganisation(
            kind=Kind.BUYER, name=f"Flash Buyer {n} (made up)", country=country, slug=f"{_SLUG}-{n}", is_demo=True,
            address={"street": f"{n} Example Quay (made up)", "city": city, "postcode": "10000", "country": country},
            identifiers={"consumer": "yes"},
        )
        for n, (country, city, _) in enumerate(_CAST, start=1)
    ]  # fmt: skip
    return [
        Scope(one.id, Kind.BUYER, role=Role.CLERK, actor="demo")
        for one in sorted(parties.ensure_organisations(rows), key=lambda one: one.slug)
    ]


def _buy(sale: Sale, buyer: Scope, country: str, city: str, pieces: int) -> Bought:
    """Queue at the opening, and buy when it is one's turn."""
    ticket = flash_sale.join_sale(buyer, sale.id, now=sale.terms.opens_at)
    return flash_sale.buy(
        buyer, sale.id, [(SKU, pieces)], ticket=ticket.token, key="demo", destination=country,
        ship_to={"city": city, "country": country}, now=ticket.admitted_at + timedelta(seconds=40),
    )  # fmt: skip
