"""The life of a declaration: its states, the facts that move it, and why their order does not matter.

Receipts of an agency arrive twice, late and out of order. The state is therefore the greatest of all
facts received, by phase and then by the agency's own time: a join, which is the same for every order of
arrival and every number of repeats. Two facts that cannot both be true (released and rejected) leave the
first one standing and mark the declaration as disputed, whatever their order; a person settles that.

Sources: UK CDS notification codes, China GACC return codes, UN/EDIFACT 7365; see `declaration_codes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where a declaration stands."""

    DRAFT = "draft"
    VALIDATED = "validated"
    SUBMITTED = "submitted"
    TRANSPORT_FAILED = "transport_failed"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    ASSESSED = "assessed"
    UNDER_REVIEW = "under_review"
    DOCS_REQUIRED = "docs_required"
    INSPECTION = "inspection"
    DETAINED = "detained"
    RELEASED = "released"
    CLOSED = "closed"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Effect(StrEnum):
    """What a fact did to the declaration."""

    APPLIED = "applied"
    NOTED = "noted"  # tells something, moves nothing
    SUPERSEDED = "superseded"  # true, but a greater fact was known already
    HELD = "held"  # the agency has released, the three documents have not yet matched
    PARKED = "parked"  # contradicts what is known; a person looks at it


AT_HOME = (State.DRAFT, State.VALIDATED)
ON_THE_WAY = (State.SUBMITTED, State.TRANSPORT_FAILED)
# Later in this tuple wins at the same instant: the stricter fact.
WORKING = (State.ASSESSED, State.UNDER_REVIEW, State.DOCS_REQUIRED, State.INSPECTION, State.DETAINED)
FINAL = (State.CLOSED, State.REJECTED, State.RETURNED, State.CANCELLED)
WITH_AGENCY = (*ON_THE_WAY, State.RECEIVED, State.ACCEPTED, *WORKING)
NEED_MATCH = (State.RELEASED, State.CLOSED)
WAIT_FOR_OFFICER = (State.UNDER_REVIEW, State.DOCS_REQUIRED, State.INSPECTION, State.DETAINED)

_PHASE: dict[str, int] = {
    **dict.fromkeys(AT_HOME, 0),
    **dict.fromkeys(ON_THE_WAY, 1),
    State.RECEIVED: 2,
    State.ACCEPTED: 3,
    **dict.fromkeys(WORKING, 4),
    State.RELEASED: 5,
    **dict.fromkeys(FINAL, 6),
}

EVENT_OF: dict[str, str] = {
    State.RECEIVED: "receive",
    State.ACCEPTED: "accept",
    State.ASSESSED: "assess",
    State.UNDER_REVIEW: "review",
    State.DOCS_REQUIRED: "ask_documents",
    State.INSPECTION: "inspect",
    State.DETAINED: "detain",
    State.RELEASED: "release",
    State.CLOSED: "close",
    State.REJECTED: "reject",
    State.RETURNED: "return",
    State.CANCELLED: "cancel",
}

_LANE_RANK = {"": 0, "green": 1, "blue": 2, "yellow": 3, "red": 4}


def _transitions() -> dict[tuple[str, str], str]:
    """Every legal step: a receipt may be the first to arrive, so steps may skip what lies between."""
    table: dict[tuple[str, str], str] = {
        (State.DRAFT, "validate"): State.VALIDATED,
        (State.VALIDATED, "revise"): State.DRAFT,
        (State.DRAFT, "cancel"): State.CANCELLED,
        (State.VALIDATED, "cancel"): State.CANCELLED,
        (State.VALIDATED, "submit"): State.SUBMITTED,
        (State.TRANSPORT_FAILED, "submit"): State.SUBMITTED,
        (State.SUBMITTED, "fail_transport"): State.TRANSPORT_FAILED,
        (State.RELEASED, "close"): State.CLOSED,
        (State.RELEASED, "return"): State.RETURNED,
    }
    for source in WITH_AGENCY:
        for target, event in EVENT_OF.items():
            both_working = source in WORKING and target in WORKING and source != target
            if _PHASE[target] > _PHASE[source] or both_working:
                table[(source, event)] = State(target)
    return table


TRANSITIONS = _transitions()


