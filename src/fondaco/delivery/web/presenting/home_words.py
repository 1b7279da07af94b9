"""Why the figures of a home page are what they are."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.templatetags.fondaco import country, day_text, number, percent
from fondaco.flows.homes import Home
from fondaco.kernel.money import Money


def explain_home(home: Home, figure: str) -> Explanation | None:
    """The explanation of `figure` (cash, market, quota) on this home; None where the home does not show it."""
    make = {"cash": _cash, "market": _market, "quota": _quota}.get(figure)
    return make(home) if make else None


def _cash(home: Home) -> Explanation | None:
    if not home.cash:
        return None
    steps = tuple(
        Step(day_text(one.on), one.amount, orders_text(one.orders), _("escrow accounts of the orders"))
        for one in home.cash
    )
    return Explanation(
        _("Cash that will arrive"), None,
        _("What escrow holds for delivered orders, by the day on which the days after delivery are over. Carriage, duty, "
          "tax and commission are still taken from it; orders in dispute are left out."),
        steps,
    )  # fmt: skip


def _market(home: Home) -> Explanation | None:
    if not home.markets:
        return None
    steps = tuple(
        Step(
            country(one.country),
            percent(one.growth),
            f"{Money(one.before_minor, 'GBP')} → {Money(one.value_minor, 'GBP')} · {orders_text(one.orders)}",
            _("counted orders, at each day's rate"),
        )
        for one in home.markets
    )
    return Explanation(
        _("Best next market"), country(home.markets[0].country),
        _("Where the value of goods grew most in the last 28 days against the 28 before, among destinations with at "
          "least three orders in both."),
        steps,
    )  # fmt: skip


def _quota(home: Home) -> Explanation | None:
    if not home.quotas:
        return None
    steps = []
    for one in home.quotas:
        name = f"{country(one.destination)} {one.year}"
        limit = Step(_("%(name)s: limit of the year") % {"name": name}, one.limit, "", one.source, one.quota)
        taken = [(_("− used by paid orders"), one.used), (_("− reserved for orders with a price"), one.held)]
        steps += [limit, *(Step(*row) for row in taken), Step(_("= left"), one.left)]
    return Explanation(
        _("Retail imports of the year"), None,
        _("What one person may buy from abroad in a calendar year as cross-border retail import: goods and carriage, in "
          "the authority's currency. What is not paid within a day comes free again; goods that come back untaxed "
          "give their part back."),
        tuple(steps),
    )  # fmt: skip


def orders_text(count: int) -> str:
    """So many orders."""
    return ngettext("%(n)s order", "%(n)s orders", count) % {"n": number(count)}
