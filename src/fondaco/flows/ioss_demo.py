"""A seller with an IOSS number to show: small parcels to consumers in the Union, one month filed, one still running.

The real order file knows wholesale buyers only, so no order of it is sold under the import one-stop shop. These
orders are made up and labelled (`is_demo`, `synthetic`, the seller's name) and go through the main job like any
other: VAT at sale, H7 with the number as additional fiscal reference, settlement, the monthly return.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductRow
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BookLine, BookOrder, BookReturn, ParsedBook
from fondaco.flows.ioss import SCHEME, file_ioss, ioss_months
from fondaco.flows.logins import ensure_operators
from fondaco.flows.work import Work
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation

SELLER_SLUG = "pebble-wick"
NUMBER = "IM3720000018"  # the form of a number given in Ireland; nobody's
CURRENCY = "EUR"
# SKU, title, price in cents, and what the seller states of it.
_GOODS = (
    ("PW-SCARF", "KNITTED LAMBSWOOL SCARF", 3900, ("611710", "180", "300", "200", "40")),
    ("PW-CANDLE", "SOY WAX CANDLE", 1850, ("340600", "320", "90", "90", "100")),
    ("PW-BOWL", "STONEWARE BOWL", 2400, ("691200", "600", "180", "180", "90")),
)
# Reference, country, day, and which goods how often. One order is above EUR 150: it goes by the ordinary way.
_ORDERS = (
    ("PW-1", "DE", (10, 5), ((0, 1), (1, 2))),
    ("PW-2", "FR", (10, 7), ((1, 3),)),
    ("PW-3", "IE", (10, 12), ((2, 2),)),
    ("PW-4", "NL", (10, 19), ((0, 2),)),
    ("PW-5", "DE", (10, 26), ((2, 1), (1, 1))),
    ("PW-6", "FR", (11, 3), ((0, 1),)),
    ("PW-7", "SE", (11, 9), ((1, 4),)),
    ("PW-8", "DE", (11, 12), ((0, 3), (2, 3))),
)
_BACK = ("PW-R1", "PW-2", (11, 6), (1, 1))  # one candle of October comes back in November


def ensure_ioss_demo(work: Work) -> UUID:
    """Make the seller, its buyers, goods and orders where they are missing; the seller's id."""
    seller = parties.ensure_organisations([_seller()])[0].id
    buyers = parties.ensure_organisations([_buyer(ref, country) for ref, country, *_ in _ORDERS])
    known = catalog.upsert_products(
        seller, [_product(n) for n in range(len(_GOODS))], actor=work.actor, now=work.now
    )
    book = ParsedBook(synthetic=True, orders=[_order(*row) for row in _ORDERS], returns=[_back()])
    orders.store_orders(
        book, seller_id=seller, product_ids=known.ids, actor=work.actor, now=work.now,
        buyer_ids={row[0]: buyer.id for row, buyer in zip(_ORDERS, buyers, strict=True)},
    )  # fmt: skip
    return seller


def file_past_months(seller_id: UUID, work: Work) -> int:
    """File what is due of the demonstration seller; how many months. Filed ones stay as they are."""
    operator, _second = ensure_operators(work.house)
    due = [
        one.period
        for one in ioss_months(operator, today=work.now.date())
        if one.seller.id == seller_id and one.state in ("due", "overdue")
    ]
    for period in sorted(due):
        file_ioss(operator, seller_id, period, reference=f"DEMO-{SCHEME}-{period}", now=work.now)
    return len(due)


def _seller() -> NewOrganisation:
    address = {"street": "7 Shingle Row", "city": "Whitby", "postcode": "YO21 0XX", "country": "GB"}
    return NewOrganisation(
        kind=Kind.SELLER, name="Pebble & Wick (made up: IOSS)", country="GB", slug=SELLER_SLUG, currency=CURRENCY,
        is_demo=True, address=address, identifiers={"eori": "GB000000000004", "ioss": NUMBER},
    )  # fmt: skip


def _buyer(ref: str, country: str) -> NewOrganisation:
    name = f"Consumer {ref[3:]} (made up)"
    address = {
        "name": name, "street": f"{ref[3:]} Example Street", "city": "Example", "postcode": "10115",
        "country": country, "phone": "+00 000 0143", "email": f"{ref.lower()}@example.org",
    }  # fmt: skip
    return NewOrganisation(
        kind=Kind.BUYER, name=name, country=country, slug=f"{SELLER_SLUG}-{ref}".lower(), is_demo=True,
        address=address, identifiers={"consumer": "yes"},
    )  # fmt: skip


def _product(n: int) -> ProductRow:
    sku, title, price, (code, mass, *size) = _GOODS[n]
    stated = dict(zip(("length_mm", "width_mm", "height_mm"), size, strict=True))
    return ProductRow(
        sku=sku, title=title, unit_price=Money(price, CURRENCY),
        stated={"hs_code": code, "origin": "GB", "mass_g": mass} | stated,
    )  # fmt: skip


def _order(ref: str, country: str, day: tuple[int, int], taken: tuple[tuple[int, int], ...]) -> BookOrder:
    lines = (*(_line(n, count) for n, count in taken), BookLine("carriage", "POST", "POSTAGE", 1, 590))
    at = _at(day)
    return BookOrder(
        source_ref=ref, buyer=ref, destination=country, ordered_at=at, original_ordered_at=at, currency=CURRENCY,
        lines=lines, goods_minor=sum(_GOODS[n][2] * count for n, count in taken), carriage_minor=590,
        discount_minor=0, other_minor=0, ship_to={"country": country}, content_hash=_hash(ref, lines),
    )  # fmt: skip


def _back() -> BookReturn:
    ref, of, day, (n, count) = _BACK
    country = next(row[1] for row in _ORDERS if row[0] == of)
    lines = (_line(n, count),)
    return BookReturn(
        source_ref=ref, buyer=of, origin=country, returned_at=_at(day), original_returned_at=_at(day),
        currency=CURRENCY, lines=lines, value_minor=_GOODS[n][2] * count, content_hash=_hash(ref, lines),
    )  # fmt: skip


def _line(n: int, count: int) -> BookLine:
    sku, title, price, _stated = _GOODS[n]
    return BookLine("goods", sku, title, count, price)


def _at(day: tuple[int, int]) -> datetime:
    return datetime(2026, *day, 10, 0, tzinfo=UTC)


def _hash(ref: str, lines: tuple[BookLine, ...]) -> str:
    return hashlib.blake2b(repr((ref, lines)).encode(), digest_size=16).hexdigest()
