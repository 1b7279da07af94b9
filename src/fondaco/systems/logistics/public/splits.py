"""Splitting, consolidating and collective clearance."""

from __future__ import annotations

from fondaco.systems.logistics.domain.consolidating.generate import consolidate
from fondaco.systems.logistics.domain.consolidating.types import (
    BadConsolidation,
    ConsolidationPlan,
    LoadedUnit,
)
from fondaco.systems.logistics.domain.consolidating.types import Break as WeightBreak
from fondaco.systems.logistics.domain.consolidating.types import Route as LoadRoute
from fondaco.systems.logistics.domain.consolidating.types import Shipment as LoadShipment
from fondaco.systems.logistics.domain.splitting.border import border_minor
from fondaco.systems.logistics.domain.splitting.screen import Apart
from fondaco.systems.logistics.domain.splitting.solve import CannotSplit
from fondaco.systems.logistics.domain.splitting.types import (
    Costing,
    LandedTerms,
    PlannedConsignment,
    PlannedParcel,
    Source,
    SplitItem,
    SplitPlan,
    SplitRequest,
    StockAt,
)
from fondaco.systems.logistics.models import ClearanceState, ConsolidationState
from fondaco.systems.logistics.selectors.clearance import (
    ClearanceDetail,
    ClearanceView,
    batches_declared,
    clearance_detail,
    list_clearances,
    orders_in_clearance,
    orders_to_declare_together,
)
from fondaco.systems.logistics.selectors.consolidating import (
    LaneWaiting,
    LoadDetail,
    LoadEntry,
    LoadView,
    consolidation_detail,
    lanes_waiting,
    list_consolidations,
)
from fondaco.systems.logistics.selectors.splitting import (
    PartLoad,
    SplitCounts,
    SplitView,
    count_splits,
    part_loads,
    price_apart,
    split_of_order,
    split_order,
)
from fondaco.systems.logistics.services.clearance import (
    Collected,
    EmptyBatch,
    collect_clearances,
    move_clearance,
)
from fondaco.systems.logistics.services.consolidating import (
    NothingTogether,
    answer_consolidation,
    propose_consolidations,
)
from fondaco.systems.logistics.services.rebooking import LoadChanged
from fondaco.systems.logistics.services.splitting import NewSplit, StoreWeighed, save_splits

__all__ = [
    "Apart",
    "BadConsolidation",
    "CannotSplit",
    "ClearanceDetail",
    "ClearanceState",
    "ClearanceView",
    "Collected",
    "ConsolidationPlan",
    "ConsolidationState",
    "Costing",
    "EmptyBatch",
    "LandedTerms",
    "LaneWaiting",
    "LoadChanged",
    "LoadDetail",
    "LoadEntry",
    "LoadRoute",
    "LoadShipment",
    "LoadView",
    "LoadedUnit",
    "NewSplit",
    "NothingTogether",
    "PartLoad",
    "PlannedConsignment",
    "PlannedParcel",
    "Source",
    "SplitCounts",
    "SplitItem",
    "SplitPlan",
    "SplitRequest",
    "SplitView",
    "StockAt",
    "StoreWeighed",
    "WeightBreak",
    "answer_consolidation",
    "batches_declared",
    "border_minor",
    "clearance_detail",
    "collect_clearances",
    "consolidate",
    "consolidation_detail",
    "count_splits",
    "lanes_waiting",
    "list_clearances",
    "list_consolidations",
    "move_clearance",
    "orders_in_clearance",
    "orders_to_declare_together",
    "part_loads",
    "price_apart",
    "propose_consolidations",
    "save_splits",
    "split_of_order",
    "split_order",
]
