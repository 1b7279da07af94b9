"""Proposing shared loads for booked consignments, and a person's answer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.consolidating.generate import consolidate
from fondaco.systems.logistics.domain.consolidating.trunks import PIECE, STEPS, trunks_of
from fondaco.systems.logistics.domain.consolidating.types import (
    ConsolidationPlan,
    LoadedUnit,
    Route,
    Shipment,
)
from fondaco.systems.logistics.domain.dto import Offer, ParcelSpec, QuoteRequest
from fondaco.systems.logistics.models import (
    CONSOLIDATIONS,
    Consignment,
    Consolidation,
    ConsolidationEntry,
    ConsolidationState,
    Parcel,
)
from fondaco.systems.logistics.selectors.quotes import offer_of, quote_columns, quote_many
from fondaco.systems.logistics.services.rebooking import rebook_into

MOST = 200  # consignments in one question: the model answers it in seconds
SECONDS = 4.0  # for all owners of one question together
WINDOW = timedelta(days=7)  # how long the first may wait for the last


class NothingTogether(Refused):
    code = "nothing-together"
    title = "No shared load of these consignments costs less than they do alone."
    remedy = "Wait for more bookings of this pair of countries, or choose another day."


@dataclass(frozen=True, slots=True)
class _Piece:
    """A booked consignment with what the model needs of it. `mile`: the last mile's offer, cheapest."""

    row: Consignment
    specs: tuple[ParcelSpec, ...]
    mile: Offer


@dataclass(frozen=True, slots=True)
class _Lane:
    """A pair of countries, the day the load closes, and how much later than promised it may arrive."""

    origin: str
    destination: str
    on: date
    later: timedelta


def propose_consolidations(
    scope: Scope, *, origin: str, destination: str, on: date, now: datetime, later_days: int = 0
) -> tuple[UUID, ...]:
    """Shared loads for the booked consignments of one owner and pair that are ready by `on`, in the week before it.

    The trunk is priced by the cards that rate whole consignments, the last mile of each order by its cheapest local
    service; each load is then priced once more as it is, and kept only if it costs less than its consignments do
    alone. Each order must still arrive when its own service promised, or up to `later_days` after. Proposals of the
    same pair that nobody answered are dismissed. NothingTogether, Forbidden.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    lane = _Lane(origin, destination, on, timedelta(days=later_days))
    pieces = _waiting(scope, origin, destination, on)
    owners = {piece.row.seller_id for piece in pieces}
    share = SECONDS / max(len(owners), 1)
    made = [
        unit
        for owner in sorted(owners, key=str)
        for unit in _plan([one for one in pieces if one.row.seller_id == owner], lane, seconds=share, now=now)
    ]
    if not made:
        raise NothingTogether(field="destination", value=destination)
    with transaction.atomic():
        stale = Consolidation.objects.of(scope).filter(
            state=ConsolidationState.PROPOSED, origin=origin, destination=destination
        )
        for one in stale.select_for_update():
            _answer(one, "dismiss", actor="planner", now=now)
        for head, entries in made:
            head.save(force_insert=True)
            ConsolidationEntry.objects.bulk_create(entries)
        _tell("proposed", [head for head, _ in made], actor=scope.actor or "planner", now=now)
    return tuple(head.pk for head, _ in made)


def answer_consolidation(
    scope: Scope,
    consolidation_id: UUID,
    event: str,
    *,
    now: datetime,
    carriers: Mapping[str, UUID] = MappingProxyType({}),
) -> ConsolidationState:
    """Accept or dismiss a proposal; a second time changes nothing.

    What was accepted is a load: its consignments are booked into it (`rebook_into`), with the carrier of the trunk as
    `carriers` names it by provider. NotFound, Forbidden, IllegalTransition; LoadChanged where a consignment no longer
    waits.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        row = Consolidation.objects.of(scope).select_for_update().filter(pk=consolidation_id).first()
        if row is None:
            raise NotFound(field="consolidation", value=str(consolidation_id))
        if row.state in ConsolidationState.values and row.state != "proposed" and row.state.startswith(event):
            return ConsolidationState(row.state)
        after = CONSOLIDATIONS.after(row.state, event)
        if event == "accept":
            carrier = carriers.get(str(row.facts["offer"]["provider_code"]))
            rebook_into(row, carrier_id=carrier, actor=scope.actor or str(scope.user_id), now=now)
        _answer(row, event, actor=scope.actor or str(scope.user_id), now=now)
        _tell(str(after), [row], actor=scope.actor or str(scope.user_id), now=now)
    return ConsolidationState(after)


def _answer(row: Consolidation, event: str, *, actor: str, now: datetime) -> None:
    row.state = CONSOLIDATIONS.after(row.state, event)
    row.decided_at, row.decided_by = now, actor
    row.save(update_fields=["state", "decided_at", "decided_by"])


def _tell(what: str, rows: Sequence[Consolidation], *, actor: str, now: datetime) -> None:
    topic = f"logistics.consolidation-{what}"
    deeds = [
        audit.Deed(topic, "consolidation", str(row.pk), row.owner_id, {"number": row.number}) for row in rows
    ]
    audit.record(deeds, actor=actor, at=now)
    outbox.append([outbox.Event(topic, str(row.pk), {"number": row.number}) for row in rows])


