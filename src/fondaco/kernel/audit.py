"""The audit trail: who did what, when; appended in the transaction of the deed, sealed after commit.

Triggers refuse every change of a recorded event. A hash chain over the canonical form of each event
shows changes by those who can switch triggers off; a head kept elsewhere (`head`, `verify(anchors=)`)
shows even a chain that was rewritten as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel.bulk import insert_many

_GENESIS = bytes(32)
_LOCK = 0x617564697400  # "audit": one sealer at a time
_LOWEST = -(2**62)
_WINDOW = 200_000  # ids looked back over on a quick pass for events that committed late

# JSON array of the immutable columns; UTC without zone, so that no session setting shows in it.
_CANONICAL = (
    "json_build_array(e.id, e.at AT TIME ZONE 'UTC', e.actor, e.organisation_id, e.action,"
    " e.subject_type, e.subject_id, e.detail)::text"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done: `action` ("orders.priced") to the thing `subject_id` of `subject_type`."""

    action: str
    subject_type: str
    subject_id: str
    organisation_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain: what to keep elsewhere, daily."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found.

    `altered` events differ from what was sealed; `missing` were sealed and are gone; `broken_links`
    are links (by seq) that do not continue their predecessor; `bad_anchors` are heads kept elsewhere
    that the chain contradicts. `unsealed` events are younger than the last seal, or were slipped in.
    """

    sealed: int
    unsealed: int
    altered: tuple[int, ...]
    missing: tuple[int, ...]
    broken_links: tuple[int, ...]
    bad_anchors: tuple[int, ...]
    first_bad_seq: int | None
    head: Head | None

    @property
    def ok(self) -> bool:
        return not (self.altered or self.missing or self.broken_links or self.bad_anchors)


def record(deeds: Iterable[Deed], *, actor: str, at: datetime) -> None:
    """Append `deeds` inside the caller's transaction."""
    insert_many(
        "kernel_auditevent",
        ("at", "actor", "organisation_id", "action", "subject_type", "subject_id", "detail"),
        [(at, actor, d.organisation_id, d.action, d.subject_type, d.subject_id, d.detail) for d in deeds],
    )


def seal(limit: int = 50_000, *, thorough: bool = False) -> int:
    """Add up to `limit` committed events to the chain, in order of id; how many were added.

    The quick pass looks back over the last 200,000 ids; `thorough` looks at all (nightly), for an event
    whose transaction stayed open while that many others passed. One sealer works at a time; another
    returns 0 at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        seq, prev, newest = _last_link(cursor)
        cursor.execute(
            f"SELECT e.id, {_CANONICAL} FROM kernel_auditevent e WHERE e.id > %s AND NOT EXISTS"  # noqa: S608
            " (SELECT 1 FROM kernel_auditseal s WHERE s.event_id = e.id) ORDER BY e.id LIMIT %s",
            [_LOWEST if thorough else newest - _WINDOW, limit],
        )
        return _append_links(cursor, cursor.fetchall(), seq=seq, prev=prev)


def seal_all(*, thorough: bool = False) -> int:
    """Add everything that is committed to the chain, batch by batch; how many events were added."""
    total = 0
    while added := seal(thorough=thorough):
        total += added
    return total


def head() -> Head | None:
    """The chain's last link, None while it is empty."""
    with connection.cursor() as cursor:
        seq, last, _ = _last_link(cursor)
    return Head(seq, last.hex()) if seq else None


def verify(*, anchors: Iterable[Head] = ()) -> VerifyReport:
    """Recompute the whole chain and name every event and link that does not hold.

    `anchors` are heads kept elsewhere. Reads in a stream; changes nothing.
    """
    check = _Check({anchor.seq: anchor.hash for anchor in anchors})
    with transaction.atomic():
        for link in _links():
            check.take(*link)
        unsealed = _count_unsealed()
    return check.report(unsealed)


class _Check:
    """The state of a verification as it walks the chain."""

    def __init__(self, anchors: Mapping[int, str]) -> None:
        self.anchors = dict(anchors)
        self.count, self.last = 0, _GENESIS
        self.altered: list[int] = []
        self.missing: list[int] = []
        self.broken: list[int] = []
        self.bad_anchors: list[int] = []
        self.bad_seqs: list[int] = []

    def take(self, seq: int, event_id: int, prev: bytes, link: bytes, canonical: str | None) -> None:
        """Judge one link: its place, its predecessor, its event."""
        self.count += 1
        if seq != self.count or prev != self.last:
            self._blame(self.broken, seq, seq)
        if canonical is None:
            self._blame(self.missing, event_id, seq)
        elif hashlib.sha256(prev + canonical.encode()).digest() != link:
            self._blame(self.altered, event_id, seq)
        if self.anchors.pop(seq, None) not in (None, link.hex()):
            self._blame(self.bad_anchors, seq, seq)
        self.count, self.last = seq, link

    def report(self, unsealed: int) -> VerifyReport:
        lost = sorted(self.anchors)
        return VerifyReport(
            sealed=self.count,
            unsealed=unsealed,
            altered=tuple(self.altered),
            missing=tuple(self.missing),
            broken_links=tuple(self.broken),
            bad_anchors=(*self.bad_anchors, *lost),
            first_bad_seq=min([*self.bad_seqs, *lost], default=None),
            head=Head(self.count, self.last.hex()) if self.count else None,
        )

    def _blame(self, kind: list[int], what: int, seq: int) -> None:
        kind.append(what)
        self.bad_seqs.append(seq)


def _last_link(cursor: Any) -> tuple[int, bytes, int]:
    """The last link's number and hash, and the newest event id sealed."""
    cursor.execute("SELECT seq, hash FROM kernel_auditseal ORDER BY seq DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        return 0, _GENESIS, 0
    cursor.execute("SELECT max(event_id) FROM kernel_auditseal")
    return row[0], bytes(row[1]), cursor.fetchone()[0]


def _append_links(cursor: Any, events: list[tuple[int, str]], *, seq: int, prev: bytes) -> int:
    if not events:
        return 0
    with cursor.copy("COPY kernel_auditseal (seq, event_id, prev, hash) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "int8", "bytea", "bytea"])
        for number, (event_id, canonical) in enumerate(events, seq + 1):
            link = hashlib.sha256(prev + canonical.encode()).digest()
            copy.write_row((number, event_id, prev, link))
            prev = link
    return len(events)


def _links() -> Iterator[tuple[int, int, bytes, bytes, str | None]]:
    """Each link with its event's canonical form, None where the event is gone."""
    connection.ensure_connection()
    with connection.connection.cursor(name="audit_verify") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            f"SELECT s.seq, s.event_id, s.prev, s.hash, CASE WHEN e.id IS NOT NULL THEN {_CANONICAL} END"  # noqa: S608
            " FROM kernel_auditseal s LEFT JOIN kernel_auditevent e ON e.id = s.event_id ORDER BY s.seq"
        )
        for seq, event_id, prev, link, canonical in cursor:
            yield seq, event_id, bytes(prev), bytes(link), canonical


def _count_unsealed() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM kernel_auditevent e WHERE NOT EXISTS"
            " (SELECT 1 FROM kernel_auditseal s WHERE s.event_id = e.id)"
        )
        return int(cursor.fetchone()[0])
