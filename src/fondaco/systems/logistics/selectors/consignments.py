"""Reading consignments: for the flow, for pages, for the public tracking page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.domain.dto import ConsignmentDTO
from fondaco.systems.logistics.domain.tracking.arrival import Arrival
from fondaco.systems.logistics.models import Consignment, ConsignmentState, Milestone, Parcel
from fondaco.systems.logistics.selectors.consolidating import LoadView, load_of_consignment
from fondaco.systems.logistics.selectors.itineraries import PlannedItinerary, itinerary_of
from fondaco.systems.logistics.selectors.troubles import TroubleView, arrivals_for, troubles_of


@dataclass(frozen=True, slots=True)
class ParcelView:
    place: int
    tracking_number: str
    box: str
    length_mm: int
    width_mm: int
    height_mm: int
    mass_g: int
    method: str
    contents: tuple[tuple[str, int], ...]
    placements: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class MilestoneView:
    code: str
    raw_code: str
    vocabulary: str
    source: str
    event_at: datetime
    recorded_at: datetime
    location: str
    detail: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class ConsignmentDetail:
    """A consignment with all that a page shows of it. `offer` and `alternatives` are frozen snapshots."""

    consignment: ConsignmentDTO
    ship_to: dict[str, Any]
    offer: dict[str, Any]
    alternatives: tuple[dict[str, Any], ...]
    refused_summary: dict[str, int]
    book_version: str
    carrier_reference: str
    parcels: tuple[ParcelView, ...]
    milestones: tuple[MilestoneView, ...]
    arrival: Arrival | None = None
    troubles: tuple[TroubleView, ...] = ()
    planned: PlannedItinerary | None = None
    load: LoadView | None = None


@dataclass(frozen=True, slots=True)
class ConsignmentPage:
    """One page of a list; `next_cursor` is None on the last. `total` is counted up to 10,000."""

    rows: tuple[ConsignmentDTO, ...]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Tracking:
    """What anyone who knows the number may see: no names, no addresses, no contents."""

    number: str
    state: str
    origin: str
    destination: str
    service_name: str
    due_on: date
    delivered_at: datetime | None
    parcel_count: int
    milestones: tuple[MilestoneView, ...]
    ready_at: datetime | None = None
    arrival: Arrival | None = None


_COUNTED = 10_000
_UNDER_WAY = frozenset({"booked", "in_transit", "exception"})


def parts_for(order_ids: Iterable[UUID]) -> dict[UUID, tuple[ConsignmentDTO, ...]]:
    """All consignments of each of `order_ids`, first part first (none: an empty tuple); two queries."""
    ids = list(order_ids)
    rows = list(_lean(Consignment.objects.house().filter(order_id__in=ids)).order_by("order_id", "part"))
    found: dict[UUID, list[ConsignmentDTO]] = {order_id: [] for order_id in ids}
    for dto in _dtos(rows):
        found[dto.order_id].append(dto)
    return {order_id: tuple(parts) for order_id, parts in found.items()}


def consignments_for(order_ids: Iterable[UUID]) -> dict[UUID, ConsignmentDTO]:
    """The carriage of each of `order_ids` that has one, as a whole; two queries.

    An order that goes in parts gets its first part with the sums of all: price, mass, parcels, tracking
    numbers; it is due when the last is, and delivered when all are.
    """
    return {order_id: whole_of(parts) for order_id, parts in parts_for(order_ids).items() if parts}


def consignments_by_id(ids: Sequence[UUID]) -> tuple[ConsignmentDTO, ...]:
    """House work: these consignments by number; two queries."""
    rows = list(_lean(Consignment.objects.house().filter(pk__in=ids)).order_by("number"))
    return tuple(_dtos(rows))


def whole_of(parts: Sequence[ConsignmentDTO]) -> ConsignmentDTO:
    """The consignments of one order as one: see `consignments_for`."""
    first = parts[0]
    if len(parts) == 1:
        return first
    arrived = [one.delivered_at for one in parts if one.delivered_at]
    behind = next((one.state for one in parts if one.state != "delivered"), first.state)
    return replace(
        first,
        state=behind,
        price=Money.sum([one.price for one in parts], first.price.currency),
        mass_g=sum(one.mass_g for one in parts),
        parcel_count=sum(one.parcel_count for one in parts),
        tracking_numbers=tuple(number for one in parts for number in one.tracking_numbers),
        due_on=max(one.due_on for one in parts),
        delivered_at=max(arrived) if len(arrived) == len(parts) else None,
    )


def list_consignments(
    scope: Scope,
    *,
    search: str = "",
    state: str = "",
    destination: str = "",
    cursor: str | None = None,
    size: int = 50,
) -> ConsignmentPage:
    """A page of the consignments that `scope` may see, newest first; three queries whatever the size.

    `search` finds consignment numbers, tracking numbers, services and providers.
    """
    rows = _filtered(
        Consignment.objects.of(scope), search=search.strip(), state=state, destination=destination
    )
    total = rows.order_by()[:_COUNTED].count()
    if cursor:
        rows = rows.filter(_before(cursor))
    page = list(_lean(rows.order_by("-booked_at", "-id"))[: size + 1])
    more = len(page) > size
    page = page[:size]
    return ConsignmentPage(tuple(_dtos(page)), total, _cursor(page[-1]) if more else None)


def count_by_state(scope: Scope) -> dict[str, int]:
    """How many consignments `scope` has in each state; one query."""
    rows = Consignment.objects.of(scope).order_by().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(ConsignmentState.values, 0) | dict(rows)


def consignment_detail(
    scope: Scope, consignment_id: UUID | None = None, *, order_id: UUID | None = None
) -> ConsignmentDetail:
    """One consignment by its id or its order's; NotFound where `scope` has none such. Seven queries."""
    by = {"pk": consignment_id} if consignment_id else {"order_id": order_id}
    row = Consignment.objects.of(scope).filter(**by).order_by("part").first()
    if row is None:
        raise NotFound(field="consignment", value=str(consignment_id or order_id))
    parcels = list(Parcel.objects.of(scope).filter(consignment_id=row.pk).order_by("place"))
    milestones = Milestone.objects.of(scope).filter(consignment_id=row.pk)
    return ConsignmentDetail(
        consignment=_dto(row, [p.tracking_number for p in parcels]),
        ship_to=row.ship_to,
        offer=row.offer,
        alternatives=tuple(row.alternatives),
        refused_summary=row.refused_summary,
        book_version=row.book_version,
        carrier_reference=row.carrier_reference,
        parcels=tuple(parcel_view(p) for p in parcels),
        milestones=_milestones(milestones, {p.pk: p.tracking_number for p in parcels}),
        arrival=arrivals_for([row.pk]).get(row.pk) if row.state in _UNDER_WAY else None,
        troubles=troubles_of(scope, row.pk),
        planned=itinerary_of(scope, row.pk),
        load=load_of_consignment(scope, row.pk),
    )


