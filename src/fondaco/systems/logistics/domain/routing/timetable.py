"""A network compiled for a span of days: departures as instants, opening spans, adjacency, all in flat arrays.

Instants are minutes since 1970 UTC. Local times become instants by the zone's own rules on that day, so a
service that leaves at 21:30 leaves at 21:30 on both sides of a change of clocks (a time that the change skips
is read by the offset before it, PEP 495 fold 0).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from fondaco.systems.logistics.domain.routing.network import (
    DAILY,
    Closure,
    ClosureKind,
    Hub,
    Network,
    Service,
)
from fondaco.systems.logistics.domain.routing.punctuality import grade_of

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 1440
_FAR = 2**40


def minute_of(at: datetime) -> int:
    """Minutes since 1970 UTC, rounded up: goods ready at 10:00:30 are not ready at 10:00."""
    return -(-int(at.astimezone(UTC).timestamp()) // 60)


def instant_of(minute: int) -> datetime:
    """The instant of a minute number."""
    return datetime.fromtimestamp(minute * 60, tz=UTC)


@dataclass(frozen=True, slots=True)
class Zones:
    """Offsets of zones by local hour over the days of a timetable."""

    first: int
    days: int
    offsets: dict[str, Any]

    @classmethod
    def of(cls, names: Iterable[str], *, first: int, days: int) -> Zones:
        """The offsets in minutes of each zone for each local hour of `days` days from ordinal `first`."""
        return cls(first, days, {name: _offsets(name, first, days) for name in set(names)})

    def minutes(self, zone: str, day: Any, minute: Any) -> Any:
        """Instants of local minutes (0 to 1440) of days since the first; arrays or numbers."""
        hour = np.clip(day * 24 + minute // 60, 0, self.days * 24 - 1)
        return (self.first - _EPOCH + day) * _DAY + minute - self.offsets[zone][hour]


def _offsets(name: str, first: int, days: int) -> Any:
    zone = ZoneInfo(name)
    found = np.empty(days * 24, dtype=np.int64)
    begin = datetime.fromordinal(first)
    at_midnight = [_offset(zone, begin + timedelta(days=day)) for day in range(days + 1)]
    for day in range(days):
        if at_midnight[day] == at_midnight[day + 1]:
            found[day * 24 : day * 24 + 24] = at_midnight[day]
        else:
            found[day * 24 : day * 24 + 24] = [
                _offset(zone, begin + timedelta(days=day, hours=hour)) for hour in range(24)
            ]
    return found


def _offset(zone: ZoneInfo, local: datetime) -> int:
    offset = local.replace(tzinfo=zone).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0


@dataclass(frozen=True, eq=False)
class Timetable:
    """The compiled arrays. Departures of a service lie together in order of time: dep_ptr[s] to dep_ptr[s + 1]; so
    do the services that leave a hub in `out`, and those that end there in `into`.
    """

    network: Network
    starts: int
    ends: int
    place: dict[str, int]
    origin: Any
    destination: Any
    on_demand: Any
    transit: Any
    cutoff: Any
    grade: Any
    span: Any
    dep_ptr: Any
    dep: Any
    arr: Any
    avail: Any
    addition: Any
    settled: Any
    open_ptr: Any
    opens: Any
    closes: Any
    out_ptr: Any
    out: Any
    in_ptr: Any
    into: Any

    def next_open(self, hub: int, minute: int) -> int:
        """The first minute from `minute` on at which the hub takes goods in; far away where it does not."""
        return next_open(self.open_ptr, self.opens, self.closes, hub, minute)


def next_open(open_ptr: Any, opens: Any, closes: Any, hub: int, minute: int) -> int:
    """As Timetable.next_open, on the bare arrays."""
    low, high = int(open_ptr[hub]), int(open_ptr[hub + 1])
    at = low + int(np.searchsorted(closes[low:high], minute, side="right"))
    return max(minute, int(opens[at])) if at < high else _FAR


def compile_timetable(network: Network, *, first: date, days: int) -> Timetable:
    """The departures of `days` days from `first` (local dates), less what is closed.

    Services whose hubs are unknown raise KeyError: the importer has refused them before.
    """
    begin = first.toordinal() - 1
    zones = Zones.of((hub.tz for hub in network.hubs), first=begin, days=days + 92)
    place = {hub.code: number for number, hub in enumerate(network.hubs)}
    closed = _Closed(network.closures)
    spans = [_open_spans(hub, zones, closed.at_hub(hub.code)) for hub in network.hubs]
    open_ptr = np.concatenate([[0], np.cumsum([len(a) for a, _ in spans])]).astype(np.int64)
    opens = np.concatenate([a for a, _ in spans]).astype(np.int64)
    closes = np.concatenate([b for _, b in spans]).astype(np.int64)
    runs = [_runs(service, network, place, zones, closed=closed, days=days) for service in network.services]
    counts = [len(run[0]) for run in runs]
    dep_ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    dep, arr, addition = (np.concatenate([r[i] for r in runs]).astype(np.int64) for i in range(3))
    origin = np.array([place[s.origin] for s in network.services], dtype=np.int64)
    destination = np.array([place[s.destination] for s in network.services], dtype=np.int64)
    out_ptr, out = _by_hub(origin, len(network.hubs))
    in_ptr, into = _by_hub(destination, len(network.hubs))
    avail = _available(arr, np.repeat(destination, counts), open_ptr, opens, closes)
    return Timetable(
        network=network,
        starts=int(zones.minutes("UTC", 1, 0)) if "UTC" in zones.offsets else (begin + 1 - _EPOCH) * _DAY,
        ends=(begin + 1 + days - _EPOCH) * _DAY,
        place=place,
        origin=origin,
        destination=destination,
        on_demand=np.array([s.on_demand for s in network.services], dtype=np.int64),
        transit=np.array([s.transit_min for s in network.services], dtype=np.int64),
        cutoff=np.array([s.cutoff_min for s in network.services], dtype=np.int64),
        grade=np.array([grade_of(s.on_time, s.late_min) for s in network.services], dtype=np.int64),
        span=_spans(network.services, dep_ptr, dep, avail),
        dep_ptr=dep_ptr, dep=dep, arr=arr, avail=avail, addition=addition,
        settled=_settled(dep_ptr, dep, avail, addition),
        open_ptr=open_ptr, opens=opens, closes=closes,
        out_ptr=out_ptr, out=out, in_ptr=in_ptr, into=into,
    )  # fmt: skip


def _by_hub(hub: Any, hubs: int) -> tuple[Any, Any]:
    """Services in order of their hub, and where each hub's begin."""
    order = np.argsort(hub, kind="stable")
    return np.searchsorted(hub[order], np.arange(hubs + 1)).astype(np.int64), order.astype(np.int64)


