"""What every step of a return shares: finding and locking it, its log, its state, its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.return_rules import clock_rules
from fondaco.platforms.window.domain.returned import (
    ALARM_DAYS,
    Clock,
    ReturnFacts,
    add_months,
    stops_left,
)
from fondaco.platforms.window.domain.returned_parts import clocks_by_part
from fondaco.platforms.window.models import (
    RETURN_CASE_MACHINE,
    ReturnableLine,
    ReturnApplication,
    ReturnCase,
    ReturnClock,
    ReturnEvent,
    ReturnPart,
    ReturnStage,
)
from fondaco.platforms.window.return_centre_parts import days_of, give_back_parts

ENDED = (ReturnStage.CLOSED, ReturnStage.REFUSED, ReturnStage.CANCELLED, ReturnStage.LAPSED)
NEVER_CAME = (ReturnStage.REFUSED, ReturnStage.CANCELLED, ReturnStage.LAPSED)
_LAPSE_MONTHS = 2  # house policy: an authorised parcel that has not come by then is not waited for


def person(scope: Scope) -> str:
    """Who acts, as the log names them."""
    return (scope.actor or str(scope.user_id))[:120]


def case_for(scope: Scope, case_id: UUID) -> ReturnCase:
    """A return that `scope` may see, locked; else NotFound."""
    row: ReturnCase | None = ReturnCase.objects.of(scope).select_for_update().filter(pk=case_id).first()
    if row is None:
        raise NotFound(field="return", value=case_id)
    return row


def facts_of(case: ReturnCase) -> ReturnFacts:
    """What the clocks and claims of a return depend on."""
    days = {name: date.fromisoformat(day) for name, day in case.days.items()}
    return ReturnFacts(case.sold_into, case.sent_from, case.reason, days, case.regimes, case.scheme)


def clock_of(row: ReturnClock) -> Clock:
    """A kept time limit as the domain reckons with it."""
    return Clock(
        row.code, row.starts_on, row.ends_on, row.stops, row.met_on, row.effect, row.source, row.confidence,
        row.over_on, row.part,
    )  # fmt: skip


def start_clocks(cases: Sequence[ReturnCase], parts: Sequence[ReturnPart], *, today: date) -> None:
    """Freeze the time limits that fresh returns have, as the tables have them today."""
    of_case: dict[UUID, list[ReturnPart]] = {}
    for part in parts:
        of_case.setdefault(part.line.case_id, []).append(part)
    rows = [
        ReturnClock(
            case=case, code=clock.code, part=clock.part, starts_on=clock.starts_on, ends_on=clock.ends_on, stops=clock.stops,
            met_on=clock.met_on, effect=clock.effect[:300], source=clock.source[:300], confidence=clock.confidence,
        )
        for case in cases
        for clock in clocks_by_part(clock_rules(), facts_of(case), days_of(of_case.get(case.id, ())))
    ]  # fmt: skip
    ReturnClock.objects.bulk_create(rows)
    own: dict[UUID, list[ReturnClock]] = {case.id: [] for case in cases}
    for row in rows:
        own[row.case_id].append(row)
    for case in cases:
        _set_due(case, own[case.id], today)
    ReturnCase.objects.house().bulk_update(cases, ["next_due_on", "next_clock", "has_missed"])


def note_day(case: ReturnCase, event: str, on: date, *, today: date, part: int = 0) -> None:
    """Note the day of an event, once: clocks that wait for it are met by it.

    What happens to the goods of one consignment (`part`) meets its clocks, not those of the others.
    """
    name = f"{event}/{part}" if part else event
    if name in case.days:
        return
    case.days = {**case.days, name: on.isoformat()}
    waiting = ReturnClock.objects.house().filter(case=case, stops=event, met_on__isnull=True)
    (waiting.filter(part__in=(0, part)) if part else waiting).update(met_on=on)
    refresh_due(case, today=today)


def refresh_due(case: ReturnCase, *, today: date) -> None:
    """Find anew which clock ends next."""
    _set_due(case, list(case.clocks.all()), today)
    case.save(update_fields=["days", "next_due_on", "next_clock", "has_missed"])


def _set_due(case: ReturnCase, clocks: Sequence[ReturnClock], today: date) -> None:
    """A clock counts until it is met, or until the return has ended and nothing can meet it any more.

    A return that has ended has no next clock: what is still open of it is a claim or a declaration, with days of
    their own.
    """
    running = [clock for clock in clocks if clock.met_on is None and clock.over_on is None]
    soonest = min((c for c in running if c.ends_on >= today), key=lambda c: (c.ends_on, c.code), default=None)
    ended = case.state in ENDED
    case.next_due_on, case.next_clock = (
        (soonest.ends_on, soonest.code) if soonest and not ended else (None, "")
    )
    looked_at = running if ended else clocks
    case.has_missed = any(c.ends_on < (c.met_on or today) for c in looked_at)


def end_clocks(case: ReturnCase, *, today: date) -> None:
    """The return has ended: what cannot happen any more is no longer waited for."""
    left = frozenset[str]() if case.state in NEVER_CAME else _stops_left(case)
    waiting = ReturnClock.objects.house().filter(case=case, met_on__isnull=True)
    waiting.exclude(stops__in=left).update(over_on=today)
    refresh_due(case, today=today)


def _stops_left(case: ReturnCase) -> frozenset[str]:
    lines = list(case.lines.all())
    return stops_left(
        refund_owed=bool(case.refund_minor) and case.refund_state != "done",
        away=any(line.reexport or line.destroy for line in lines),
        paid=any(line.duty_minor or line.tax_minor for line in lines),
        sent_home=any(line.reexport for line in lines),
    )


def advance_case(
    case: ReturnCase, event: str, *, actor: str, now: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Move a locked return by `event`; IllegalTransition where that is not possible now."""
    before = case.state
    case.state = RETURN_CASE_MACHINE.after(before, event)
    case.state_at = now
    case.save(update_fields=["state", "state_at"])
    log_events([(case, event, dict(detail or {}))], actor=actor, now=now, before=before)