def track(number: str) -> Tracking:
    """Where a tracking number or consignment number stands, for the public; NotFound if it is nobody's."""
    wanted = number.strip().upper().replace(" ", "")
    house = Consignment.objects.house()
    parcel = Parcel.objects.house().filter(tracking_number=wanted).values_list("pk", "consignment_id").first()
    row = house.filter(Q(pk=parcel[1]) if parcel else Q(number=wanted)).first()
    if row is None:
        raise NotFound(field="number", value=number[:40])
    milestones = Milestone.objects.house().filter(consignment_id=row.pk)
    if parcel:
        milestones = milestones.filter(Q(parcel=None) | Q(parcel_id=parcel[0]))
    return Tracking(
        number=wanted,
        state=row.state,
        origin=row.origin,
        destination=row.destination,
        service_name=row.service_name,
        due_on=row.due_on,
        delivered_at=row.delivered_at,
        parcel_count=row.parcel_count,
        milestones=_milestones(milestones, {parcel[0]: wanted} if parcel else {}),
        ready_at=row.ready_at,
        arrival=arrivals_for([row.pk]).get(row.pk) if row.state in _UNDER_WAY else None,
    )


def _filtered(
    rows: QuerySet[Consignment], *, search: str, state: str, destination: str
) -> QuerySet[Consignment]:
    if state:
        rows = rows.filter(state=state)
    if destination:
        rows = rows.filter(destination=destination.upper())
    if search:
        text = search.upper()
        parcels = Parcel.objects.house().filter(tracking_number=text).values("consignment_id")
        rows = rows.filter(
            Q(number__startswith=text)
            | Q(pk__in=parcels)
            | Q(service_name__icontains=search)
            | Q(provider_name__icontains=search)
        )
    return rows


