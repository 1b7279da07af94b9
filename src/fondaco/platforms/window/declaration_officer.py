"""The authority's side: the officer's desk, by lane and age, and what an officer decides there.

An officer of this console IS the authority. A decision therefore leaves the desk as the authority's receipt
and comes in by the same way as any agency's (`declaration_receipts`): the same codes, log, effects and events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, IntegerField, Value, When

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Forbidden, NotFound, Refused
from fondaco.kernel.money import BadAmount, Money
from fondaco.kernel.paging import ordered_after
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.declaration_match import NotMatched, ReasonMissing
from fondaco.platforms.window.declaration_receipts import DESK, take_in
from fondaco.platforms.window.declaration_store import (
    Live,
    LogLine,
    clear_papers,
    dto_rows,
    lock_live,
    write_live,
    write_log,
)
from fondaco.platforms.window.domain.declaration import DeclarationDTO, Receipt
from fondaco.platforms.window.domain.declaration_states import (
    EVENT_OF,
    WAIT_FOR_OFFICER,
    Effect,
    State,
)
from fondaco.platforms.window.models import DECLARATION_MACHINE, Declaration, EventSource, Lane

Action = Literal["release", "inspect", "detain", "return", "query"]

_MEANS: dict[str, State] = {
    "release": State.RELEASED,
    "inspect": State.INSPECTION,
    "detain": State.DETAINED,
    "return": State.RETURNED,
    "query": State.DOCS_REQUIRED,
}
# The receipt that tells of each decision: (vocabulary, code) as the agencies' own, see `declaration_codes`.
_RECEIPTS: dict[str, tuple[str, str]] = {
    "release": ("cds", "DMSCLE"),
    "inspect": ("cds", "DMSCTL"),
    "detain": ("cds", "DMSDET"),
    "return": ("gacc", "700"),
    "query": ("cds", "DMSDOC"),
}
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?")
_URGENCY = (Lane.RED, Lane.YELLOW, Lane.BLUE, Lane.GREEN, Lane.NONE)


class BadLane(Refused):
    code = "bad-lane"
    title = "This is no other lane."
    remedy = "Choose red, yellow, blue or green, and not the present one."


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A declaration waiting on an officer's desk: how long, and whether its documents match."""

    declaration: DeclarationDTO
    waiting: timedelta
    matched: bool


def officer_queue(
    scope: Scope, *, now: datetime, lane: str = "", size: int = 50, offset: int = 0, after: UUID | None = None
) -> list[DeskLine]:
    """What waits for an officer of `scope`'s authority: red before yellow, then the oldest first; past `after`."""
    _officers_only(scope, role=Role.VIEWER)
    rows = Declaration.objects.of(scope).filter(state__in=WAIT_FOR_OFFICER)
    if lane:
        rows = rows.filter(lane=lane)
    rank = Case(
        *(When(lane=colour, then=Value(place)) for place, colour in enumerate(_URGENCY)),
        output_field=IntegerField(),
    )
    ordered = ordered_after(rows.annotate(rank=rank), after, by=("rank", "submitted_at", "id"))
    found = dto_rows(ordered[offset : offset + size])
    clear = clear_papers({one.order_id for one in found})
    return [
        DeskLine(one, now - (one.submitted_at or now), (one.order_id, one.part) in clear) for one in found
    ]


def desk_counts(scope: Scope) -> dict[str, int]:
    """How much waits on the desk of `scope`'s authority by lane; one query."""
    _officers_only(scope, role=Role.VIEWER)
    rows = Declaration.objects.of(scope).filter(state__in=WAIT_FOR_OFFICER)
    return dict(rows.order_by().values_list("lane").annotate(number=Count("id")))


