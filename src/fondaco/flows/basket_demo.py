"""Baskets to show: made-up buyers pay several made-up sellers once, and one order of a basket goes its own way.

The order file knows one seller, so no basket of it has two. These sellers, buyers and orders are labelled, their
goods lie in a park's warehouses, and the counts of the real book leave them out. One basket goes all the way, of one an
order is cancelled and paid back, of one an order is disputed, and one waits for its buyer. Two buyers more have orders
left at the checkout, in countries with other ways to pay (`flows.checkout`): they may be paid together or one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductRow
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BookLine, BookOrder, OrderDTO, OrderState, ParsedBook
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.simulators import kept_file
from fondaco.flows.stages.pay import payment_request
from fondaco.flows.stock import ensure_park
from fondaco.flows.work import NO_PORTS, Work
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    BasketRequest,
    Connector,
    Faults,
    PaymentDesk,
    ProviderClient,
    ProviderSimulator,
    RefundRequest,
    WebhookFaults,
    WebhookSender,
)
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, NewStore

ORDERED_AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)  # fixed, so that making them again changes nothing
# Slug, name, currency of its prices, and its one article: SKU, title, price, facts.
_SELLERS = (
    ("alder-wharf", "Alder Wharf", "GBP", "ALDER-BOWL", "STONEWARE BOWL", 1_450, ("691200", "GB", 520, 180, 180, 90)),
    ("beacon-mews", "Beacon Mews", "GBP", "BEACON-RUG", "WOVEN COTTON RUG", 3_900, ("570299", "GB", 900, 400, 200, 80)),
    ("cinder-yard", "Cinder Yard", "EUR", "CINDER-LAMP", "TIN LANTERN", 2_250, ("732690", "GB", 300, 110, 110, 160)),
)  # fmt: skip
_FACTS = ("hs_code", "origin", "mass_g", "length_mm", "width_mm", "height_mm")
SETTLED, CANCELLED, DISPUTED, WAITING = "settled", "cancelled", "disputed", "waiting"
AT_THE_BANK, AT_THE_DOOR = "at-the-bank", "at-the-door"
LEFT = (WAITING, AT_THE_BANK, AT_THE_DOOR)  # their buyers have not paid yet
# What becomes of each buyer's basket, where it goes, and how many pieces of each seller's article are in it.
_BASKETS = (
    (SETTLED, "IE", "Cork", (2, 1, 1)), (CANCELLED, "IE", "Galway", (1, 2, 0)),
    (DISPUTED, "IE", "Sligo", (1, 0, 2)), (WAITING, "IE", "Limerick", (3, 1, 1)),
    (AT_THE_BANK, "NL", "Utrecht", (2, 2, 1)), (AT_THE_DOOR, "SA", "Riyadh", (2, 1, 0)),
)  # fmt: skip
_CARRIAGE = 600


def ensure_baskets(work: Work) -> int:
    """Make sellers, buyers and orders where they are missing, and pay each basket once; how many are meant as baskets.

    Call before the simulators of the main job are opened: they read what happened here out of its file. Again,
    it changes nothing.
    """
    sellers = [_seller(slug, name, currency) for slug, name, currency, *_ in _SELLERS]
    buyers = _buyers()
    for place, seller in enumerate(sellers):
        _stock(place, seller, work)
        _store_orders(place, seller, buyers, work)
    before = [step for step in STAGES if step[0] in ("quote", "price", "screen")]
    inside = replace(work, ports=NO_PORTS)
    for seller in sellers:
        run_book(inside, seller_id=seller, stages=before)
    for fate, buyer in buyers.items():
        waiting = _ready(sellers, buyer)
        if len(waiting) > 1 and not finance.payments_for([order.id for order in waiting]):
            _pay(fate, waiting, inside.knowing(waiting))
    return len(_BASKETS) - len(LEFT) + 1


def seller_ids() -> list[UUID]:
    """The sellers of the baskets that are there."""
    return sorted(parties.ids_by_slug([slug for slug, *_ in _SELLERS], kind=Kind.SELLER).values())


def _pay(fate: str, waiting: Sequence[OrderDTO], work: Work) -> None:
    """One payment for all of them; of orders that are left, each order's own first try is declined."""
    provider = work.house.providers["harbour"]
    asked = [replace(payment_request(order, work), method="card") for order in waiting]
    declines = frozenset(one.amount.minor for one in asked) if fate in LEFT else frozenset()
    sender = WebhookSender(
        "",
        finance.ensure_connection(provider, now=work.now),
        WebhookFaults(seed=fate),
        now=lambda: work.now,
    )
    with ExitStack() as stack:
        simulator = stack.enter_context(
            ProviderSimulator(
                store=kept_file("harbour", provider), faults=Faults(decline_amounts=declines), sender=sender
            )
        )
        client = stack.enter_context(ProviderClient(simulator.url, provider_id=provider))
        desk = PaymentDesk((Connector("harbour", client),))
        if fate in LEFT:
            finance.take_payments([payment_request(order, work) for order in waiting], desk, now=work.now)
            return
        made = finance.take_basket(BasketRequest(tuple(asked), f"basket-demo:{fate}"), desk, now=work.now)
        if made.state != "captured":
            return
        if fate == CANCELLED:
            _cancel(waiting[0], desk, work)
        if fate == DISPUTED:
            last = made.payments[-1]
            simulator.dispute(
                f"{made.id}-{last.attempt}", case=f"BK-{made.id.hex[-8:].upper()}", reason="not_as_described",
                amount=last.amount.minor // 2, order=str(last.order_id),
            )  # fmt: skip
            for message, body in sender.queue:
                headers = sender.headers(message, body)
                finance.receive_webhook(provider, body.encode(), headers, now=work.now)


