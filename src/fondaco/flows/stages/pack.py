"""Pack and quote: boxes for what was sold, a price from every service, consignments by the cheapest plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from fondaco.commerce.catalog.public import ProductFacts
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.sourcing import source_orders
from fondaco.flows.splitting import Parting, Unparted, part_orders, record_of
from fondaco.flows.stock import hold_stock
from fondaco.flows.work import Batch, Facts, Outcome, Work
from fondaco.kernel.money import Money
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    NewConsignment,
    Offer,
    PackedParcel,
    Packing,
    PackItem,
    PackRequest,
    ParcelSpec,
    QuoteRequest,
    QuoteResult,
)


def pack_and_quote(batch: Batch, work: Work) -> Outcome:
    """Each order gets a consignment and its freight, or waits for a person with the reason."""
    with logistics.same_prices():
        return _pack_and_quote(batch, work)


def _pack_and_quote(batch: Batch, work: Work) -> Outcome:
    outcome = Outcome()
    facts = Facts.about(batch)
    ready = [order for order in batch if _weighed(order, facts, work, outcome)]
    packings = dict(
        zip([o.id for o in ready], logistics.pack_many([_pack_request(o, facts) for o in ready]), strict=True)
    )
    packed = [order for order in ready if _packed(order, packings[order.id], outcome)]
    asked = [_quote_request(o, packings[o.id], facts, work) for o in packed]
    cases = {
        order.id: (Unparted(order, request, quote.offers, packings[order.id].parcels, offer), quote)
        for order, request, quote in zip(packed, asked, logistics.quote_many(asked), strict=True)
        if (offer := _chosen(order, quote, outcome))
    }
    partings = _partings([case for case, _ in cases.values()], facts, work)
    bookings: list[NewConsignment] = []
    for order_id, (case, quote) in cases.items():
        bookings += _book(case, partings.get(order_id), quote, work=work, outcome=outcome)
    splits = [record_of(case.order, partings[key], case.chosen.price.currency)
              for key, (case, _) in cases.items() if key in partings]  # fmt: skip
    if bookings:
        book = partial(logistics.book_consignments, bookings, actor=work.actor, now=work.now)
        outcome.writes += [book, partial(logistics.save_splits, splits, now=work.now)]
        planned = {order_id: one.takes for order_id, one in partings.items()}
        booked = [order for order in packed if order.id in cases]
        outcome.writes.append(hold_stock(booked, work, planned=planned))
    return outcome


def _partings(cases: Sequence[Unparted], facts: Facts, work: Work) -> dict[UUID, Parting]:
    """Orders by the stores that hold them; of the rest those that go cheaper in parts."""
    sourced = source_orders(cases, facts=facts, work=work)
    rest = [case for case in cases if case.order.id not in sourced]
    return sourced | part_orders(rest, facts=facts, work=work)


def _weighed(order: OrderDTO, facts: Facts, work: Work, outcome: Outcome) -> bool:
    """Whether every article's mass and size are known, or estimates are allowed to stand for them."""
    for line in order.lines:
        known = facts.get(line)
        if known is None or known.mass_g is None or known.length_mm is None:
            outcome.send(order.id, "refer", why={"code": "size-missing", "sku": line.sku})
            return False
        if known.estimated and not work.policy.accept_estimates:
            outcome.send(order.id, "refer", why={"code": "facts-estimated", "sku": line.sku})
            return False
    return True


def _pack_request(order: OrderDTO, facts: Facts) -> PackRequest:
    items = tuple(_item(line.sku, line.quantity, facts.of(line)) for line in order.lines)
    return PackRequest(reference=order.number, items=items)


def _item(sku: str, quantity: int, known: ProductFacts) -> PackItem:
    return PackItem(
        sku=sku,
        quantity=quantity,
        mass_g=known.mass_g or 0,
        length_mm=known.length_mm or 0,
        width_mm=known.width_mm or 0,
        height_mm=known.height_mm or 0,
        cargo_classes=known.cargo_classes,
    )


def _packed(order: OrderDTO, packing: Packing, outcome: Outcome) -> bool:
    if packing.unpackable:
        worst = packing.unpackable[0]
        why = {"code": worst.code, "sku": worst.sku, "numbers": dict(worst.numbers)}
        outcome.send(order.id, "refer", why=why)
    return not packing.unpackable


def _quote_request(order: OrderDTO, packing: Packing, facts: Facts, work: Work) -> QuoteRequest:
    classes = {name for line in order.lines for name in facts.of(line).cargo_classes}
    return QuoteRequest(
        reference=order.number,
        origin=work.seller(order).country,
        destination=order.destination,
        postcode=work.address(order).get("postcode", ""),
        on=order.ordered_at.date(),
        parcels=tuple(_spec(parcel) for parcel in packing.parcels),
        cargo_classes=frozenset(classes),
        declared_value=Money(order.goods_minor, order.currency),
    )


def _spec(parcel: PackedParcel) -> ParcelSpec:
    return ParcelSpec(parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.mass_g)


def _chosen(order: OrderDTO, quote: QuoteResult, outcome: Outcome) -> Offer | None:
    offer = logistics.choose(quote.offers, "balanced")
    if offer is None:
        why = {"code": "no-service", "refused": dict(quote.refused_counts)}
        outcome.send(order.id, "refer", why=why)
    return offer


def _book(
    case: Unparted, parting: Parting | None, quote: QuoteResult, *, work: Work, outcome: Outcome
) -> list[NewConsignment]:
    """The order's consignments, one for each waybill; the order remembers what they cost and where they leave from."""
    order, parts = case.order, parting.parts if parting else ((case.chosen, case.parcels),)
    origin = (parting.origin if parting else "") or case.asked.origin
    first = parts[0][0]
    freight: dict[str, int | str] = {
        "freight_minor": sum(offer.price.minor for offer, _ in parts),
        "freight_currency": first.price.currency,
    }
    count = sum(len(parcels) for _, parcels in parts)
    if origin != case.asked.origin:
        freight["origin"] = origin
    outcome.send(
        order.id, "pack", service=first.service_code, parcels=count, consignments=len(parts), **freight
    )
    return [
        _consignment(order, quote, offer, parcels, part=part, origin=origin, work=work)
        for part, (offer, parcels) in enumerate(parts, 1)
    ]


def _consignment(
    order: OrderDTO,
    quote: QuoteResult,
    offer: Offer,
    parcels: tuple[PackedParcel, ...],
    *,
    part: int,
    origin: str,
    work: Work,
) -> NewConsignment:
    """One waybill. What was quoted beside is of the seller's own country: of a store abroad it says nothing."""
    at_home = origin == work.seller(order).country
    return NewConsignment(
        order_id=order.id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        carrier_id=work.house.carriers[offer.provider_code],
        origin=origin,
        destination=order.destination,
        offer=offer,
        parcels=parcels,
        ship_to=work.address(order),
        refused_summary=quote.refused_counts if at_home else {},
        alternatives=tuple(other for other in quote.offers if other is not offer)[:5] if at_home else (),
        book_version=quote.book_version,
        ready_at=order.ordered_at,
        part=part,
    )