class _Closed:
    """Closures by what they close, as spans of minutes."""

    def __init__(self, closures: Iterable[Closure]) -> None:
        self.spans: dict[tuple[ClosureKind, str], list[tuple[int, int]]] = {}
        for one in closures:
            span = (minute_of(one.starts_at), minute_of(one.ends_at))
            self.spans.setdefault((one.kind, one.target), []).append(span)

    def at_hub(self, code: str) -> list[tuple[int, int]]:
        return self.spans.get((ClosureKind.HUB, code), [])

    def stops(self, service: Service, dep: Any, arr: Any) -> Any:
        """Which runs do not take place: a passage, an end, the service or its provider is closed meanwhile."""
        stopped = np.zeros(len(dep), dtype=bool)
        whole = [(ClosureKind.SERVICE, service.code), (ClosureKind.PROVIDER, service.provider)]
        whole += [(ClosureKind.PASSAGE, passage) for passage in service.passages]
        for key in whole:
            stopped |= _meets(self.spans.get(key, []), dep, arr)
        stopped |= _meets(self.at_hub(service.origin), dep, dep + 1)
        stopped |= _meets(self.at_hub(service.destination), arr, arr + 1)
        if service.only_when_closed:
            key = (ClosureKind.PASSAGE, service.only_when_closed)
            stopped |= ~_meets(self.spans.get(key, []), dep, arr)
        return stopped


def _meets(spans: list[tuple[int, int]], start: Any, end: Any) -> Any:
    met = np.zeros(len(start), dtype=bool)
    for begins, ends in spans:
        met |= (start < ends) & (end > begins)
    return met


