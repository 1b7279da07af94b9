"""The greenhouse gases of a consignment, estimated from what is kept of it."""

from __future__ import annotations

from fondaco.systems.logistics.domain.carbon.chain import Footprint
from fondaco.systems.logistics.domain.carbon.estimate import estimate
from fondaco.systems.logistics.domain.sea.voyages import NoSeaRoute
from fondaco.systems.logistics.selectors.sea import sea_voyage


def estimate_footprint(kind: str, *, origin: str, destination: str, mass_g: int) -> Footprint | None:
    """The footprint of `mass_g` grams by a service of `kind` between two countries.

    None where it cannot be said: an unknown country, no mass, no sea between the ports.
    """
    if mass_g <= 0:
        return None
    try:
        return estimate(kind, origin=origin, destination=destination, mass_g=mass_g, sea_km=_sea_km)
    except NoSeaRoute:
        return None


def _sea_km(origin: str, destination: str) -> float:
    """One search (some 20 ms) rather than the whole table, which a page must not wait for."""
    return sea_voyage(origin, destination).km