def _cancel(order: OrderDTO, desk: PaymentDesk, work: Work) -> None:
    """One order is cancelled and its whole share goes back; the other orders of the basket go on."""
    share = finance.payments_for([order.id])[order.id]
    whole = RefundRequest(
        uuid5(order.id, "cancelled"), order.id, goods=share.escrow.minor, on=work.now.date()
    )
    finance.refund_returns([whole], desk, now=work.now)
    orders.advance([order.id], "cancel", actor=work.actor, now=work.now)


def _ready(sellers: Sequence[UUID], buyer: UUID) -> list[OrderDTO]:
    found = [
        order
        for seller in sellers
        for order in orders.orders_in_state(OrderState.SCREENED, seller_id=seller)
        if order.buyer_id == buyer
    ]
    return sorted(found, key=lambda order: order.id)


def _seller(slug: str, name: str, currency: str) -> UUID:
    address = {"street": "1 Example Wharf", "city": "Bristol", "postcode": "BS1 0XX", "country": "GB"}
    party = NewOrganisation(
        kind=Kind.SELLER, name=f"{name} (made up: baskets to show)", country="GB", slug=slug, currency=currency,
        is_demo=True, address=address, identifiers={"eori": "GB000000000006"},
    )  # fmt: skip
    return parties.ensure_organisations([party])[0].id


def _buyers() -> dict[str, UUID]:
    """The buyer of each basket, by what becomes of it."""
    rows = [
        NewOrganisation(
            kind=Kind.BUYER, name=f"Basket Buyer {n} (made up)", country=country, slug=f"basket-{fate}", is_demo=True,
            address={"name": f"Basket Buyer {n}", "street": f"{n} Example Quay (made up)", "city": city,
                     "postcode": "D01 X000", "country": country, "email": f"basket-{n}@example.org"},
            identifiers={"consumer": "yes"},
        )
        for n, (fate, country, city, _) in enumerate(_BASKETS, start=1)
    ]  # fmt: skip
    made = {party.slug: party.id for party in parties.ensure_organisations(rows)}
    return {fate: made[f"basket-{fate}"] for fate, *_ in _BASKETS}


def _stock(place: int, seller: UUID, work: Work) -> None:
    """The seller's goods in a warehouse that the park runs for it."""
    slug, name, _, sku, title, *_ = _SELLERS[place]
    store = NewStore(
        seller, ensure_park(now=work.now), slug, f"{name} at Harbour Park (made up)", "park", "GB", "Bristol", is_demo=True,
        lead_source="made-up",
    )  # fmt: skip
    [kept] = logistics.ensure_stores([store], aisles=1, bays=2)
    receipt = NewReceipt(sku, 40, f"{sku}-1", "GB", f"baskets:{slug}", title=title, supplier="Made-up maker")
    logistics.put_away(kept, [receipt], now=work.now, actor=work.actor)


def _store_orders(place: int, seller: UUID, buyers: dict[str, UUID], work: Work) -> None:
    _, _, currency, sku, title, minor, facts = _SELLERS[place]
    stated = {name: str(fact) for name, fact in zip(_FACTS, facts, strict=True)}
    row = ProductRow(sku=sku, title=title, unit_price=Money(minor, currency), stated=stated)
    known = catalog.upsert_products(seller, [row], actor=work.actor, now=work.now)
    book = ParsedBook(
        synthetic=True,
        orders=[_order(place, fate, country, city, pieces[place]) for fate, country, city, pieces in _BASKETS if pieces[place]],
    )  # fmt: skip
    orders.store_orders(
        book, seller_id=seller, product_ids=known.ids, buyer_ids=buyers, actor=work.actor, now=work.now
    )


def _order(place: int, fate: str, country: str, city: str, pieces: int) -> BookOrder:
    slug, _, currency, sku, title, minor, _ = _SELLERS[place]
    reference = f"BASKET-{slug}-{fate}".upper()
    lines = (
        BookLine("goods", sku, title, pieces, minor),
        BookLine("carriage", "POST", "POSTAGE", 1, _CARRIAGE),
    )
    return BookOrder(
        source_ref=reference, buyer=fate, destination=country, ordered_at=ORDERED_AT, original_ordered_at=ORDERED_AT,
        currency=currency, lines=lines, goods_minor=minor * pieces, carriage_minor=_CARRIAGE, discount_minor=0,
        other_minor=0, ship_to={"city": city, "country": country},
        content_hash=hashlib.blake2b(repr((reference, lines)).encode(), digest_size=16).hexdigest(),
    )  # fmt: skip
