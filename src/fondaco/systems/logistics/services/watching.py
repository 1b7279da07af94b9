"""The watch over what is under way: predicted arrivals, troubles opened and closed; safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.tracking.arrival import (
    Arrival,
    History,
    Journey,
    Under,
    reached,
    standing_at,
)
from fondaco.systems.logistics.domain.tracking.troubles import Seen, troubles
from fondaco.systems.logistics.models import (
    TROUBLES,
    ArrivalForecast,
    Consignment,
    Milestone,
    Trouble,
    TroubleState,
)

_OPEN = ("booked", "in_transit", "exception")
_PAST = timedelta(days=365)
_MOST_PAST = 20_000
_CHUNK = 1_000
Happenings = dict[UUID, list[tuple[str, datetime]]]


class TroubleMoved(Conflict):
    code = "trouble-moved"
    title = "Someone else has worked on this meanwhile."
    remedy = "Reload to see what was done."


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What a watch did: consignments looked at, arrivals predicted from history, troubles opened, closed."""

    watched: int
    predicted: int
    opened: int
    closed: int


def watch_consignments(*, actor: str, now: datetime) -> WatchReport:
    """Predict every open consignment's arrival, open the troubles that `now` shows, close those that passed.

    A trouble that a person has taken up is left to that person.
    """
    history = load_history(now=now)
    rows = Consignment.objects.house().filter(state__in=(*_OPEN, "returned")).order_by("pk")
    open_ids = list(rows.filter(_returned_lately(now)).values_list("pk", flat=True).distinct())
    reports = [
        _watch(open_ids[start : start + _CHUNK], history, actor=actor, now=now)
        for start in range(0, len(open_ids), _CHUNK)
    ]
    settled = _close_settled(actor=actor, now=now)
    return WatchReport(
        len(open_ids),
        sum(one.predicted for one in reports),
        sum(one.opened for one in reports),
        sum(one.closed for one in reports) + settled,
    )


def load_history(*, now: datetime) -> History:
    """What the consignments delivered within a year took, from each stage on; the latest 20,000 count."""
    since = now - _PAST
    rows = list(
        Consignment.objects.house()
        .filter(state="delivered", delivered_at__gte=since, delivered_at__lte=now)
        .order_by("-delivered_at", "pk")
        .values_list("pk", "service_code", "origin", "destination", "ready_at", "delivered_at")[:_MOST_PAST]
    )
    told = _happenings([row[0] for row in rows])
    return History(
        Journey(service, origin, destination, reached(told[pk], ready_at=ready), delivered)
        for pk, service, origin, destination, ready, delivered in rows
        if delivered
    )


def take_trouble(trouble_id: UUID, *, scope: Scope, now: datetime) -> None:
    """Take a trouble up: it is the taker's until it is closed. NotFound, TroubleMoved, Forbidden."""
    _move(trouble_id, "take", scope=scope, now=now, changes={"taken_by": scope.actor[:80]})


def close_trouble(trouble_id: UUID, *, note: str, scope: Scope, now: datetime) -> None:
    """Close a trouble with a note of what was done. NotFound, TroubleMoved, Forbidden."""
    changes = {"closed_at": now, "closed_by": scope.actor[:80], "note": note.strip()[:400]}
    _move(trouble_id, "close", scope=scope, now=now, changes=changes)


def _move(trouble_id: UUID, event: str, *, scope: Scope, now: datetime, changes: dict[str, object]) -> None:
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER, Kind.CARRIER))
    mine = Trouble.objects.of(scope).filter(pk=trouble_id)
    row = mine.select_related("consignment").first()
    if row is None:
        raise NotFound(field="trouble", value=str(trouble_id))
    state = TROUBLES.after(row.state, event)
    with transaction.atomic():
        if not mine.filter(state=row.state).update(state=state, **changes):
            raise TroubleMoved(field="trouble", value=str(trouble_id))
        deed = audit.Deed(
            f"logistics.trouble-{event}", "trouble", str(trouble_id), row.consignment.seller_id,
            {"kind": row.kind, "from": row.state, "to": state},
        )  # fmt: skip
        audit.record([deed], actor=scope.actor, at=now)


def _returned_lately(now: datetime) -> object:
    """Open ones, and returned ones of the last year, whose return is a trouble until someone closes it."""
    from django.db.models import Q

    return Q(state__in=_OPEN) | Q(state="returned", booked_at__gte=now - _PAST, troubles=None)


