"""What is wrong with a consignment, seen from its milestones and its predicted arrival: facts, each with numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from fondaco.systems.logistics.domain.cartons import data_folder
from fondaco.systems.logistics.domain.tracking.arrival import Arrival

_CUSTOMS = frozenset({"export_held", "import_held", "import_refused"})
_BACK = frozenset({"returning", "returned"})
_SAYS_NOTHING = frozenset({"booked", "notice", "unknown", "cancelled"})
_LOST = frozenset({"lost", "damaged"})
KINDS = ("late", "customs", "silent", "returned", "failed", "lost")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong: its kind (of `KINDS`) and the numbers that show it, for a person to read."""

    kind: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """A consignment as far as its troubles depend on it."""

    state: str
    ready_at: datetime
    arrival: Arrival
    happenings: Sequence[tuple[str, datetime]]


def troubles(seen: Seen, *, now: datetime) -> tuple[Trouble, ...]:
    """Everything wrong at `now`, by the thresholds of data/logistics/tracking_thresholds.csv."""
    told = sorted((one for one in seen.happenings if one[1] <= now), key=lambda one: one[1])
    telling = [one for one in told if one[0] not in _SAYS_NOTHING]
    last = telling[-1] if telling else None
    found = [_returned(seen, last), _lost(last), _failed(telling)]
    if seen.state in {"booked", "in_transit", "exception"}:
        found += [_late(seen, now), _customs(last, now), _silent(seen, told, now)]
    return tuple(one for one in found if one)


@cache
def thresholds() -> dict[str, float]:
    """Each threshold by name."""
    with (data_folder() / "tracking_thresholds.csv").open(newline="", encoding="utf-8") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def _late(seen: Seen, now: datetime) -> Trouble | None:
    grace = timedelta(hours=thresholds()["promise_grace_hours"] if seen.arrival.basis == "promise" else 0)
    if now <= seen.arrival.high_at + grace or seen.arrival.high_at == now:
        return None
    return Trouble("late", {"expected_by": seen.arrival.high_at.isoformat(), "basis": seen.arrival.basis,
                            "sample": seen.arrival.sample})  # fmt: skip


def _customs(last: tuple[str, datetime] | None, now: datetime) -> Trouble | None:
    if last is None or last[0] not in _CUSTOMS:
        return None
    held = (now - last[1]).total_seconds() / 3600
    if held < thresholds()["customs_hours"] and last[0] != "import_refused":
        return None
    return Trouble("customs", {"code": last[0], "since": last[1].isoformat()})


def _silent(seen: Seen, told: Sequence[tuple[str, datetime]], now: datetime) -> Trouble | None:
    heard = max([at for _, at in told] + [seen.ready_at])
    days = thresholds()["silent_days"]
    if now - heard <= timedelta(days=days):
        return None
    return Trouble("silent", {"last_heard": heard.isoformat(), "limit_days": days})


def _returned(seen: Seen, last: tuple[str, datetime] | None) -> Trouble | None:
    if seen.state != "returned" and (last is None or last[0] not in _BACK):
        return None
    return Trouble("returned", {"since": last[1].isoformat()} if last else {})


def _lost(last: tuple[str, datetime] | None) -> Trouble | None:
    return (
        Trouble("lost", {"code": last[0], "since": last[1].isoformat()})
        if last and last[0] in _LOST
        else None
    )


def _failed(telling: Iterable[tuple[str, datetime]]) -> Trouble | None:
    tries = [at for code, at in telling if code == "delivery_failed"]
    last = max((at for _, at in telling), default=None)
    if not tries or max(tries) != last:
        return None
    return Trouble("failed", {"attempts": len(tries), "since": max(tries).isoformat()})
