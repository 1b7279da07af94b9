"""Writing on the board: posts, negotiations, and the agreement that takes capacity exactly once.

Capacity is taken by one conditional UPDATE when the second side confirms: of many writers, those for whom enough is
left win, the others are refused and nothing of theirs changes. CHECKs stand behind it.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, Forbidden, NotFound, Refused
from fondaco.kernel.statemachine import IllegalTransition
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.board.dto import PostFacts
from fondaco.systems.logistics.domain.board.posting import (
    CAPACITY,
    CARGO,
    MOST_MINOR,
    NewPost,
    check_post,
    mask_of,
)
from fondaco.systems.logistics.models import (
    DEALS,
    POSTS,
    BoardPost,
    Deal,
    DealMessage,
    DealState,
    PostKind,
    PostState,
)
from fondaco.systems.logistics.selectors.board import CARRIER, find_deal, post_facts, side_of, why_not

POSTS_BY = {CAPACITY: Kind.CARRIER, CARGO: Kind.SELLER}
_LETTER = {CAPACITY: "V", CARGO: "G"}


class NoFit(Refused):
    code = "board-no-fit"
    title = "These two posts do not fit."
    remedy = "Choose one of the matches that the board lists for your post."


class CapacityGone(Conflict):
    code = "board-capacity-gone"
    title = "What is left of this capacity is too little, or the cargo is agreed elsewhere."
    remedy = "Nothing was agreed. Look for another match; the board shows what is left."


class BadOffer(Refused):
    code = "board-bad-offer"
    title = "This offer cannot be made."
    remedy = "Give a price above 0 in the currency of the posts."


class EmptyMessage(Refused):
    code = "board-empty-message"
    title = "A message needs words."
    remedy = "Write up to 1,000 characters."


def post_to_board(scope: Scope, new: NewPost, *, now: datetime, is_demo: bool = False) -> PostFacts:
    """Put a post on the board: carriers post capacity, sellers cargo. Refused as `check_post` says."""
    scope.require(role=Role.CLERK)
    check_post(new, today=now.date())
    if scope.kind != POSTS_BY[new.kind]:
        raise Forbidden("Carriers post capacity, sellers post cargo.", field="kind", value=new.kind)
    with transaction.atomic():
        row = BoardPost.objects.create(
            number=_number(new.kind), kind=new.kind, owner_id=scope.organisation_id, origin=new.origin,
            destination=new.destination, first_on=new.first_on, last_on=new.last_on, mass_g=new.mass_g,
            volume_l=new.volume_l, classes=mask_of(new.classes), mode=new.mode, currency=new.currency,
            price_minor=new.price_minor, per_kg_minor=new.per_kg_minor, per_m3_minor=new.per_m3_minor,
            contact_name=new.contact.name.strip()[:120], contact_email=new.contact.email.strip()[:200],
            contact_phone=new.contact.phone.strip()[:40], is_demo=is_demo, posted_at=now, changed_at=now,
        )  # fmt: skip
        _audit("posted", row, scope, now)
    return post_facts(row)


def withdraw_post(scope: Scope, post_id: UUID, *, now: datetime) -> None:
    """Take a post off the board; what is agreed stays agreed. NotFound for others' posts."""
    scope.require(role=Role.CLERK)
    with transaction.atomic():
        row = BoardPost.objects.of(scope).select_for_update().filter(pk=post_id).first()
        if row is None:
            raise NotFound(field="post", value=str(post_id))
        row.state, row.changed_at = POSTS.after(row.state, "withdraw"), now
        row.save(update_fields=["state", "changed_at"])
        _audit("withdrawn", row, scope, now)


