"""Periods of the books that close and reopen; the snapshots that keep open accounts quick to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, Forbidden, NotFound, Refused, Unavailable
from fondaco.kernel.paging import newest_after
from fondaco.systems.finance import sql
from fondaco.systems.finance.models import PERIOD_MACHINE, LedgerMark, Period, PeriodState
from fondaco.systems.finance.selectors import trial_balance_table

_WAIT = "SET LOCAL lock_timeout = '5s'"
_LOCK = f"SELECT pg_advisory_xact_lock({sql.PERIOD_LOCK})"
_ROLL = """
INSERT INTO finance_balancesnapshot AS s (account_id, journal_id, balance, entries, taken_at)
SELECT e.account_id, %(upto)s, sum(e.amount), count(*), %(now)s
  FROM finance_entry e JOIN finance_account a ON a.id = e.account_id AND a.kind = 'open'
 WHERE e.journal_id > %(last)s AND e.journal_id <= %(upto)s GROUP BY e.account_id
ON CONFLICT (account_id) DO UPDATE SET journal_id = EXCLUDED.journal_id, taken_at = EXCLUDED.taken_at,
  balance = s.balance + EXCLUDED.balance, entries = s.entries + EXCLUDED.entries
"""


class BadPeriod(Refused):
    code = "bad-period"
    title = "This period cannot be closed."
    remedy = "Give a first day on or before the last, both over, that no other period covers in part."


class PeriodNotFound(NotFound):
    code = "period-not-found"


class SameHand(Forbidden):
    code = "same-hand"
    title = "This takes a second person."
    remedy = "Let somebody else than who did the first step confirm it."


class BooksBusy(Unavailable):
    code = "books-busy"
    title = "Somebody is posting and would not let go of the books."
    remedy = "Try again in a minute. Nothing was changed."


@dataclass(frozen=True, slots=True)
class PeriodDTO:
    """A span of effective days, open or closed; `digest` is that of the trial balance when it was closed."""

    id: UUID
    first_on: date
    last_on: date
    state: str
    closed_at: datetime | None
    closed_by: str
    digest: str


def close_period(first_on: date, last_on: date, *, actor: str, now: datetime) -> PeriodDTO:
    """Let nothing more be posted with an effective day from `first_on` to `last_on`; repeats change nothing.

    Waits for who is posting just now, then fixes the digest of the trial balance up to `last_on`. BadPeriod for
    days that are not over or overlap another period, BooksBusy when a long posting is in the way.
    """
    if not first_on <= last_on < now.date():
        raise BadPeriod(field="last_on", value=last_on)
    try:
        with transaction.atomic():
            return _close(first_on, last_on, actor=actor, now=now)
    except IntegrityError as exc:
        raise BadPeriod(
            "Another period covers some of these days.", field="first_on", value=first_on
        ) from exc
    except DatabaseError as exc:
        if getattr(exc.__cause__, "sqlstate", "") == "55P03":
            raise BooksBusy(field="period", value=first_on) from exc
        raise


def _close(first_on: date, last_on: date, *, actor: str, now: datetime) -> PeriodDTO:
    with connection.cursor() as cursor:
        cursor.execute(_WAIT)
        cursor.execute(_LOCK)
    row = Period.objects.filter(first_on=first_on, last_on=last_on).select_for_update().first()
    row = row or Period(first_on=first_on, last_on=last_on)
    if row.state == PeriodState.CLOSED:
        return _dto(row)
    row.state = PERIOD_MACHINE.after(row.state, "close")
    row.closed_at, row.closed_by, row.digest = now, actor, trial_digest(until=last_on)
    row.save()
    _tell("finance.period_closed", row, actor=actor, now=now)
    return _dto(row)


def reopen_period(period_id: UUID, *, actor: str, reason: str, now: datetime) -> PeriodDTO:
    """Open a closed period again, for a reason, by another person than who closed it. SameHand, Conflict otherwise."""
    if not reason.strip():
        raise BadPeriod("Say why it is opened again.", field="reason")
    with transaction.atomic():
        row = Period.objects.select_for_update().filter(id=period_id).first()
        if row is None:
            raise PeriodNotFound(field="period", value=period_id)
        if row.closed_by == actor:
            raise SameHand(field="actor", value=actor)
        if row.state != PeriodState.CLOSED:
            raise Conflict("This period is open already.", field="period", value=period_id)
        row.state = PERIOD_MACHINE.after(row.state, "reopen")
        row.reopened_by, row.reason = actor, reason.strip()[:200]
        row.save()
        _tell("finance.period_reopened", row, actor=actor, now=now)
    return _dto(row)


def list_periods(*, after: UUID | None = None, size: int | None = None) -> list[PeriodDTO]:
    """The periods, the newest first: all, or `size` of them past period `after`."""
    return [_dto(row) for row in newest_after(Period.objects.all(), after, moment="first_on")[:size]]


def booking_days(days: Iterable[date], *, now: datetime) -> dict[date, date]:
    """The day to book under for each of `days`: itself, or the present one where its books are closed.

    What has really happened (a capture, a refund, a transfer) must be booked, however late it is heard of.
    """
    wanted = set(days)
    if not wanted:
        return {}
    closed = Period.objects.filter(
        state=PeriodState.CLOSED, first_on__lte=max(wanted), last_on__gte=min(wanted)
    ).values_list("first_on", "last_on")
    spans = list(closed)
    return {day: now.date() if any(first <= day <= last for first, last in spans) else day for day in wanted}


def altered_periods() -> list[PeriodDTO]:
    """Closed periods whose trial balance is no longer what it was when they were closed."""
    closed = Period.objects.filter(state=PeriodState.CLOSED).order_by("first_on")
    return [_dto(row) for row in closed if trial_digest(until=row.last_on) != row.digest]


def trial_digest(*, until: date) -> str:
    """SHA-256 of the trial balance up to a day, in canonical JSON."""
    table = [asdict(line) for line in trial_balance_table(until=until)]
    return hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()


def roll_snapshots(*, now: datetime) -> int:
    """Sum the open accounts up to where no journal can appear any more; how many accounts had moved.

    A mark notes how far the numbers went and which transactions were then open; the sums are taken by a later
    call, once all of those have ended. So a journal that commits late is never left out (sql.POST draws its
    number only after its transaction has one).
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('finance_balancesnapshot'))")
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        [oldest] = cursor.fetchone()
        mark = LedgerMark.objects.filter(xid__lte=oldest).order_by("-journal_id").first()
        moved = _roll(cursor, mark, now=now) if mark else 0
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        _mark(cursor, now=now)
    return moved


