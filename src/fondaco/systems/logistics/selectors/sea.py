"""Distances by sea, with the tables of this deployment kept among its caches."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.systems.logistics.domain.sea.batch import PairsReport, write_distances
from fondaco.systems.logistics.domain.sea.distance import SeaDistances
from fondaco.systems.logistics.domain.sea.passages import closures
from fondaco.systems.logistics.domain.sea.voyages import Sea, Voyage


@cache
def _distances(folder: Path) -> SeaDistances:
    return SeaDistances(folder)


def sea_km(origin: str, destination: str, *, closed: Iterable[str] = ()) -> float:
    """Kilometres by sea between two UN/LOCODEs while the passages named in `closed` are shut.

    NoSeaRoute where none is legal, UnknownPort or UnknownPassage for a name that is none. The Arctic
    is never used; where Suez is shut, ships between ports outside the Americas go round the Cape.
    """
    return _distances(settings.HOME / "cache").km(origin, destination, closed=closures(closed))


def sea_voyage(origin: str, destination: str, *, closed: Iterable[str] = ()) -> Voyage:
    """The voyage between two UN/LOCODEs with its passages and line; errors as `sea_km`."""
    return _distances(settings.HOME / "cache").voyage(origin, destination, closed=closures(closed))


def sea_distances(pairs: Path, *, out: Path, closed: Iterable[str] = (), arctic: bool = False) -> PairsReport:
    """Write the voyages of a CSV of positions; see `write_distances`."""
    return write_distances(pairs, out=out, sea=Sea(closures(closed), arctic=arctic))
