"""Collective clearance: the house gathers a day's consignments, each pair before its own authority; shared loads."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from fondaco.flows.house import CARRIER
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Collected, ConsolidationState, LoadView, NothingTogether


def collect_day(scope: Scope, on: date, *, now: datetime) -> Collected:
    """Put the booked consignments that are ready on `on` into batches. Forbidden for all but the platform's clerks."""
    scope.require(role=Role.CLERK, kinds=(Kind.PLATFORM,))
    return _collect(on, actor=scope.actor or str(scope.user_id), now=now)


def collect_day_by_house(on: date, *, now: datetime) -> Collected:
    """The same as house work, for the command line and the daily job."""
    return _collect(on, actor="house", now=now)


def collect_orders(on: date, order_ids: Collection[UUID], *, now: datetime) -> Collected:
    """The same for these orders alone."""
    return _collect(on, actor="house", now=now, orders=order_ids)


def _collect(on: date, *, actor: str, now: datetime, orders: Collection[UUID] | None = None) -> Collected:
    offices = {office.country: office.id for office in parties.organisations_of_kind(Kind.CUSTOMS)}
    return logistics.collect_clearances(on, authorities=offices, actor=actor, now=now, orders=orders)


def answer_load(scope: Scope, load_id: UUID, event: str, *, now: datetime) -> ConsolidationState:
    """Accept or dismiss a shared load; accepted, its consignments are booked into it with the carrier of its trunk."""
    movers = {
        mover.slug.removeprefix(CARRIER): mover.id for mover in parties.organisations_of_kind(Kind.CARRIER)
    }
    carriers = {code: movers[code.lower()] for code in logistics.providers() if code.lower() in movers}
    return logistics.answer_consolidation(scope, load_id, event, now=now, carriers=carriers)


_MOST_TRIES, _MOST_LOADS = 14, 2
_LATER = 60  # days: what a saving may cost in the demonstration


def ensure_demo_loads(*, now: datetime) -> int:
    """For the demonstration: loads of what waits in the book, the first accepted, others left to be answered.

    How many there are. Each question is answered in seconds, so only a few pairs are asked; again it adds nothing.
    """
    platform = parties.organisations_of_kind(Kind.PLATFORM)[0].id
    scope = Scope(platform, Kind.PLATFORM, role=Role.CLERK, actor="demo")
    if standing := _standing_loads(scope):
        return len(standing)
    made = 0
    for lane in logistics.lanes_waiting(scope, limit=_MOST_TRIES):
        with suppress(NothingTogether):
            made += len(
                logistics.propose_consolidations(
                    scope,
                    origin=lane.origin,
                    destination=lane.destination,
                    on=lane.on,
                    later_days=_LATER,
                    now=now,
                )
            )
        if made >= _MOST_LOADS:
            break
    standing = _standing_loads(scope)
    if standing:
        answer_load(scope, standing[0], "accept", now=now)
    return len(standing)


def _standing_loads(scope: Scope) -> list[UUID]:
    """Loads that nobody dismissed; a proposal for another day of the same pair dismisses the one before it."""
    loads = logistics.list_consolidations(scope)
    return [load.id for load in loads if load.state != ConsolidationState.DISMISSED]


def share_by_house(
    origin: str, destination: str, on: date, *, accept: bool, now: datetime, later_days: int = 0
) -> list[LoadView]:
    """Propose shared loads for every seller, and accept them if told to, as house work for the command line."""
    platform = parties.organisations_of_kind(Kind.PLATFORM)[0].id
    scope = Scope(platform, Kind.PLATFORM, role=Role.CLERK, actor="house")
    made = logistics.propose_consolidations(
        scope, origin=origin, destination=destination, on=on, later_days=later_days, now=now
    )
    if accept:
        for one in made:
            answer_load(scope, one, "accept", now=now)
    return [logistics.consolidation_detail(scope, one).load for one in made]