def log_events(
    told: Iterable[tuple[ReturnCase, str, Mapping[str, Any]]],
    *,
    actor: str,
    now: datetime,
    before: str = "",
    application: ReturnApplication | None = None,
) -> None:
    """Append to the log, the audit trail and the outbox, in the caller's transaction."""
    rows = list(told)
    ReturnEvent.objects.bulk_create(
        ReturnEvent(
            case=case, application=application, code=code[:24], before=before, after=case.state,
            detail=dict(detail), actor=actor, at=now,
        )
        for case, code, detail in rows
    )  # fmt: skip
    audit.record(
        (
            audit.Deed(
                f"returns.{code}", "return", str(case.id), case.seller_id, {"number": case.number, **detail}
            )
            for case, code, detail in rows
        ),
        actor=actor,
        at=now,
    )
    outbox.append(
        outbox.Event(
            f"returns.{code}",
            str(case.id),
            {"id": str(case.id), "seller_id": str(case.seller_id), "order_id": str(case.order_id), **detail},
        )
        for case, code, detail in rows
    )


def alarm_returns(*, now: datetime, limit: int = 1000) -> int:
    """Tell of clocks that end within a week or are past, each once, and look anew what is due; how many alarms.

    House work of a periodic job; safe to repeat.
    """
    today = now.date()
    last = date.fromordinal(today.toordinal() + ALARM_DAYS)
    with transaction.atomic():
        due = list(
            ReturnClock.objects.house()
            .filter(met_on__isnull=True, over_on__isnull=True, ends_on__lte=last, alarmed_at__isnull=True)
            .select_related("case")
            .select_for_update(of=("self",))
            .order_by("pk")[:limit]
        )
        ReturnClock.objects.house().filter(pk__in=[clock.pk for clock in due]).update(alarmed_at=now)
        told = [
            (clock.case, "clock_due", {"clock": clock.code, "ends_on": clock.ends_on.isoformat()})
            for clock in due
        ]
        log_events(told, actor="returns", now=now)
        stale = ReturnCase.objects.house().filter(next_due_on__lt=today).select_for_update().order_by("pk")
        for case in [*stale[:limit]]:
            refresh_due(case, today=today)
    return len(due)


def give_back(case: ReturnCase) -> None:
    """Give the pieces of a return that did not arrive back to their lines' accounts."""
    for line in case.lines.order_by("account_id"):
        missing = line.quantity - line.received
        if missing:
            ReturnableLine.objects.house().filter(pk=line.account_id).update(claimed=F("claimed") - missing)
            give_back_parts(line, missing)


def lapse_returns(*, now: datetime, limit: int = 200) -> int:
    """End the returns authorised two months ago whose goods never came; how many. House work of a periodic job."""
    day = add_months(now.date(), -_LAPSE_MONTHS)
    with transaction.atomic():
        rows = ReturnCase.objects.house().filter(
            state__in=(ReturnStage.AUTHORISED, ReturnStage.IN_TRANSIT), opened_at__date__lt=day
        )
        late = list(rows.select_for_update(skip_locked=True).order_by("pk")[:limit])
        for case in late:
            advance_case(case, "lapse", actor="returns", now=now)
            give_back(case)
            end_clocks(case, today=now.date())
    return len(late)
