"""Distance by air: the great circle and 95 km for approach and detour (EN 16258, as ISO 14083 takes it over)."""

from __future__ import annotations

import math

EARTH_KM = 6371.0088
APPROACH_KM = 95.0


def great_circle_km(origin: tuple[float, float], destination: tuple[float, float]) -> float:
    """Km between two positions given as (longitude, latitude) in degrees, on the mean sphere."""
    (a, b), (c, d) = (tuple(map(math.radians, position)) for position in (origin, destination))
    half = math.sin((d - b) / 2) ** 2 + math.cos(b) * math.cos(d) * math.sin((c - a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def air_km(origin: tuple[float, float], destination: tuple[float, float]) -> float:
    """The distance that a flight's emissions are counted over: great circle plus 95 km."""
    return great_circle_km(origin, destination) + APPROACH_KM
