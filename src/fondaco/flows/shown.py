"""Cases to show: made-up orders of a made-up seller that end, or leave from, where a real book rarely does.

The real order file names no listed buyer and its papers agree, so the desks that decide such cases would
stay empty in a demonstration. These orders are labelled (`is_demo`, `synthetic`, the seller's name) and
belong to a seller of their own, so that every count of the real book leaves them out. Nothing is written
past the flow: the buyers' names are screened against the lists in force, and the papers differ because
the label was typed wrongly when the parcel was packed. One order finds its goods in several stores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductRow
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BookLine, BookOrder, OrderState, ParsedBook
from fondaco.flows.book import run_batch, run_book
from fondaco.flows.logins import SHOWN_SELLER as SELLER_SLUG
from fondaco.flows.logins import ensure_operators
from fondaco.flows.reactions import follow_case
from fondaco.flows.stages.pack import pack_and_quote
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation, OrganisationDTO
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, NewStore
from fondaco.systems.risk import public as risk

CURRENCY = "GBP"
ORDERED_AT = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)  # fixed, so that making them again changes nothing
_MUG, _SCARF, _LANTERN = "SHOWN-MUG", "SHOWN-SCARF", "SHOWN-LANTERN"
_GOODS = {
    _MUG: ("STONEWARE MUG", 650, ("691200", "GB", 350, 120, 100, 110)),
    _SCARF: ("LINEN SCARF", 4200, ("621490", "GB", 200, 250, 180, 30)),
    _LANTERN: ("TIN LANTERN", 1800, ("732690", "CN", 150, 90, 90, 110)),
}
_FACTS = ("hs_code", "origin", "mass_g", "length_mm", "width_mm", "height_mm")
# Store, kind, country, city, and the pieces there of scarves and lanterns: no store at home holds both.
_STORES = (
    ("workshop", "Workshop shelf (made up)", "own", "GB", "Bristol", 5, 0),
    ("quay", "Quay warehouse (made up)", "park", "GB", "Bristol", 1, 6),
    ("zhengzhou", "Zhengzhou warehouse (made up)", "overseas", "CN", "Zhengzhou", 20, 20),
    ("dublin", "Dublin warehouse (made up)", "overseas", "IE", "Dublin", 9, 9),
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An order to show. `listed`: its buyer is called like which entry of the lists (None: like nobody).

    `mistyped` is what the label says instead of the buyer's address; `decide` how far its case is taken; `pieces`
    what is ordered.
    """

    ref: str
    country: str
    city: str
    listed: int | None = None
    decide: str = ""
    mistyped: Mapping[str, str] | None = None
    pieces: tuple[tuple[str, int], ...] = ((_MUG, 2),)


_PHONE = "+353 1 555 0143"
CAST = (
    _Shown("SHOWN-1", "IE", "Cork", listed=0),
    _Shown("SHOWN-2", "IE", "Galway", listed=1, decide="propose"),
    _Shown("SHOWN-3", "IE", "Dublin", listed=2, decide="clear", mistyped={"street": "12 Example Quay (made up), Flat 3"}),
    _Shown("SHOWN-4", "IE", "Limerick", mistyped={"name": "Orla Brennan-Whitfield", "street": "88 Mill Road"}),
    _Shown("SHOWN-5", "IE", "Kilkenny", pieces=((_SCARF, 3), (_LANTERN, 4))),
)  # fmt: skip
_BUYER = "Niamh Example"


def ensure_shown(work: Work) -> UUID:
    """Make the seller, its buyers and orders where they are missing, and pack them; the seller's id."""
    seller = _seller()
    known = catalog.upsert_products(seller, [_product(sku) for sku in _GOODS], actor=work.actor, now=work.now)
    _fill_stores(seller, work)
    buyers = _buyers()
    book = ParsedBook(synthetic=True, orders=[_order(shown) for shown in CAST])
    orders.store_orders(
        book, seller_id=seller, product_ids=known.ids, actor=work.actor, now=work.now,
        buyer_ids={ref: buyer.id for ref, buyer in buyers.items()},
    )  # fmt: skip
    placed = orders.orders_in_state(OrderState.PLACED, seller_id=seller)
    if placed:
        run_batch(_pack_mistyped, placed, work)
    return seller


def decide_shown(seller: UUID, work: Work) -> None:
    """Take the cases of the orders to show as far as each is meant to go; what a person has touched stays."""
    first, second = ensure_operators(work.house)
    wanted = {_slug(shown.ref): shown for shown in CAST if shown.decide}
    subjects = parties.ids_by_slug(wanted, kind=Kind.BUYER)
    meant = {subject: wanted[slug] for slug, subject in subjects.items()}
    for case in risk.open_cases(first, limit=1000):
        shown = meant.get(case.subject_id)
        if shown and not any(step.person for step in risk.case_detail(first, case.id).steps):
            _decide(case.id, shown, first=first, second=second, now=work.now)
    run_book(work, seller_id=seller)


