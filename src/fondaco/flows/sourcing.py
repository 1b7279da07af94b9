"""Which of a seller's stores an order leaves from: the exact model over all stores of a country that hold it wholly.

An order leaves from one country: the model is asked once for each country
whose stores have every piece, under the border as it is from there, and the cheapest landed plan wins. Stores in
the buyer's customs territory are named and left out: a sale from there is a domestic one. An order that no
country's stores hold wholly, or whose seller keeps no stock, goes as if none were kept (`flows.splitting`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fondaco.flows.landing import hs6_policy
from fondaco.flows.splitting import (
    Parting,
    Unparted,
    has_values,
    landed_of,
    parting_of,
    split_request,
    terms_of,
    waybill_minor,
)
from fondaco.flows.work import Facts, Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import BorderTerms
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    CannotSplit,
    Shelf,
    Source,
    SplitPlan,
    SplitRequest,
    StockAt,
    StoreWeighed,
)

_MOST_STORES = 6  # of one country, by rank: more are not weighed
_Free = dict[tuple[UUID, str], int]


@dataclass(frozen=True, slots=True)
class _Group:
    """The stores of one country that together hold an order. `border` None: not known from there."""

    country: str
    stores: tuple[Shelf, ...]
    border: BorderTerms | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A country's plan."""

    group: _Group
    request: SplitRequest
    plan: SplitPlan


def source_orders(cases: Sequence[Unparted], *, facts: Facts, work: Work) -> dict[UUID, Parting]:
    """A plan for each of `cases` that its seller's stores hold wholly; first come, first served within the batch."""
    shelves = logistics.free_stock(
        sorted({case.order.seller_id for case in cases}, key=str),
        sorted({line.sku for case in cases for line in case.order.lines}),
    )
    if not shelves:
        return {}
    free = {(s.store_id, s.sku): s.pieces for rows in shelves.values() for s in rows}
    held = [case for case in cases if has_values(case) and shelves.get(case.order.seller_id)]
    groups = _with_borders(
        [(case, _groups(case, shelves[case.order.seller_id], free)) for case in held], facts, work
    )
    found: dict[UUID, Parting] = {}
    for case, known in groups:
        parting = _choose(case, known, shelves[case.order.seller_id], free, facts)
        if parting:
            found[case.order.id] = parting
            for store_id, sku, count in parting.takes:
                free[store_id, sku] -= count
    return found


def _pieces(case: Unparted) -> Counter[str]:
    wanted: Counter[str] = Counter()
    for line in case.order.lines:
        wanted[line.sku] += line.quantity
    return wanted


def _groups(case: Unparted, shelves: Sequence[Shelf], free: _Free) -> list[_Group]:
    """The stores by country, of countries across a border that hold all pieces between them."""
    order, wanted = case.order, _pieces(case)
    by_country: dict[str, dict[UUID, Shelf]] = defaultdict(dict)
    for shelf in shelves:
        if shelf.sku in wanted:
            by_country[shelf.country].setdefault(shelf.store_id, shelf)
    return [
        _Group(country, tuple(stores.values())[:_MOST_STORES])
        for country, stores in by_country.items()
        if _holds(wanted, list(stores)[:_MOST_STORES], free)
        and not window.within_one_territory(country, order.destination, on=order.ordered_at.date())
    ]


def _holds(wanted: Mapping[str, int], stores: Sequence[UUID], free: _Free) -> bool:
    return all(sum(free.get((one, sku), 0) for one in stores) >= count for sku, count in wanted.items())


def _with_borders(
    cases: Sequence[tuple[Unparted, list[_Group]]], facts: Facts, work: Work
) -> list[tuple[Unparted, list[_Group]]]:
    """What the border asks from each country, asked once for the batch."""
    pairs = [(case, group) for case, groups in cases for group in groups]
    if not pairs:
        return []
    terms = iter(
        window.border_terms(
            [landed_of(case, facts, work, origin=group.country) for case, group in pairs],
            rates=finance.rate_source(),
            hs6_policy=hs6_policy(work.policy),
        )
    )
    return [
        (case, [replace(group, border=next(terms)) for group in groups]) for case, groups in cases if groups
    ]


