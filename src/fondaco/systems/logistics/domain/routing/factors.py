"""Emission factors of transport: kilograms of CO2e per tonne-kilometre, tank-to-wheel and well-to-tank.

Figures: UK Government (DESNZ/DEFRA) greenhouse gas reporting conversion factors 2025, freighting goods and
WTT delivery vehicles and freight; Open Government Licence v3. Air without radiative forcing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

AIR_DETOUR_KM = 95
"""Added to a flight's great circle (EN 16258, ISO 14083)."""


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """A factor by its identity; both parts in kg CO2e per tonne-kilometre."""

    code: str
    kg_per_tkm_ttw: Decimal
    kg_per_tkm_wtt: Decimal
    year: int = 2025
    source: str = "DESNZ/DEFRA conversion factors 2025, OGL v3"

    def grams_per_t(self, km: int) -> int:
        """Well-to-wheel grams of CO2e for a tonne over `km`."""
        return int(((self.kg_per_tkm_ttw + self.kg_per_tkm_wtt) * 1000 * km).to_integral_value())


def _factor(code: str, ttw: str, wtt: str) -> tuple[str, EmissionFactor]:
    return code, EmissionFactor(code, Decimal(ttw), Decimal(wtt))


DEFRA_2025 = dict(
    (
        _factor("container-ship", "0.01612", "0.00365"),
        _factor("rail", "0.02779", "0.00691"),
        _factor("hgv", "0.10163", "0.02359"),
        _factor("air-long-haul", "0.53130", "0.13516"),
        _factor("van", "0.63130", "0.15095"),
    )
)