def _roll(cursor: Any, mark: LedgerMark, *, now: datetime) -> int:
    cursor.execute("SELECT coalesce(max(journal_id), 0) FROM finance_balancesnapshot")
    [last] = cursor.fetchone()
    cursor.execute(_ROLL, {"last": last, "upto": mark.journal_id, "now": now})
    moved = int(cursor.rowcount)
    LedgerMark.objects.filter(journal_id__lte=mark.journal_id).delete()
    return moved


def _mark(cursor: Any, *, now: datetime) -> None:
    """First the number, then a transaction number of our own: whoever drew up to that number has a smaller one.

    (The xmax of a snapshot would not do: it is one past the last completed transaction, not past the running ones.)
    """
    cursor.execute("SELECT last_value FROM finance_journal_id_seq")
    [number] = cursor.fetchone()
    cursor.execute("SELECT pg_current_xact_id()::text::bigint")
    [after] = cursor.fetchone()
    LedgerMark.objects.create(journal_id=number, xid=after, taken_at=now)


def _tell(topic: str, row: Period, *, actor: str, now: datetime) -> None:
    detail = {"first_on": row.first_on.isoformat(), "last_on": row.last_on.isoformat(), "digest": row.digest}
    audit.record([audit.Deed(topic, "period", str(row.id), None, detail)], actor=actor, at=now)
    outbox.append([outbox.Event(topic, str(row.id), detail)])


def _dto(row: Period) -> PeriodDTO:
    return PeriodDTO(row.id, row.first_on, row.last_on, row.state, row.closed_at, row.closed_by, row.digest)