def _choose(
    case: Unparted, groups: Sequence[_Group], shelves: Sequence[Shelf], free: _Free, facts: Facts
) -> Parting | None:
    """The cheapest country's plan, if one is found and comes out as planned."""
    found = [one for group in groups if (one := _plan(case, group, free, facts))]
    for best in sorted(found, key=lambda one: (one.plan.cost.total, one.group.country)):
        rival = min(_rivals(found, best))
        parting = parting_of(case, best.plan, rival, best.request, origin=best.group.country)
        if parting:
            takes = _takes(best)
            return replace(
                parting,
                takes=takes,
                stores=_weighed(case, shelves, groups, found, chosen=best.group.country, takes=takes),
            )
    return None


def _plan(case: Unparted, group: _Group, free: _Free, facts: Facts) -> _Found | None:
    if group.border is None:
        return None
    skus = {line.sku for line in case.order.lines}
    stock = tuple(
        StockAt(store.code, sku, free[store.store_id, sku])
        for store in group.stores
        for sku in sorted(skus)
        if free.get((store.store_id, sku), 0) > 0
    )
    sources = tuple(Source(s.code, s.country, s.kind, stocked=True) for s in group.stores)
    terms = terms_of(case, group.border)
    request = replace(
        split_request(case, facts, sources=sources, stock=stock),
        landed={s.code: terms for s in sources},
        waybill_minor=waybill_minor(group.border),
    )
    try:
        return _Found(group, request, logistics.split_order(request, currency=case.chosen.price.currency))
    except CannotSplit:
        return None


def _rivals(found: Sequence[_Found], best: _Found) -> Iterable[int]:
    """What the order would cost from the store that is asked first by rank; else unparted; else as planned."""
    first = {s.code: s.rank for one in found for s in one.group.stores}
    wholes = {code: total for one in found for code, total in one.plan.wholes.items()}
    if wholes:
        yield max(wholes[min(wholes, key=lambda code: (first[code], code))], best.plan.cost.total)
    else:
        yield max([best.plan.cost.total, *(cost.total for cost in best.plan.baselines.values())])


def _takes(found: _Found) -> tuple[tuple[UUID, str, int], ...]:
    store = {shelf.code: shelf.store_id for shelf in found.group.stores}
    sku = {item.line_id: item.sku for item in found.request.items}
    sums: Counter[tuple[UUID, str]] = Counter()
    for one in found.plan.consignments:
        for parcel in one.parcels:
            for line, count in parcel.contents:
                sums[store[one.warehouse], sku[line]] += count
    return tuple((store_id, name, count) for (store_id, name), count in sorted(sums.items(), key=str))


def _weighed(
    case: Unparted,
    shelves: Sequence[Shelf],
    groups: Sequence[_Group],
    found: Sequence[_Found],
    *,
    chosen: str,
    takes: Sequence[tuple[UUID, str, int]],
) -> tuple[StoreWeighed, ...]:
    """Every store that has any of the goods, and what became of it."""
    stores = {s.store_id: s for s in shelves if s.sku in {line.sku for line in case.order.lines}}
    wholes = {code: total for one in found for code, total in one.plan.wholes.items()}
    fates = {group.country: _fate(group, found, chosen) for group in groups}
    weighed = {s.store_id for group in groups for s in group.stores}
    used = {store_id for store_id, _, _ in takes}

    def why(s: Shelf) -> str:
        if s.store_id in used:
            return "chosen"
        if s.store_id in weighed:
            return fates[s.country]
        on = case.order.ordered_at.date()
        return (
            "domestic" if window.within_one_territory(s.country, case.order.destination, on=on) else "short"
        )

    return tuple(
        StoreWeighed(s.code, s.name, s.kind, s.country, why(s), wholes.get(s.code)) for s in stores.values()
    )


def _fate(group: _Group, found: Sequence[_Found], chosen: str) -> str:
    """What became of a store of `group` that sends nothing."""
    if group.border is None:
        return "no-terms"
    if all(one.group.country != group.country for one in found):
        return "no-service"
    return "unused" if group.country == chosen else "dearer"
