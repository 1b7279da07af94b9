"""Why a route costs what it costs, emits what it emits and is as sure as it is: a leg, or the whole."""

from __future__ import annotations

from django.utils.translation import gettext as _

from fondaco.delivery.web.explain import Explanation, Step, Text
from fondaco.delivery.web.presenting.routing import MODES, leg_sum
from fondaco.delivery.web.templatetags.fondaco import mass, number, percent, when
from fondaco.kernel.errors import NotFound
from fondaco.systems.logistics.public import Itinerary, LegWorkings, RouteLeg


def explain_itinerary(plan: Itinerary, figure: str, network: str) -> Explanation:
    """Why the cost, the gases or the chance of a whole itinerary: those of its legs. NotFound for another figure."""
    if figure == "cost":
        steps = tuple(Step(_way(leg), leg_sum(leg)) for leg in plan.legs)
        return _told(_("Cost"), plan.cost, steps, network, _("The sum of the legs."))
    if figure == "gases":
        steps = tuple(Step(_way(leg), mass(leg.gases.ttw_g + leg.gases.wtt_g)) for leg in plan.legs)
        return _told("CO₂e", mass(plan.co2_g), steps, network, _("The sum of the legs."))
    if figure != "chance":
        raise NotFound(field="figure", value=figure)
    caught = 1.0
    for leg in plan.legs:
        caught *= leg.made
    last = Step(
        _("The last vehicle keeps its time, or the deadline where one is given"),
        _share(plan.probability / caught),
    )
    steps = (*(Step(_way(leg), _share(leg.made), str(_("caught"))) for leg in plan.legs), last)
    summary = _("The chances multiplied, in steps of one per cent.")
    return _told(_("Sure"), _share(plan.probability), steps, network, summary)


def explain_leg_figure(found: LegWorkings, figure: str) -> Explanation:
    """Why the cost, the gases or the chance of one leg. NotFound for another figure."""
    title = _way(found.leg)
    if figure == "cost":
        return _told(title, leg_sum(found.leg), (*_freight(found), *_handling(found)), found.network)
    if figure == "gases":
        return _gases(found, title)
    if figure == "chance":
        return _chance(found, title)
    raise NotFound(field="figure", value=figure)


def _freight(found: LegWorkings) -> tuple[Step, ...]:
    """Chargeable mass, the break that is cheapest, what is added, and the least that is charged."""
    f = found.freight
    by_mass = f"{_kg(f.chargeable_g)} × {f.per_tonne} / t"
    rows = [
        Step(_("Mass"), _kg(found.mass_g)),
        Step(
            _("Chargeable mass"),
            _kg(f.chargeable_g),
            _("the greatest of the mass, %(volume)s m³ × %(ratio)s kg, and where the break begins")
            % {"volume": number(found.volume_dm3 / 1000, 3), "ratio": number(f.kg_per_cbm)},
        ),
        Step(_("Rate of the weight break from %(kg)s kg") % {"kg": number(f.from_kg)}, f.by_mass, by_mass),
    ]
    if f.fixed.minor:
        rows.append(Step(_("Fixed charge"), f.fixed))
    if f.minimum.minor > f.by_mass.minor + f.fixed.minor:
        rows.append(Step(_("The least that the service charges"), f.minimum))
    if f.season.minor:
        rows.append(Step(_("Seasonal surcharge of the departure"), f.season))
    return (*rows, Step(_("Freight"), found.leg.freight, found.leg.service, found.leg.provider))


def _handling(found: LegWorkings) -> tuple[Step, ...]:
    """What the hub at the end charges, and lying before the leg."""
    leg = found.leg
    fees = _("%(fixed)s and %(rate)s a tonne") % {"fixed": found.hub_fee, "rate": found.hub_per_tonne}
    rows = [Step(_("Handling at %(hub)s") % {"hub": leg.end.name}, leg.handling, fees)]
    if found.border_fee.minor:
        rows.append(Step(_("of it for import customs"), found.border_fee))
    if leg.storage.minor:
        waited = _("%(hours)s hours until it leaves") % {"hours": number(leg.wait_min / 60, 1)}
        rows.append(Step(_("Storage at %(hub)s") % {"hub": leg.start.name}, leg.storage, waited))
    return tuple(rows)


def _gases(found: LegWorkings, title: str) -> Explanation:
    g = found.leg.gases
    whole = g.ttw_g + g.wtt_g
    steps = (
        Step(_("Mass"), _kg(found.mass_g)),
        Step(_("Distance"), f"{number(g.km)} km"),
        Step(_("In use"), mass(g.ttw_g), f"{g.factor} {g.year}", g.source),
        Step(_("Providing the fuel"), mass(g.wtt_g), f"{g.factor} {g.year}", g.source),
    )
    return _told(title, mass(whole), steps, found.network, _("Mass × distance × factor, by ISO 14083."))


def _chance(found: LegWorkings, title: str) -> Explanation:
    leg, before = found.leg, found.before
    if before is None or leg.on_demand:
        why = (
            _("It leaves when the goods are there.")
            if leg.on_demand
            else _("The first leg: the goods are there.")
        )
        return _told(title, _share(leg.made), (), found.network, why)
    late = 1 - before.on_time / 10_000
    steps = (
        Step(_("What brings the goods is on time"), _share(before.on_time / 10_000)),
        Step(_("When it is late, by on average"), f"{number(before.late_min / 60, 1)} h"),
        Step(_("Loading closes"), when(leg.cutoff_at)),
        Step(_("Time to spare until it closes"), f"{number(found.slack_min / 60, 1)} h"),
        Step(
            _("Caught"), _share(leg.made), f"1 − {late:.2f} × e^(−{found.slack_min} / {before.late_min} min)"
        ),
    )
    told = _("Lateness is taken as exponential; time to spare counts in whole half hours, rounded down.")
    return _told(title, _share(leg.made), steps, found.network, told)


def _told(
    title: Text, figure: object, steps: tuple[Step, ...], network: str, summary: Text = ""
) -> Explanation:
    return Explanation(title, figure, summary, steps, versions={_("Timetables"): network})


def _way(leg: RouteLeg) -> str:
    return f"{leg.start.name} → {leg.end.name} · {MODES[leg.mode][0]}"


def _share(share: float) -> str:
    return str(percent(share, 0))


def _kg(grams: int) -> str:
    return f"{number(grams / 1000, 3)} kg"
