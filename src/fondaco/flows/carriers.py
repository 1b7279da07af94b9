"""Carriers that tell of their own consignments: by name, behind a signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderState
from fondaco.flows.parting import free_parts
from fondaco.kernel.errors import Conflict
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    CarrierEvent,
    ChannelOpened,
    DeliveryReport,
    MilestoneReport,
    Push,
)

_GOING = (OrderState.RELEASED, OrderState.DELIVERED, OrderState.SETTLED)


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


class NotReleasedYet(Conflict):
    code = "not-released-yet"
    title = "Customs has not released this order yet."
    remedy = "The carrier is asked once the goods may go: wait for the release."


def hear_consignment(scope: Scope, consignment_id: UUID, *, now: datetime) -> DeliveryReport:
    """Ask the carrier of a released consignment for its news. NotReleasedYet before that."""
    found = logistics.consignment_detail(scope, consignment_id).consignment
    order_id = found.order_id
    going = any(order.state in _GOING for order in orders.orders_by_ids([order_id]))
    free = free_parts(window.declarations_for([order_id])[order_id])
    if not going and found.part not in free:
        raise NotReleasedYet(field="consignment", value=found.number)
    if free:
        logistics.hand_over({consignment_id: free.get(found.part) or max(free.values())})
    return logistics.hear_carrier(scope, consignment_id, now=now)


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A carrier's channel without its secret; no times where none is open."""

    slug: str
    opened_at: datetime | None
    changed_at: datetime | None
    heard_at: datetime | None


def channel_seen(scope: Scope) -> ChannelSeen | None:
    """The reader's own channel; None for the house, which has none."""
    if scope.is_operator:
        return None
    slug = parties.organisations([scope.organisation_id])[scope.organisation_id].slug
    return ChannelSeen(slug, *(logistics.channel_times(scope) or (None, None, None)))


def record_events(scope: Scope, events: Sequence[CarrierEvent], *, now: datetime) -> MilestoneReport:
    """Keep what a carrier told of its own consignments; the rest is parked."""
    return logistics.record_carrier_events(scope, events, now=now)
