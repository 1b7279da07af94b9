"""What a network is made of: hubs, services, closures, regimes; facts as a person would state them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class HubKind(StrEnum):
    """What happens at a hub."""

    AIRPORT = "airport"
    PORT = "port"
    RAIL = "rail"
    BORDER = "border"
    PARK = "park"


class Mode(StrEnum):
    """How a service moves."""

    AIR = "air"
    SEA = "sea"
    RAIL = "rail"
    ROAD = "road"
    BARGE = "barge"


class ClosureKind(StrEnum):
    """What is closed."""

    HUB = "hub"
    PASSAGE = "passage"
    SERVICE = "service"
    PROVIDER = "provider"


DAILY = 127
"""All seven weekdays; bit 0 is Monday."""

PASSAGES = ("suez", "panama", "malacca", "gibraltar", "bab-el-mandeb", "cape", "kz-cn", "kz-ru", "by-pl")


@dataclass(frozen=True, slots=True)
class Hub:
    """A place where goods change vehicles. Times of day are local; masses kg; money whole cents.

    `dwell_min` passes between taking in and readiness. Storage is charged by kilogram and day after the free
    minutes. `territory` is the customs territory ("EU", or the country's code).
    """

    code: str
    name: str
    kind: HubKind
    country: str
    latitude: float
    longitude: float
    tz: str
    territory: str
    city: str = ""
    dwell_min: int = 0
    handling_fixed: int = 0
    handling_per_t: int = 0
    storage_per_t_day: int = 0
    free_min: int = 0
    opens_min: int = 0
    closes_min: int = 1440
    open_days: int = DAILY
    main: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """From this chargeable mass on, the kilogram costs `per_t` / 1000 cents (cents per tonne)."""

    from_kg: int
    per_t: int


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A seasonal addition to the freight of departures in [first, last], in basis points."""

    first: date
    last: date
    basis_points: int


@dataclass(frozen=True, slots=True)
class Service:
    """A timetabled service, or one that leaves on demand while its origin is open (`on_demand`).

    Departure and arrival are local minutes of the day at their hubs, `arrives_day` days later. Freight is the
    least over the breaks of max(chargeable mass, from) times rate, plus `fixed`, at least `minimum`; a cubic
    metre counts as `kg_per_cbm`. Delays: a share `on_time` (basis points) arrives as planned, the rest later
    by an exponential delay of mean `late_min`; stated with `observed`, the number of runs behind it.
    """

    code: str
    provider: str
    mode: Mode
    origin: str
    destination: str
    breaks: tuple[Break, ...]
    factor: str
    km: int
    weekdays: int = DAILY
    departs_min: int = 0
    arrives_min: int = 0
    arrives_day: int = 0
    on_demand: bool = False
    transit_min: int = 0
    cutoff_min: int = 0
    fixed: int = 0
    minimum: int = 0
    kg_per_cbm: int = 0
    capacity_kg: int = 0
    capacity_dm3: int = 0
    on_time: int = 9000
    late_min: int = 120
    observed: int = 0
    passages: tuple[str, ...] = ()
    only_when_closed: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    not_on: tuple[date, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    special_line: str = ""


@dataclass(frozen=True, slots=True)
class Closure:
    """Something closed from one instant to another: a strike, a canal, a border."""

    kind: ClosureKind
    target: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Regime:
    """How long customs takes under a regime, and what it costs (cents): leaving, passing through, entering."""

    code: str
    name: str
    export_min: int
    transit_min: int
    import_min: int
    import_fee: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """Everything a timetable is made from; `version` names the publications behind it."""

    version: str
    currency: str
    hubs: tuple[Hub, ...]
    services: tuple[Service, ...]
    closures: tuple[Closure, ...] = ()
    synthetic: bool = False
    labels: tuple[str, ...] = field(default=())
