"""Greenhouse gases of a transport chain as ISO 14083:2023 orders them: element by element, then summed.

Each transport chain element (TCE) is a leg, whose emission is mass × distance × factor, or a hub
operation, whose emission is mass × factor. Distances are transport activity distances: the shortest
feasible one for road, rail and sea, the great circle plus 95 km for air. Everything is Decimal, so
that a recomputation from the printed figures gives the printed result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.kernel.errors import Refused
from fondaco.systems.logistics.domain.carbon.factors import Factor, factor

_GRAMS_PER_TONNE = Decimal(1_000_000)


class NotCarried(Refused):
    code = "not-carried"
    title = "Emissions need a mass above zero and distances of zero or more."
    remedy = "Give the mass in grams and each leg's distance in kilometres."


@dataclass(frozen=True, slots=True)
class Leg:
    """Carriage by `mode` (a factor's key) over `km`; `basis` says what distance it is."""

    mode: str
    km: Decimal
    basis: str
    origin: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Hub:
    """One handling at `place`: loading, unloading, sorting, transhipment."""

    place: str = ""
    mode: str = "hub"


@dataclass(frozen=True, slots=True)
class Emission:
    """One element's gases in kg CO2e, with the factor and the activity (t.km, or t at a hub) they rest on."""

    element: Leg | Hub
    activity: Decimal
    factor: Factor
    ttw_kg: Decimal
    wtt_kg: Decimal

    @property
    def wtw_kg(self) -> Decimal:
        return self.ttw_kg + self.wtt_kg


@dataclass(frozen=True, slots=True)
class Footprint:
    """A chain's gases for `mass_g` grams."""

    mass_g: int
    emissions: tuple[Emission, ...]

    @property
    def ttw_kg(self) -> Decimal:
        return sum((one.ttw_kg for one in self.emissions), Decimal(0))

    @property
    def wtt_kg(self) -> Decimal:
        return sum((one.wtt_kg for one in self.emissions), Decimal(0))

    @property
    def wtw_kg(self) -> Decimal:
        return self.ttw_kg + self.wtt_kg


def footprint(elements: Sequence[Leg | Hub], *, mass_g: int) -> Footprint:
    """The gases of carrying `mass_g` grams (goods and packaging) along `elements`.

    NotCarried for a mass of nothing or a negative distance, UnknownFactor for a mode without one.
    """
    if mass_g <= 0:
        raise NotCarried(field="mass_g", value=str(mass_g))
    tonnes = Decimal(mass_g) / _GRAMS_PER_TONNE
    return Footprint(mass_g, tuple(_emission(element, tonnes) for element in elements))


def _emission(element: Leg | Hub, tonnes: Decimal) -> Emission:
    used = factor(element.mode)
    activity = tonnes
    if isinstance(element, Leg):
        if not element.km.is_finite() or element.km < 0:
            raise NotCarried(field="km", value=str(element.km))
        activity = tonnes * element.km
    return Emission(element, activity, used, activity * used.ttw, activity * used.wtt)