def _decide(case_id: UUID, shown: _Shown, *, first: Scope, second: Scope, now: datetime) -> None:
    reason = "Demonstration: another company of that name; the register number differs."
    risk.propose_decision(first, case_id, "clear", reason, now=now)
    if shown.decide == "clear":
        risk.confirm_decision(second, case_id, "Demonstration: register extract seen, agreed.", now=now)
        follow_case(case_id, "clear", now=now)


def _pack_mistyped(batch: Batch, work: Work) -> Outcome:
    """Pack as ever, but with the label's address as it was mistyped: the waybill then tells of another door."""
    typed = {_slug(shown.ref): shown.mistyped for shown in CAST if shown.mistyped}
    return pack_and_quote(
        batch, replace(work, parties={key: _typed(party, typed) for key, party in work.parties.items()})
    )


def _typed(party: OrganisationDTO, typed: Mapping[str, Mapping[str, str]]) -> OrganisationDTO:
    wrong = typed.get(party.slug)
    return replace(party, address={**party.address, **wrong}) if wrong else party


def _fill_stores(seller: UUID, work: Work) -> None:
    """The made-up seller's stores and what lies in them; again, nothing changes."""
    new = [
        NewStore(seller, seller, code, name, kind, country, city, rank=rank, is_demo=True,
                 lead_source="made-up")
        for rank, (code, name, kind, country, city, _, _) in enumerate(_STORES, 1)
    ]  # fmt: skip
    for store, (*_, scarves, lanterns) in zip(
        logistics.ensure_stores(new, aisles=1, bays=6), _STORES, strict=True
    ):
        receipts = [
            NewReceipt(sku, count, f"{store.code.upper()}-1", _GOODS[sku][2][1], f"shown:{store.code}:{sku}",
                       title=_GOODS[sku][0], supplier="Made-up maker")
            for sku, count in ((_SCARF, scarves), (_LANTERN, lanterns))
            if count
        ]  # fmt: skip
        logistics.put_away(store, receipts, now=work.now, actor=work.actor)


def _seller() -> UUID:
    address = {"street": "3 Lantern Lane", "city": "Bristol", "postcode": "BS1 0XX", "country": "GB"}
    party = NewOrganisation(
        kind=Kind.SELLER, name="Lantern Lane (made up: cases to show)", country="GB", slug=SELLER_SLUG,
        currency=CURRENCY, is_demo=True, address=address, identifiers={"eori": "GB000000000003"},
    )  # fmt: skip
    return parties.ensure_organisations([party])[0].id


def _buyers() -> dict[str, OrganisationDTO]:
    """The buyers by the reference of their order. One made earlier keeps its name, whatever the lists say now."""
    listed = risk.listed_organisations(limit=sum(shown.listed is not None for shown in CAST))
    rows = [_buyer(shown, listed) for shown in CAST]
    made = parties.ensure_organisations(rows)
    return {shown.ref: party for shown, party in zip(CAST, made, strict=True)}


def _buyer(shown: _Shown, listed: list[str]) -> NewOrganisation:
    named = shown.listed is not None and shown.listed < len(listed)
    name = listed[shown.listed or 0].title() if named else _BUYER
    address = {
        "name": name, "street": "12 Example Quay (made up)", "city": shown.city, "postcode": "D01 X000",
        "country": shown.country, "phone": _PHONE, "email": f"{shown.ref.lower()}@example.org",
    }  # fmt: skip
    return NewOrganisation(
        kind=Kind.BUYER,
        name=name,
        country=shown.country,
        slug=_slug(shown.ref),
        is_demo=True,
        address=address,
    )


def _slug(ref: str) -> str:
    return f"{SELLER_SLUG}-{ref}".lower()


def _product(sku: str) -> ProductRow:
    title, minor, facts = _GOODS[sku]
    stated = {name: str(fact) for name, fact in zip(_FACTS, facts, strict=True)}
    return ProductRow(sku=sku, title=title, unit_price=Money(minor, CURRENCY), stated=stated)


def _order(shown: _Shown) -> BookOrder:
    goods = [BookLine("goods", sku, _GOODS[sku][0], count, _GOODS[sku][1]) for sku, count in shown.pieces]
    lines = (*goods, BookLine("carriage", "POST", "POSTAGE", 1, 700))
    told = repr((shown.ref, shown.country, [tuple(line) for line in lines]))
    return BookOrder(
        source_ref=shown.ref, buyer=shown.ref, destination=shown.country, ordered_at=ORDERED_AT,
        original_ordered_at=ORDERED_AT, currency=CURRENCY, lines=lines, goods_minor=sum(_GOODS[sku][1] * count for sku, count in shown.pieces), carriage_minor=700,
        discount_minor=0, other_minor=0, ship_to={"country": shown.country},
        content_hash=hashlib.blake2b(told.encode(), digest_size=16).hexdigest(),
    )  # fmt: skip
