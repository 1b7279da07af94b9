"""The chain of a consignment of which only the countries and the kind of service are known.

An estimate: the trunk between the countries' gateways, a hub at each end, a first and a last mile.
What is assumed lies in data/logistics/carbon_assumptions.csv with its reason, and is told with the figure.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from fondaco.systems.logistics.domain.air.distance import air_km, great_circle_km
from fondaco.systems.logistics.domain.carbon.chain import Footprint, Hub, Leg, footprint
from fondaco.systems.logistics.domain.cartons import data_folder
from fondaco.systems.logistics.domain.sea.ports import SeaPort, sea_ports

SeaKm = Callable[[str, str], float]
Position = tuple[float, float]
_BY_AIR = frozenset({"express", "air_gen"})
_BY_SEA = frozenset({"fcl", "lcl", "overseas_wh_local", "bonded"})
_EITHER = frozenset({"post", "special_line"})


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure that stands where nothing was measured, and why."""

    name: str
    value: Decimal
    unit: str
    why: str


@cache
def assumptions() -> dict[str, Assumption]:
    """All assumptions by name."""
    with (data_folder() / "carbon_assumptions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {r["name"]: Assumption(r["name"], Decimal(r["value"]), r["unit"], r["why"]) for r in rows}


def estimate(kind: str, *, origin: str, destination: str, mass_g: int, sea_km: SeaKm) -> Footprint | None:
    """The footprint of `mass_g` grams by a service of `kind` between two countries (ISO 3166 alpha-2).

    None where a country's gateway is not known, so that no figure is made up.
    """
    start, end = gateways().get(origin), gateways().get(destination)
    if start is None or end is None:
        return None
    first = Leg("road", _value("first_mile"), "assumed", "", origin)
    last = Leg("van", _value("last_mile"), "assumed", destination, "")
    if origin == destination:
        return footprint([first, Hub(origin), last], mass_g=mass_g)
    trunk = _trunk(kind, (origin, destination), ends=(start, end), sea_km=sea_km)
    return footprint([first, Hub(origin), *trunk, Hub(destination), last], mass_g=mass_g)


@cache
def gateways() -> dict[str, tuple[float, float]]:
    """Each country's freight gateway as (longitude, latitude)."""
    with (data_folder() / "gateways.csv").open(newline="", encoding="utf-8") as file:
        return {r["country"]: (float(r["longitude"]), float(r["latitude"])) for r in csv.DictReader(file)}


def country_gateway(country: str) -> Position | None:
    """A country's freight gateway as (longitude, latitude); None where it is not known."""
    return gateways().get(country)


def _trunk(
    kind: str, places: tuple[str, str], *, ends: tuple[Position, Position], sea_km: SeaKm
) -> list[Leg]:
    (origin, destination), (start, end) = places, ends
    straight = Decimal(str(round(great_circle_km(start, end), 1)))
    if kind in _BY_SEA:
        return _by_sea(places, ends=ends, sea_km=sea_km)
    if kind in _BY_AIR or (kind in _EITHER and straight > _value("road_up_to")):
        km = Decimal(str(round(air_km(start, end), 1)))
        mode = "air-short" if straight <= _value("short_haul_up_to") else "air"
        return [Leg(mode, km, "great circle + 95 km", origin, destination)]
    mode = "rail" if kind == "rail" else "road"
    return [Leg(mode, straight * _value(f"{mode}_detour"), "great circle × detour", origin, destination)]


def _by_sea(places: tuple[str, str], *, ends: tuple[Position, Position], sea_km: SeaKm) -> list[Leg]:
    """By the nearest container port to each gateway, with the way by road to and from it."""
    (origin, destination), (start, end) = places, ends
    loading, landing = _port(start, origin), _port(end, destination)
    km = Decimal(str(round(sea_km(loading.locode, landing.locode), 1)))
    return [
        _haul(start, loading, origin, loading.locode),
        Leg("sea", km, "shortest open sea lane", loading.locode, landing.locode),
        _haul(end, landing, landing.locode, destination),
    ]


def _haul(gateway: tuple[float, float], port: SeaPort, origin: str, destination: str) -> Leg:
    straight = Decimal(str(round(great_circle_km(gateway, (port.lon, port.lat)), 1)))
    return Leg("road", straight * _value("road_detour"), "great circle × detour", origin, destination)


def _port(gateway: tuple[float, float], country: str) -> SeaPort:
    """The country's own nearest container port; the nearest of all for a country without one."""
    terminals = [port for port in sea_ports().values() if port.terminal]
    own = [port for port in terminals if port.locode[:2] == country]
    return min(own or terminals, key=lambda port: great_circle_km(gateway, (port.lon, port.lat)))


def _value(name: str) -> Decimal:
    return assumptions()[name].value
