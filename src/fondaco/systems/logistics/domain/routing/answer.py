"""What a route question is and what its answer says; plain data, ready for a page or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.routing.query import Grain

MOST_LEGS = 10
USUAL_LEGS = 6
HORIZON_DAYS = 75
NAMES = ("cheapest", "fastest", "greenest", "surest", "balanced")


class UnknownHub(NotFound):
    code = "unknown-hub"
    title = "No hub of the network has this code."
    remedy = "Choose a hub from the list, such as CGO, CNZGZ-P or NLRTM."


class DeadlinePast(Refused):
    code = "deadline-past"
    title = "The deadline lies before the goods are ready."
    remedy = "Give a deadline after the goods are ready, and in the future."


class BadLoad(Refused):
    code = "bad-load"
    title = "No such load can be routed."
    remedy = "Give a mass from 1 gram to 400 tonnes and a volume of at most 2,000 cubic metres."


class UnknownRegime(NotFound):
    code = "unknown-regime"
    title = "No customs regime has this code."
    remedy = "Use b2c, 9610, 9710, 9810 or 1210."


class SamePlace(Refused):
    code = "same-place"
    title = "The goods are already there."
    remedy = "Choose two different hubs."


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """A load from hub to hub, ready at an instant. Mass in grams, volume in cubic decimetres.

    `epsilon` 0 asks for the exact frontier; 0.02 allows every point to be missed by at most 2 % in each criterion.
    `max_legs` 0: as many as MOST_LEGS.
    """

    reference: str
    origin: str
    destination: str
    ready_at: datetime
    mass_g: int
    volume_dm3: int = 0
    deadline: datetime | None = None
    regime: str = "b2c"
    max_legs: int = USUAL_LEGS
    epsilon: float = 0.0
    grain: Grain = field(default_factory=Grain)


@dataclass(frozen=True, slots=True)
class Stop:
    """A hub as shown with a leg."""

    code: str
    name: str
    kind: str
    country: str
    latitude: float
    longitude: float
    tz: str


@dataclass(frozen=True, slots=True)
class Gases:
    """A leg's CO2e in grams by ISO 14083: factor and year, tank-to-wheel and well-to-tank."""

    factor: str
    year: int
    source: str
    km: int
    ttw_g: int
    wtt_g: int


@dataclass(frozen=True, slots=True)
class RouteLeg:
    """One ride. Costs in the network's currency; `wait_min` from ready at the origin to leaving.

    `made` is the chance that the goods catch it (1 where it waits for them, or is the first).
    """

    service: str
    provider: str
    mode: str
    special_line: str
    start: Stop
    end: Stop
    cutoff_at: datetime
    leaves_at: datetime
    arrives_at: datetime
    ready_at: datetime
    wait_min: int
    km: int
    freight: Money
    handling: Money
    storage: Money
    gases: Gases
    made: float
    on_demand: bool


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One way to go. `probability`: that every connection is made and the deadline kept (or the plan, without one)."""

    number: int
    legs: tuple[RouteLeg, ...]
    leaves_at: datetime
    ready_at: datetime
    minutes: int
    cost: Money
    co2_g: int
    probability: float
    names: tuple[str, ...] = ()

    @property
    def modes(self) -> tuple[str, ...]:
        """Modes in order, without repetition next to each other."""
        found: list[str] = []
        for leg in self.legs:
            if not found or found[-1] != leg.mode:
                found.append(leg.mode)
        return tuple(found)

    @property
    def days(self) -> Decimal:
        """Elapsed days from readiness to readiness, to a tenth."""
        return (Decimal(self.minutes) / 1440).quantize(Decimal("0.1"))

    @property
    def hours(self) -> Decimal:
        """Elapsed hours from readiness to readiness, to a tenth."""
        return (Decimal(self.minutes) / 60).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Why the answer is empty: a code, the figures behind it."""

    code: str
    numbers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """The whole frontier, fastest first, and the named few by itinerary number; or the reason why there is none.

    `grain` names the units in which itineraries were compared; `network` the timetables they rest on.
    """

    reference: str
    itineraries: tuple[Itinerary, ...]
    named: Mapping[str, int]
    empty: NoRoute | None
    network: str
    labels: tuple[str, ...]
    engine: str
    grain: Grain
    epsilon: float
    services: int
    settled: int