def decide(
    scope: Scope, declaration_id: UUID, action: Action, *, reason: str, now: datetime, lane: str = ""
) -> DeclarationDTO:
    """Record an officer's decision on a declaration of the officer's own authority, and issue its receipt.

    The receipt takes effect at once, in the same transaction and as any agency's. `lane` re-routes it, with the same reason. Forbidden for anybody but a clerk of a customs authority;
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
        if action == "release" and live.papers not in clear_papers([live.order_id]):
            raise NotMatched(field="declaration", value=live.lrn)
        actor = scope.actor or str(scope.user_id)
        receipt = _receipt(live, action, reason=reason.strip(), lane=lane, now=now)
        _tell(live, action, means=means, receipt=receipt, actor=actor, now=now)
        take_in([receipt], now=now, actor=actor)
        _settle(live, means, lane=lane, actor=actor, now=now)
    return dto_rows(Declaration.objects.of(scope).filter(id=declaration_id))[0]


def _receipt(live: Live, action: str, *, reason: str, lane: str, now: datetime) -> Receipt:
    """The authority's answer that `action` is, later than everything it has said before."""
    vocabulary, code = _RECEIPTS[action]
    at = _after_all(live, now)
    raw = {
        "NameCode": code, "FunctionalReferenceID": live.lrn, "ID": live.mrn, "IssueDateTime": at.isoformat(),
        "Reason": reason, "SelectivityLane": lane, "Source": DESK, "Vocabulary": vocabulary,
    }  # fmt: skip
    return Receipt(live.lrn, code, at, vocabulary, mrn=live.mrn, lane=lane, reason=reason, raw=raw)


def _tell(live: Live, action: str, *, means: State, receipt: Receipt, actor: str, now: datetime) -> None:
    """Log and audit who decided what, and why."""
    lane, reason = receipt.lane, receipt.reason
    line = LogLine(
        live.id, EventSource.OFFICER, action, receipt.issued_at, before=live.was, after=str(means),
        means=str(means), reason=reason, raw={"lane": lane} if lane else {},
    )  # fmt: skip
    write_log([line], actor=actor, now=now)
    deed = _deed(live, f"window.officer.{action}", reason=reason, lane=lane, after=str(means))
    audit.record([deed], actor=actor, at=now)


def _settle(live: Live, means: State, *, lane: str, actor: str, now: datetime) -> None:
    """What a receipt alone cannot say: a milder lane, and that a grant which was held is overtaken."""
    (moved,) = lock_live(id=live.id)
    if lane in Lane.values and lane:
        moved.lane = lane
    if means in {State.RELEASED, State.RETURNED}:
        moved.standing = replace(moved.standing, held="", held_at=None)
    write_live([moved], actor=actor, now=now)


def reroute(scope: Scope, declaration_id: UUID, lane: str, *, reason: str, now: datetime) -> DeclarationDTO:
    """Put what waits on the desk into another lane, with the reason; its state stays, a decision moves it.

    Forbidden, NotFound, ReasonMissing, BadLane; IllegalTransition for what does not wait.
    """
    with transaction.atomic():
        live, actor = _on_desk(scope, declaration_id, reason)
        if lane not in Lane.values or lane in {"", live.lane}:
            raise BadLane(field="lane", value=lane)
        told = {"lane": lane, "before": live.lane}
        line = LogLine(live.id, EventSource.OFFICER, "reroute", now, before=live.was, after=live.was,
                       effect=Effect.NOTED, reason=reason.strip(), raw=told)  # fmt: skip
        write_log([line], actor=actor, now=now)
        audit.record([_deed(live, "window.officer.reroute", reason=reason.strip(), lane=lane, after=live.was)],
                     actor=actor, at=now)  # fmt: skip
        live.lane = lane
        write_live([live], actor=actor, now=now)
    return dto_rows(Declaration.objects.of(scope).filter(id=declaration_id))[0]


