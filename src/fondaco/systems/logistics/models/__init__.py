"""Tables of logistics: rate cards; consignments, parcels and milestones."""

from __future__ import annotations

from fondaco.systems.logistics.models.consignments import (
    CONSIGNMENTS,
    Consignment,
    ConsignmentState,
    Milestone,
    Parcel,
)
from fondaco.systems.logistics.models.rates import (
    Basis,
    BookState,
    FuelBasis,
    FuelRate,
    Lane,
    PostcodeArea,
    PriceBook,
    Pricing,
    Provider,
    RateCell,
    Service,
    ServiceKind,
    ServiceVersion,
)

__all__ = [
    "CONSIGNMENTS",
    "Basis",
    "BookState",
    "Consignment",
    "ConsignmentState",
    "FuelBasis",
    "FuelRate",
    "Lane",
    "Milestone",
    "Parcel",
    "PostcodeArea",
    "PriceBook",
    "Pricing",
    "Provider",
    "RateCell",
    "Service",
    "ServiceKind",
    "ServiceVersion",
]