def open_deal(scope: Scope, *, mine: UUID, theirs: UUID, now: datetime) -> UUID:
    """Begin to negotiate about one's own post and another's; the same pair again gives the same negotiation.

    NotFound for a post that is not one's own or not open, NoFit with the first reason why the two do not fit.
    """
    side = _acting(scope)
    with transaction.atomic():
        own = BoardPost.objects.of(scope).filter(pk=mine, state=PostState.OPEN).first()
        other = BoardPost.objects.house().filter(pk=theirs, state=PostState.OPEN).first()
        if own is None or other is None or other.owner_id == scope.organisation_id:
            raise NotFound(field="post", value=str(theirs if own else mine))
        if own.kind == other.kind:
            raise NoFit("kind", field="post", value=other.number)
        capacity, cargo = (own, other) if own.kind == CAPACITY else (other, own)
        if reason := why_not(capacity, cargo) or ("departed" if capacity.first_on < now.date() else ""):
            raise NoFit(reason, field="post", value=other.number)
        return _deal_of(capacity, cargo, side, scope, now)


def say(scope: Scope, deal_id: UUID, text: str, *, now: datetime) -> None:
    """Add a message to a negotiation."""
    side, words = _acting(scope), text.replace("\0", "").strip()
    if not words or len(words) > 1000:
        raise EmptyMessage(field="text", value=len(words))
    with transaction.atomic():
        row = find_deal(scope, deal_id, lock=True)
        if row.state == DealState.DECLINED:
            raise IllegalTransition(field="state", value=row.state)
        _tell(row, side, "say", scope, now, text=words)
        row.changed_at = now
        row.save(update_fields=["changed_at"])


def make_offer(scope: Scope, deal_id: UUID, *, price_minor: int, now: datetime) -> None:
    """Offer a price for the whole cargo; it replaces the offer before."""
    side = _acting(scope)
    if not 0 < price_minor <= MOST_MINOR:
        raise BadOffer(field="price_minor", value=price_minor)
    with transaction.atomic():
        row = find_deal(scope, deal_id, lock=True)
        row.state = DEALS.after(row.state, "offer")
        row.price_minor, row.offered_by = price_minor, side
        _step(row, side, "offer", scope, now, price_minor=price_minor)


def accept_offer(scope: Scope, deal_id: UUID, *, price_minor: int, now: datetime) -> None:
    """Accept the other side's offer of exactly this price; another price was offered meanwhile: refused."""
    side = _acting(scope)
    with transaction.atomic():
        row = find_deal(scope, deal_id, lock=True)
        after = DEALS.after(row.state, "accept")
        if row.offered_by == side or row.price_minor != price_minor:
            raise IllegalTransition(field="price_minor", value=price_minor)
        row.state = after
        _step(row, side, "accept", scope, now, price_minor=row.price_minor)


def confirm_deal(scope: Scope, deal_id: UUID, *, now: datetime) -> bool:
    """Confirm accepted terms; True when this was the second side's: then it is agreed and the capacity is taken.

    CapacityGone where too little is left by now; then not even the confirmation is kept.
    """
    side = _acting(scope)
    with transaction.atomic():
        row = find_deal(scope, deal_id, lock=True)
        if row.state != DealState.ACCEPTED:
            raise IllegalTransition(field="state", value=row.state)
        if side == CARRIER:
            row.carrier_confirmed_at = row.carrier_confirmed_at or now
        else:
            row.seller_confirmed_at = row.seller_confirmed_at or now
        both = bool(row.carrier_confirmed_at and row.seller_confirmed_at)
        if both:
            _take(row, now.date(), now)
            row.state = DEALS.after(row.state, "agree")
        _step(row, side, "agree" if both else "confirm", scope, now, price_minor=row.price_minor)
    return both


def decline_deal(scope: Scope, deal_id: UUID, *, now: datetime) -> None:
    """End a negotiation that is not agreed."""
    side = _acting(scope)
    with transaction.atomic():
        row = find_deal(scope, deal_id, lock=True)
        row.state = DEALS.after(row.state, "decline")
        _step(row, side, "decline", scope, now)


def _acting(scope: Scope) -> str:
    """The side that acts; Forbidden for viewers and for everybody who is neither."""
    scope.require(role=Role.CLERK)
    side = side_of(scope)
    if not side:
        raise Forbidden(field="organisation", value=scope.kind.value)
    return side


