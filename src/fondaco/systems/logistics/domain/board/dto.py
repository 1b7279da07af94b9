"""What the board tells. Nothing here names an owner but `DealParties`, which is for flows only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post without its owner. Masses in grams, volumes in litres, `left_*` is not yet agreed."""

    id: UUID
    number: str
    kind: str
    origin: str
    destination: str
    first_on: date
    last_on: date
    mass_g: int
    volume_l: int
    left_g: int
    left_l: int
    classes: tuple[str, ...]
    mode: str
    currency: str
    price_minor: int
    per_kg_minor: int
    per_m3_minor: int
    state: str
    is_demo: bool
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """A post that fits, its price and its points of 100."""

    post: PostFacts
    price_minor: int
    score: float
    points: dict[str, float]
    slack_days: int
    share: float


@dataclass(frozen=True, slots=True)
class BoardMatches:
    """The best posts of the other side; how many of the corridor fit; why the others do not, by first reason."""

    post: PostFacts
    matches: tuple[MatchFacts, ...]
    fitting: int
    refused: dict[str, int]


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A negotiation without names. `events` are the steps that the asking side may take now."""

    id: UUID
    state: str
    side: str
    capacity_number: str
    cargo_number: str
    origin: str
    destination: str
    currency: str
    price_minor: int | None
    offered_by: str
    carrier_confirmed_at: datetime | None
    seller_confirmed_at: datetime | None
    changed_at: datetime
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaidFacts:
    """Something said or done in a negotiation."""

    side: str
    deed: str
    text: str
    price_minor: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DealParties:
    """Whose a negotiation is and which posts it joins; for flows, which alone decide what is shown."""

    deal_id: UUID
    state: str
    capacity_id: UUID
    cargo_id: UUID
    carrier_id: UUID
    seller_id: UUID
