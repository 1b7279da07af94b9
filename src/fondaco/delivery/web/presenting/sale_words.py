"""Flash sales in words: phases, what is left in steps, when to look again, landed prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.states import Look
from fondaco.flows.sale_pages import Preview, SaleSheet
from fondaco.kernel.money import Money

SALE_PHASES: Mapping[str, Look] = {
    "coming": Look("info", "calendar-clock", _l("Opens soon")),
    "open": Look("good", "circle-dot", _l("On now")),
    "over": Look("plain", "circle-x", _l("Ended")),
}
PURCHASES: Mapping[str, Look] = {
    "held": Look("wait", "clock", _l("Waits for payment")),
    "kept": Look("good", "circle-check", _l("Paid")),
    "lapsed": Look("plain", "clock", _l("Not paid in time")),
}
_EVERY = 5  # seconds between two looks of a reader who waits for a turn
_SELDOM = 60  # and while nothing is about to happen


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One article as the crowd sees it; `tone` and `icon` go with the words of what is left."""

    sku: str
    title: str
    price: Money
    left: str | Promise
    tone: str
    icon: str
    most: int


@dataclass(frozen=True, slots=True)
class LandedRow:
    """What one piece costs at one door; None where something is missing."""

    destination: str
    goods: Money
    duty: Money | None
    tax: Money | None
    total: Money | None


def offer_rows(sheet: SaleSheet) -> list[OfferRow]:
    """The sale's articles with what is left of them, in steps."""
    terms = sheet.sale.terms
    return [
        OfferRow(
            offer.sku,
            offer.title,
            Money(offer.price_minor, terms.currency),
            *left_words(sheet.left.get(offer.sku, 0)),
            terms.limit_per_buyer if sheet.left.get(offer.sku, 0) else 0,
        )
        for offer in terms.offers
    ]


def left_words(step: int) -> tuple[str, str, str]:
    """What is said of a step: the words, the tone, the icon."""
    if step == 0:
        return _("Sold out"), "stop", "circle-x"
    if step == 1:
        return _("The last few"), "wait", "triangle-alert"
    return _("More than %(step)s left") % {"step": step}, "good", "circle-check"


def next_look(sheet: SaleSheet, now: datetime) -> int:
    """In how many seconds a waiting reader's page should look again; 0 where nothing is waited for.

    Nobody who is filling in the counter's form is interrupted.
    """
    terms = sheet.sale.terms
    if sheet.phase == "over" or (sheet.ticket and sheet.ticket.admitted_at <= now):
        return 0
    awaited = sheet.ticket.admitted_at if sheet.ticket else terms.opens_at
    left = (awaited - now).total_seconds()
    if left <= 0:
        return _SELDOM if sheet.ticket is None else 1
    return min(_SELDOM if left > 2 * _SELDOM else _EVERY, max(1, ceil(left)))


def preview_rows(preview: Iterable[Preview]) -> list[tuple[str, list[LandedRow]]]:
    """Landed prices by article."""
    return [
        (
            one.sku,
            [
                LandedRow(q.destination, q.goods, q.charges.duty, q.charges.tax, q.charges.total)
                if q.charges
                else LandedRow(q.destination, q.goods, None, None, None)
                for q in one.quotes
            ],
        )
        for one in preview
    ]
