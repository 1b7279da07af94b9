"""Dated rates and conversions."""

from __future__ import annotations

from fondaco.systems.finance.domain.fx import Conversion, DatedRate, NoRate, RateTooOld
from fondaco.systems.finance.services.rates import (
    RateReport,
    convert,
    ensure_rates,
    rate,
    rate_source,
    rates_for,
)

__all__ = [
    "Conversion",
    "DatedRate",
    "NoRate",
    "RateReport",
    "RateTooOld",
    "convert",
    "ensure_rates",
    "rate",
    "rate_source",
    "rates_for",
]
