"""An independent check of a plan: units, stock, cartons, services and the law, without the model's own tables."""

from __future__ import annotations

from collections import Counter

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest
from fondaco.systems.logistics.domain.quoting import quote
from fondaco.systems.logistics.domain.splitting.types import PlannedConsignment, SplitPlan, SplitRequest
from fondaco.systems.logistics.domain.store import RateStore


def faults_of(store: RateStore, request: SplitRequest, plan: SplitPlan) -> list[str]:
    """What is wrong with `plan`: units, stock, mass, price, terms. Empty where it keeps every rule."""
    return [
        *_units(request, plan),
        *_stock(request, plan),
        *(fault for one in plan.consignments for fault in (*_masses(request, one), *_terms(request, one))),
        *(fault for one in plan.consignments for fault in _price(store, request, one)),
    ]


def _units(request: SplitRequest, plan: SplitPlan) -> list[str]:
    sent: Counter[str] = Counter()
    for one in plan.consignments:
        for parcel in one.parcels:
            for line, count in parcel.contents:
                sent[line] += count
    wanted = Counter({item.line_id: item.quantity for item in request.items})
    return [f"units of line {line}" for line in {*wanted, *sent} if wanted[line] != sent[line]]


def _stock(request: SplitRequest, plan: SplitPlan) -> list[str]:
    sku = {item.line_id: item.sku for item in request.items}
    left = Counter[tuple[str, str]]()
    for row in request.stock:
        left[row.warehouse, row.sku] += row.quantity
    for one in plan.consignments:
        for parcel in one.parcels:
            for line, count in parcel.contents:
                left[one.warehouse, sku[line]] -= count
    counted = {source.code for source in request.sources if source.stocked}
    return [f"stock of {what} at {where}" for (where, what), n in left.items() if n < 0 and where in counted]


def _masses(request: SplitRequest, one: PlannedConsignment) -> list[str]:
    unit = {item.line_id: item.mass_g for item in request.items}
    cartons = {carton.code: carton for carton in house_cartons()}
    faults = []
    for parcel in one.parcels:
        inside = sum(unit[line] * count for line, count in parcel.contents)
        carton = cartons.get(parcel.box)
        if carton and (inside > carton.max_contents_g or inside + carton.tare_g != parcel.mass_g):
            faults.append(f"mass in {parcel.box}")
    return faults


def _terms(request: SplitRequest, one: PlannedConsignment) -> list[str]:
    """The terms applied are those of the whole order's value where the law counts it together."""
    terms = request.landed.get(one.warehouse)
    if terms is None:
        return []
    goods = sum(i.value_minor for i in request.items) if terms.aggregates_same_order else one.goods_minor
    return [] if terms.for_value(goods).code == one.terms else [f"terms {one.terms}"]


def _price(store: RateStore, request: SplitRequest, one: PlannedConsignment) -> list[str]:
    """The service takes these parcels at this price, by a quote of its own."""
    classes = {item.line_id: item.cargo_classes for item in request.items}
    source = next(s for s in request.sources if s.code == one.warehouse)
    asked = QuoteRequest(
        reference=request.reference,
        origin=source.country,
        destination=request.destination,
        postcode=request.postcode,
        on=request.on,
        parcels=tuple(ParcelSpec(p.length_mm, p.width_mm, p.height_mm, p.mass_g) for p in one.parcels),
        cargo_classes=frozenset(c for p in one.parcels for line, _ in p.contents for c in classes[line]),
        declared_value=Money(one.goods_minor, store.currency),
        required=request.required,
    )
    offers = quote(store, asked, limit=store.service_count).offers
    price = next((offer.price.minor for offer in offers if offer.service_code == one.service_code), None)
    return [] if price == one.cost.freight else [f"price of {one.service_code}: {price}"]
