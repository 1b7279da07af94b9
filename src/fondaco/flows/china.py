"""China in the demonstration: made-up sellers of two pilot zones, and a shop whose goods wait in bond there.

Everything here is made up and says so: the sellers' names, `is_demo`, `synthetic` orders, drawn from one seed.
The orders then go through the main job like any other: packed, priced, screened, paid, declared on both sides
of the border, released, settled. Parcels to people leave under 9610 (from Hangzhou without refund, from
Zhengzhou with it), sales to firms under 9710, what goes to a warehouse abroad under 9810, what leaves a bonded
store under 1210; the shop's goods come in under 1210, 1239 and 9610. What goes to a warehouse abroad has no
buyer yet: it is an order of the firm that keeps the warehouse, at the pro-forma price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductRow
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BookLine, BookOrder, OrderState, ParsedBook, digest_of
from fondaco.flows.china_cast import CAST, Article, Part, Seller, Store
from fondaco.flows.logins import CHINA_SELLER
from fondaco.flows.made_up import ensure_buyers
from fondaco.flows.signing_keys import ensure_demo_keys
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation
from fondaco.platforms.window import public as window
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, NewStore

_FIRST = datetime(2026, 8, 24, 1, 30, tzinfo=UTC)  # fixed, so that making them again changes nothing
_DAYS = 84
_SEED = 9610


class _Buyer(NamedTuple):
    """Who an order is for: a person by number, or a firm."""

    reference: str
    country: str


def ensure_china(*, now: datetime, share: float = 1.0, actor: str = "demo") -> int:
    """Make the sellers, their goods, stores and orders where they are missing; how many orders there are.

    `share` of each kind of order, at least one.
    """
    made = sum(_ensure_seller(cast, share, now=now, actor=actor) for cast in CAST)
    ensure_demo_keys(china_sellers()[CHINA_SELLER], now=now)
    return made


def china_sellers() -> dict[str, UUID]:
    """The made-up sellers that are there, by slug."""
    return parties.ids_by_slug([cast.slug for cast in CAST], kind=Kind.SELLER)


def count_china() -> dict[str, int]:
    """Orders of the made-up sellers and where they came to; what customs entered of their way out, and billed."""
    sellers = china_sellers()
    papers = window.count_papers(list(sellers.values()))
    reached = [orders.count_reached(seller_id=seller) for seller in sellers.values()]
    states = [orders.count_by_state(seller_id=seller) for seller in sellers.values()]
    return {
        "china_orders": sum(sum(one.values()) for one in states),
        "china_declared": sum(one["declared"] for one in reached),
        "china_released": sum(one["released"] for one in reached),
        "china_settled": sum(one[OrderState.SETTLED] for one in reached),
        "china_bills_of_waybills": papers.get("607", 0),
        "china_arrivals": papers.get("507", 0),
        "china_departures": papers.get("509", 0),
        "china_payment_data": papers.get("179", 0),
        "china_tax_bills": window.count_tax_bills(list(sellers.values())),
    }


def _ensure_seller(cast: Seller, share: float, *, now: datetime, actor: str) -> int:
    seller = _seller(cast)
    articles = {one.sku: one for part in cast.parts for one in part.articles}
    rows = [_product(one, cast.currency) for one in articles.values()]
    made = catalog.upsert_products(seller, rows, actor=actor, now=now)
    drawn = list(_orders(cast, share))
    buyers = _ensure_buyers(cast, drawn)
    _fill_stores(cast, seller, now=now, actor=actor)
    orders.store_orders(
        ParsedBook(synthetic=True, orders=[order for _, order in drawn]),
        seller_id=seller,
        product_ids=made.ids,
        buyer_ids=buyers,
        actor=actor,
        now=now,
    )
    return len(drawn)


def _seller(cast: Seller) -> UUID:
    address = {
        "street": "1 Demonstration Road",
        "city": cast.city,
        "postcode": "450000",
        "country": cast.country,
    }
    party = NewOrganisation(
        kind=Kind.SELLER, name=cast.name, country=cast.country, slug=cast.slug, currency=cast.currency,
        is_demo=True, address=address, identifiers={key: value for key, value in cast.identifiers if value},
    )  # fmt: skip
    return parties.ensure_organisations([party])[0].id


def _product(one: Article, currency: str) -> ProductRow:
    length, width, height = (str(side) for side in one.size)
    stated = {
        "hs_code": one.hs, "origin": one.origin, "mass_g": str(one.mass_g), "length_mm": length,
        "width_mm": width, "height_mm": height,
    }  # fmt: skip
    return ProductRow(sku=one.sku, title=one.title, unit_price=Money(one.price, currency), stated=stated)


def _orders(cast: Seller, share: float) -> Iterator[tuple[Part, BookOrder]]:
    """A seller's orders, spread over the same weeks; one stream of chance for each part."""
    for part in cast.parts:
        chance = Random(f"{_SEED}:{cast.slug}:{part.name}")  # noqa: S311 - a made-up book needs no secrecy
        for number in range(1, max(1, round(part.count * share)) + 1):
            yield part, _order(cast, part, number, chance)


