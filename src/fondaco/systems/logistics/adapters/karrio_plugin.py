"""Real carriers' status through karrio, an optional plug-in: `pip install fondaco[karrio]`.

karrio (LGPL-3.0) and its carriers' connectors are never needed by Fondaco and are imported only when
this class is made. A gateway is made by karrio from the carrier's own credentials; here it is only asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from fondaco.kernel.errors import Unavailable
from fondaco.systems.logistics.adapters.ports import CarrierEvent


class KarrioMissing(Unavailable):
    code = "karrio-missing"
    title = "The plug-in karrio is not installed."
    remedy = "Install it with: pip install 'fondaco[karrio]', and the connector of the carrier."


class KarrioTracking:
    """The status feed of one of karrio's carriers; `gateway` is karrio's for it.

    KarrioMissing without the plug-in; Unavailable where the carrier does not answer.
    """

    def __init__(self, gateway: Any, *, name: str) -> None:
        self.name, self._gateway = name, gateway
        try:
            self._sdk = import_module("karrio.sdk")
        except ImportError as exc:
            raise KarrioMissing(field="carrier", value=name) from exc

    def events(self, numbers: Sequence[str]) -> list[CarrierEvent]:
        """All that the carrier knows of `numbers`."""
        asked = {"tracking_numbers": list(numbers)}
        try:
            details, messages = self._sdk.Tracking.fetch(asked).from_(self._gateway).parse()
        except Exception as exc:  # karrio's connectors raise whatever their transport raises
            raise Unavailable(f"{self.name}: {exc!r}") from exc
        if not details and messages:
            raise Unavailable(f"{self.name}: {messages[0]}")
        return carrier_events(details or ())


def carrier_events(details: Iterable[Any]) -> list[CarrierEvent]:
    """Tracking details of karrio as our events: its normalised status where it has one, else the carrier's code."""
    return [_event(one.tracking_number, told) for one in details for told in one.events or ()]


def _event(number: str, told: Any) -> CarrierEvent:
    at = _moment(told)
    status, raw = getattr(told, "status", None), getattr(told, "code", None)
    code, vocabulary = (str(status), "INTERCHANGE") if status else (str(raw or ""), "KARRIO")
    place, words = str(told.location or ""), str(told.description or "")
    # karrio keeps no identity of an event, so what it says makes it.
    said = "|".join((number, at.isoformat(), str(raw), code, place, words))
    return CarrierEvent(hashlib.sha256(said.encode()).hexdigest(), number, code.lower() if status else code,
                        vocabulary, at, place, words)  # fmt: skip


def _moment(told: Any) -> datetime:
    """The event's moment: its timestamp, else its date and time; without a zone it counts as UTC."""
    text = getattr(told, "timestamp", None)
    if text:
        at = datetime.fromisoformat(str(text))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    clock = str(getattr(told, "time", None) or "00:00").strip()
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %I:%M %p"):
        try:
            return datetime.strptime(f"{told.date} {clock}", form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return datetime.fromisoformat(str(told.date)).replace(tzinfo=UTC)
