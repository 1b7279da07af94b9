"""One consignment's question, turned into arrays over the timetable: prices, emissions, dwell, storage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from fondaco.systems.logistics.domain.carbon.factors import Factor
from fondaco.systems.logistics.domain.routing.network import Regime
from fondaco.systems.logistics.domain.routing.timetable import Timetable

MILLS = 1000
"""Thousandths of a cent: storage is charged by the minute."""
FAR = 2**40


@dataclass(frozen=True, slots=True)
class Load:
    """What travels: grams and cubic decimetres."""

    mass_g: int
    volume_dm3: int


@dataclass(frozen=True, slots=True)
class Grain:
    """The units in which itineraries are compared: what is finer makes no difference to anybody.

    Minutes (rounded up), cents and grams (half up), hundredths of a nat. The frontier is exact in these units.
    """

    minutes: int = 60
    cents: int = 100
    grams: int = 1000
    nats: int = 1


FINE = Grain(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Ask:
    """From hub to hub (numbers), ready at a minute; `deadline` -1: none. `epsilon` 0 is exact."""

    origin: int
    destination: int
    ready: int
    latest: int
    deadline: int
    max_legs: int
    epsilon: float = 0.0
    grain: Grain = Grain()


@dataclass(frozen=True)
class Query:
    """Arrays by service (price, co2, usable, after, handling) and by hub (storage, free); costs in mills."""

    timetable: Timetable
    ask: Ask
    price: Any
    co2: Any
    usable: Any
    after: Any
    handling: Any
    storage: Any
    free: Any


def prepare(
    timetable: Timetable, *, ask: Ask, load: Load, regime: Regime, factors: dict[str, Factor]
) -> Query:
    """The arrays of a question. Freight and handling are whole cents, so that an itinerary's items add up."""
    flat = _flat(timetable, tuple(sorted(factors.items())))
    after, fee = _customs(timetable, flat, ask=ask, regime=regime)
    handling = flat.handling_fixed + _half_up(flat.handling_per_t * load.mass_g, 1_000_000)
    return Query(
        timetable,
        ask,
        price=_freight(flat, load) * MILLS,
        co2=_half_up(flat.grams_per_t * load.mass_g, 1_000_000),
        usable=_usable(flat, load) & (timetable.span < FAR),
        after=after,
        handling=(handling[timetable.destination] + fee) * MILLS,
        storage=flat.storage_per_t_day * load.mass_g // 1_440_000,
        free=flat.free,
    )


def grams_per_t(factor: Factor, km: int) -> int:
    """Well-to-wheel grams of CO2e for a tonne over `km`."""
    return int((factor.wtw * 1000 * km).to_integral_value())


def _half_up(numerator: Any, denominator: int) -> Any:
    return (numerator + denominator // 2) // denominator


@dataclass(frozen=True)
class _Flat:
    """A network's facts as arrays, by service (breaks by place in its list first) or by hub."""

    from_g: Any
    per_t: Any
    fixed: Any
    minimum: Any
    kg_per_cbm: Any
    capacity_g: Any
    capacity_dm3: Any
    grams_per_t: Any
    dwell: Any
    handling_fixed: Any
    handling_per_t: Any
    storage_per_t_day: Any
    free: Any
    territory: Any
    territories: dict[str, int]


@lru_cache(maxsize=8)
def _flat(timetable: Timetable, factors: tuple[tuple[str, Factor], ...]) -> _Flat:
    services, hubs = timetable.network.services, timetable.network.hubs
    most = max((len(s.breaks) for s in services), default=1)
    cells = [[*s.breaks, *[s.breaks[-1]] * (most - len(s.breaks))] for s in services]
    known = dict(factors)
    names = sorted({hub.territory for hub in hubs})

    def column(rows: Any, name: str) -> Any:
        return np.array([getattr(row, name) for row in rows], dtype=np.int64)

    return _Flat(
        from_g=np.array([[row[at].from_kg * 1000 for row in cells] for at in range(most)], dtype=np.int64),
        per_t=np.array([[row[at].per_t for row in cells] for at in range(most)], dtype=np.int64),
        fixed=column(services, "fixed"),
        minimum=column(services, "minimum"),
        kg_per_cbm=column(services, "kg_per_cbm"),
        capacity_g=column(services, "capacity_kg") * 1000,
        capacity_dm3=column(services, "capacity_dm3"),
        grams_per_t=np.array([grams_per_t(known[s.factor], s.km) for s in services], dtype=np.int64),
        dwell=column(hubs, "dwell_min"),
        handling_fixed=column(hubs, "handling_fixed"),
        handling_per_t=column(hubs, "handling_per_t"),
        storage_per_t_day=column(hubs, "storage_per_t_day"),
        free=column(hubs, "free_min"),
        territory=np.array([names.index(hub.territory) for hub in hubs], dtype=np.int64),
        territories={name: number for number, name in enumerate(names)},
    )


def _freight(flat: _Flat, load: Load) -> Any:
    """Cents by service: the least over the breaks, as air freight is rated; volume counts as mass."""
    chargeable = np.maximum(load.mass_g, load.volume_dm3 * flat.kg_per_cbm)
    by_break = _half_up(np.maximum(chargeable, flat.from_g) * flat.per_t, 1_000_000)
    return np.maximum(flat.minimum, flat.fixed + by_break.min(axis=0))


def _usable(flat: _Flat, load: Load) -> Any:
    light = (flat.capacity_g == 0) | (load.mass_g <= flat.capacity_g)
    return light & ((flat.capacity_dm3 == 0) | (load.volume_dm3 <= flat.capacity_dm3))


def _customs(timetable: Timetable, flat: _Flat, *, ask: Ask, regime: Regime) -> tuple[Any, Any]:
    """Minutes from being taken in to readiness, and fees in cents, by service.

    Import is cleared where the destination's territory is entered; a border into any other territory
    is passed in transit. Export is cleared before the first leg and is part of the ready time.
    """
    left, entered = flat.territory[timetable.origin], flat.territory[timetable.destination]
    home, first = flat.territory[ask.destination], flat.territory[ask.origin]
    imports = (left != entered) & (entered == home)
    transit = (left != entered) & (entered != home) & (entered != first)
    dwell = flat.dwell[timetable.destination]
    after = dwell + np.where(imports, regime.import_min, 0) + np.where(transit, regime.transit_min, 0)
    return after, np.where(imports, regime.import_fee, 0)