def _watch(ids: Sequence[UUID], history: History, *, actor: str, now: datetime) -> WatchReport:
    rows = list(
        Consignment.objects.house()
        .filter(pk__in=ids)
        .only(
            "pk",
            "state",
            "service_code",
            "origin",
            "destination",
            "ready_at",
            "due_on",
            "seller_id",
            "order_id",
        )
    )
    told = _happenings(ids)
    arrivals = {row.pk: predict(row, told[row.pk], history, now=now) for row in rows}
    wrong = {
        (row.pk, one.kind): one.numbers
        for row in rows
        for one in troubles(Seen(row.state, row.ready_at, arrivals[row.pk], told[row.pk]), now=now)
    }
    with transaction.atomic():
        _keep(arrivals, now)
        opened = _open(wrong, {row.pk: row for row in rows}, actor=actor, now=now)
        closed = _close_passed(set(ids), set(wrong), now=now)
    measured = sum(one.sample > 0 for one in arrivals.values())
    return WatchReport(len(rows), measured, opened, closed)


def predict(
    row: Consignment, told: Iterable[tuple[str, datetime]], history: History, *, now: datetime
) -> Arrival:
    """When the consignment will arrive, by `history`; its carrier's promise where that is too thin."""
    stage, since = standing_at(reached(told, ready_at=row.ready_at), now=now)
    promised = datetime.combine(row.due_on, time(23, 59), tzinfo=UTC)
    under = Under(row.service_code, row.origin, row.destination, stage, since, promised)
    return history.predict(under, now=now)


def _happenings(ids: Sequence[UUID]) -> Happenings:
    found: Happenings = defaultdict(list)
    rows = Milestone.objects.house().filter(consignment_id__in=ids).order_by("event_at", "id")
    for pk, code, at in rows.values_list("consignment_id", "code", "event_at"):
        found[pk].append((code, at))
    return found


def _keep(arrivals: dict[UUID, Arrival], now: datetime) -> None:
    ArrivalForecast.objects.house().bulk_create(
        [
            ArrivalForecast(
                consignment_id=pk, low_at=a.low_at, middle_at=a.middle_at, high_at=a.high_at, coverage=a.coverage,
                basis=a.basis, sample=a.sample, stage=a.stage, made_at=now,
            )
            for pk, a in arrivals.items()
        ],
        update_conflicts=True,
        unique_fields=["consignment"],
        update_fields=["low_at", "middle_at", "high_at", "coverage", "basis", "sample", "stage", "made_at"],
    )  # fmt: skip


def _open(
    wrong: dict[tuple[UUID, str], dict[str, object]],
    rows: dict[UUID, Consignment],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Open what is not open yet; a trouble closed by a person stays closed for a day, whatever the watch sees."""
    known = Trouble.objects.house().filter(consignment_id__in=rows)
    lately = now - timedelta(days=1)
    standing = {
        (pk, kind)
        for pk, kind, state, closed_at in known.values_list("consignment_id", "kind", "state", "closed_at")
        if state != TroubleState.CLOSED or (closed_at and closed_at > lately)
    }
    fresh = [
        Trouble(consignment_id=pk, kind=kind, numbers=numbers, opened_at=now)
        for (pk, kind), numbers in wrong.items()
        if (pk, kind) not in standing
    ]
    made = Trouble.objects.house().bulk_create(fresh, ignore_conflicts=True)
    audit.record(
        [
            audit.Deed("logistics.trouble-open", "trouble", str(one.pk), rows[one.consignment_id].seller_id,
                       {"kind": one.kind, "consignment": str(one.consignment_id)})
            for one in made
        ],
        actor=actor, at=now,
    )  # fmt: skip
    outbox.append(
        outbox.Event("logistics.trouble", str(one.consignment_id),
                     {"kind": one.kind, "order_id": str(rows[one.consignment_id].order_id)})
        for one in made
    )  # fmt: skip
    return len(made)


def _close_passed(ids: set[UUID], wrong: set[tuple[UUID, str]], *, now: datetime) -> int:
    """Close what nobody took up and what is not so any more."""
    waiting = Trouble.objects.house().filter(consignment_id__in=ids, state=TroubleState.OPEN)
    passed = [
        pk for pk, consignment, kind in waiting.values_list("pk", "consignment_id", "kind")
        if (consignment, kind) not in wrong
    ]  # fmt: skip
    return int(
        Trouble.objects.house()
        .filter(pk__in=passed, state=TroubleState.OPEN)
        .update(state=TroubleState.CLOSED, closed_at=now, closed_by="system", note="passed")
    )


def _close_settled(*, actor: str, now: datetime) -> int:
    """Close what is open of consignments that were delivered or called off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_trouble t SET state = 'closed', closed_at = %s, closed_by = %s, note = 'settled'"
            " FROM logistics_consignment c WHERE c.id = t.consignment_id AND t.state = 'open'"
            " AND c.state IN ('delivered', 'cancelled')",
            [now, actor[:80]],
        )
        return int(cursor.rowcount)
