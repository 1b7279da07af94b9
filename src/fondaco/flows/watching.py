"""The watch over shipments in the demonstration: a few held at the border, and what is wrong with all that are open."""

from __future__ import annotations

from datetime import datetime

from fondaco.flows.stock import DEMO_SELLER
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO, NewMilestone, WatchReport

_HELD, _LOOKED_AT = 4, 30
# Code of UPU EMSEVT, part of the time since the parcel departed, words; made up, and every event says so.
_STORY = (("EMD", 0.25, "Arrived"), ("EDB", 0.3, "Presented to customs"), ("EME", 0.4, "Held"))


def watch_demo(*, now: datetime) -> WatchReport:
    """Let the carrier tell of a few parcels held by customs, once, and watch all that is open.

    They are those under way whose carrier has been silent longest since they departed. Apart from the main job: the
    queue of shipments at risk then has something to show.
    """
    seller = parties.ids_by_slug([DEMO_SELLER], kind=Kind.SELLER).get(DEMO_SELLER)
    if seller:
        scope = Scope(seller, Kind.SELLER, actor="demo")
        held = logistics.list_consignments(scope, state="exception", size=_HELD).rows
        going = logistics.list_consignments(scope, state="in_transit", size=_LOOKED_AT).rows
        departed = [(at, one) for one in going if (at := _departed(scope, one))]
        longest = sorted(departed, key=lambda pair: pair[0])[: _HELD - len(held)]
        events = [event for at, one in longest for event in _held(one, at, now)]
        logistics.record_milestones(events, actor="demo", now=now)
    return logistics.watch_consignments(actor="demo", now=now)


def _departed(scope: Scope, one: ConsignmentDTO) -> datetime | None:
    """When a consignment left its country; None where its carrier has told of something since, or not of that."""
    told = logistics.consignment_detail(scope, one.id).milestones
    last = max(told, key=lambda milestone: milestone.event_at, default=None)
    return last.event_at if last and last.code == "departed" else None


def _held(one: ConsignmentDTO, departed: datetime, now: datetime) -> list[NewMilestone]:
    return [
        NewMilestone(
            one.number, code, "UPU", departed + (now - departed) * part, "demonstration", f"{one.number}:{code}",
            one.destination, f"{words} (made up)",
        )
        for code, part, words in _STORY
    ]  # fmt: skip
