"""Parting orders: where single parcels undercut the one consignment, ask the exact model and book its parts.

The border is in what is compared: duty and tax on the freight, and what a regime asks of each consignment by
itself (a flat duty for each tariff class), by the same rules that the stage `price` then asks of the parts.
Goods leave from the seller's own country; orders that stores hold wholly are in `flows.sourcing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.landing import hs6_policy, landed_request
from fondaco.flows.work import Facts, Work
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import BorderTerms, LandedRequest
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    Apart,
    CannotSplit,
    LandedTerms,
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
    StockAt,
    StoreWeighed,
)

# What a further waybill costs a packing table (ours; a minute and a half of a person), beside the fee that the
# destination asks of its declaration; and what each day of transit is worth: the same 3 % of the cheapest price as
# the policy "balanced".
WAYBILL_MINOR = 75
PATIENCE_BP = 300
# A plan must save this share of the carriage and what hangs on it before it changes anything: a simpler
# consignment is worth something.
LEAST_SAVING_PERCENT = 3
HOME = "home"
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Unparted:
    """An order as it would go: its parcels by the offer that was chosen for all of them together."""

    order: OrderDTO
    asked: QuoteRequest
    offers: Sequence[Offer]
    parcels: tuple[PackedParcel, ...]
    chosen: Offer


@dataclass(frozen=True, slots=True)
class Parting:
    """An order's plan with the offer that each of its consignments is booked on.

    Where stores send it: `origin`, the one country they are in; `takes`, (store, SKU, pieces); and what each
    store was worth (`stores`).
    """

    plan: SplitPlan
    rival_minor: int
    parts: tuple[tuple[Offer, tuple[PackedParcel, ...]], ...]
    origin: str = ""
    takes: tuple[tuple[UUID, str, int], ...] = ()
    stores: tuple[StoreWeighed, ...] = ()

    @property
    def freight_minor(self) -> int:
        return sum(offer.price.minor for offer, _ in self.parts)


def part_orders(cases: Sequence[Unparted], *, facts: Facts, work: Work) -> dict[UUID, Parting]:
    """A cheaper plan for each of `cases` that has one; orders without are left out.

    The border is asked once for the batch, of those orders only whose parcels one by one come near.
    """
    near = [(case, apart) for case in cases if (apart := _near(case, facts))]
    terms = window.border_terms(
        [landed_of(case, facts, work) for case, _ in near],
        rates=finance.rate_source(),
        hs6_policy=hs6_policy(work.policy),
    ) if near else []  # fmt: skip
    found = {
        case.order.id: _part(case, apart, border, facts)
        for (case, apart), border in zip(near, terms, strict=True)
        if border is not None
    }
    return {order_id: parting for order_id, parting in found.items() if parting}


def _near(case: Unparted, facts: Facts) -> Apart | None:
    """Its parcels one by one, where their bare freight undercuts the chosen offer; the border only adds to it."""
    if not has_values(case):
        return None
    apart = logistics.price_apart(_from_home(case, facts), case.parcels, currency=case.chosen.price.currency)
    return apart if apart and apart.freight_minor < case.chosen.price.minor else None


def has_values(case: Unparted) -> bool:
    """Whether the model can weigh an order: each line has a value, in the currency of the price book."""
    order = case.order
    valued = all(line.value_minor > 0 for line in order.lines)
    return valued and case.chosen.price.currency == order.currency and _goods(order) > 0


def landed_of(case: Unparted, facts: Facts, work: Work, *, origin: str = "") -> LandedRequest:
    """What the border is asked of an order as a whole, from its seller's country or another `origin`."""
    order = case.order
    freight = order.carriage if order.carriage_minor else case.chosen.price
    return landed_request(order, facts, work, freight=freight, origin=origin)


def terms_of(case: Unparted, border: BorderTerms) -> LandedTerms:
    """The border as the model takes it. Terms above a limit that the order exceeds are named with that limit."""
    goods = _goods(case.order)
    terms = LandedTerms(
        code=border.code,
        source=border.source,
        duty_ppm=border.duty_ppm,
        flat_minor=border.flat_minor,
        tax_ppm=border.tax_ppm,
        taxes_landed=border.taxes_landed,
        counts_freight=border.counts_freight,
        carriage_ppm=_MILLION * case.order.carriage_minor // goods
        if case.order.carriage_minor and goods
        else None,
        aggregates_same_order=border.aggregates_same_order,
    )
    if not (border.aggregates_same_order and 0 < border.limit_minor < goods):
        return terms
    rule, _, source = border.limit_rule.partition(": ")
    return LandedTerms(rule, source, limit_minor=border.limit_minor, beyond=terms)


