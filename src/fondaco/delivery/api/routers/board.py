"""The information board: post, match, negotiate, agree. Others' names and contacts come only by permission."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Currency, Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import board as flow
from fondaco.flows.board import BoardPage, DealPage, PostPage
from fondaco.kernel import clock
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import CargoClass, Contact, DealFacts, NewPost, PostFacts, PostKind

router = Router(tags=["board"])

Minor = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Place = Annotated[str, Field(min_length=2, max_length=12, description="A hub's code, such as CGO")]


class ContactIn(Schema):
    """Whom to ask for; shown by permission only."""

    name: str = Field(min_length=1, max_length=120)
    email: str = Field(min_length=3, max_length=200)
    phone: str = Field("", max_length=40)


class PostIn(Schema):
    """Capacity (departs, arrives by) or cargo (ready, due). Grams, litres, minor units of the currency."""

    kind: PostKind
    origin: Place
    destination: Place
    first_on: date
    last_on: date
    mass_g: int = Field(ge=1, le=1_000_000_000_000)
    volume_l: int = Field(ge=1, le=1_000_000_000)
    currency: Currency
    price_minor: Minor = Field(0, description="Capacity: the least. Cargo: the most, for the whole lot.")
    per_kg_minor: Minor = 0
    per_m3_minor: Minor = 0
    mode: Literal["", "air", "sea", "rail", "road", "barge"] = ""
    classes: list[CargoClass] = Field(
        default_factory=lambda: [CargoClass.GENERAL], min_length=1, max_length=14
    )
    contact: ContactIn


class PairIn(Schema):
    """One's own post, and another's that fits it."""

    mine: UUID
    theirs: UUID


class StepIn(Schema):
    """A step. `price_minor` for offer and accept, `text` for say."""

    event: Literal["say", "offer", "accept", "confirm", "decline", "share", "hide"]
    price_minor: Minor | None = None
    text: str = Field("", max_length=1000)


class DealOpened(Schema):
    """A negotiation by its identifier."""

    id: UUID


class AssignedPair(Schema):
    """A pair of the optimal batch."""

    cargo_id: UUID
    capacity_id: UUID
    price_minor: int
    score: float


@router.get("", response=BoardPage)
def board(
    request: HttpRequest,
    kind: PostKind,
    origin: Annotated[str, Field(max_length=12)] = "",
    destination: Annotated[str, Field(max_length=12)] = "",
) -> BoardPage:
    """One's own posts, others' open ones (the newest 50) without names, and one's negotiations."""
    return flow.board_page(scope_of(request), kind, now=clock.now(), origin=origin, destination=destination)


@router.get("/posts", response=Page[PostFacts])
def posts(
    request: HttpRequest,
    *,
    kind: PostKind = PostKind.CAPACITY,
    whose: Literal["others", "own"] = "others",
    origin: Annotated[str, Field(max_length=12)] = "",
    destination: Annotated[str, Field(max_length=12)] = "",
    cursor: UUID | None = None,
    size: Size = 50,
) -> dict[str, Any]:
    """Others' open posts without names, or all of one's own (whatever their places), newest first."""
    scope = scope_of(request)
    if whose == "own":
        return page_of(logistics.own_posts(scope, kind, after=cursor, limit=size + 1), size)
    found, following = flow.market_page(
        scope, kind, now=clock.now(), origin=origin, destination=destination, after=cursor, size=size
    )
    return {"items": found, "next_cursor": following}


@router.get("/deals", response=Page[DealFacts])
def deals(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """One's negotiations, the last changed first."""
    return page_of(logistics.list_deals(scope_of(request), after=cursor, limit=size + 1), size)


@router.post("/posts", response={201: PostFacts}, openapi_extra=KEYED)
def post(request: HttpRequest, body: PostIn) -> Status[Any]:
    """Put capacity (carriers) or cargo (merchants) on the board."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: flow.add_post(scope, _new(body), now=now), status=201)


@router.get("/posts/{post_id}", response=PostPage)
def matches(request: HttpRequest, post_id: UUID) -> PostPage:
    """One of one's posts: the ten best matches with their points, why others do not fit, grants and receipts."""
    return flow.post_page(scope_of(request), post_id, now=clock.now())


@router.post("/posts/{post_id}/withdraw", response={204: None}, openapi_extra=KEYED)
def withdraw(request: HttpRequest, post_id: UUID) -> Status[Any]:
    """Take a post off the board."""
    scope = scope_of(request)
    return write(request, lambda: flow.take_off(scope, post_id, now=clock.now()), status=204)


@router.post("/deals", response={201: DealOpened}, openapi_extra=KEYED)
def begin(request: HttpRequest, body: PairIn) -> Status[Any]:
    """Begin to negotiate about a pair; the same pair again gives the same negotiation."""
    scope = scope_of(request)

    def act() -> DealOpened:
        return DealOpened(id=flow.begin_deal(scope, mine=body.mine, theirs=body.theirs, now=clock.now()))

    return write(request, act, status=201)


@router.get("/deals/{deal_id}", response=DealPage)
def deal(request: HttpRequest, deal_id: UUID) -> DealPage:
    """A negotiation: the posts, what was said, the possible steps, and the other side's contact by permission."""
    return flow.deal_page(scope_of(request), deal_id, now=clock.now())


@router.post("/deals/{deal_id}/steps", response=DealPage, openapi_extra=KEYED)
def step(request: HttpRequest, deal_id: UUID, body: StepIn) -> Status[Any]:
    """Take a step; the negotiation after it."""
    scope = scope_of(request)

    def act() -> DealPage:
        now = clock.now()
        flow.take_step(scope, deal_id, body.event, text=body.text, price_minor=body.price_minor, now=now)
        return flow.deal_page(scope, deal_id, now=now)

    return write(request, act)


@router.get("/assignment", response=list[AssignedPair])
def assignment(request: HttpRequest) -> list[AssignedPair]:
    """The platform's: as many pairs as can be and then the most points, over up to 2,000 open posts of each kind."""
    return [
        AssignedPair(cargo_id=cargo, capacity_id=capacity, price_minor=price, score=score)
        for cargo, capacity, price, score in flow.assign_day(scope_of(request), now=clock.now())
    ]


def _new(body: PostIn) -> NewPost:
    return NewPost(
        body.kind.value, body.origin, body.destination, body.first_on, body.last_on, body.mass_g, body.volume_l,
        body.currency, body.price_minor, Contact(body.contact.name, body.contact.email, body.contact.phone),
        frozenset(name.value for name in body.classes), body.per_kg_minor, body.per_m3_minor, body.mode,
    )  # fmt: skip
