"""Seaports by UN/LOCODE, from searoute's list (Apache-2.0)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from fondaco.kernel.errors import NotFound
from fondaco.systems.logistics.domain.sea.graph import data_files


class UnknownPort(NotFound):
    code = "unknown-port"
    title = "No seaport has this UN/LOCODE."
    remedy = "Give five letters such as CNSHA or NLRTM, or give positions instead."


@dataclass(frozen=True, slots=True)
class SeaPort:
    """A seaport; `terminal` where containers are handled, `lon` and `lat` in degrees."""

    locode: str
    name: str
    country: str
    lon: float
    lat: float
    terminal: bool


@cache
def sea_ports() -> dict[str, SeaPort]:
    """Every port that has a UN/LOCODE, by it; of two with one code the container terminal counts."""
    document = json.loads(data_files()[1].read_text(encoding="utf-8"))
    found: dict[str, SeaPort] = {}
    for feature in document["features"]:
        told, (lon, lat) = feature["properties"], feature["geometry"]["coordinates"][:2]
        code = str(told["port"] or "").strip()
        if len(code) == 5 and (code not in found or told["t"] == 1):
            found[code] = SeaPort(code, told["name"], told["cty"], float(lon), float(lat), told["t"] == 1)
    return found


def sea_port(locode: str) -> SeaPort:
    """The port of a UN/LOCODE; UnknownPort where there is none."""
    try:
        return sea_ports()[locode.strip().upper()]
    except KeyError:
        raise UnknownPort(field="port", value=locode[:20]) from None