def _goods(order: OrderDTO) -> int:
    return order.sale_minor - order.carriage_minor


def waybill_minor(border: BorderTerms) -> int:
    """What one more consignment costs by itself."""
    return WAYBILL_MINOR + border.entry_minor


def _part(case: Unparted, apart: Apart, border: BorderTerms, facts: Facts) -> Parting | None:
    """The plan that the model finds, or None where it saves too little of what parting can change."""
    terms, waybill = terms_of(case, border), waybill_minor(border)
    request = replace(_from_home(case, facts), landed={HOME: terms}, waybill_minor=waybill)
    bare = _border(request, terms, freight=0)
    whole = _border(request, terms, freight=case.chosen.price.minor)
    floor = min(offer.price.minor for offer in case.offers)
    moved = case.chosen.price.minor + waybill + PATIENCE_BP * floor * case.chosen.transit_days_max // 10_000
    rival = moved + whole
    limit = rival - (moved + whole - bare) * LEAST_SAVING_PERCENT // 100
    if _least(request, terms, apart) >= limit:
        return None
    try:
        plan = logistics.split_order(request, currency=case.chosen.price.currency, most_minor=limit)
    except CannotSplit:
        return None
    return parting_of(case, plan, rival, request)


def _least(request: SplitRequest, terms: LandedTerms, apart: Apart) -> int:
    """About what single parcels come to: freight, waybills, and the border with each tariff class asked once."""
    return (
        apart.freight_minor
        + apart.parcels * request.waybill_minor
        + _border(request, terms, freight=apart.freight_minor)
    )


def _border(request: SplitRequest, terms: LandedTerms, *, freight: int) -> int:
    lines = [(item.line_id, item.heading, item.value_minor) for item in request.items]
    return logistics.border_minor(
        terms, lines, freight=freight, order_minor=sum(item.value_minor for item in request.items)
    )


def _from_home(case: Unparted, facts: Facts) -> SplitRequest:
    return split_request(case, facts, sources=(Source(HOME, case.asked.origin),))


def split_request(
    case: Unparted, facts: Facts, *, sources: tuple[Source, ...], stock: tuple[StockAt, ...] = ()
) -> SplitRequest:
    """What the exact model is asked of an order."""
    return SplitRequest(
        reference=case.order.number,
        destination=case.asked.destination,
        postcode=case.asked.postcode,
        on=case.asked.on,
        items=tuple(_items(case.order, facts)),
        sources=sources,
        stock=stock,
        required=frozenset({"tracked"}),
        waybill_minor=WAYBILL_MINOR,
        patience_bp=PATIENCE_BP,
    )


def _items(order: OrderDTO, facts: Facts) -> list[SplitItem]:
    """The lines with their share of what is paid for the goods, discounts taken off, as customs values them."""
    values = Money(_goods(order), order.currency).split([line.value_minor for line in order.lines])
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
            value_minor=value.minor,
        )
        for line, value in zip(order.lines, values, strict=True)
        for known in (facts.of(line),)
    ]


def parting_of(
    case: Unparted, plan: SplitPlan, rival: int, request: SplitRequest, *, origin: str = ""
) -> Parting | None:
    """The plan with the full offer of each consignment; None where a price does not come out as planned."""
    currency = case.chosen.price.currency
    sku = {item.line_id: item.sku for item in request.items}
    classes = {item.line_id: item.cargo_classes for item in request.items}
    parts: list[tuple[Offer, tuple[PackedParcel, ...]]] = []
    for one in plan.consignments:
        parcels = tuple(_packed(parcel, sku) for parcel in one.parcels)
        ask = replace(
            case.asked,
            origin=origin or case.asked.origin,
            parcels=tuple(_spec(p) for p in parcels),
            cargo_classes=_classes(one, classes),
            declared_value=Money(one.goods_minor, currency),
        )
        offer = logistics.offer_of(ask, one.service_code, currency=currency)
        if offer is None or offer.price.minor != one.cost.freight:
            return None
        parts.append((offer, parcels))
    return Parting(plan, rival, tuple(parts), origin)


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
    return NewSplit(order.id, order.seller_id, currency, parting.plan, parting.rival_minor, parting.stores)


def carrier_shares(parts: Sequence[logistics.ConsignmentDTO], lead: UUID) -> tuple[tuple[UUID, int], ...]:
    """What carriers other than `lead` get of an order's freight."""
    shares: dict[UUID, int] = {}
    for one in parts:
        if one.carrier_id != lead:
            shares[one.carrier_id] = shares.get(one.carrier_id, 0) + one.price.minor
    return tuple(sorted(shares.items()))
