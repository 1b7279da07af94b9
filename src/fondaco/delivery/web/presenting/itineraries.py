"""The itinerary a consignment was planned by: its pictures, and why by that one."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.presenting.routing import MODES, leg_sum, route_map, time_bars
from fondaco.delivery.web.templatetags.fondaco import mass, number, when
from fondaco.flows.routing import lines_of
from fondaco.systems.logistics.public import ConsignmentDetail, Itinerary, PlannedItinerary

_REASONS: dict[str, str | Promise] = {
    "in-time": _l("The cheapest way that is there within the service's time"),
    "in-time-by-mode": _l("The cheapest way by the service's own vehicle that is there within its time"),
    "late": _l("No way is there within the service's time: the fastest"),
}


def drawn_itinerary(plan: Itinerary) -> dict[str, Any]:
    """An itinerary as a line of time, on the map and by its legs."""
    bars, days = time_bars(plan)
    return {
        "bars": bars,
        "days": days,
        "chart_height": 34 * len(bars) + 34,
        "route_map": route_map(plan, lines_of(plan)),
        "legs": [(leg, MODES[leg.mode], leg_sum(leg)) for leg in plan.legs],
    }


def itinerary_shown(found: ConsignmentDetail | None) -> dict[str, Any]:
    """What a page shows of the way a consignment was planned to go; nothing where it was not planned."""
    if found is None or found.planned is None:
        return {}
    planned = found.planned
    return {"planned": planned, "itinerary_why": _why(planned), **drawn_itinerary(planned.itinerary)}


def _why(planned: PlannedItinerary) -> list[tuple[str, str]]:
    n = planned.numbers
    rows = [
        (_("Rule"), str(_REASONS[planned.reason])),
        (_("There by"), str(when(n["due_at"]))),
        (_("Ways that nothing beats"), str(number(n["frontier"]))),
        (_("of these in time"), str(number(n["in_time"]))),
    ]
    if "mass_g" in n:
        rows.append((_("Planned for a load of up to"), str(mass(n["mass_g"]))))
    if n["vehicle"]:
        rows.append(
            (_("of these by the service's vehicle"), f"{number(n['by_vehicle'])} · {MODES[n['vehicle']][0]}")
        )
    planned_for = (_("Services searched"), str(number(n["services"])))
    return [
        *rows,
        planned_for,
        (_("Timetables"), planned.network),
        (_("Planned"), str(when(planned.planned_at))),
    ]
