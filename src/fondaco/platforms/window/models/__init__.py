"""Tables of the single window: tariffs, regimes and landed costs; declarations."""

from __future__ import annotations

from fondaco.platforms.window.models.declarations import (
    DECLARATION_MACHINE,
    Declaration,
    DeclarationEvent,
    DeclarationItem,
    DeclarationKind,
    DeclarationState,
    EventSource,
    GatewayCursor,
    Lane,
    MatchVerdict,
    ParkedReceipt,
    VerdictKind,
)
from fondaco.platforms.window.models.filings import IossFiling, TariffQuota
from fondaco.platforms.window.models.inspections import Inspection, InspectionPhoto, InspectionResult
from fondaco.platforms.window.models.intake import BatchForm, IntakeBatch, IntakeList, TradeDocument
from fondaco.platforms.window.models.quota import QUOTA_HOLD, HoldState, PersonQuota, QuotaHold
from fondaco.platforms.window.models.tariff import (
    CodeExpiry,
    LandedCost,
    Measure,
    Regime,
    TariffLine,
    TariffRelease,
)

__all__ = [
    "DECLARATION_MACHINE",
    "QUOTA_HOLD",
    "BatchForm",
    "CodeExpiry",
    "Declaration",
    "DeclarationEvent",
    "DeclarationItem",
    "DeclarationKind",
    "DeclarationState",
    "EventSource",
    "GatewayCursor",
    "HoldState",
    "Inspection",
    "InspectionPhoto",
    "InspectionResult",
    "IntakeBatch",
    "IntakeList",
    "IossFiling",
    "LandedCost",
    "Lane",
    "MatchVerdict",
    "Measure",
    "ParkedReceipt",
    "PersonQuota",
    "QuotaHold",
    "Regime",
    "TariffLine",
    "TariffQuota",
    "TariffRelease",
    "TradeDocument",
    "VerdictKind",
]
