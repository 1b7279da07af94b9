"""The watch over shipments in the demonstration: a few held at the border, and what is wrong with all that are open."""

from __future__ import annotations

from datetime import datetime, timedelta

from fondaco.flows.stock import DEMO_SELLER
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO, NewMilestone, WatchReport

_HELD = 4
# Code of UPU EMSEVT, days ago, words; made up, and every event says so.
_STORY = (
    ("EMC", 9, "Departed"),
    ("EMD", 6, "Arrived"),
    ("EDB", 5, "Presented to customs"),
    ("EME", 4, "Held"),
)


def watch_demo(*, now: datetime) -> WatchReport:
    """Let the carrier tell of a few parcels held by customs, once, and watch all that is open.

    Apart from the main job: the queue of shipments at risk then has something to show.
    """
    seller = parties.ids_by_slug([DEMO_SELLER], kind=Kind.SELLER).get(DEMO_SELLER)
    if seller:
        scope = Scope(seller, Kind.SELLER, actor="demo")
        waiting = logistics.list_consignments(scope, state="booked", size=50).rows
        told = logistics.list_consignments(scope, state="exception", size=_HELD).rows
        abroad = [one for one in waiting if one.origin != one.destination][: _HELD - len(told)]
        events = [event for one in abroad for event in _held(one, now)]
        logistics.record_milestones(events, actor="demo", now=now)
    return logistics.watch_consignments(actor="demo", now=now)


def _held(one: ConsignmentDTO, now: datetime) -> list[NewMilestone]:
    return [
        NewMilestone(
            one.number, code, "UPU", now - timedelta(days=ago), "demonstration", f"{one.number}:{code}",
            one.origin if code == "EMC" else one.destination, f"{words} (made up)",
        )
        for code, ago, words in _STORY
    ]  # fmt: skip
