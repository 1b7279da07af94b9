"""The only door of the statistics room."""

from __future__ import annotations

from fondaco.systems.statistics.domain.disclosure import FEWEST
from fondaco.systems.statistics.domain.facts import (
    BASE_CURRENCY,
    Cell,
    Period,
    RecordResult,
    Summary,
    TradeFact,
)
from fondaco.systems.statistics.domain.sections import SECTIONS, Section, section_of
from fondaco.systems.statistics.labels import section_label
from fondaco.systems.statistics.selectors import (
    Dimension,
    TradeFilter,
    UnknownDimension,
    daily_trade,
    summary,
    trade_by,
    trade_total,
)
from fondaco.systems.statistics.services import BadFact, record_trade

__all__ = [
    "BASE_CURRENCY",
    "FEWEST",
    "SECTIONS",
    "BadFact",
    "Cell",
    "Dimension",
    "Period",
    "RecordResult",
    "Section",
    "Summary",
    "TradeFact",
    "TradeFilter",
    "UnknownDimension",
    "daily_trade",
    "record_trade",
    "section_label",
    "section_of",
    "summary",
    "trade_by",
    "trade_total",
]