def issue_tax_bill(
    scope: Scope, declaration_id: UUID, *, duty: str, tax: str, reason: str, now: datetime
) -> str:
    """Assess what is owed on a declaration that waits on the desk; the bill's number.

    `duty` and `tax` are amounts in the declaration's currency, such as "12.50". A newer bill replaces the
    older one; both stay in the log. Forbidden, NotFound, ReasonMissing, BadAmount, IllegalTransition.
    """
    with transaction.atomic():
        live, actor = _on_desk(scope, declaration_id, reason)
        currency = Declaration.objects.of(scope).values_list("currency", flat=True).get(id=declaration_id)
        sums = {f"{name}_minor": _owed(text, currency, name) for name, text in (("duty", duty), ("tax", tax))}
        number = f"T{live.mrn or live.lrn}-{now:%y%m%d%H%M%S}"
        told = {"bill": number, "currency": currency, **sums}
        line = LogLine(live.id, EventSource.OFFICER, "bill", now, before=live.was, after=live.was,
                       effect=Effect.NOTED, reason=reason.strip(), raw=told)  # fmt: skip
        write_log([line], actor=actor, now=now)
        live.assessed_at, live.duty_minor, live.tax_minor = now, sums["duty_minor"], sums["tax_minor"]
        deed = _deed(live, "window.officer.bill", reason=reason.strip(), lane="", after=live.was)
        audit.record([replace(deed, detail={**deed.detail, **told})], actor=actor, at=now)
        write_live([live], actor=actor, now=now)
        payload = {**told, "order_id": str(live.order_id), "seller_id": str(live.seller_id)}
        outbox.append([outbox.Event("window.tax-bill.issued", str(live.id), payload)])
    return number


def _owed(text: str, currency: str, name: str) -> int:
    amount = text.strip() or "0"
    if not _AMOUNT.fullmatch(amount):
        raise BadAmount(field=name, value=text)
    return Money.exactly(amount, currency).minor


def _on_desk(scope: Scope, declaration_id: UUID, reason: str) -> tuple[Live, str]:
    """What waits on the officer's own desk, locked in the caller's transaction, and who asks."""
    _officers_only(scope, role=Role.CLERK)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    live = _mine(scope, declaration_id)
    if live.standing.state not in WAIT_FOR_OFFICER:
        DECLARATION_MACHINE.after(live.standing.state, "reroute")
    return live, scope.actor or str(scope.user_id)


def answer_query(scope: Scope, declaration_id: UUID, *, answer: str, now: datetime) -> DeclarationDTO:
    """Answer, as the trader, what the authority asked for: the declaration is under review again."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER, Kind.PARK))
    if not answer.strip():
        raise ReasonMissing(field="answer")
    with transaction.atomic():
        live = _mine(scope, declaration_id)
        if live.standing.state != State.DOCS_REQUIRED:
            DECLARATION_MACHINE.after(live.standing.state, "answer")
        actor = scope.actor or str(scope.user_id)
        _answered(live, answer.strip(), actor=actor, now=now)
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


def _after_all(live: Live, now: datetime) -> datetime:
    """A word given now comes after everything known, even when the agency's clock runs ahead of ours."""
    known = live.standing.decided_at
    return max(now, known + timedelta(microseconds=1)) if known else now


def _answered(live: Live, answer: str, *, actor: str, now: datetime) -> None:
    """The declaration is under review again, with the trader's answer in its log."""
    at, state = _after_all(live, now), str(State.UNDER_REVIEW)
    live.standing = replace(live.standing, state=state, decided_at=at)
    line = LogLine(
        live.id, EventSource.TRADER, "answer", at, before=live.was, after=state, means=state, reason=answer
    )
    write_log([line], actor=actor, now=now)
    write_live([live], actor=actor, now=now)
    deed = _deed(live, "window.trader.answer", reason=answer, lane="", after=state)
    audit.record([deed], actor=actor, at=now)


def _deed(live: Live, action: str, *, reason: str, lane: str, after: str) -> audit.Deed:
    return audit.Deed(
        action=action,
        subject_type="declaration",
        subject_id=str(live.id),
        organisation_id=live.authority_id,
        detail={"reason": reason, "lane": lane, "before": live.was, "after": after},
    )
