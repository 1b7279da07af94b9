"""Emission factors by transport mode, dated and named, from data/logistics/carbon_factors.csv.

DESNZ/DEFRA "Greenhouse gas reporting: conversion factors 2025" (Open Government Licence v3), kg CO2e for
a tonne carried a kilometre: tank-to-wheel ("Freighting goods") and well-to-tank ("WTT- delivery vehicles
& freight"). The defaults of GLEC are under licence and are not here; a user may add rows of their own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from fondaco.kernel.errors import Refused
from fondaco.systems.logistics.domain.cartons import data_folder


class UnknownFactor(Refused):
    code = "unknown-emission-factor"
    title = "No emission factor has this name."
    remedy = "Use a key of data/logistics/carbon_factors.csv, such as sea, air, rail, road or van."


@dataclass(frozen=True, slots=True)
class Factor:
    """Kg CO2e per `unit` ("t.km" or "t"): in operation (`ttw`) and of providing the energy (`wtt`)."""

    key: str
    label: str
    unit: str
    ttw_id: str
    ttw: Decimal
    wtt_id: str
    wtt: Decimal
    year: int
    source: str

    @property
    def wtw(self) -> Decimal:
        """Well-to-wheel: both."""
        return self.ttw + self.wtt


@cache
def factors() -> dict[str, Factor]:
    """All factors by key."""
    with (data_folder() / "carbon_factors.csv").open(newline="", encoding="utf-8") as file:
        return {row["key"]: _factor(row) for row in csv.DictReader(file)}


def factor(key: str) -> Factor:
    """The factor of a key; UnknownFactor where there is none."""
    try:
        return factors()[key]
    except KeyError:
        raise UnknownFactor(field="mode", value=key[:40]) from None


def _factor(row: dict[str, str]) -> Factor:
    return Factor(
        key=row["key"], label=row["label"], unit=row["unit"], ttw_id=row["ttw_id"], ttw=Decimal(row["ttw_kg"]),
        wtt_id=row["wtt_id"], wtt=Decimal(row["wtt_kg"]), year=int(row["year"]), source=row["source"],
    )  # fmt: skip
