"""Reading the board. What is returned of another's post never says whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.paging import newest_after, ordered_after
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics.domain.board import assigning, ranking
from fondaco.systems.logistics.domain.board.dto import (
    BoardMatches,
    DealFacts,
    DealParties,
    MatchFacts,
    PostFacts,
    SaidFacts,
)
from fondaco.systems.logistics.domain.board.posting import CAPACITY, CARGO, Contact, classes_of
from fondaco.systems.logistics.models import DEALS, BoardPost, Deal, DealMessage, DealState, PostState

CARRIER, SELLER = "carrier", "seller"
OTHER = {CAPACITY: CARGO, CARGO: CAPACITY}
MOST_RANKED = 50_000
MOST_ASSIGNED = 2_000


def own_posts(
    scope: Scope, kind: str, *, after: UUID | None = None, limit: int = 50
) -> tuple[PostFacts, ...]:
    """The posts that `scope` may manage, newest first, past post `after` where one is named; one query."""
    rows = ordered_after(BoardPost.objects.of(scope).filter(kind=kind), after, by=("-id",))
    return tuple(post_facts(row) for row in rows[:limit])


def market_posts(
    scope: Scope,
    kind: str,
    *,
    today: date,
    origin: str = "",
    destination: str = "",
    after: UUID | None = None,
    limit: int = 50,
) -> tuple[PostFacts, ...]:
    """Open posts of others on which something can still be agreed, newest first, past post `after`; one query."""
    rows = _open(kind, today).exclude(owner_id=scope.organisation_id)
    rows = rows.filter(origin=origin) if origin else rows
    rows = rows.filter(destination=destination) if destination else rows
    return tuple(post_facts(row) for row in ordered_after(rows, after, by=("-id",))[:limit])


def match_post(scope: Scope, post_id: UUID, *, today: date, top: int = 10) -> BoardMatches:
    """The best posts of the other side for one of `scope`'s own; NotFound for others' posts. Two queries."""
    row = BoardPost.objects.of(scope).filter(pk=post_id).first()
    if row is None:
        raise NotFound(field="post", value=str(post_id))
    corridor = _open(OTHER[row.kind], today).filter(origin=row.origin, destination=row.destination)
    others = list(corridor.exclude(owner_id=row.owner_id).order_by("pk")[:MOST_RANKED])
    found = _ranked(row, others, top=top)
    matches = tuple(
        MatchFacts(post_facts(others[m.at]), m.price_minor, m.score, m.points, m.slack_days, m.share)
        for m in found.matches
    )
    return BoardMatches(post_facts(row), matches, found.fitting, found.refused)


def why_not(capacity: BoardPost, cargo: BoardPost) -> str:
    """The first reason why the two do not fit; empty where they do."""
    found = _ranked(cargo, [capacity], top=1)
    if (capacity.origin, capacity.destination) != (cargo.origin, cargo.destination):
        return "corridor"
    return next(iter(found.refused), "")


def assign_board(*, today: date, most: int = MOST_ASSIGNED) -> tuple[tuple[UUID, UUID, int, float], ...]:
    """House work: the optimal pairs (cargo, capacity, price, score) of up to `most` open posts of each kind."""
    cargoes, capacities = (list(_open(kind, today).order_by("pk")[:most]) for kind in (CARGO, CAPACITY))
    if not cargoes or not capacities:
        return ()
    intern = ranking.Interner()
    pairs = assigning.assign(
        *(ranking.columns_of([_lot(r) for r in rows], intern=intern) for rows in (cargoes, capacities))
    )
    return tuple((cargoes[p.cargo].pk, capacities[p.capacity].pk, p.price_minor, p.score) for p in pairs)


def list_deals(scope: Scope, *, after: UUID | None = None, limit: int = 50) -> tuple[DealFacts, ...]:
    """`scope`'s negotiations, last changed first, past negotiation `after` where one is named; one query."""
    rows = newest_after(Deal.objects.of(scope), after, moment="changed_at")
    found = rows.select_related("capacity", "cargo")[:limit]
    return tuple(deal_facts(row, side_of(scope)) for row in found)