def _take(row: Deal, today: date, now: datetime) -> None:
    """Cargo first, then capacity: one order for all, so that two agreements never wait for each other."""
    cargo = BoardPost.objects.house().filter(pk=row.cargo_id, state=PostState.OPEN, last_on__gte=today)
    lot = BoardPost.objects.house().filter(pk=row.cargo_id).values_list("mass_g", "volume_l").get()
    taken = {"taken_g": F("taken_g") + lot[0], "taken_l": F("taken_l") + lot[1], "changed_at": now}
    if not cargo.update(state=POSTS.after(PostState.OPEN, "fill"), **taken):
        raise CapacityGone(field="cargo", value=str(row.cargo_id))
    free = BoardPost.objects.house().filter(
        pk=row.capacity_id, state=PostState.OPEN, first_on__gte=today, mass_g__gte=F("taken_g") + lot[0],
        volume_l__gte=F("taken_l") + lot[1],
    )  # fmt: skip
    if not free.update(**taken):
        raise CapacityGone(field="capacity", value=str(row.capacity_id))
    whole = Q(taken_g=F("mass_g")) | Q(taken_l=F("volume_l"))
    full = BoardPost.objects.house().filter(whole, pk=row.capacity_id, state=PostState.OPEN)
    full.update(state=POSTS.after(PostState.OPEN, "fill"))


def _deal_of(capacity: BoardPost, cargo: BoardPost, side: str, scope: Scope, now: datetime) -> UUID:
    known = Deal.objects.house().filter(capacity=capacity, cargo=cargo).exclude(state=DealState.DECLINED)
    if found := known.values_list("pk", flat=True).first():
        return UUID(str(found))
    try:
        with transaction.atomic():
            row = Deal.objects.create(
                capacity=capacity, cargo=cargo, carrier_id=capacity.owner_id, seller_id=cargo.owner_id,
                currency=cargo.currency, opened_at=now, changed_at=now,
            )  # fmt: skip
            _record(row, "opened", side, scope, now)
    except IntegrityError:
        return UUID(str(known.values_list("pk", flat=True).get()))
    return UUID(str(row.pk))


def _step(
    row: Deal, side: str, deed: str, scope: Scope, now: datetime, *, price_minor: int | None = None
) -> None:
    row.changed_at = now
    row.save()
    _tell(row, side, deed, scope, now, price_minor=price_minor)


def _tell(
    row: Deal,
    side: str,
    deed: str,
    scope: Scope,
    now: datetime,
    *,
    text: str = "",
    price_minor: int | None = None,
) -> None:
    """Keep the message, the audit trail of both sides and the event in the same transaction."""
    DealMessage.objects.create(deal=row, side=side, deed=deed, text=text, price_minor=price_minor, at=now)
    _record(row, deed, side, scope, now)


def _record(row: Deal, deed: str, side: str, scope: Scope, now: datetime) -> None:
    facts = {"side": side, "price_minor": row.price_minor, "currency": row.currency, "state": str(row.state)}
    person = scope.actor or str(scope.user_id)
    for owner in (row.carrier_id, row.seller_id):  # the other side reads which side acted, not who
        told = audit.Deed(f"logistics.deal-{deed}", "deal", str(row.pk), owner, facts)
        audit.record([told], actor=person if owner == scope.organisation_id else f"board:{side}", at=now)
    outbox.append([outbox.Event(f"logistics.deal-{deed}", str(row.pk), facts)])


def _audit(deed: str, row: BoardPost, scope: Scope, now: datetime) -> None:
    facts = {"number": row.number}
    event = audit.Deed(f"logistics.board-post-{deed}", "board-post", str(row.pk), row.owner_id, facts)
    audit.record([event], actor=scope.actor or str(scope.user_id), at=now)
    outbox.append([outbox.Event(f"logistics.board-post-{deed}", str(row.pk), facts)])


def _number(kind: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('logistics_board_serial')")
        return f"{_LETTER[PostKind(kind)]}-{cursor.fetchone()[0]:06d}"
