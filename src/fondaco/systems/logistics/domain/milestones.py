"""Milestones: every vocabulary's codes in our few, and what they say of a consignment as a whole.

Sources of the codes: UPU EMSEVT (EDI event codes of postal items); IATA ONE Record StatusCode and its
discrepancies; DCSA Track and Trace (transport, equipment and shipment events); IFTSTA's status codes,
which are those of UNECE Recommendation 24 revision 6 (UN4405 where a sender uses data element 4405's
general list instead); DHL Express, UPS, FedEx and USPS as each publishes them; INTERCHANGE, the twelve
states that carrier interfaces commonly agree on. A code that says nothing of the goods is a "notice".
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from fondaco.systems.logistics.domain.cartons import data_folder


class Core(StrEnum):
    """Our own words for what happens to a consignment."""

    BOOKED = "booked"
    ACCEPTED = "accepted"
    AT_ORIGIN_HUB = "at_origin_hub"
    EXPORT_PRESENTED = "export_presented"
    EXPORT_HELD = "export_held"
    EXPORT_RELEASED = "export_released"
    DEPARTED = "departed"
    ARRIVED_TRANSIT = "arrived_transit"
    DEPARTED_TRANSIT = "departed_transit"
    IN_TRANSIT = "in_transit"
    ARRIVED_DESTINATION = "arrived_destination"
    IMPORT_PRESENTED = "import_presented"
    IMPORT_HELD = "import_held"
    IMPORT_REFUSED = "import_refused"
    IMPORT_RELEASED = "import_released"
    AT_DESTINATION_HUB = "at_destination_hub"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    HELD = "held"
    EXCEPTION = "exception"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    NOTICE = "notice"
    UNKNOWN = "unknown"


_EXCEPTIONS = frozenset(
    {
        Core.EXPORT_HELD, Core.IMPORT_HELD, Core.IMPORT_REFUSED, Core.DELIVERY_FAILED, Core.HELD, Core.EXCEPTION,
        Core.DAMAGED, Core.LOST, Core.RETURNING,
    }
)  # fmt: skip
_SILENT = frozenset({Core.BOOKED, Core.CANCELLED, Core.NOTICE, Core.UNKNOWN})
_ENDS = (Core.DELIVERED, Core.RETURNED)
_PLACE = {str(code): place for place, code in enumerate(Core)}


@dataclass(frozen=True, slots=True)
class Happening:
    """A milestone as far as the state depends on it; `parcel` is None where it is about all parcels."""

    code: str
    at: datetime
    parcel: int | None


@cache
def _codes() -> dict[tuple[str, str], Core]:
    with (data_folder() / "status_codes.csv").open(newline="", encoding="utf-8") as file:
        return {(r["vocabulary"], r["raw_code"]): Core(r["core_code"]) for r in csv.DictReader(file)}


def known_codes(vocabulary: str) -> frozenset[str]:
    """The codes of a vocabulary that the table has."""
    return frozenset(code for name, code in _codes() if name == vocabulary)


def interchange(core: str) -> str:
    """The state of the twelve that carrier interfaces commonly agree on (karrio's words) for a core code."""
    return _INTERCHANGE.get(core, "unknown")


_STATES: dict[Core, str] = {
    Core.BOOKED: "pending", Core.ACCEPTED: "picked_up", Core.EXPORT_HELD: "on_hold", Core.IMPORT_HELD: "on_hold",
    Core.HELD: "on_hold", Core.IMPORT_REFUSED: "return_to_sender", Core.OUT_FOR_DELIVERY: "out_for_delivery",
    Core.READY_FOR_PICKUP: "ready_for_pickup", Core.DELIVERY_FAILED: "delivery_failed",
    Core.DELIVERED: "delivered", Core.EXCEPTION: "delivery_delayed", Core.DAMAGED: "delivery_delayed",
    Core.LOST: "delivery_failed", Core.RETURNING: "return_to_sender", Core.RETURNED: "return_to_sender",
    Core.CANCELLED: "cancelled", Core.UNKNOWN: "unknown",
} | dict.fromkeys(
    (
        Core.AT_ORIGIN_HUB, Core.EXPORT_PRESENTED, Core.EXPORT_RELEASED, Core.DEPARTED, Core.ARRIVED_TRANSIT,
        Core.DEPARTED_TRANSIT, Core.IN_TRANSIT, Core.ARRIVED_DESTINATION, Core.IMPORT_PRESENTED,
        Core.IMPORT_RELEASED, Core.AT_DESTINATION_HUB, Core.NOTICE,
    ),
    "in_transit",
)  # fmt: skip


_INTERCHANGE = {str(code): state for code, state in _STATES.items()}


def core_code(vocabulary: str, raw_code: str) -> Core:
    """Our word for a code; `unknown` for one that the table does not have (the raw code is kept)."""
    if vocabulary == "FONDACO" and raw_code in Core.__members__.values():
        return Core(raw_code)
    return _codes().get((vocabulary, raw_code.upper()), Core.UNKNOWN)


def standing(happenings: Iterable[Happening], *, parcels: Sequence[int]) -> tuple[str, datetime | None]:
    """The state that `happenings` add up to, and when the last parcel was delivered.

    It depends on when things happened, not on the order in which they were heard: it ends (delivered,
    returned) when all parcels have ended so; else the latest event that says something decides.
    """
    # At the same moment, what comes later on the usual way counts as later.
    events = sorted(happenings, key=lambda h: (h.at, _PLACE[h.code]))
    for end in _ENDS:
        if at := _ended(events, end, parcels):
            return str(end), at if end is Core.DELIVERED else None
    telling = [event for event in events if event.code not in _SILENT and event.code not in _ENDS]
    if not telling:
        return ("in_transit" if any(e.code in _ENDS for e in events) else "booked"), None
    return ("exception" if telling[-1].code in _EXCEPTIONS else "in_transit"), None


def _ended(events: Sequence[Happening], end: Core, parcels: Sequence[int]) -> datetime | None:
    """When the last of `parcels` came to `end`; None while one has not."""
    whole = [e.at for e in events if e.code == end and e.parcel is None]
    if whole:
        return whole[0]
    each = {e.parcel: e.at for e in reversed(events) if e.code == end}
    return max(each.values()) if parcels and set(parcels) <= set(each) else None
