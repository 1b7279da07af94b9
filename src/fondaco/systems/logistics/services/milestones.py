"""Recording milestones: idempotent by (source, source id), and indifferent to the order they come in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.systems.logistics.domain.dto import NewMilestone
from fondaco.systems.logistics.domain.milestones import Happening, core_code, standing
from fondaco.systems.logistics.models import CONSIGNMENTS, Consignment, Milestone, Parcel


@dataclass(frozen=True, slots=True)
class MilestoneReport:
    """What became of a batch: new ones, ones heard before, and numbers that are nobody's."""

    recorded: int
    repeated: int
    unknown: tuple[str, ...]
    delivered: tuple[UUID, ...]


def record_milestones(new: Sequence[NewMilestone], *, actor: str, now: datetime) -> MilestoneReport:
    """Keep each milestone once and bring the consignments it concerns to the state all of theirs add up to.

    Numbers that are neither a tracking number nor a consignment number are returned as `unknown`;
    codes that no table knows are kept as "unknown" with their raw code. A finished consignment keeps
    its state whatever is heard later.
    """
    found = _resolve({m.number for m in new})
    known = [m for m in new if m.number in found]
    unknown = tuple(sorted({m.number for m in new if m.number not in found}))
    with transaction.atomic():
        touched, recorded = _insert(known, found, now)
        changed = _advance(touched, actor=actor, now=now)
    delivered = tuple(pk for pk, state in changed.items() if state == "delivered")
    return MilestoneReport(recorded, len(known) - recorded, unknown, delivered)


def _resolve(numbers: set[str]) -> dict[str, tuple[UUID, int | None]]:
    """Consignment and parcel of each number we know."""
    parcels = Parcel.objects.house().filter(tracking_number__in=numbers)
    found: dict[str, tuple[UUID, int | None]] = {
        number: (consignment, parcel)
        for number, consignment, parcel in parcels.values_list("tracking_number", "consignment_id", "pk")
    }
    whole = Consignment.objects.house().filter(number__in=numbers).values_list("number", "pk")
    return found | {number: (pk, None) for number, pk in whole}


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
                                 source_id, event_at, location, detail)
SELECT %s, * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[], %s::text[], %s::text[])
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
