"""Tables of the single window: tariffs, regimes and landed costs; declarations."""

from __future__ import annotations

from fondaco.platforms.window.models.tariff import (
    LandedCost,
    Measure,
    Regime,
    TariffLine,
    TariffRelease,
)

__all__ = ["LandedCost", "Measure", "Regime", "TariffLine", "TariffRelease"]
