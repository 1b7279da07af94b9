"""The figures behind the demonstration network, read from data/logistics."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from fondaco.systems.logistics.domain.cartons import data_folder
from fondaco.systems.logistics.domain.routing.network import Hub, HubKind, Mode, Regime


@dataclass(frozen=True, slots=True)
class SeaLeg:
    """Port to port in km; through `passages`, and `detour_km` where they are closed (0: no other way)."""

    start: str
    end: str
    km: int
    passages: tuple[str, ...]
    detour_km: int


@cache
def figures() -> dict[str, Any]:
    """network_rates.json."""
    read: dict[str, Any] = json.loads((data_folder() / "network_rates.json").read_text(encoding="utf-8"))
    return read


def mode_figures(mode: Mode) -> dict[str, Any]:
    """Speed, price and punctuality of a mode."""
    found: dict[str, Any] = figures()["modes"][mode.value]
    return found


@cache
def house_regimes() -> dict[str, Regime]:
    """Customs regimes by code, with how long each takes."""
    return {row["code"]: Regime(**row) for row in figures()["regimes"]}


@cache
def house_hubs() -> tuple[Hub, ...]:
    """The hubs of network_hubs.csv with the dwell and charges of their kind."""
    with (data_folder() / "network_hubs.csv").open(newline="", encoding="utf-8") as file:
        return tuple(_hub(row) for row in csv.DictReader(file))


def _hub(row: dict[str, str]) -> Hub:
    return Hub(
        code=row["code"],
        name=row["name"],
        kind=HubKind(row["kind"]),
        country=row["country"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        tz=row["tz"],
        territory=row["territory"],
        city=row["city"],
        main=bool(row["main"]),
        **figures()["hubs"][row["kind"]],
    )


@cache
def sea_legs() -> tuple[SeaLeg, ...]:
    """The legs of network_sea.csv."""
    with (data_folder() / "network_sea.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            SeaLeg(
                row["from"], row["to"], int(row["km"]), tuple(filter(None, row["passages"].split("|"))),
                int(row["km_when_closed"] or 0),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip
