"""Kilometres by sea from port to port: a table for each state of the canals and the Cape, kept on disk.

Between the container terminals (803 of them) an answer is one look-up in memory. Other ports, and
other closures than Suez, Panama and the Cape, are searched for once and then remembered.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.sea.graph import Floats, data_digest
from fondaco.systems.logistics.domain.sea.passages import OPEN, Passage
from fondaco.systems.logistics.domain.sea.ports import SeaPort, sea_port, sea_ports
from fondaco.systems.logistics.domain.sea.voyages import NoSeaRoute, Sea, Voyage

# Raise when the method changes, so that tables of an older one are not read.
_METHOD = 2
_TABLED = frozenset({Passage.SUEZ, Passage.PANAMA, Passage.CAPE})


class PortTable:
    """Km between all container terminals while `closed` (some of Suez, Panama, Cape) are shut."""

    def __init__(self, locodes: Sequence[str], km: Floats) -> None:
        self._at = {locode: place for place, locode in enumerate(locodes)}
        self.kilometres: NDArray[np.float32] = km.astype(np.float32)

    def __contains__(self, locode: str) -> bool:
        return locode in self._at

    def km(self, origin: str, destination: str) -> float:
        """Kilometres, inf where no legal voyage is; KeyError for a port that is not in the table."""
        return float(self.kilometres.item(self._at[origin], self._at[destination]))


def port_table(closed: frozenset[Passage] = OPEN, *, folder: Path | None = None) -> PortTable:
    """The table for `closed`, from `folder` if it was kept there, else computed (some seconds) and kept."""
    locodes = [port.locode for port in sea_ports().values() if port.terminal]
    path = (
        folder / f"sea-{_METHOD}-{data_digest()}-{'-'.join(sorted(closed)) or 'open'}.npy" if folder else None
    )
    if path and path.exists():
        return PortTable(locodes, np.load(path))
    table = compute_table(locodes, closed=closed)
    if path:
        _keep(path, table.kilometres)
    return table


def compute_table(locodes: Sequence[str], *, closed: frozenset[Passage]) -> PortTable:
    """The table of these ports alone."""
    ports = [sea_port(locode) for locode in locodes]
    return PortTable(locodes, Sea(closed).table(np.array([_position(port) for port in ports])))


class SeaDistances:
    """Port-to-port kilometres by sea for any closures; tables are kept in `folder`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._tables: dict[frozenset[Passage], PortTable] = {}
        self._searched = lru_cache(maxsize=50_000)(self._search)

    def km(self, origin: str, destination: str, *, closed: frozenset[Passage] = OPEN) -> float:
        """Kilometres between two UN/LOCODEs.

        NoSeaRoute where `closed` leave none (a closure is never disobeyed), UnknownPort for a code
        that is no seaport's.
        """
        table = self._tables.get(closed)
        if table is None and closed <= _TABLED:
            table = self._tables[closed] = port_table(closed, folder=self._folder)
        try:
            km = table.km(origin, destination)  # type: ignore[union-attr]  # None answers like a miss
        except (KeyError, AttributeError):
            km = self._searched(sea_port(origin), sea_port(destination), closed)
        if km == math.inf:
            raise NoSeaRoute(field="closed", value=", ".join(sorted(closed)))
        return km

    def keep(self, closed: frozenset[Passage], table: PortTable) -> None:
        """Answer from `table` while `closed` are shut."""
        self._tables[closed] = table

    def voyage(self, origin: str, destination: str, *, closed: frozenset[Passage] = OPEN) -> Voyage:
        """The voyage itself between two UN/LOCODEs, with its passages and line; errors as `km`."""
        return Sea(closed).voyage(_position(sea_port(origin)), _position(sea_port(destination)))

    def _search(self, origin: SeaPort, destination: SeaPort, closed: frozenset[Passage]) -> float:
        try:
            return Sea(closed).voyage(_position(origin), _position(destination)).km
        except NoSeaRoute:
            return math.inf


def _position(port: SeaPort) -> tuple[float, float]:
    return port.lon, port.lat


def _keep(path: Path, km: NDArray[np.float32]) -> None:
    """Write beside and rename: another process sees the whole table or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as file:
        np.save(file, km)
    beside.replace(path)