def _order(cast: Seller, part: Part, number: int, chance: Random) -> BookOrder:
    ref = f"{cast.slug}-{part.name}{number:03}".upper()
    chosen = chance.sample(part.articles, k=chance.randint(1, min(2, len(part.articles))))
    goods = [BookLine("goods", one.sku, one.title, chance.randint(*part.pieces), one.price) for one in chosen]
    lines = (*goods, BookLine("carriage", "POST", "CARRIAGE", 1, part.carriage))
    at = _FIRST + timedelta(days=_DAYS * (number - 1) / part.count, minutes=chance.randrange(600))
    at = at.replace(microsecond=0)
    country = part.countries[(number - 1) % len(part.countries)]
    buyer = f"{ref}-BUYER"
    return BookOrder(
        source_ref=ref, buyer=buyer, destination=country, ordered_at=at, original_ordered_at=at,
        currency=cast.currency, lines=lines, goods_minor=sum(line.quantity * line.unit_minor for line in goods),
        carriage_minor=part.carriage, discount_minor=0, other_minor=0, ship_to={"country": country},
        content_hash=digest_of((ref, buyer, country, cast.currency), lines=lines),
    )  # fmt: skip


def _ensure_buyers(cast: Seller, drawn: Sequence[tuple[Part, BookOrder]]) -> dict[str, UUID]:
    people = [_Buyer(order.buyer, order.destination) for part, order in drawn if not part.firm]
    known = ensure_buyers(people, book=cast.slug, identifiers=_person)
    firms = {order.buyer: _firm(part, order) for part, order in drawn if part.firm}
    made = parties.ensure_organisations(list(firms.values()))
    return known | {ref: party.id for ref, party in zip(firms, made, strict=True)}


def _person(reference: str, country: str) -> Mapping[str, str]:
    """A consumer; where the parcel goes to China with an identity number that nobody can have."""
    number = {"cn_id": f"DEMO-{reference}"[:18]} if country == "CN" else {}
    return {"consumer": "yes", **number}


def _firm(part: Part, order: BookOrder) -> NewOrganisation:
    """The firm that buys in a country, or keeps the warehouse there."""
    where = order.destination
    address = {
        "name": part.firm.format(where), "street": "12 Example Quay (made up)", "city": "Demonstration",
        "postcode": _POSTCODES.get(where, "00000"), "country": where, "phone": "+00 000 000 0000",
    }  # fmt: skip
    return NewOrganisation(
        kind=Kind.BUYER, name=part.firm.format(where), country=where, slug=order.buyer.lower(), is_demo=True,
        address=address, identifiers={key: value.format(where) for key, value in part.identifiers},
    )  # fmt: skip


_POSTCODES = {"US": "90731", "DE": "20457", "GB": "BS1 0XX", "JP": "135-0063", "KR": "22382"}


def _fill_stores(cast: Seller, seller: UUID, *, now: datetime, actor: str) -> None:
    """Lay what was ordered and as much again into the bonded stores, once."""
    if not cast.stores:
        return
    wanted = Counter[str]()
    for _, order in _orders(cast, 1.0):
        for line in order.lines:
            wanted[line.sku] += line.quantity
    news = [_store(one, seller) for one in cast.stores]
    for store, told in zip(logistics.ensure_stores(news, aisles=1, bays=4), cast.stores, strict=True):
        receipts = [_receipt(told, one, 2 * wanted[one.sku]) for one in told.articles]
        logistics.put_away(store, receipts, now=now, actor=actor)


def _store(one: Store, seller: UUID) -> NewStore:
    return NewStore(
        seller, seller, code=one.code, name=one.name, kind="bonded", country="CN", city=one.city, is_demo=True,
        lead_source="made-up",
    )  # fmt: skip


def _receipt(store: Store, one: Article, pieces: int) -> NewReceipt:
    return NewReceipt(
        sku=one.sku, title=one.title, quantity=pieces, lot=f"{store.code}-1".upper(), origin=one.origin,
        key=f"demo:{store.code}:{one.sku}", supplier="Made-up supplier", customs_document=store.paper,
    )  # fmt: skip
