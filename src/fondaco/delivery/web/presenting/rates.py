"""The rate explorer in words: why this service, why not that."""

from __future__ import annotations

from dataclasses import dataclass

from fondaco.delivery.web.presenting.carriage import (
    PARTS,
    RefusalGroup,
    numbers_text,
    refusal_group,
    refusal_word,
)
from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import Offer, QuoteTable, Refusal, Why, offer_in, refusal_in

MOST_LISTED = 40


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What one service says: an offer with its place and what it costs more than the cheapest, or a refusal."""

    code: str
    offer: Offer | None = None
    parts: tuple[tuple[str, Money], ...] = ()
    place: int = 0
    of: int = 0
    more: Money | None = None
    cheaper: tuple[Offer, ...] = ()
    refusal: str = ""
    text: str = ""
    numbers: str = ""


def refusal_groups(table: QuoteTable) -> list[RefusalGroup]:
    """The reasons, commonest first, each with the first few services and their numbers."""
    refusals = table.refusals()
    ranked = sorted(table.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    reasons = {why.code: why for why in Why}
    return [
        refusal_group(code, count, refusals.of(reasons[code], most=MOST_LISTED)) for code, count in ranked
    ]


def service_answer(table: QuoteTable, code: str) -> ServiceAnswer | None:
    """Why the service `code` is or is not chosen; None where no service in force has that code."""
    if offer := offer_in(table, code):
        return _offered(table, offer)
    if refusal := refusal_in(table, code):
        return _refused(refusal)
    return None


def _offered(table: QuoteTable, offer: Offer) -> ServiceAnswer:
    first = table.offers(slice(0, 1))[0]
    place = next(
        i for i, lane in enumerate(table.order.tolist()) if table.code_of(lane) == offer.service_code
    )
    return ServiceAnswer(
        offer.service_code,
        offer=offer,
        parts=tuple(
            (str(PARTS[name]), Money(minor, offer.price.currency)) for name, minor in offer.breakdown
        ),
        place=place + 1,
        of=len(table.order),
        more=offer.price - first.price,
        cheaper=tuple(one for one in table.offers(slice(0, min(place, 3)))),
    )


def _refused(refusal: Refusal) -> ServiceAnswer:
    group = refusal_group(refusal.code, 1, ())
    return ServiceAnswer(
        refusal.service_code,
        refusal=refusal_word(refusal.code),
        text=group.text,
        numbers=numbers_text(refusal.numbers),
    )
