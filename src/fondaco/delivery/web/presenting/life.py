"""The life of one order as the landing page draws it: where each station lies, and what happens there."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LANES = {"goods": (_("Goods"), 84), "papers": (_("Papers"), 184), "money": (_("Money"), 284)}
GATE_X = 664


@dataclass(frozen=True, slots=True)
class Station:
    """One thing that happens to an order; `x` is where it is drawn in a picture 1,080 wide."""

    x: int
    lane: str
    icon: str
    title: str | Promise
    note: str | Promise
    main: bool = False

    @property
    def y(self) -> int:
        """Where its lane lies."""
        return LANES[self.lane][1]

    @property
    def lane_name(self) -> str | Promise:
        """Goods, papers or money."""
        return LANES[self.lane][0]


STATIONS = (
    Station(56, "papers", "inbox", _("Order"), _("enters once"), main=True),
    Station(232, "goods", "package", _("Packed"), _("carton and carriage chosen")),
    Station(232, "papers", "tag", _("Priced"), _("duty, tax, carriage")),
    Station(376, "papers", "shield-check", _("Screened"), _("against the lists in force")),
    Station(376, "money", "lock-keyhole", _("Paid into escrow"), _("in the buyer's currency")),
    Station(520, "papers", "stamp", _("Declared"), _("to the authority")),
    Station(520, "goods", "plane", _("On its way"), _("by road, air, sea or rail")),
    Station(GATE_X, "papers", "badge-check", _("Released"), _("goods may pass"), main=True),
    Station(836, "goods", "package-check", _("Delivered"), _("to the buyer's door")),
    Station(836, "papers", "chart-column", _("Counted"), _("by country and code")),
    Station(836, "money", "banknote", _("Paid out"), _("seller, carrier, treasury")),
    Station(1012, "papers", "circle-check", _("Settled"), _("to the last cent"), main=True),
)
