"""The information board: logistics keeps posts and negotiations, sharing says who may see what of them.

Every post is a shared record. Posting it lets the other side's kind see its facts, for matching, until it can no
longer be agreed; negotiating lets one counterparty see them; a contact and a name are seen only by a permission of
their own, which both sides give by confirming, or one gives earlier by choice. Nothing of another's post is shown but
through `sharing.look_at_records`, which leaves a receipt for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import Forbidden, NotFound, Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    BadOffer,
    BoardMatches,
    Contact,
    DealFacts,
    DealParties,
    NewPost,
    PostFacts,
    PostKind,
    SaidFacts,
)
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import NewRecordGrant, RecordGrantDTO, RecordLevel

POST = "board-post"
MATCHING, NEGOTIATING, CARRYING = "matching on the board", "negotiation", "carriage agreed"
AFTERWARDS = timedelta(days=90)  # claims and papers follow a carriage for weeks
_AUDIENCE = {PostKind.CAPACITY: Kind.SELLER, PostKind.CARGO: Kind.CARRIER}


class BadStep(Refused):
    code = "bad-step"
    title = "A negotiation knows no such step."
    remedy = "Say, offer, accept, confirm, decline, share or hide."


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One tab: one's own posts, others' open ones without names, and one's negotiations."""

    kind: str
    mine: tuple[PostFacts, ...]
    market: tuple[PostFacts, ...]
    deals: tuple[DealFacts, ...]
    may_post: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A look at one's own post: by which kind of organisation, at what level, for what, when."""

    kind: str
    level: str
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PostPage:
    """One's own post: the best matches, the permissions on it and who looked."""

    found: BoardMatches
    grants: tuple[RecordGrantDTO, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Who the other side is; only ever made by a permission."""

    organisation: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class DealPage:
    """A negotiation as one side sees it. `other` is None without a permission; `given` says whether one gave one's own."""

    deal: DealFacts
    own: PostFacts
    theirs: PostFacts | None
    said: tuple[SaidFacts, ...]
    other: Counterpart | None
    given: bool


def board_page(
    scope: Scope, kind: str, *, now: datetime, origin: str = "", destination: str = ""
) -> BoardPage:
    """A tab of the board; six queries, however many posts there are."""
    market = logistics.market_posts(scope, kind, today=now.date(), origin=origin, destination=destination)
    return BoardPage(
        kind=kind,
        mine=logistics.own_posts(scope, kind),
        market=_seen(scope, market, now=now),
        deals=logistics.list_deals(scope),
        may_post=scope.kind == _poster(kind) and scope.role != Role.VIEWER,
    )


def market_page(
    scope: Scope,
    kind: str,
    *,
    now: datetime,
    origin: str = "",
    destination: str = "",
    after: UUID | None = None,
    size: int = 50,
) -> tuple[tuple[PostFacts, ...], str]:
    """Others' open posts without names, newest first, past post `after`, and the last one's id where there are more.

    At most `size`: a post that `scope` may no longer see is left out.
    """
    found = logistics.market_posts(
        scope, kind, today=now.date(), origin=origin, destination=destination, after=after, limit=size + 1
    )
    following = str(found[size - 1].id) if len(found) > size else ""
    return _seen(scope, found[:size], now=now), following


def post_page(scope: Scope, post_id: UUID, *, now: datetime) -> PostPage:
    """One of `scope`'s posts with its matches; NotFound for others' posts."""
    found = logistics.match_post(scope, post_id, today=now.date())
    seen = {post.id for post in _seen(scope, [m.post for m in found.matches], now=now)}
    looks = sharing.record_receipts(POST, post_id)
    return PostPage(
        found=replace(found, matches=tuple(m for m in found.matches if m.post.id in seen)),
        grants=tuple(sharing.record_grants(scope, POST, post_id, now=now)),
        looks=tuple(Look(r.organisation_kind, r.level, r.purpose, r.at) for r in looks),
    )


def deal_page(scope: Scope, deal_id: UUID, *, now: datetime) -> DealPage:
    """One of `scope`'s negotiations; NotFound for others. Names and contacts only by a permission in force."""
    deal, capacity, cargo, said = logistics.deal_detail(scope, deal_id)
    pair = logistics.deal_parties(scope, deal_id)
    own, theirs = (capacity, cargo) if scope.organisation_id == pair.carrier_id else (cargo, capacity)
    other = _counterpart(scope, pair, theirs.id, now=now)
    return DealPage(
        deal=deal,
        own=own,
        theirs=next(iter(_seen(scope, [theirs], now=now)), None),
        said=said if other else tuple(_hidden(one, deal.side) for one in said),
        other=other,
        given=_has_given(scope, own.id, _other_side(scope, pair), now=now),
    )


def add_post(scope: Scope, new: NewPost, *, now: datetime, is_demo: bool = False) -> PostFacts:
    """Put a post on the board and let the other side's kind see its facts, until nothing can be agreed on it."""
    with transaction.atomic():
        post = logistics.post_to_board(scope, new, now=now, is_demo=is_demo)
        last = post.first_on if post.kind == PostKind.CAPACITY else post.last_on
        grant = NewRecordGrant(
            POST, post.id, RecordLevel.FACTS, scope.organisation_id, MATCHING, _end_of(last),
            grantee_kind=_AUDIENCE[PostKind(post.kind)].value,
        )  # fmt: skip
        sharing.grant_records([grant], now=now, actor=_actor(scope))
    return post


def take_off(scope: Scope, post_id: UUID, *, now: datetime) -> None:
    """Withdraw a post; nobody finds it any more. Counterparties of its negotiations keep what they saw."""
    with transaction.atomic():
        logistics.withdraw_post(scope, post_id, now=now)
        sharing.revoke_records(scope, POST, [post_id], now=now)


def begin_deal(scope: Scope, *, mine: UUID, theirs: UUID, now: datetime) -> UUID:
    """Begin to negotiate about one's own post and another's that one may see; each side sees the other's facts.

    NotFound for a post that one may not see, NoFit where the two do not fit. Again, the same negotiation.
    """
    if not sharing.look_at_records(scope, POST, [theirs], level=RecordLevel.FACTS, now=now):
        raise NotFound(field="post", value=str(theirs))
    with transaction.atomic():
        deal_id = logistics.open_deal(scope, mine=mine, theirs=theirs, now=now)
        pair = logistics.deal_parties(scope, deal_id)
        sharing.grant_records(_facts_for_both(pair, now=now), now=now, actor=_actor(scope))
    return deal_id


def share_contact(scope: Scope, deal_id: UUID, *, now: datetime, purpose: str = NEGOTIATING) -> None:
    """Let the other side of a negotiation see one's name and contact before it is agreed."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER, Kind.CARRIER))
    pair = logistics.deal_parties(scope, deal_id)
    own = _own_post(scope, pair)
    grant = NewRecordGrant(
        POST, own, RecordLevel.CONTACT, scope.organisation_id, purpose, now + AFTERWARDS,
        grantee_id=_other_side(scope, pair),
    )  # fmt: skip
    with transaction.atomic():
        sharing.grant_records([grant], now=now, actor=_actor(scope))


def hide_contact(scope: Scope, deal_id: UUID, *, now: datetime) -> None:
    """Take that permission back; it ends at once."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER, Kind.CARRIER))
    pair = logistics.deal_parties(scope, deal_id)
    with transaction.atomic():
        sharing.revoke_records(
            scope, POST, [_own_post(scope, pair)], now=now, grantee_id=_other_side(scope, pair),
            level=RecordLevel.CONTACT,
        )  # fmt: skip


def confirm_deal(scope: Scope, deal_id: UUID, *, now: datetime) -> bool:
    """Confirm accepted terms; whether it is agreed now. Then each side's contact is opened to the other.

    CapacityGone changes nothing.
    """
    with transaction.atomic():
        agreed = logistics.confirm_deal(scope, deal_id, now=now)
        if agreed:
            pair = logistics.deal_parties(scope, deal_id)
            sharing.grant_records(_contacts_for_both(pair, now=now), now=now, actor=_actor(scope))
    return agreed


def decline_deal(scope: Scope, deal_id: UUID, *, now: datetime) -> None:
    """End a negotiation; what one let the other side see of one's post ends with it."""
    pair = logistics.deal_parties(scope, deal_id)
    with transaction.atomic():
        logistics.decline_deal(scope, deal_id, now=now)
        sharing.revoke_records(
            scope, POST, [_own_post(scope, pair)], now=now, grantee_id=_other_side(scope, pair)
        )


def take_step(
    scope: Scope, deal_id: UUID, event: str, *, text: str = "", price_minor: int | None = None, now: datetime
) -> None:
    """One step of a negotiation by its name: say, offer, accept, confirm, decline, share or hide.

    BadOffer for an offer or an acceptance without a price; BadStep for a name that is none of these.
    """
    match event:
        case "say":
            logistics.say(scope, deal_id, text, now=now)
        case "offer":
            logistics.make_offer(scope, deal_id, price_minor=_given(price_minor), now=now)
        case "accept":
            logistics.accept_offer(scope, deal_id, price_minor=_given(price_minor), now=now)
        case "confirm":
            confirm_deal(scope, deal_id, now=now)
        case "decline":
            decline_deal(scope, deal_id, now=now)
        case "share":
            share_contact(scope, deal_id, now=now)
        case "hide":
            hide_contact(scope, deal_id, now=now)
        case _:
            raise BadStep(field="event", value=event[:20])


def _given(price_minor: int | None) -> int:
    if price_minor is None:
        raise BadOffer(field="price_minor")
    return price_minor


def assign_day(scope: Scope, *, now: datetime) -> tuple[tuple[UUID, UUID, int, float], ...]:
    """The optimal pairs of all open posts (cargo, capacity, price, score); the platform only. Nothing is agreed by it."""
    scope.require(role=Role.CLERK, kinds=(Kind.PLATFORM,))
    return logistics.assign_board(today=now.date())


def _seen(scope: Scope, posts: Sequence[PostFacts], *, now: datetime) -> tuple[PostFacts, ...]:
    """Those of `posts` whose facts `scope` may see; a receipt is left for each."""
    allowed = sharing.look_at_records(
        scope, POST, [post.id for post in posts], level=RecordLevel.FACTS, now=now
    )
    return tuple(post for post in posts if post.id in allowed)


def _counterpart(scope: Scope, pair: DealParties, post_id: UUID, *, now: datetime) -> Counterpart | None:
    """Name and contact of the other side, by a permission in force; a receipt is left."""
    allowed = sharing.look_at_records(scope, POST, [post_id], level=RecordLevel.CONTACT, now=now)
    if not allowed:
        return None
    other = _other_side(scope, pair)
    name = parties.organisations([other])[other].name
    return Counterpart(name, logistics.contacts_of([post_id])[post_id])


def _has_given(scope: Scope, post_id: UUID, grantee_id: UUID, *, now: datetime) -> bool:
    return any(
        grant.state == "active" and grant.level == RecordLevel.CONTACT and grant.grantee_id == grantee_id
        for grant in sharing.record_grants(scope, POST, post_id, now=now)
    )


def _hidden(one: SaidFacts, side: str) -> SaidFacts:
    """A message of the other side without addresses and telephone numbers."""
    return one if one.side == side else replace(one, text=logistics.hide_contacts(one.text))


def _facts_for_both(pair: DealParties, *, now: datetime) -> list[NewRecordGrant]:
    return _for_both(pair, RecordLevel.FACTS, NEGOTIATING, now=now)


def _contacts_for_both(pair: DealParties, *, now: datetime) -> list[NewRecordGrant]:
    return _for_both(pair, RecordLevel.CONTACT, CARRYING, now=now)


def _for_both(pair: DealParties, level: str, purpose: str, *, now: datetime) -> list[NewRecordGrant]:
    until = now + timedelta(days=400) + AFTERWARDS
    return [
        NewRecordGrant(
            POST, pair.capacity_id, level, pair.carrier_id, purpose, until, grantee_id=pair.seller_id
        ),
        NewRecordGrant(
            POST, pair.cargo_id, level, pair.seller_id, purpose, until, grantee_id=pair.carrier_id
        ),
    ]


def _own_post(scope: Scope, pair: DealParties) -> UUID:
    """The post that `scope` answers for; Forbidden for an onlooker, who cannot permit anything."""
    if scope.organisation_id not in (pair.carrier_id, pair.seller_id):
        raise Forbidden(field="organisation", value=scope.kind.value)
    return pair.capacity_id if scope.organisation_id == pair.carrier_id else pair.cargo_id


def _other_side(scope: Scope, pair: DealParties) -> UUID:
    return pair.seller_id if scope.organisation_id == pair.carrier_id else pair.carrier_id


def _poster(kind: str) -> Kind:
    return Kind.CARRIER if kind == PostKind.CAPACITY else Kind.SELLER


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def _actor(scope: Scope) -> str:
    return scope.actor or str(scope.user_id or scope.organisation_id)
