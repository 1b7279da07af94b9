"""Recording milestones: idempotent by (source, source id), and indifferent to the order they come in."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.dto import NewMilestone
from fondaco.systems.logistics.domain.milestones import Core, Happening, core_code, standing
from fondaco.systems.logistics.domain.tracking.troubles import thresholds
from fondaco.systems.logistics.models import (
    CONSIGNMENTS,
    Consignment,
    ConsolidationEntry,
    Milestone,
    Parcel,
    StrayEvent,
)


@dataclass(frozen=True, slots=True)
class MilestoneReport:
    """What became of a batch: new ones, ones heard before, and numbers that are nobody's.

    `unknown_codes` counts, by vocabulary and raw code, what no table knows; it is kept all the same.
    """

    recorded: int
    repeated: int
    unknown: tuple[str, ...]
    delivered: tuple[UUID, ...]
    parked: int = 0
    unknown_codes: Mapping[tuple[str, str], int] = field(default_factory=dict)


def record_milestones(
    new: Sequence[NewMilestone], *, actor: str, now: datetime, scope: Scope | None = None
) -> MilestoneReport:
    """Keep each milestone once and bring the consignments it concerns to the state all of theirs add up to.

    Numbers that are neither a tracking number nor a consignment number are returned as `unknown` and
    their events parked, for `adopt_strays` to take up once they are known; codes that no table knows
    are kept as "unknown" with their raw code. A finished consignment keeps
    its state whatever is heard later.

    With a `scope` only what that carrier carries is known: another's numbers are parked and told like
    numbers that are nobody's, so that nothing is learnt from the answer. What is told of a load by its number is told
    of every consignment in it. Forbidden unless `scope` is a carrier
    or the house. Without one it is house work.
    """
    if scope is not None:
        scope.require(role=Role.CLERK, kinds=(Kind.CARRIER,))
    new = _of_loads(new)
    found = _resolve({m.number for m in new}, scope)
    known = [m for m in new if m.number in found]
    strays = [m for m in new if m.number not in found]
    with transaction.atomic():
        touched, recorded = _insert(known, found, now)
        parked = _park(strays, now, scope)
        changed = _advance(touched, actor=actor, now=now)
    delivered = tuple(pk for pk, state in changed.items() if state == "delivered")
    unknown = tuple(sorted({m.number for m in strays}))
    return MilestoneReport(recorded, len(known) - recorded, unknown, delivered, parked, _strange(new))


def _of_loads(new: Sequence[NewMilestone]) -> Sequence[NewMilestone]:
    """The milestones with each that names an accepted load once for every consignment in it."""
    loads: dict[str, list[str]] = defaultdict(list)
    masters = {m.number for m in new if m.number.startswith("K")}
    if masters:
        held = ConsolidationEntry.objects.house().filter(accepted=True, consolidation__number__in=masters)
        for master, number in held.values_list("consolidation__number", "consignment__number"):
            loads[master].append(number)
    if not loads:
        return new
    return [
        m if number == m.number else replace(m, number=number, source_id=f"{m.source_id}:{number}")
        for m in new
        for number in loads.get(m.number, [m.number])
    ]


def adopt_strays(*, actor: str, now: datetime) -> int:
    """Record the parked events whose number is known by now; forget those that waited too long. How many adopted.

    What a carrier told is adopted only for a consignment of its own.
    """
    strays = StrayEvent.objects.house().filter(adopted_at=None)
    strays.filter(parked_at__lt=now - timedelta(days=thresholds()["parked_days"])).delete()
    numbers = _resolve(set(strays.values_list("number", flat=True).distinct()), None)
    waiting = strays.filter(number__in=list(numbers)).order_by("pk")
    carriers = _carriers({consignment for consignment, _ in numbers.values()})
    rows = [row for row in waiting if row.reporter_id in (None, carriers[numbers[row.number][0]])]
    if not rows:
        return 0
    record_milestones([_milestone(row) for row in rows], actor=actor, now=now)
    return int(strays.filter(pk__in=[row.pk for row in rows]).update(adopted_at=now))


def count_strays() -> int:
    """How many events wait for a number that is nobody's."""
    return int(StrayEvent.objects.house().filter(adopted_at=None).count())


def _milestone(row: StrayEvent) -> NewMilestone:
    return NewMilestone(
        number=row.number, raw_code=row.raw_code, vocabulary=row.vocabulary, event_at=row.event_at,
        source=row.source, source_id=row.source_id, location=row.location, detail=row.detail,
        conveyance=row.conveyance,
    )  # fmt: skip


def _park(strays: Sequence[NewMilestone], now: datetime, scope: Scope | None) -> int:
    """Keep events that are nobody's, or not the reporter's, each once; how many were new."""
    if not strays:
        return 0
    foreign = _resolve({m.number for m in strays}, None) if scope else {}
    reporter = scope.organisation_id if scope and not scope.is_operator else None
    rows = [
        StrayEvent(
            source=_short(m.source, 40), source_id=_identity(m.source_id), number=_short(m.number, 60),
            raw_code=_short(m.raw_code, 40), vocabulary=_short(m.vocabulary, 20), event_at=m.event_at,
            location=_short(m.location, 80), detail=_short(m.detail, 200), parked_at=now, reporter_id=reporter,
            conveyance=dict(m.conveyance),
            reason="foreign-number" if m.number in foreign else "unknown-number",
        )
        for m in strays
    ]  # fmt: skip
    kept = StrayEvent.objects.house()
    before = kept.count()
    kept.bulk_create(rows, ignore_conflicts=True)
    return int(kept.count() - before)