def _open_spans(hub: Hub, zones: Zones, closed: list[tuple[int, int]]) -> tuple[Any, Any]:
    """When a hub takes goods in, in order, apart, without the spans in which it is closed."""
    if hub.open_days == DAILY and hub.opens_min == 0 and hub.closes_min >= _DAY:
        begin = (zones.first - _EPOCH - 1) * _DAY
        opens, closes = [begin], [begin + (zones.days + 2) * _DAY]
    else:
        days = np.arange(zones.days)
        days = days[(hub.open_days >> ((zones.first + days - 1) % 7)) & 1 == 1]
        opens = list(zones.minutes(hub.tz, days, np.full(len(days), hub.opens_min)))
        closes = list(zones.minutes(hub.tz, days, np.full(len(days), hub.closes_min)))
    for begins, ends in sorted(closed):
        opens, closes = _without(opens, closes, begins, ends)
    return np.array(opens, dtype=np.int64), np.array(closes, dtype=np.int64)


def _without(opens: list[int], closes: list[int], begins: int, ends: int) -> tuple[list[int], list[int]]:
    left: list[tuple[int, int]] = []
    for a, b in zip(opens, closes, strict=True):
        left += [part for part in ((a, min(b, begins)), (max(a, ends), b)) if part[0] < part[1]]
    return [a for a, _ in left], [b for _, b in left]


def _runs(
    service: Service, network: Network, place: dict[str, int], zones: Zones, *, closed: _Closed, days: int
) -> tuple[Any, Any, Any]:
    """Departures, arrivals and surcharges (basis points) of a service, in order of departure."""
    if service.on_demand:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    day = np.arange(1, days + 1)
    ordinal = zones.first + day
    runs = (service.weekdays >> ((ordinal - 1) % 7)) & 1 == 1
    if service.valid_from:
        runs &= ordinal >= service.valid_from.toordinal()
    if service.valid_until:
        runs &= ordinal <= service.valid_until.toordinal()
    for off in service.not_on:
        runs &= ordinal != off.toordinal()
    day, ordinal = day[runs], ordinal[runs]
    from_tz, to_tz = (network.hubs[place[code]].tz for code in (service.origin, service.destination))
    dep = zones.minutes(from_tz, day, np.full(len(day), service.departs_min))
    arr = zones.minutes(to_tz, day + service.arrives_day, np.full(len(day), service.arrives_min))
    addition = np.zeros(len(day), dtype=np.int64)
    for season in service.surcharges:
        within = (ordinal >= season.first.toordinal()) & (ordinal <= season.last.toordinal())
        addition[within] += season.basis_points
    kept = (arr > dep) & ~closed.stops(service, dep, arr)
    return dep[kept], arr[kept], addition[kept]


def _available(arr: Any, hub: Any, open_ptr: Any, opens: Any, closes: Any) -> Any:
    """When each arrival is taken in: at once, or when the hub next opens."""
    found = np.empty(len(arr), dtype=np.int64)
    for number in np.unique(hub):
        low, high = open_ptr[number], open_ptr[number + 1]
        rows = np.flatnonzero(hub == number)
        at = np.searchsorted(closes[low:high], arr[rows], side="right")
        inside = at < high - low
        found[rows] = _FAR
        ok = rows[inside]
        found[ok] = np.maximum(arr[ok], opens[low:high][at[inside]])
    return found


def _spans(services: tuple[Service, ...], dep_ptr: Any, dep: Any, avail: Any) -> Any:
    """The least minutes between leaving and being taken in, by service; far where it never runs."""
    found = np.full(len(services), _FAR, dtype=np.int64)
    for number, service in enumerate(services):
        if service.on_demand:
            found[number] = service.transit_min
            continue
        low, high = dep_ptr[number], dep_ptr[number + 1]
        if low < high:
            found[number] = (avail[low:high] - dep[low:high]).min()
    return found


def _settled(dep_ptr: Any, dep: Any, avail: Any, addition: Any) -> Any:
    """1 where no later run of the same service is taken in earlier or costs less: then waiting for one only helps
    while the connection is uncertain, or storage is saved. 2 where besides none takes longer, so that waiting
    before it saves no more storage after it than it lasts.
    """
    found = np.full(len(avail), 2, dtype=np.int64)
    for low, high in pairwise(dep_ptr):
        if high - low > 1:
            later = np.minimum.accumulate(avail[low:high][::-1])[::-1]
            cheaper = np.minimum.accumulate(addition[low:high][::-1])[::-1]
            takes = avail[low:high] - dep[low:high]
            longest = np.maximum.accumulate(takes[::-1])[::-1]
            no_better = (avail[low : high - 1] <= later[1:]) & (addition[low : high - 1] <= cheaper[1:])
            found[low : high - 1] = np.where(no_better, 1 + (takes[:-1] >= longest[1:]), 0)
    return found
