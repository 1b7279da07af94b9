"""The information board in words: why a match has its points, why others do not fit, what was done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.presenting.carriage import CARGO
from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import BoardMatches, MatchFacts, PostFacts, SaidFacts, places

MODES = {"air": _l("Air"), "sea": _l("Sea"), "rail": _l("Rail"), "road": _l("Road"), "barge": _l("Barge")}
REASONS = {
    "currency": _l("priced in another currency"), "too_early": _l("depart before the cargo is ready"),
    "too_late": _l("arrive after the deadline"), "too_heavy": _l("too little mass left"),
    "too_large": _l("too little volume left"), "class": _l("goods of this class are not taken"),
    "too_dear": _l("ask more than the cargo's maximum"),
}  # fmt: skip
PARTS = {
    "price": _l("price below the maximum"),
    "slack": _l("days to spare"),
    "fit": _l("share of the capacity"),
}
DEEDS = {
    "say": _l("wrote"), "offer": _l("offered"), "accept": _l("accepted"), "confirm": _l("confirmed"),
    "agree": _l("confirmed: agreed"), "decline": _l("declined"),
}  # fmt: skip
LEVELS = {"facts": _l("facts without names"), "contact": _l("name and contact")}
PURPOSES = {
    "matching on the board": _l("matching on the board"),
    "negotiation": _l("negotiation"),
    "carriage agreed": _l("carriage agreed"),
}


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post as a table shows it."""

    post: PostFacts
    origin: str
    destination: str
    classes: tuple[str | Promise, ...]
    mode: str | Promise
    price: Money
    per_kg: Money | None
    per_m3: Money | None
    left_m3: float
    volume_m3: float


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A match with its price and its points, each with the word for it."""

    line: PostLine
    price: Money
    score: float
    points: tuple[tuple[str | Promise, float], ...]
    slack_days: int
    share: float


@dataclass(frozen=True, slots=True)
class SaidLine:
    """Something said or done."""

    mine: bool
    deed: str | Promise
    text: str
    price: Money | None
    said: SaidFacts


def place_choices() -> list[tuple[str, str]]:
    """Codes and names of the board's places, by name."""
    return sorted(((code, f"{name} ({code})") for code, name in _names().items()), key=lambda pair: pair[1])


def post_line(post: PostFacts) -> PostLine:
    """A post in words."""

    def rate(minor: int) -> Money | None:
        return Money(minor, post.currency) if minor else None

    names = _names()
    return PostLine(
        post, names.get(post.origin, post.origin), names.get(post.destination, post.destination),
        tuple(CARGO.get(name, name) for name in post.classes), MODES.get(post.mode, ""),
        Money(post.price_minor, post.currency), rate(post.per_kg_minor), rate(post.per_m3_minor),
        post.left_l / 1000, post.volume_l / 1000,
    )  # fmt: skip


def post_lines(posts: Iterable[PostFacts]) -> list[PostLine]:
    """Posts in words."""
    return [post_line(post) for post in posts]


def match_lines(found: BoardMatches) -> list[MatchLine]:
    """Matches in words, best first."""
    return [_match(one) for one in found.matches]


def refused_lines(found: BoardMatches) -> list[tuple[str | Promise, int]]:
    """Why others of the corridor do not fit, commonest first."""
    ranked = sorted(found.refused.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(REASONS[name], count) for name, count in ranked]


def said_lines(said: Iterable[SaidFacts], *, side: str, currency: str) -> list[SaidLine]:
    """What was said and done, oldest first."""
    return [
        SaidLine(
            one.side == side, DEEDS.get(one.deed, one.deed), one.text,
            Money(one.price_minor, currency) if one.price_minor else None, one,
        )
        for one in said
    ]  # fmt: skip


def _match(one: MatchFacts) -> MatchLine:
    points = tuple((PARTS[name], value) for name, value in one.points.items())
    price = Money(one.price_minor, one.post.currency)
    return MatchLine(post_line(one.post), price, one.score, points, one.slack_days, one.share * 100)


@cache
def _names() -> dict[str, str]:
    return {code: hub.name for code, hub in places().items()}
