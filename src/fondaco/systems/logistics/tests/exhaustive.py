"""Routing by exhaustion: every chain of runs of a small network, priced from its stated facts one by one.

Written apart from the router: local times through zoneinfo, money through Fraction, no arrays, no bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

from fondaco.systems.logistics.domain.carbon.factors import factors
from fondaco.systems.logistics.domain.routing.network import (
    Break,
    Closure,
    ClosureKind,
    Hub,
    HubKind,
    Mode,
    Network,
    Regime,
    Service,
    Surcharge,
)
from fondaco.systems.logistics.domain.routing.punctuality import GRADES
from fondaco.systems.logistics.domain.routing.query import FINE, Grain, Load

FIRST = date(2026, 3, 23)
"""Six days before Europe's clocks go forward."""
DAYS = 16
REGIME = Regime("test", "Test", export_min=0, transit_min=90, import_min=300, import_fee=1500)


@dataclass(frozen=True)
class World:
    network: Network
    load: Load
    origin: str
    destination: str
    ready: datetime
    latest: datetime
    deadline: datetime | None
    max_legs: int


def random_world(seed: int) -> World:
    """A small network with every rule of the model in it."""
    dice = Random(seed)
    zones = ("Asia/Shanghai", "Europe/Berlin", "Europe/London", "America/New_York", "UTC")
    hubs = tuple(_hub(number, dice, zones) for number in range(dice.randint(4, 6)))
    services = tuple(_service(number, hubs, dice) for number in range(dice.randint(12, 18)))
    ready = datetime(2026, 3, 24, dice.randint(0, 23), dice.randint(0, 59), tzinfo=UTC)
    latest = ready + timedelta(days=9)
    deadline = ready + timedelta(days=dice.randint(3, 8)) if dice.random() < 0.4 else None
    load = Load(dice.randint(5_000, 900_000), dice.randint(10, 4_000))
    network = Network("test", "USD", hubs, services, _closures(hubs, services, dice))
    start, goal = dice.sample([hub.code for hub in hubs], 2)
    return World(network, load, start, goal, ready, latest, deadline, dice.choice((0, 3, 4)))


def _hub(number: int, dice: Random, zones: tuple[str, ...]) -> Hub:
    day = dice.random() < 0.4
    return Hub(
        f"H{number}", f"Hub {number}", HubKind.PARK, "XX", 0, 0, dice.choice(zones), dice.choice(("EU", "CN", "UK")),
        dwell_min=dice.randint(0, 600), handling_fixed=dice.randint(0, 3000), handling_per_t=dice.randint(0, 9000),
        storage_per_t_day=dice.choice((0, 2000, 90_000)), free_min=dice.choice((0, 600, 2880)),
        opens_min=480 if day else 0, closes_min=1080 if day else 1440, open_days=31 if day else 127,
    )  # fmt: skip


