"""The only door of logistics: packing, rate cards and quotes, consignments and their milestones."""

from __future__ import annotations

from fondaco.systems.logistics.adapters.bookfile import BookUnreadable
from fondaco.systems.logistics.adapters.gateway import CarrierRefused, HttpCarrier
from fondaco.systems.logistics.adapters.packfile import PackFileReport, PackFileUnreadable, pack_files
from fondaco.systems.logistics.adapters.ports import Booking, Carrier, CarrierEvent
from fondaco.systems.logistics.adapters.simulator import CarrierSimulator
from fondaco.systems.logistics.domain.bookdiff import BookDiff, CellChange
from fondaco.systems.logistics.domain.cargo import CargoClass, Feature, UnknownCargoClass, UnknownFeature
from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.choosing import NoOffer, Policy, choose
from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.dto import (
    Carton,
    ConsignmentDTO,
    NewConsignment,
    NewMilestone,
    Offer,
    PackedParcel,
    Packing,
    PackItem,
    PackRequest,
    ParcelSpec,
    QuoteRequest,
    QuoteResult,
    Refusal,
    UnitPlacement,
    Unpackable,
)
from fondaco.systems.logistics.domain.matrix import Candidate, MatrixQuestion, PriceMatrix
from fondaco.systems.logistics.domain.packing import (
    THOROUGH,
    ItemTooLarge,
    PackingUnsound,
    pack_many,
    require_packed,
)
from fondaco.systems.logistics.domain.quoting import BadRequest, QuoteTable
from fondaco.systems.logistics.domain.s10 import is_tracking_number
from fondaco.systems.logistics.domain.sea.batch import PairsReport, PairsUnreadable
from fondaco.systems.logistics.domain.sea.passages import Passage, UnknownPassage
from fondaco.systems.logistics.domain.sea.ports import SeaPort, UnknownPort, sea_port
from fondaco.systems.logistics.domain.sea.voyages import NoSeaRoute, NotAtSea, Voyage
from fondaco.systems.logistics.domain.why import Why
from fondaco.systems.logistics.models import ConsignmentState, ServiceKind
from fondaco.systems.logistics.selectors.books import (
    PriceBookDetail,
    PriceBookView,
    RateRowView,
    ServiceView,
    diff_price_books,
    list_price_books,
    price_book_detail,
    service_rates,
)
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
    track,
)
from fondaco.systems.logistics.selectors.network import destinations_served, providers
from fondaco.systems.logistics.selectors.parcels import parcels_for
from fondaco.systems.logistics.selectors.quotes import (
    explain_quote,
    offer_in,
    offer_of,
    quote_columns,
    quote_many,
    quote_matrix,
    warm_quotes,
)
from fondaco.systems.logistics.selectors.sea import sea_distances, sea_km, sea_voyage
from fondaco.systems.logistics.selectors.store import NoPrices
from fondaco.systems.logistics.services.books import (
    BookNotCurrent,
    EffectiveOverlap,
    StoredBook,
    ensure_demo_book,
    withdraw_book,
)
from fondaco.systems.logistics.services.consignments import NothingToCarry, book_consignments
from fondaco.systems.logistics.services.delivery import DeliveryReport, deliver_simulated
from fondaco.systems.logistics.services.imports import BookImport, import_price_book
from fondaco.systems.logistics.services.milestones import MilestoneReport, record_milestones

__all__ = [
    "THOROUGH",
    "BadRequest",
    "BookDiff",
    "BookImport",
    "BookNotCurrent",
    "BookUnreadable",
    "Booking",
    "Candidate",
    "CargoClass",
    "Carrier",
    "CarrierEvent",
    "CarrierRefused",
    "CarrierSimulator",
    "Carton",
    "CellChange",
    "ConsignmentDTO",
    "ConsignmentDetail",
    "ConsignmentPage",
    "ConsignmentState",
    "DeliveryReport",
    "EffectiveOverlap",
    "Feature",
    "HttpCarrier",
    "ItemTooLarge",
    "MatrixQuestion",
    "MilestoneReport",
    "MilestoneView",
    "NewConsignment",
    "NewMilestone",
    "NoOffer",
    "NoPrices",
    "NoSeaRoute",
    "NotAtSea",
    "NothingToCarry",
    "Offer",
    "PackFileReport",
    "PackFileUnreadable",
    "PackItem",
    "PackRequest",
    "PackedParcel",
    "Packing",
    "PackingUnsound",
    "PairsReport",
    "PairsUnreadable",
    "ParcelSpec",
    "ParcelView",
    "Passage",
    "Policy",
    "PriceBookDetail",
    "PriceBookView",
    "PriceMatrix",
    "QuoteRequest",
    "QuoteResult",
    "QuoteTable",
    "RateRowView",
    "Refusal",
    "SeaPort",
    "ServiceKind",
    "ServiceView",
    "StoredBook",
    "Tracking",
    "UnitPlacement",
    "UnknownCargoClass",
    "UnknownFeature",
    "UnknownPassage",
    "UnknownPort",
    "Unpackable",
    "Voyage",
    "Why",
    "book_consignments",
    "choose",
    "consignment_detail",
    "consignments_for",
    "count_by_state",
    "deliver_simulated",
    "destinations_served",
    "diff_price_books",
    "ensure_demo_book",
    "explain_quote",
    "generate_demo_book",
    "house_cartons",
    "import_price_book",
    "is_tracking_number",
    "list_consignments",
    "list_price_books",
    "offer_in",
    "offer_of",
    "pack_files",
    "pack_many",
    "parcels_for",
    "price_book_detail",
    "providers",
    "quote_columns",
    "quote_many",
    "quote_matrix",
    "record_milestones",
    "require_packed",
    "sea_distances",
    "sea_km",
    "sea_port",
    "sea_voyage",
    "service_rates",
    "track",
    "warm_quotes",
    "withdraw_book",
]
