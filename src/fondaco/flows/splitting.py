"""Parting orders: where single parcels undercut the one consignment, ask the exact model and book its parts.

The customs declaration of an order covers all its parts, so a flat charge for each heading arises once
and is not parted; what the model weighs of the border is duty and tax on the freight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.work import Facts
from fondaco.kernel.money import Money
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    CannotSplit,
    NewSplit,
    Offer,
    PackedParcel,
    PlannedConsignment,
    PlannedParcel,
    QuoteRequest,
    Source,
    SplitItem,
    SplitPlan,
    SplitRequest,
)

# What a further waybill costs a packing table (ours; a minute and a half of a person), and what each day of
# transit is worth: the same 3 % of the cheapest price as the policy "balanced".
WAYBILL_MINOR = 75
PATIENCE_BP = 300
# A plan must save this share of the price before it changes anything: a simpler consignment is worth something.
LEAST_SAVING_PERCENT = 3


@dataclass(frozen=True, slots=True)
class Parting:
    """An order's plan with the offer that each of its consignments is booked on."""

    plan: SplitPlan
    rival_minor: int
    parts: tuple[tuple[Offer, tuple[PackedParcel, ...]], ...]

    @property
    def freight_minor(self) -> int:
        return sum(offer.price.minor for offer, _ in self.parts)


def part_order(
    order: OrderDTO, asked: QuoteRequest, offers: Sequence[Offer], parcels: Sequence[PackedParcel], *, chosen: Offer,
    facts: Facts,
) -> Parting | None:  # fmt: skip
    """A cheaper plan than `chosen` for the whole order, or None: where none is, or the saving is too small."""
    request = _request(order, asked, facts)
    floor = min(offer.price.minor for offer in offers)
    rival = chosen.price.minor + WAYBILL_MINOR + PATIENCE_BP * floor * chosen.transit_days_max // 10_000
    limit = rival * (100 - LEAST_SAVING_PERCENT) // 100
    if not logistics.worth_splitting(request, parcels, rival_minor=min(limit, chosen.price.minor)):
        return None
    try:
        plan = logistics.split_order(request, currency=chosen.price.currency)
    except CannotSplit:
        return None
    if plan.cost.total > limit:
        return None
    return _parting(plan, rival, asked, request)


def _request(order: OrderDTO, asked: QuoteRequest, facts: Facts) -> SplitRequest:
    return SplitRequest(
        reference=order.number,
        destination=asked.destination,
        postcode=asked.postcode,
        on=asked.on,
        items=tuple(_items(order, facts)),
        sources=(Source("home", asked.origin),),
        required=frozenset({"tracked"}),
        waybill_minor=WAYBILL_MINOR,
        patience_bp=PATIENCE_BP,
    )


def _items(order: OrderDTO, facts: Facts) -> list[SplitItem]:
    return [
        SplitItem(
            line_id=str(line.id),
            sku=line.sku,
            quantity=line.quantity,
            mass_g=known.mass_g or 0,
            length_mm=known.length_mm or 0,
            width_mm=known.width_mm or 0,
            height_mm=known.height_mm or 0,
            cargo_classes=frozenset(known.cargo_classes),
            heading=(known.hs_code or "")[:6],
            value_minor=max(line.value_minor, 0),
        )
        for line in order.lines
        for known in (facts.of(line),)
    ]


def _parting(plan: SplitPlan, rival: int, asked: QuoteRequest, request: SplitRequest) -> Parting | None:
    """The plan with the full offer of each consignment; None where a price does not come out as planned."""
    sku = {item.line_id: item.sku for item in request.items}
    classes = {item.line_id: item.cargo_classes for item in request.items}
    boxed = [tuple(_packed(parcel, sku) for parcel in one.parcels) for one in plan.consignments]
    asks = [
        replace(
            asked,
            parcels=tuple(_spec(p) for p in parcels),
            cargo_classes=_classes(one, classes),
            declared_value=Money(one.goods_minor, "GBP"),
        )
        for one, parcels in zip(plan.consignments, boxed, strict=True)
    ]
    quotes = logistics.quote_many(asks, currency="GBP", limit=5_000)
    found = [
        next((offer for offer in quote.offers if offer.service_code == one.service_code), None)
        for one, quote in zip(plan.consignments, quotes, strict=True)
    ]
    parts = [(offer, parcels) for offer, parcels in zip(found, boxed, strict=True) if offer]
    if len(parts) < len(found):
        return None
    return Parting(plan, rival, tuple(parts))


def _spec(parcel: PackedParcel) -> logistics.ParcelSpec:
    return logistics.ParcelSpec(parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.mass_g)


def _classes(one: PlannedConsignment, classes: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(name for p in one.parcels for line, _ in p.contents for name in classes[line])


def _packed(parcel: PlannedParcel, sku: Mapping[str, str]) -> PackedParcel:
    counts: dict[str, int] = {}
    for line, count in parcel.contents:
        counts[sku[line]] = counts.get(sku[line], 0) + count
    return PackedParcel(
        parcel.box, parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.mass_g, tuple(counts.items()),
        "own" if parcel.box == "own" else "volume",
    )  # fmt: skip


def record_of(order: OrderDTO, parting: Parting, currency: str) -> NewSplit:
    """What is kept of a parting."""
    return NewSplit(order.id, order.seller_id, currency, parting.plan, parting.rival_minor)


def carrier_shares(parts: Sequence[logistics.ConsignmentDTO], lead: UUID) -> tuple[tuple[UUID, int], ...]:
    """What carriers other than `lead` get of an order's freight."""
    shares: dict[UUID, int] = {}
    for one in parts:
        if one.carrier_id != lead:
            shares[one.carrier_id] = shares.get(one.carrier_id, 0) + one.price.minor
    return tuple(sorted(shares.items()))