def _waiting(scope: Scope, origin: str, destination: str, on: date) -> list[_Piece]:
    taken = ConsolidationEntry.objects.house().filter(accepted=True).values("consignment_id")
    rows = list(
        Consignment.objects.of(scope)
        .filter(state="booked", carrier_reference="", origin=origin, destination=destination, ready_at__date__lte=on,
                ready_at__date__gt=on - WINDOW)
        .exclude(pk__in=taken)
        .order_by("pk")[:MOST]
    )  # fmt: skip
    specs: dict[UUID, list[ParcelSpec]] = {row.pk: [] for row in rows}
    sides = ("consignment_id", "length_mm", "width_mm", "height_mm", "mass_g")
    for pk, *measures in (
        Parcel.objects.house().filter(consignment_id__in=specs).order_by("place").values_list(*sides)
    ):
        specs[pk].append(ParcelSpec(*measures))
    asked = [_local(row, tuple(specs[row.pk]), on) for row in rows]
    miles = [next(iter(answer.offers), None) for answer in quote_many(asked)] if asked else []
    return [
        _Piece(row, tuple(specs[row.pk]), mile)
        for row, mile in zip(rows, miles, strict=True)
        if mile and mile.price.currency == row.currency and mile.price.minor < row.price_minor
    ]


def _local(row: Consignment, specs: tuple[ParcelSpec, ...], on: date) -> QuoteRequest:
    """The last mile: from the hub of the destination to the door."""
    postcode = str(row.ship_to.get("postcode", ""))
    return QuoteRequest(row.number, row.destination, row.destination, postcode, on, specs)


def _plan(
    pieces: Sequence[_Piece], lane: _Lane, *, seconds: float, now: datetime
) -> list[tuple[Consolidation, list[ConsolidationEntry]]]:
    if len(pieces) < 2:
        return []
    origin, destination, on = lane.origin, lane.destination, lane.on
    currency = pieces[0].row.currency
    leaves = datetime.combine(on, time(18), tzinfo=UTC)
    steps = [QuoteRequest("trunk", origin, destination, "", on, (PIECE,) * count) for count in STEPS]
    trunks = trunks_of(
        [quote_columns(step, currency=currency).offers(slice(None)) for step in steps], leaves_at=leaves
    )
    by_id = {str(piece.row.pk): piece for piece in pieces}
    shipments = [one for piece in pieces if (one := _shipment(piece, leaves, lane.later))]
    if not trunks or len(shipments) < 2:
        return []
    plan = consolidate(shipments, [route for route, _ in trunks.values()], seconds=seconds)
    return [
        load
        for unit in plan.units
        if len(unit.shipments) > 1
        and (
            load := _load(
                [by_id[one] for one in unit.shipments],
                unit,
                plan,
                route=trunks[unit.route][0],
                lane=lane,
                now=now,
            )
        )
    ]


def _shipment(piece: _Piece, leaves: datetime, later: timedelta) -> Shipment | None:
    """What the trunk may cost at most is what the consignment costs alone less its last mile."""
    row = piece.row
    due = datetime.combine(row.due_on, time(23, 59), tzinfo=UTC) + later
    due -= timedelta(days=piece.mile.transit_days_max)
    if due < leaves:
        return None
    volume = sum(one.length_mm * one.width_mm * one.height_mm for one in piece.specs)
    return Shipment(
        str(row.pk),
        row.mass_g,
        volume,
        min(row.ready_at, leaves),
        due,
        row.price_minor - piece.mile.price.minor,
    )


def _load(
    pieces: Sequence[_Piece],
    unit: LoadedUnit,
    plan: ConsolidationPlan,
    *,
    route: Route,
    lane: _Lane,
    now: datetime,
) -> tuple[Consolidation, list[ConsolidationEntry]] | None:
    """The load at its exact price by the card; None where it saves nothing then, or the service refuses it."""
    origin, destination, on = lane.origin, lane.destination, lane.on
    currency = pieces[0].row.currency
    specs = tuple(spec for piece in pieces for spec in piece.specs)
    value = Money(0, currency)
    asked = QuoteRequest("load", origin, destination, "", on, specs, declared_value=value)
    offer = offer_of(asked, unit.route, currency=currency)
    miles = sum(piece.mile.price.minor for piece in pieces)
    alone = sum(piece.row.price_minor for piece in pieces)
    if offer is None or offer.price.minor + miles >= alone:
        return None
    facts: dict[str, Any] = {
        "offer": offer.as_json(), "bound_minor": plan.bound_minor, "plan_minor": plan.cost_minor,
        "gap": round(plan.gap, 5), "candidates": plan.columns, "rounds": plan.rounds,
        "estimate_minor": unit.cost_minor, "seconds": round(plan.seconds, 3),
    }  # fmt: skip
    pk = new_id()
    head = Consolidation(
        id=pk, owner_id=pieces[0].row.seller_id, number=f"K{on:%y%m%d}-{pk.hex[-6:].upper()}", origin=origin,
        destination=destination, service_code=offer.service_code, service_name=offer.name,
        leaves_on=route.departs_at.date(), arrives_on=route.arrives_at.date(), currency=currency,
        trunk_minor=offer.price.minor, last_mile_minor=miles, alone_minor=alone, mass_g=unit.mass_g, facts=facts,
        proposed_at=now,
    )  # fmt: skip
    entries = [
        ConsolidationEntry(
            consolidation=head, consignment_id=piece.row.pk, alone_minor=piece.row.price_minor,
            last_mile_minor=piece.mile.price.minor, last_mile_service=piece.mile.service_code,
            last_mile_days=piece.mile.transit_days_max,
        )
        for piece in pieces
    ]  # fmt: skip
    return head, entries
