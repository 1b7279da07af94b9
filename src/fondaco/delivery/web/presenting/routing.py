"""Routes in pictures and words: the frontier as a plot, an itinerary as a line of time and on a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.charts import ACCENT, EDGE, chart_config, drawn, world_shapes
from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import Itinerary, NoRoute, RouteLeg

NAMED = {
    "cheapest": (_l("Cheapest"), "piggy-bank"), "fastest": (_l("Fastest"), "zap"),
    "greenest": (_l("Greenest"), "leaf"), "surest": (_l("Surest"), "shield-check"),
    "balanced": (_l("Best balance"), "scale"),
}  # fmt: skip
MODES = {
    "air": (_l("Air"), "plane"), "sea": (_l("Sea"), "ship"), "rail": (_l("Rail"), "train-front"),
    "road": (_l("Road"), "truck"), "barge": (_l("Barge"), "sailboat"),
}  # fmt: skip
REGIMES = {
    "b2c": _l("Consumer parcels"), "9610": _l("9610 direct-mail export"), "9710": _l("9710 B2B direct export"),
    "9810": _l("9810 export to an overseas warehouse"), "1210": _l("1210 bonded e-commerce"),
}  # fmt: skip
_EMPTY = {
    "nothing-leaves": (_l("Nothing leaves this hub"), _l("No service of the timetables in force starts there.")),
    "nothing-reaches": (_l("Nothing reaches this hub"), _l("No service of the timetables in force goes there.")),
    "not-connected": (_l("The two hubs are not connected"), _l("No chain of services leads from one to the other.")),
    "too-large": (_l("Too much for the services"), _l("Every chain has a service that cannot take this load. Divide it.")),
    "too-many-legs": (_l("It takes more legs"), _l("Allow more legs.")),
    "after-deadline": (_l("Nothing arrives by the deadline"), _l("Choose a later deadline, or none.")),
    "not-in-time": (_l("Nothing arrives in time"), _l("No chain of departures arrives within the days looked at.")),
}  # fmt: skip
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 636, 14, 296


@dataclass(frozen=True, slots=True)
class Dot:
    """An itinerary on the plot: cost (y) against days (x), size CO2e, shape the chance of being on time."""

    number: int
    x: float
    y: float
    r: float
    shape: str
    points: str
    label: str
    text: str
    names: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The frontier drawn, and its axes."""

    dots: tuple[Dot, ...]
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]
    currency: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A leg on the line of time: waiting, riding, handling; in percent of the whole."""

    mode: str
    icon: str
    text: str
    wait_x: float
    wait_w: float
    ride_x: float
    ride_w: float
    after_x: float
    after_w: float
    y: int


def frontier_plot(plans: Sequence[Itinerary]) -> Plot:
    """Every itinerary as a dot; the named few carry their names."""
    days = [plan.minutes / 1440 for plan in plans]
    costs = [plan.cost.minor / 100 for plan in plans]
    most_days, most_cost = _rounded(max(days)), _rounded(max(costs))
    most_co2 = max(plan.co2_g for plan in plans) or 1
    dots = [_dot(plan, most_days, most_cost, most_co2) for plan in plans]
    xs = tuple(Tick(_LEFT + (_RIGHT - _LEFT) * n / 5, f"{most_days * n / 5:g}") for n in range(6))
    ys = tuple(Tick(_BOTTOM - (_BOTTOM - _TOP) * n / 4, f"{most_cost * n / 4:,.0f}") for n in range(5))
    # Large dots first, so that small ones stay on top.
    return Plot(tuple(sorted(dots, key=lambda dot: -dot.r)), xs, ys, plans[0].cost.currency)


def _dot(plan: Itinerary, days: float, cost: float, co2: int) -> Dot:
    x = _LEFT + (_RIGHT - _LEFT) * plan.minutes / 1440 / days
    y = _BOTTOM - (_BOTTOM - _TOP) * plan.cost.minor / 100 / cost
    r = 3.5 + 5.5 * math.sqrt(plan.co2_g / co2)
    shape = "circle" if plan.probability >= 0.9 else "square" if plan.probability >= 0.7 else "triangle"
    names = ", ".join(str(NAMED[name][0]) for name in plan.names)
    return Dot(plan.number, x, y, r, shape, _outline(shape, x, y, r), names, told(plan), " ".join(plan.names))


def told(plan: Itinerary) -> str:
    """An itinerary in one sentence of figures."""
    facts = {
        "days": f"{plan.minutes / 1440:.1f}", "cost": f"{plan.cost.amount:,.2f} {plan.cost.currency}",
        "co2": f"{plan.co2_g / 1000:,.0f}", "chance": f"{plan.probability * 100:.0f}",
    }  # fmt: skip
    return _("%(days)s days, %(cost)s, %(co2)s kg CO2e, %(chance)s %% sure") % facts


def _outline(shape: str, x: float, y: float, r: float) -> str:
    corners = {
        "square": ((-r, -r), (r, -r), (r, r), (-r, r)),
        "triangle": ((0, -1.2 * r), (1.1 * r, 0.9 * r), (-1.1 * r, 0.9 * r)),
    }.get(shape, ())
    return " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)


def _rounded(value: float) -> float:
    """The next round number from `value` up, so that ticks are round too."""
    step: float = 10.0 ** math.floor(math.log10(max(value, 1)))
    return next(step * times for times in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * times >= value)


def time_bars(plan: Itinerary) -> tuple[list[Bar], list[Tick]]:
    """The legs one below the other on one axis of time, and the axis."""
    start = plan.legs[0].leaves_at - timedelta(minutes=plan.legs[0].wait_min)
    whole = (plan.ready_at - start).total_seconds()

    def at(moment: datetime) -> float:
        return 1000 * (moment - start).total_seconds() / whole

    bars = []
    for number, leg in enumerate(plan.legs):
        waits = at(leg.leaves_at - timedelta(minutes=leg.wait_min))
        leaves, arrives, ready = at(leg.leaves_at), at(leg.arrives_at), at(leg.ready_at)
        text = f"{leg.start.code} → {leg.end.code}"
        bars.append(
            Bar(leg.mode, MODES[leg.mode][1], text, waits, leaves - waits, leaves, max(arrives - leaves, 2), arrives,
                ready - arrives, 8 + 34 * number)
        )  # fmt: skip
    return bars, _days(start, plan.ready_at, at)


def _days(start: datetime, end: datetime, at: Any) -> list[Tick]:
    count = max(1, math.ceil((end - start) / timedelta(days=1)))
    step = max(1, round(count / 6))
    first = (start + timedelta(days=1)).replace(hour=0, minute=0)
    moments = [first + timedelta(days=n) for n in range(0, count, step)]
    return [Tick(at(moment), f"{moment:%-d %b}") for moment in moments if moment < end]


def route_map(plan: Itinerary, lines: Sequence[Sequence[tuple[float, float]]]) -> SafeString:
    """The legs over the outlines of the countries, as near as they all fit."""
    stops = [(leg.start.longitude, leg.start.latitude, leg.start.code) for leg in plan.legs]
    stops.append((plan.legs[-1].end.longitude, plan.legs[-1].end.latitude, plan.legs[-1].end.code))
    turn = _turn([point for line in lines for point in line])
    shapes = [
        {
            "type": "Feature",
            "mode": leg.mode,
            "geometry": {"type": "LineString", "coordinates": [list(p) for p in line]},
        }
        for leg, line in zip(plan.legs, lines, strict=True)
    ]
    spec = {
        "width": 760, "height": 340, "background": None, "config": chart_config(),
        "projection": {"type": "equirectangular", "rotate": [-turn[0], 0], "center": [0, turn[1]], "scale": turn[2],
                       "clipExtent": [[0, 0], [760, 340]]},
        "layer": [
            {"data": {"values": world_shapes(), "format": {"type": "topojson", "feature": "countries"}},
             "mark": {"type": "geoshape", "fill": "#f00000", "stroke": EDGE, "strokeWidth": 0.6}},
            *[{"data": {"values": shape},
               "mark": {"type": "geoshape", "filled": False, "stroke": ACCENT, "strokeWidth": 2.4,
                        "strokeDash": [5, 4] if shape["mode"] == "air" else [1, 0]}} for shape in shapes],
            {"data": {"values": [{"lon": x, "lat": y, "code": code} for x, y, code in stops]},
             "layer": [
                 {"mark": {"type": "circle", "size": 60, "color": ACCENT, "stroke": EDGE, "strokeWidth": 1, "opacity": 1},
                  "encoding": {"longitude": {"field": "lon"}, "latitude": {"field": "lat"}}},
             ]},
        ],
    }  # fmt: skip
    return drawn(spec, label=_("Map of the itinerary; the table has the legs"))


def _turn(points: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Where to look from: middle longitude (the short way round), middle latitude, scale."""
    first = points[0][0]
    wide = [(x - first + 540) % 360 - 180 for x, _ in points]
    lat = [y for _, y in points]
    middle_x, middle_y = first + (min(wide) + max(wide)) / 2, (min(lat) + max(lat)) / 2
    across = max(max(wide) - min(wide), 12) * 1.15
    down = max(max(lat) - min(lat), 8) * 1.35
    return middle_x, middle_y, min(760 / math.radians(across), 340 / math.radians(down))


def empty_words(reason: NoRoute) -> tuple[str, str, str]:
    """Why there is no route: the fact, what to do, the figures."""
    title, remedy = _EMPTY[reason.code]
    return str(title), str(remedy), " · ".join(f"{name} {value}" for name, value in reason.numbers.items())


def leg_sum(leg: RouteLeg) -> Money:
    """Freight, handling and storage of a leg."""
    return Money(leg.freight.minor + leg.handling.minor + leg.storage.minor, leg.freight.currency)