def _lean(rows: QuerySet[Consignment]) -> QuerySet[Consignment]:
    """Without the wide columns that lists do not show."""
    return rows.defer("offer", "alternatives", "refused_summary")


def _cursor(row: Consignment) -> str:
    return f"{row.booked_at.isoformat()}~{row.pk}"


def _before(cursor: str) -> Q:
    at, _, pk = cursor.partition("~")
    try:
        moment, last = datetime.fromisoformat(at), UUID(pk)
    except ValueError:
        raise NotFound(field="cursor", value=cursor[:60]) from None
    return Q(booked_at__lt=moment) | Q(booked_at=moment, pk__lt=last)


def _dtos(rows: Sequence[Consignment]) -> list[ConsignmentDTO]:
    numbers: dict[UUID, list[str]] = defaultdict(list)
    parcels = Parcel.objects.house().filter(consignment_id__in=[row.pk for row in rows])
    for consignment, number in parcels.order_by("consignment_id", "place").values_list(
        "consignment_id", "tracking_number"
    ):
        numbers[consignment].append(number)
    return [_dto(row, numbers[row.pk]) for row in rows]


def _dto(row: Consignment, numbers: Sequence[str]) -> ConsignmentDTO:
    return ConsignmentDTO(
        id=row.pk,
        order_id=row.order_id,
        number=row.number,
        seller_id=row.seller_id,
        buyer_id=row.buyer_id,
        carrier_id=row.carrier_id,
        origin=row.origin,
        destination=row.destination,
        state=row.state,
        service_code=row.service_code,
        service_name=row.service_name,
        provider_name=row.provider_name,
        price=Money(row.price_minor, row.currency),
        mass_g=row.mass_g,
        parcel_count=row.parcel_count,
        tracking_numbers=tuple(numbers),
        booked_at=row.booked_at,
        ready_at=row.ready_at,
        due_on=row.due_on,
        delivered_at=row.delivered_at,
        ship_to=row.ship_to,
        part=row.part,
    )


def parcel_view(p: Parcel) -> ParcelView:
    return ParcelView(
        place=p.place,
        tracking_number=p.tracking_number,
        box=p.box,
        length_mm=p.length_mm,
        width_mm=p.width_mm,
        height_mm=p.height_mm,
        mass_g=p.mass_g,
        method=p.method,
        contents=tuple((sku, count) for sku, count in p.contents),
        placements=tuple(tuple(part) for part in p.placements),
    )


def _milestones(rows: QuerySet[Milestone], numbers: dict[int, str]) -> tuple[MilestoneView, ...]:
    return tuple(
        MilestoneView(
            code=m.code,
            raw_code=m.raw_code,
            vocabulary=m.vocabulary,
            source=m.source,
            event_at=m.event_at,
            recorded_at=m.recorded_at,
            location=m.location,
            detail=m.detail,
            tracking_number=numbers.get(m.parcel_id, "") if m.parcel_id else "",
        )
        for m in rows.order_by("event_at", "id")
    )
