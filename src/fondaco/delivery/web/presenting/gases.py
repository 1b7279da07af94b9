"""The greenhouse gases of a consignment in words: each leg and hub with its factors."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.templatetags.fondaco import number
from fondaco.kernel.countries import country_name
from fondaco.systems.logistics.public import (
    ConsignmentDetail,
    Emission,
    Footprint,
    Leg,
    assumptions,
    estimate_footprint,
)

_MODES = {
    "road": _l("By lorry"), "van": _l("By van"), "air": _l("By air"), "air-short": _l("By air"), "sea": _l("By ship"),
    "rail": _l("By rail"), "hub": _l("Handling in a hub"),
}  # fmt: skip
_BASES = {
    "assumed": _l("assumed distance"),
    "great circle + 95 km": _l("great circle and 95 km"),
    "great circle × detour": _l("great circle with detour"),
    "shortest open sea lane": _l("shortest open sea lane"),
}

_ASSUMED = {
    "first_mile": _l("From the shelf to the hub of origin, by lorry; Fondaco's assumption where addresses are not measured."),
    "last_mile": _l("From the hub of destination to the door, by van; Fondaco's assumption."),
    "road_detour": _l("Road kilometres for a kilometre of great circle; Fondaco's assumption after common figures."),
    "rail_detour": _l("Rail kilometres for a kilometre of great circle; Zhengzhou to Hamburg is 10,214 km by rail and 7,800 straight."),
    "road_up_to": _l("Post and special lines go by road up to this great circle, by air beyond; Fondaco's assumption."),
    "short_haul_up_to": _l("Up to this great circle the short-haul factor of DEFRA's flights applies; DEFRA methodology paper 2025."),
}  # fmt: skip
_UNITS = {"ratio": _l("ratio")}


@dataclass(frozen=True, slots=True)
class GasLine:
    """One element of the chain: what it is, over what distance, its gases in grams, its factors' names."""

    title: str
    way: str
    distance: str
    ttw: str
    wtt: str
    total: str
    factor: str


@lru_cache(maxsize=4096)
def _estimated(kind: str, mass_g: int, *, origin: str, destination: str) -> Footprint | None:
    return estimate_footprint(kind, origin=origin, destination=destination, mass_g=mass_g)


def footprint_of(detail: ConsignmentDetail | None) -> Footprint | None:
    """The estimate for a consignment; None without one or where it cannot be said."""
    if detail is None:
        return None
    moved = detail.consignment
    return _estimated(
        str(detail.offer.get("kind", "")), moved.mass_g, origin=moved.origin, destination=moved.destination
    )


def gas_text(kilograms: Decimal) -> str:
    """Grams below a kilogram, else kilograms with two decimals, of CO2e."""
    if kilograms < 1:
        return f"{number(kilograms * 1000, 0)} g CO₂e"
    return f"{number(kilograms, 2)} kg CO₂e"


def gas_lines(found: Footprint) -> list[GasLine]:
    """The chain, element by element."""
    return [_line(one) for one in found.emissions]


def gas_explanation(found: Footprint) -> Explanation:
    """Why the estimate is what it is."""
    steps = [
        Step(f"{line.title} {line.way}".strip(), line.total,
             " · ".join(filter(None, (line.distance, f"{_('in operation')} {line.ttw}", f"{_('energy')} {line.wtt}"))),
             source=one.factor.source + f" {one.factor.year}", rule=line.factor)
        for line, one in zip(gas_lines(found), found.emissions, strict=True)
    ]  # fmt: skip
    steps += [
        Step(
            _("Assumed"),
            f"{one.value} {_UNITS.get(one.unit, one.unit)}",
            str(_ASSUMED.get(one.name, one.why)),
        )
        for one in assumptions().values()
    ]
    summary = _("An estimate by ISO 14083: each leg and hub of the chain, in operation (tank-to-wheel) and of "
                "providing the energy (well-to-tank), for the gross mass of the parcels.")  # fmt: skip
    return Explanation(_("Greenhouse gases of carriage"), gas_text(found.wtw_kg), summary, tuple(steps))


def _line(one: Emission) -> GasLine:
    title = str(_MODES.get(one.element.mode, one.factor.label))
    factors = f"{one.factor.ttw_id} {one.factor.ttw} + {one.factor.wtt_id} {one.factor.wtt}"
    ttw, wtt, total = (_grams(kg) for kg in (one.ttw_kg, one.wtt_kg, one.wtw_kg))
    if not isinstance(one.element, Leg):
        return GasLine(title, _place(one.element.place), "", ttw, wtt, total, factors)
    leg = one.element
    ends = " → ".join(filter(None, map(_place, (leg.origin, leg.destination))))
    basis = _BASES.get(leg.basis, leg.basis)
    return GasLine(title, ends, f"{number(leg.km, 0)} km ({basis})", ttw, wtt, total, factors)


def _grams(kilograms: Decimal) -> str:
    return f"{number(kilograms * 1000, 1)} g"


def _place(code: str) -> str:
    return country_name(code, get_language() or "en") if len(code) == 2 else code
