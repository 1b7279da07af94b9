"""Carriers that tell of their own consignments: by name, behind a signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import CarrierEvent, ChannelOpened, MilestoneReport, Push


def admit_push(carrier: str, push: Push, *, now: datetime) -> Scope:
    """On whose behalf a message to `carrier`'s address speaks. UnknownCarrier, BadPushSignature or StalePush."""
    found = parties.ids_by_slug([carrier], kind=Kind.CARRIER).get(carrier)
    if found is None:
        raise logistics.UnknownCarrier
    return logistics.admit_push(found, push, now=now)


def open_channel(
    scope: Scope, *, now: datetime, carrier: str = "", change: bool = False
) -> tuple[str, ChannelOpened]:
    """The carrier's name in its address, and its channel; the house names the `carrier`, a carrier is its own."""
    if scope.is_operator:
        found = parties.ids_by_slug([carrier], kind=Kind.CARRIER).get(carrier)
        if found is None:
            raise logistics.UnknownCarrier(field="carrier", value=carrier)
        return carrier, logistics.open_channel(scope, found, now=now, change=change)
    opened = logistics.open_channel(scope, scope.organisation_id, now=now, change=change)
    return parties.organisations([scope.organisation_id])[scope.organisation_id].slug, opened


def record_events(scope: Scope, events: Sequence[CarrierEvent], *, now: datetime) -> MilestoneReport:
    """Keep what a carrier told of its own consignments; the rest is parked."""
    return logistics.record_carrier_events(scope, events, now=now)
