"""Consignments, carriers, milestones, troubles and EDI."""

from __future__ import annotations

from fondaco.kernel.s10 import is_tracking_number
from fondaco.systems.logistics.adapters.gateway import CarrierRefused, HttpCarrier
from fondaco.systems.logistics.adapters.karrio_plugin import KarrioMissing, KarrioTracking
from fondaco.systems.logistics.adapters.ports import Booking, Carrier, CarrierEvent
from fondaco.systems.logistics.adapters.simulator import CarrierSimulator
from fondaco.systems.logistics.domain.dto import ConsignmentDTO, NewConsignment, NewMilestone
from fondaco.systems.logistics.domain.edi import EdiUnreadable, EdiView, read_edi
from fondaco.systems.logistics.domain.milestones import interchange
from fondaco.systems.logistics.domain.tracking.arrival import Arrival
from fondaco.systems.logistics.domain.tracking.numbers import Recognised, recognise
from fondaco.systems.logistics.models import ConsignmentState, TroubleKind, TroubleState
from fondaco.systems.logistics.selectors.border import BorderMove, border_moves
from fondaco.systems.logistics.selectors.consignments import (
    ConsignmentDetail,
    ConsignmentPage,
    MilestoneView,
    ParcelView,
    Tracking,
    consignment_detail,
    consignments_for,
    count_by_state,
    list_consignments,
    parts_for,
    track,
    whole_of,
)
from fondaco.systems.logistics.selectors.troubles import (
    TroubleQueue,
    TroubleView,
    arrivals_for,
    list_troubles,
    troubles_of,
)
from fondaco.systems.logistics.services.consignments import NothingToCarry, book_consignments, hand_over
from fondaco.systems.logistics.services.delivery import DeliveryReport, deliver_simulated
from fondaco.systems.logistics.services.edi import consignment_iftmin, record_edi_statuses
from fondaco.systems.logistics.services.imports import BookImport, import_price_book
from fondaco.systems.logistics.services.milestones import (
    MilestoneReport,
    adopt_strays,
    count_strays,
    record_milestones,
)
from fondaco.systems.logistics.services.watching import (
    TroubleMoved,
    WatchReport,
    close_trouble,
    take_trouble,
    watch_consignments,
)

__all__ = [
    "Arrival",
    "BookImport",
    "Booking",
    "BorderMove",
    "Carrier",
    "CarrierEvent",
    "CarrierRefused",
    "CarrierSimulator",
    "ConsignmentDTO",
    "ConsignmentDetail",
    "ConsignmentPage",
    "ConsignmentState",
    "DeliveryReport",
    "EdiUnreadable",
    "EdiView",
    "HttpCarrier",
    "KarrioMissing",
    "KarrioTracking",
    "MilestoneReport",
    "MilestoneView",
    "NewConsignment",
    "NewMilestone",
    "NothingToCarry",
    "ParcelView",
    "Recognised",
    "Tracking",
    "TroubleKind",
    "TroubleMoved",
    "TroubleQueue",
    "TroubleState",
    "TroubleView",
    "WatchReport",
    "adopt_strays",
    "arrivals_for",
    "book_consignments",
    "border_moves",
    "close_trouble",
    "consignment_detail",
    "consignment_iftmin",
    "consignments_for",
    "count_by_state",
    "count_strays",
    "deliver_simulated",
    "hand_over",
    "import_price_book",
    "interchange",
    "is_tracking_number",
    "list_consignments",
    "list_troubles",
    "parts_for",
    "read_edi",
    "recognise",
    "record_edi_statuses",
    "record_milestones",
    "take_trouble",
    "track",
    "troubles_of",
    "watch_consignments",
    "whole_of",
]
