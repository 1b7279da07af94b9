"""The authority's side: the officer's desk, by lane and age, and what an officer decides there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, IntegerField, Value, When

from fondaco.kernel import audit
from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.declaration_match import NotMatched, ReasonMissing
from fondaco.platforms.window.declaration_store import (
    Live,
    LogLine,
    clear_orders,
    dto_rows,
    lock_live,
    write_live,
    write_log,
)
from fondaco.platforms.window.domain.declaration import DeclarationDTO
from fondaco.platforms.window.domain.declaration_states import EVENT_OF, WAIT_FOR_OFFICER, State
from fondaco.platforms.window.models import DECLARATION_MACHINE, Declaration, EventSource, Lane

Action = Literal["release", "inspect", "detain", "return", "query"]

_MEANS: dict[str, State] = {
    "release": State.RELEASED,
    "inspect": State.INSPECTION,
    "detain": State.DETAINED,
    "return": State.RETURNED,
    "query": State.DOCS_REQUIRED,
}
_URGENCY = (Lane.RED, Lane.YELLOW, Lane.BLUE, Lane.GREEN, Lane.NONE)


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A declaration waiting on an officer's desk: how long, and whether its documents match."""

    declaration: DeclarationDTO
    waiting: timedelta
    matched: bool


def officer_queue(
    scope: Scope, *, now: datetime, lane: str = "", size: int = 50, offset: int = 0
) -> list[DeskLine]:
    """What waits for an officer of `scope`'s authority: red before yellow, then the oldest first."""
    _officers_only(scope, role=Role.VIEWER)
    rows = Declaration.objects.of(scope).filter(state__in=WAIT_FOR_OFFICER)
    if lane:
        rows = rows.filter(lane=lane)
    rank = Case(
        *(When(lane=colour, then=Value(place)) for place, colour in enumerate(_URGENCY)),
        output_field=IntegerField(),
    )
    ordered = rows.order_by(rank, "submitted_at", "id")[offset : offset + size]
    found = dto_rows(ordered)
    clear = clear_orders({one.order_id for one in found})
    return [DeskLine(one, now - (one.submitted_at or now), one.order_id in clear) for one in found]


def desk_counts(scope: Scope) -> dict[str, int]:
    """How much waits on the desk of `scope`'s authority by lane; one query."""
    _officers_only(scope, role=Role.VIEWER)
    rows = Declaration.objects.of(scope).filter(state__in=WAIT_FOR_OFFICER)
    return dict(rows.order_by().values_list("lane").annotate(number=Count("id")))


def decide(
    scope: Scope, declaration_id: UUID, action: Action, *, reason: str, now: datetime, lane: str = ""
) -> DeclarationDTO:
    """Record an officer's decision on a declaration of the officer's own authority.

    `lane` re-routes it, with the same reason. Forbidden for anybody but a clerk of a customs authority;
    NotFound for another authority's; ReasonMissing; IllegalTransition when the state does not allow it;
    NotMatched for a release while the three documents do not agree.
    """
    _officers_only(scope, role=Role.CLERK)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        live = _mine(scope, declaration_id)
        means = _MEANS[action]
        DECLARATION_MACHINE.after(live.standing.state, EVENT_OF[means])
        if action == "release" and live.order_id not in clear_orders([live.order_id]):
            raise NotMatched(field="declaration", value=live.lrn)
        _move(live, means, now=now, lane=lane)
        actor = scope.actor or str(scope.user_id)
        _record(live, action, reason=reason.strip(), lane=lane, actor=actor, now=now)
    return dto_rows(Declaration.objects.of(scope).filter(id=declaration_id))[0]


def answer_query(scope: Scope, declaration_id: UUID, *, answer: str, now: datetime) -> DeclarationDTO:
    """Answer, as the trader, what the authority asked for: the declaration is under review again."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if not answer.strip():
        raise ReasonMissing(field="answer")
    with transaction.atomic():
        live = _mine(scope, declaration_id)
        if live.standing.state != State.DOCS_REQUIRED:
            DECLARATION_MACHINE.after(live.standing.state, "answer")
        _move(live, State.UNDER_REVIEW, now=now, lane="")
        actor = scope.actor or str(scope.user_id)
        _record(
            live, "answer", reason=answer.strip(), lane="", actor=actor, now=now, source=EventSource.TRADER
        )
    return dto_rows(Declaration.objects.of(scope).filter(id=declaration_id))[0]


def _officers_only(scope: Scope, *, role: Role) -> None:
    """The platform's operator is no officer: nobody but the authority decides."""
    if scope.kind != Kind.CUSTOMS:
        raise Forbidden(field="organisation", value=scope.kind.value)
    scope.require(role=role)


def _mine(scope: Scope, declaration_id: UUID) -> Live:
    if not Declaration.objects.of(scope).filter(id=declaration_id).exists():
        raise NotFound(field="declaration", value=declaration_id)
    return lock_live(id=declaration_id)[0]


def _move(live: Live, means: State, *, now: datetime, lane: str) -> None:
    """An officer's word comes after everything known, even when the agency's clock runs ahead of ours."""
    known = live.standing.decided_at
    at = max(now, known + timedelta(microseconds=1)) if known else now
    settled = means in {State.RELEASED, State.RETURNED}
    live.standing = replace(live.standing, state=str(means), decided_at=at)
    if settled:
        live.standing = replace(live.standing, held="", held_at=None)
    if means == State.RELEASED:
        live.released_at = at
    if lane in Lane.values and lane:
        live.lane = lane


def _record(
    live: Live,
    action: str,
    *,
    reason: str,
    lane: str,
    actor: str,
    now: datetime,
    source: Any = EventSource.OFFICER,
) -> None:
    at = live.standing.decided_at or now
    line = LogLine(
        live.id, source, action, at, before=live.was, after=live.standing.state, means=live.standing.state,
        reason=reason, raw={"lane": lane} if lane else {},
    )  # fmt: skip
    write_log([line], actor=actor, now=now)
    write_live([live], actor=actor, now=now)
    deed = audit.Deed(
        action=f"window.officer.{action}" if source == EventSource.OFFICER else f"window.trader.{action}",
        subject_type="declaration",
        subject_id=str(live.id),
        organisation_id=live.authority_id,
        detail={"reason": reason, "lane": lane, "before": live.was, "after": live.standing.state},
    )
    audit.record([deed], actor=actor, at=now)