def _service(number: int, hubs: tuple[Hub, ...], dice: Random) -> Service:
    start, goal = dice.sample([hub.code for hub in hubs], 2)
    grade = dice.choice(GRADES)
    common = dict(
        code=f"S{number}", provider=dice.choice("AB"), mode=Mode.AIR, origin=start, destination=goal,
        breaks=tuple(Break(kg, dice.randint(20_000, 600_000) // (1 + kg // 50)) for kg in (0, 45, 300)),
        factor=dice.choice(("rail", "road", "air")), km=dice.randint(50, 4000),
        fixed=dice.randint(0, 5000), minimum=dice.choice((0, 9000)), kg_per_cbm=dice.choice((0, 167, 333)),
        capacity_kg=dice.choice((0, 0, 500)), on_time=grade.on_time, late_min=grade.late_min,
        passages=("suez",) if dice.random() < 0.2 else (), only_when_closed="suez" if dice.random() < 0.1 else "",
    )  # fmt: skip
    if dice.random() < 0.25:
        return Service(on_demand=True, transit_min=dice.randint(30, 900), **common)  # type: ignore[arg-type]
    return Service(
        weekdays=sum({1 << dice.randrange(7) for _ in range(3)}), departs_min=dice.randrange(1440),
        arrives_min=dice.randrange(1440), arrives_day=dice.randint(1, 3), cutoff_min=dice.choice((0, 120, 360)),
        surcharges=(Surcharge(date(2026, 3, 28), date(2026, 4, 2), 1250),) if dice.random() < 0.3 else (),
        not_on=(date(2026, 3, 30),) if dice.random() < 0.2 else (),
        **common,
    )  # type: ignore[arg-type]  # fmt: skip


def _closures(hubs: tuple[Hub, ...], services: tuple[Service, ...], dice: Random) -> tuple[Closure, ...]:
    if dice.random() < 0.5:
        return ()
    start = datetime(2026, 3, dice.randint(24, 29), 5, tzinfo=UTC)
    end = start + timedelta(hours=dice.randint(6, 90))
    kind, target = dice.choice(
        (
            (ClosureKind.HUB, hubs[0].code),
            (ClosureKind.PASSAGE, "suez"),
            (ClosureKind.SERVICE, services[0].code),
        )
    )
    return (Closure(kind, target, start, end),)


@dataclass(frozen=True)
class _State:
    at: datetime
    mills: int
    grams: int
    nats: int
    grade: int
    legs: int
    hub: str
    store: str
    """Where storage is charged: where the last timetabled service, or the merchant, left the goods."""
    waited: int = 0
    """Minutes that they have waited since, before and behind trucks on demand."""


class Exhaustion:
    """All chains of at most `most` legs."""

    def __init__(self, world: World, *, most: int) -> None:
        self.w, self.most = world, min(most, world.max_legs or most)
        self.hubs = {hub.code: hub for hub in world.network.hubs}
        self.runs = {service.code: self._runs(service) for service in world.network.services}
        self.points: set[tuple[int, int, int, int]] = set()
        self.longest = 0

    def frontier(self, grain: Grain = FINE) -> set[tuple[int, int, int, int]]:
        """The points that no other beats, in units of `grain`."""
        self._follow(_State(self.w.ready, 0, 0, 0, 0, 0, self.w.origin, self.w.origin))
        points = sorted({_in_units(point, grain) for point in self.points})
        best: list[tuple[int, int, int, int]] = []
        for point in points:  # sorted: nothing later can beat what stands
            if not any(all(a <= b for a, b in zip(one, point, strict=True)) for one in best):
                best.append(point)
        return set(best)

    def _follow(self, state: _State) -> None:
        for service in self.w.network.services:
            if service.origin == state.hub and self._fits(service):
                for leaves, arrives, addition in self._catchable(service, state):
                    self._ride(state, service, leaves, arrives, addition)

    def _ride(
        self, state: _State, service: Service, leaves: datetime, arrives: datetime, addition: int
    ) -> None:
        hub, home = self.hubs[service.destination], self.hubs[service.origin]
        taken = self._open(hub, arrives)
        if taken is None:
            return
        ready = taken + timedelta(minutes=hub.dwell_min + self._customs(home, hub)[0])
        if ready > self.w.latest or (self.w.deadline and ready > self.w.deadline):
            return
        slack = _minutes(leaves - state.at) - service.cutoff_min
        sure = state.legs == 0 or service.on_demand
        own = _grade(service)
        new = _State(
            ready,
            state.mills + self._mills(service, hub, home, addition) + self._storage(service, state, leaves),
            state.grams + self._grams(service),
            state.nats + (0 if sure else _nats(state.grade, slack)),
            max(own, state.grade) if service.on_demand and state.legs else own,
            state.legs + 1,
            hub.code,
            state.store if service.on_demand else hub.code,
            state.waited + _minutes(leaves - state.at + taken - arrives) if service.on_demand else 0,
        )
        if hub.code == self.w.destination:
            spare = _minutes(self.w.deadline - ready) if self.w.deadline else 0
            self.points.add((_epoch(ready), new.mills, new.grams, new.nats + _nats(new.grade, spare)))
            self.longest = max(self.longest, new.legs)
        elif new.legs < self.most:
            self._follow(new)

    def _storage(self, service: Service, state: _State, leaves: datetime) -> int:
        if service.on_demand and service.destination != self.w.destination:
            return 0  # the truck could have come later: counted when they leave on a timetabled service
        store = self.hubs[state.store]
        rate = store.storage_per_t_day * self.w.load.mass_g // 1_440_000
        return rate * max(0, state.waited + _minutes(leaves - state.at) - store.free_min)

    def _mills(self, service: Service, hub: Hub, home: Hub, addition: int) -> int:
        kg = max(
            Fraction(self.w.load.mass_g, 1000), Fraction(self.w.load.volume_dm3 * service.kg_per_cbm, 1000)
        )
        by_break = min(_round(max(kg, b.from_kg) * b.per_t / 1000) for b in service.breaks)
        freight = max(service.minimum, service.fixed + by_break)
        freight += _round(Fraction(freight * addition, 10_000))
        handling = hub.handling_fixed + _round(Fraction(hub.handling_per_t * self.w.load.mass_g, 1_000_000))
        handling += self._customs(home, hub)[1]
        return 1000 * (freight + handling)

    def _grams(self, service: Service) -> int:
        factor = factors()[service.factor]
        per_t = int(((factor.ttw + factor.wtt) * 1000 * service.km).to_integral_value())
        return _round(Fraction(per_t * self.w.load.mass_g, 1_000_000))

    def _customs(self, home: Hub, hub: Hub) -> tuple[int, int]:
        goal, first = self.hubs[self.w.destination].territory, self.hubs[self.w.origin].territory
        if home.territory == hub.territory:
            return 0, 0
        if hub.territory == goal:
            return REGIME.import_min, REGIME.import_fee
        return (0, 0) if hub.territory == first else (REGIME.transit_min, 0)

    def _fits(self, service: Service) -> bool:
        return not service.capacity_kg or self.w.load.mass_g <= service.capacity_kg * 1000

    def _catchable(self, service: Service, state: _State) -> list[tuple[datetime, datetime, int]]:
        if service.on_demand:
            leaves = self._open(self.hubs[service.origin], state.at)
            return [(leaves, leaves + timedelta(minutes=service.transit_min), 0)] if leaves else []
        ready = state.at + timedelta(minutes=service.cutoff_min)
        return [run for run in self.runs[service.code] if run[0] >= ready]

    def _runs(self, service: Service) -> list[tuple[datetime, datetime, int]]:
        found = []
        for number in range(-1, DAYS):
            day = FIRST + timedelta(days=number)
            if number < 0 or not service.weekdays >> day.weekday() & 1 or day in service.not_on:
                continue
            leaves = _instant(day, service.departs_min, self.hubs[service.origin].tz)
            end = day + timedelta(days=service.arrives_day)
            arrives = _instant(end, service.arrives_min, self.hubs[service.destination].tz)
            # A run that arrives before it leaves (from New York at 23:30 to Shanghai at 02:00 next day) is none.
            if arrives > leaves and not self._stopped(service, leaves, arrives):
                found.append(
                    (
                        leaves,
                        arrives,
                        sum(s.basis_points for s in service.surcharges if s.first <= day <= s.last),
                    )
                )
        return found

    def _stopped(self, service: Service, leaves: datetime, arrives: datetime) -> bool:
        if service.on_demand:
            return False
        detour = False
        for closure in self.w.network.closures:
            meets = leaves < closure.ends_at and arrives > closure.starts_at
            if closure.kind == ClosureKind.PASSAGE:
                detour = detour or (meets and closure.target == service.only_when_closed)
                if meets and closure.target in service.passages:
                    return True
            if closure.kind == ClosureKind.SERVICE and meets and closure.target == service.code:
                return True
            if closure.kind == ClosureKind.HUB:
                for place, at in ((service.origin, leaves), (service.destination, arrives)):
                    if place == closure.target and closure.starts_at <= at < closure.ends_at:
                        return True
        return bool(service.only_when_closed) and not detour

    def _open(self, hub: Hub, at: datetime) -> datetime | None:
        """The first open minute from `at`, tried day by day."""
        shut = [c for c in self.w.network.closures if c.kind == ClosureKind.HUB and c.target == hub.code]
        local = at.astimezone(ZoneInfo(hub.tz)).date()
        best = None
        for number in range(-1, 40):
            day = local + timedelta(days=number)
            if not hub.open_days >> day.weekday() & 1:
                continue
            spans = [(_instant(day, hub.opens_min, hub.tz), _instant(day, hub.closes_min, hub.tz))]
            for c in shut:
                spans = [
                    s
                    for a, b in spans
                    for s in ((a, min(b, c.starts_at)), (max(a, c.ends_at), b))
                    if s[0] < s[1]
                ]
            fits = [max(a, at) for a, b in spans if b > at]
            if fits and (best is None or min(fits) < best):
                best = min(fits)
        return best


def _in_units(point: tuple[int, int, int, int], grain: Grain) -> tuple[int, int, int, int]:
    """Time rounded up, money, mass and nats half up."""
    minute, mills, grams, nats = point
    return (
        math.ceil(Fraction(minute, grain.minutes)),
        _round(Fraction(mills, 1000 * grain.cents)),
        _round(Fraction(grams, grain.grams)),
        _round(Fraction(nats, grain.nats)),
    )


def _instant(day: date, minute: int, tz: str) -> datetime:
    midnight = datetime.combine(day, time())
    return (midnight + timedelta(minutes=minute)).replace(tzinfo=ZoneInfo(tz)).astimezone(UTC)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _epoch(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _round(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _grade(service: Service) -> int:
    fitting = [
        n for n, g in enumerate(GRADES) if g.on_time <= service.on_time and g.late_min >= service.late_min
    ]
    return fitting[0] if fitting else len(GRADES) - 1


def _nats(grade: int, slack: int) -> int:
    stated, slack = GRADES[grade], min(slack // 30, 1440) * 30
    return round(-100 * math.log(1 - (1 - stated.on_time / 10_000) * math.exp(-slack / stated.late_min)))
