"""Routes, distances and carbon."""

from __future__ import annotations

from fondaco.systems.logistics.domain.air.distance import air_km
from fondaco.systems.logistics.domain.carbon.chain import Emission, Footprint, Hub, Leg, NotCarried, footprint
from fondaco.systems.logistics.domain.carbon.estimate import Assumption, assumptions, country_gateway
from fondaco.systems.logistics.domain.carbon.factors import Factor, UnknownFactor, factors
from fondaco.systems.logistics.domain.routing.answer import NAMES as ROUTE_NAMES
from fondaco.systems.logistics.domain.routing.answer import (
    BadLoad,
    DeadlinePast,
    Gases,
    Itinerary,
    NoRoute,
    RouteAnswer,
    RouteLeg,
    RouteRequest,
    SamePlace,
    Stop,
    UnknownHub,
    UnknownRegime,
)
from fondaco.systems.logistics.domain.routing.network import ClosureKind
from fondaco.systems.logistics.domain.routing.query import Grain
from fondaco.systems.logistics.domain.routing.rates import house_regimes
from fondaco.systems.logistics.domain.routing.rows import PASSAGES
from fondaco.systems.logistics.domain.routing.workings import LegWorkings
from fondaco.systems.logistics.domain.sea.batch import PairsReport, PairsUnreadable
from fondaco.systems.logistics.domain.sea.passages import Passage, UnknownPassage
from fondaco.systems.logistics.domain.sea.ports import SeaPort, UnknownPort, sea_port
from fondaco.systems.logistics.domain.sea.voyages import NoSeaRoute, NotAtSea, Voyage
from fondaco.systems.logistics.selectors.emissions import estimate_footprint
from fondaco.systems.logistics.selectors.itineraries import PlannedItinerary, itinerary_of
from fondaco.systems.logistics.selectors.routing import (
    ClosureView,
    HubView,
    NoNetwork,
    TimetableView,
    list_closures,
    list_hubs,
    main_hubs,
    plan_routes,
    timetables_in_force,
    warm_routing,
    work_out_leg,
)
from fondaco.systems.logistics.selectors.sea import sea_distances, sea_km, sea_voyage
from fondaco.systems.logistics.services.itineraries import PlanReport, plan_itineraries
from fondaco.systems.logistics.services.routing import (
    BadClosure,
    StoredTimetable,
    TimetableImport,
    ensure_demo_network,
    import_timetable,
    lift_closure,
    record_closure,
)

__all__ = [
    "PASSAGES",
    "ROUTE_NAMES",
    "Assumption",
    "BadClosure",
    "BadLoad",
    "ClosureKind",
    "ClosureView",
    "DeadlinePast",
    "Emission",
    "Factor",
    "Footprint",
    "Gases",
    "Grain",
    "Hub",
    "HubView",
    "Itinerary",
    "Leg",
    "LegWorkings",
    "NoNetwork",
    "NoRoute",
    "NoSeaRoute",
    "NotAtSea",
    "NotCarried",
    "PairsReport",
    "PairsUnreadable",
    "Passage",
    "PlanReport",
    "PlannedItinerary",
    "RouteAnswer",
    "RouteLeg",
    "RouteRequest",
    "SamePlace",
    "SeaPort",
    "Stop",
    "StoredTimetable",
    "TimetableImport",
    "TimetableView",
    "UnknownFactor",
    "UnknownHub",
    "UnknownPassage",
    "UnknownPort",
    "UnknownRegime",
    "Voyage",
    "air_km",
    "assumptions",
    "country_gateway",
    "ensure_demo_network",
    "estimate_footprint",
    "factors",
    "footprint",
    "house_regimes",
    "import_timetable",
    "itinerary_of",
    "lift_closure",
    "list_closures",
    "list_hubs",
    "main_hubs",
    "plan_itineraries",
    "plan_routes",
    "record_closure",
    "sea_distances",
    "sea_km",
    "sea_port",
    "sea_voyage",
    "timetables_in_force",
    "warm_routing",
    "work_out_leg",
]