def _strange(new: Sequence[NewMilestone]) -> dict[tuple[str, str], int]:
    found = Counter(
        (m.vocabulary, m.raw_code) for m in new if core_code(m.vocabulary, m.raw_code) is Core.UNKNOWN
    )
    return dict(found)


def _resolve(numbers: set[str], scope: Scope | None) -> dict[str, tuple[UUID, int | None]]:
    """Consignment and parcel of each number that `scope` (without one: the house) knows."""
    parcels, consignments = Parcel.objects.house(), Consignment.objects.house()
    if scope is not None:
        parcels, consignments = Parcel.objects.of(scope), Consignment.objects.of(scope)
    pieces = parcels.filter(tracking_number__in=numbers)
    found: dict[str, tuple[UUID, int | None]] = {
        number: (consignment, parcel)
        for number, consignment, parcel in pieces.values_list("tracking_number", "consignment_id", "pk")
    }
    whole = consignments.filter(number__in=numbers).values_list("number", "pk")
    return found | {number: (pk, None) for number, pk in whole}


def _carriers(ids: set[UUID]) -> dict[UUID, UUID]:
    """Who carries each consignment."""
    return dict(Consignment.objects.house().filter(pk__in=ids).values_list("pk", "carrier_id"))


def _insert(
    new: Sequence[NewMilestone], found: dict[str, tuple[UUID, int | None]], now: datetime
) -> tuple[set[UUID], int]:
    columns = (
        array_literal([found[m.number][0] for m in new]),
        array_literal([found[m.number][1] for m in new]),
        text_literal([core_code(m.vocabulary, m.raw_code) for m in new]),
        text_literal([_short(m.raw_code, 40) for m in new]),
        text_literal([_short(m.vocabulary, 20) for m in new]),
        text_literal([_short(m.source, 40) for m in new]),
        text_literal([_identity(m.source_id) for m in new]),
        array_literal([m.event_at for m in new]),
        text_literal([_short(m.location, 80) for m in new]),
        text_literal([_short(m.detail, 200) for m in new]),
        text_literal([json.dumps(dict(m.conveyance)).replace("\\u0000", "") for m in new]),
    )
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, *columns])
        rows = cursor.fetchall()
    return {row[0] for row in rows}, len(rows)


def _short(text: str, longest: int) -> str:
    """At most `longest` characters; PostgreSQL keeps no NUL."""
    return text.replace("\0", "")[:longest]


def _identity(source_id: str) -> str:
    """A source's id, or its digest where it is longer than the column: never cut, or two would be one."""
    sound = source_id.replace("\0", "")
    return sound if len(sound) <= 80 else hashlib.sha256(sound.encode()).hexdigest()


_INSERT = """
INSERT INTO logistics_milestone (recorded_at, consignment_id, parcel_id, code, raw_code, vocabulary, source,
                                 source_id, event_at, location, detail, conveyance)
SELECT %s, * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[], %s::text[], %s::text[], %s::jsonb[])
ON CONFLICT (source, source_id) DO NOTHING RETURNING consignment_id
"""


def _advance(touched: set[UUID], *, actor: str, now: datetime) -> dict[UUID, str]:
    """Move each open consignment of `touched` to where its milestones put it; what changed, by id."""
    rows = (
        Consignment.objects.house().filter(pk__in=touched, state__in=_OPEN).select_for_update().order_by("pk")
    )
    open_rows = {row.pk: row for row in rows.only("pk", "state", "seller_id", "order_id")}
    parcels, happenings = _histories(set(open_rows))
    changed: dict[UUID, tuple[str, datetime | None]] = {}
    for pk, row in open_rows.items():
        state, delivered_at = standing(happenings[pk], parcels=parcels[pk])
        if (row.state, state) in CONSIGNMENTS.edges:
            changed[pk] = (state, delivered_at)
    _update(changed)
    _tell([(open_rows[pk], state) for pk, (state, _) in changed.items()], actor=actor, now=now)
    return {pk: state for pk, (state, _) in changed.items()}


_OPEN = ("booked", "in_transit", "exception")


def _histories(ids: set[UUID]) -> tuple[dict[UUID, list[int]], dict[UUID, list[Happening]]]:
    parcels: dict[UUID, list[int]] = defaultdict(list)
    for consignment, pk in (
        Parcel.objects.house().filter(consignment__in=ids).values_list("consignment_id", "pk")
    ):
        parcels[consignment].append(pk)
    happenings: dict[UUID, list[Happening]] = defaultdict(list)
    told = Milestone.objects.house().filter(consignment__in=ids)
    for consignment, code, at, parcel in told.values_list("consignment_id", "code", "event_at", "parcel_id"):
        happenings[consignment].append(Happening(code, at, parcel))
    return parcels, happenings


def _update(changed: dict[UUID, tuple[str, datetime | None]]) -> None:
    if not changed:
        return
    states = [state for state, _ in changed.values()]
    times = [at for _, at in changed.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_consignment c SET state = n.state, delivered_at = n.at"
            " FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS n(id, state, at) WHERE c.id = n.id",
            [array_literal(list(changed)), text_literal(states), array_literal(times)],
        )


def _tell(changed: Sequence[tuple[Consignment, str]], *, actor: str, now: datetime) -> None:
    audit.record(
        [
            audit.Deed(
                f"logistics.{state}",
                "consignment",
                str(row.pk),
                row.seller_id,
                {"from": row.state, "to": state},
            )
            for row, state in changed
        ],
        actor=actor,
        at=now,
    )
    outbox.append(
        outbox.Event(f"logistics.{state}", str(row.pk), {"order_id": str(row.order_id)})
        for row, state in changed
    )