def deal_detail(scope: Scope, deal_id: UUID) -> tuple[DealFacts, PostFacts, PostFacts, tuple[SaidFacts, ...]]:
    """A negotiation, its capacity, its cargo and what was said (the last 200); NotFound for others. Two queries."""
    row = find_deal(scope, deal_id)
    said = list(DealMessage.objects.of(scope).filter(deal=row).order_by("-id")[:200])
    told = tuple(SaidFacts(m.side, m.deed, m.text, m.price_minor, m.at) for m in reversed(said))
    return deal_facts(row, side_of(scope)), post_facts(row.capacity), post_facts(row.cargo), told


def deal_parties(scope: Scope, deal_id: UUID) -> DealParties:
    """Whose a negotiation of `scope`'s is; NotFound for others. Flows decide with it what may be shown."""
    row = find_deal(scope, deal_id)
    return DealParties(row.pk, row.state, row.capacity_id, row.cargo_id, row.carrier_id, row.seller_id)


def contacts_of(post_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """Contacts by post, for a flow that holds a permission for each of `post_ids`."""
    rows = BoardPost.objects.house().filter(pk__in=post_ids)
    return {row.pk: Contact(row.contact_name, row.contact_email, row.contact_phone) for row in rows}


def find_deal(scope: Scope, deal_id: UUID, *, lock: bool = False) -> Deal:
    """The row; NotFound where `scope` has none such."""
    rows = Deal.objects.of(scope).filter(pk=deal_id)
    rows = rows.select_for_update() if lock else rows.select_related("capacity", "cargo")
    row: Deal | None = rows.first()
    if row is None:
        raise NotFound(field="deal", value=str(deal_id))
    return row


def side_of(scope: Scope) -> str:
    """The side that `scope` takes; empty for the operator, who looks on."""
    return {Kind.CARRIER: CARRIER, Kind.SELLER: SELLER}.get(scope.kind, "")


def steps_for(row: Deal, side: str) -> tuple[str, ...]:
    """The steps `side` may take: an offer is accepted by the other side; each side confirms once."""
    steps = [event for event in DEALS.events(row.state) if event != "agree"]
    if not side:
        return ()
    if row.offered_by == side and "accept" in steps:
        steps.remove("accept")
    confirmed = row.carrier_confirmed_at if side == CARRIER else row.seller_confirmed_at
    if row.state == DealState.ACCEPTED and confirmed is None:
        steps.insert(0, "confirm")
    return tuple(steps)


def deal_facts(row: Deal, side: str) -> DealFacts:
    return DealFacts(
        row.pk, row.state, side, row.capacity.number, row.cargo.number, row.cargo.origin, row.cargo.destination,
        row.currency, row.price_minor, row.offered_by, row.carrier_confirmed_at, row.seller_confirmed_at,
        row.changed_at, steps_for(row, side),
    )  # fmt: skip


def post_facts(row: BoardPost) -> PostFacts:
    return PostFacts(
        row.pk, row.number, row.kind, row.origin, row.destination, row.first_on, row.last_on, row.mass_g,
        row.volume_l, row.mass_g - row.taken_g, row.volume_l - row.taken_l, classes_of(row.classes), row.mode,
        row.currency, row.price_minor, row.per_kg_minor, row.per_m3_minor, row.state, row.is_demo, row.posted_at,
    )  # fmt: skip


def _open(kind: str, today: date) -> Any:
    """Open posts whose capacity has not left, or whose cargo is not overdue."""
    rows = BoardPost.objects.house().filter(kind=kind, state=PostState.OPEN)
    return rows.filter(first_on__gte=today) if kind == CAPACITY else rows.filter(last_on__gte=today)


def _ranked(row: BoardPost, others: Sequence[BoardPost], *, top: int) -> ranking.Ranking:
    intern = ranking.Interner()
    one = ranking.columns_of([_lot(row)], intern=intern)
    index = ranking.BoardIndex(ranking.columns_of([_lot(other) for other in others], intern=intern))
    rank = ranking.rank_capacities if row.kind == CARGO else ranking.rank_cargoes
    return rank(one, index, top=top)


def _lot(row: BoardPost) -> ranking.Lot:
    return ranking.Lot(
        row.origin, row.destination, row.first_on, row.last_on, row.mass_g - row.taken_g,
        row.volume_l - row.taken_l, row.classes, row.currency, row.price_minor, row.per_kg_minor, row.per_m3_minor,
    )  # fmt: skip
