"""Collective clearance: the house gathers a day's consignments, each pair before its own authority; shared loads."""

from __future__ import annotations

from datetime import date, datetime

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Collected, LoadView


def collect_day(scope: Scope, on: date, *, now: datetime) -> Collected:
    """Put the booked consignments that are ready on `on` into batches. Forbidden for all but the platform's clerks."""
    scope.require(role=Role.CLERK, kinds=(Kind.PLATFORM,))
    return _collect(on, actor=scope.actor or str(scope.user_id), now=now)


def collect_day_by_house(on: date, *, now: datetime) -> Collected:
    """The same as house work, for the command line and the daily job."""
    return _collect(on, actor="house", now=now)


def _collect(on: date, *, actor: str, now: datetime) -> Collected:
    offices = {office.country: office.id for office in parties.organisations_of_kind(Kind.CUSTOMS)}
    return logistics.collect_clearances(on, authorities=offices, actor=actor, now=now)


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
            logistics.answer_consolidation(scope, one, "accept", now=now)
    return [logistics.consolidation_detail(scope, one).load for one in made]