@dataclass(frozen=True, slots=True)
class Fact:
    """What an agency or an officer says: the state it means (None: information only), and when."""

    state: State | None
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a declaration stands, since when, and what the agency has released ahead of the match."""

    state: str
    decided_at: datetime | None = None
    held: str = ""
    held_at: datetime | None = None
    disputed: bool = False


def absorb(standing: Standing, fact: Fact, *, clear: bool) -> tuple[Standing, Effect]:
    """`standing` after `fact`, and what the fact did; `clear`: the documents match, release may be.

    Commutative, associative and idempotent over facts that do not contradict each other.
    """
    if fact.state is None or standing.state in AT_HOME:
        return standing, Effect.NOTED if fact.state is None else Effect.PARKED
    if _contradicts(standing, fact.state):
        return _contested(standing, fact)
    if standing.state in FINAL:
        late = standing.decided_at is None or fact.issued_at <= standing.decided_at
        return standing, Effect.SUPERSEDED if late or fact.state == standing.state else Effect.PARKED
    if fact.state in NEED_MATCH and not clear:
        return _hold(standing, fact), Effect.HELD
    if _key(fact.state, fact.issued_at) <= _key(standing.state, standing.decided_at):
        return standing, Effect.SUPERSEDED
    return _moved(standing, fact.state, fact.issued_at), Effect.APPLIED


def settle_hold(standing: Standing) -> Standing:
    """`standing` once the documents match: what the agency released meanwhile takes effect."""
    moves = bool(standing.held) and _PHASE[standing.held] > _PHASE[standing.state]
    state, at = (standing.held, standing.held_at) if moves else (standing.state, standing.decided_at)
    return replace(standing, state=state, decided_at=at, held="", held_at=None)


def worse_lane(one: str, other: str) -> str:
    """The stricter of two lanes (red, yellow, blue, green)."""
    return max(one, other, key=lambda lane: _LANE_RANK.get(lane, 0))


def phase(state: str) -> int:
    """How far `state` is: 0 at home, 1 sent, 2 received, 3 accepted, 4 in work, 5 released, 6 final."""
    return _PHASE[state]


def replay(facts: Iterable[Fact], *, clear: bool) -> Standing:
    """Where a declaration stands that was submitted and then got `facts`."""
    standing = Standing(State.SUBMITTED)
    for fact in facts:
        standing, _ = absorb(standing, fact, clear=clear)
    return standing


def _key(state: str, at: datetime | None) -> tuple[int, float, int]:
    """What makes one fact greater than another; time counts only within the agency's work.

    A message that did not get through is greater than one that is on its way.
    """
    working = state in WORKING
    moment = at.timestamp() if at is not None and working else 0.0
    within: tuple[State, ...] = WORKING if working else ON_THE_WAY
    return _PHASE[state], moment, within.index(State(state)) if state in within else 0


def _contradicts(standing: Standing, state: State) -> bool:
    return any(_exclude(known, state) for known in (standing.state, standing.held) if known)


def _exclude(one: str, other: str) -> bool:
    """Whether two outcomes cannot both be true; a release may be followed by closing or return."""
    if one == other or _PHASE[one] < 5 or _PHASE[other] < 5:
        return False
    return {one, other} not in ({State.RELEASED, State.CLOSED}, {State.RELEASED, State.RETURNED})


def _contested(standing: Standing, fact: Fact) -> tuple[Standing, Effect]:
    """Mark the dispute; only a release that was merely held gives way to the final fact."""
    disputed = replace(standing, disputed=True)
    held_only = standing.held and _PHASE[standing.state] < 5 and fact.state not in NEED_MATCH
    if held_only and fact.state is not None:
        return _moved(disputed, fact.state, fact.issued_at), Effect.APPLIED
    return disputed, Effect.PARKED


def _hold(standing: Standing, fact: Fact) -> Standing:
    """Keep the furthest grant, at the earliest time it was given."""
    known = _PHASE[standing.held] if standing.held else 0
    if known > _PHASE[str(fact.state)]:
        return standing
    earlier = known == _PHASE[str(fact.state)] and standing.held_at is not None
    at = min(fact.issued_at, standing.held_at) if earlier and standing.held_at else fact.issued_at
    return replace(standing, held=str(fact.state), held_at=at)


def _moved(standing: Standing, state: State, at: datetime) -> Standing:
    final = state in FINAL
    return replace(
        standing,
        state=str(state),
        decided_at=at,
        held="" if final else standing.held,
        held_at=None if final else standing.held_at,
    )
