"""The three-document match as recorded: verdicts, what people accept, and the releases that waited for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import insert_rows
from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.tolerances import load_tolerances
from fondaco.platforms.window.declaration_store import (
    LogLine,
    Papers,
    clear_papers,
    lock_live,
    write_live,
    write_log,
)
from fondaco.platforms.window.domain.declaration_states import FINAL, NEED_MATCH, settle_hold
from fondaco.platforms.window.domain.matching import Triple, Used, Verdict, match_triples
from fondaco.platforms.window.models import EventSource, MatchVerdict, VerdictKind

# GACC 2018 No. 113: a carrier's waybill number is unique for six months.
_WAYBILL_DAYS = 183
_COLUMNS = tuple(field.attname for field in MatchVerdict._meta.concrete_fields)
_UPSERT = "ON CONFLICT (order_id, part) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in {"id", "order_id", "part"}
)


class NotMatched(Conflict):
    code = "documents-not-matched"
    title = "The goods cannot be released: order, payment and waybill do not agree."
    remedy = "Correct the documents and match them again, or accept small differences with a reason."


class NotToAccept(Conflict):
    code = "verdict-not-soft"
    title = "Only small differences can be accepted by a person."
    remedy = "Correct the documents and match them again."


class ReasonMissing(Refused):
    code = "reason-missing"
    title = "A decision needs a reason."
    remedy = "Say in a sentence why."


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """Whether a declaration is released and, if not, what it waits for: the match, the agency, or nothing
    more (`state` is final).
    """

    declaration_id: UUID
    order_id: UUID
    released: bool
    state: str
    waits_for: str


def match_documents(triples: Sequence[Triple], *, on: date | None = None, regime: str = "") -> list[Verdict]:
    """A verdict for each triple, in order; waybill and transaction numbers of earlier orders count too.

    `on` picks the tolerances in force and the six months of waybill numbers (without it: the newest, and
    all). Triples and earlier orders are told apart by `reference`. Nothing is recorded: see `save_verdicts`.
    """
    return match_triples(triples, tolerances=load_tolerances(regime, on=on), used=_used(triples, on=on))


def save_verdicts(
    verdicts: Sequence[Verdict], *, actor: str, now: datetime, at: Mapping[UUID, datetime] | None = None
) -> list[UUID]:
    """Record `verdicts` (each with its order and seller) and release what only waited for them.

    A newer verdict replaces the older one of its order and part; an acceptance stays only while the verdict is soft for
    the same reasons. `at` tells when the documents of an order were compared, where that was not `now`. Gives the
    ids of declarations that were released by it. Safe to repeat.
    """
    with transaction.atomic():
        rows, changed = record_verdicts(verdicts, now=now, at=at)
        audit.record((_deed(row, f"matched.{row.verdict}") for row in changed), actor=actor, at=now)
        outbox.append(_event(row) for row in changed)
        return _let_through([row.order_id for row in rows], actor=actor, now=now)


def record_verdicts(
    verdicts: Sequence[Verdict], *, now: datetime, at: Mapping[UUID, datetime] | None = None
) -> tuple[list[MatchVerdict], list[MatchVerdict]]:
    """Write `verdicts` in the caller's transaction and nothing else: all rows, and those that are news."""
    old = _locked(verdicts)
    times = at or {}
    rows = [
        _row(verdict, old.get(_papers(verdict)), now=times.get(_owner(verdict)[0], now))
        for verdict in verdicts
    ]
    insert_rows("window_matchverdict", _COLUMNS, [_as_row(row) for row in rows], ending=_UPSERT)
    return rows, [row for row in rows if _changed(row, old.get((row.order_id, row.part)))]


def accept_verdict(scope: Scope, order_id: UUID, *, reason: str, now: datetime) -> list[UUID]:
    """Accept the small differences of an order's documents, in each of its parts, as its seller's manager or the operator.

    Gives the declarations this released. NotToAccept for any other verdict; ReasonMissing without `reason`.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.SELLER,))
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        rows = list(
            MatchVerdict.objects.of(scope).filter(order_id=order_id).order_by("part").select_for_update()
        )
        if not rows:
            raise NotFound(field="order_id", value=order_id)
        soft = [row for row in rows if row.verdict == VerdictKind.SOFT]
        if not soft:
            raise NotToAccept(field="verdict", value=worst_verdict(rows).verdict)
        actor = scope.actor or str(scope.user_id)
        _accept([row for row in soft if row.accepted_at is None], reason.strip()[:500], actor=actor, now=now)
        return _let_through([order_id], actor=actor, now=now)


def _accept(rows: Sequence[MatchVerdict], reason: str, *, actor: str, now: datetime) -> None:
    for row in rows:
        row.accepted_by, row.accepted_at, row.accepted_why = actor, now, reason
        row.save(update_fields=["accepted_by", "accepted_at", "accepted_why"])
    audit.record([_deed(row, "match_accepted") for row in rows], actor=actor, at=now)


def worst_verdict(rows: Sequence[MatchVerdict]) -> MatchVerdict:
    """Of the verdicts on an order's parts the one that keeps it longest: hard, then soft and not accepted."""
    return max(rows, key=lambda row: (row.verdict == VerdictKind.HARD, row.verdict == VerdictKind.SOFT,
                                      row.accepted_at is None, -row.part))  # fmt: skip


def release_declarations(ids: Sequence[UUID], *, actor: str, now: datetime) -> list[ReleaseResult]:
    """Let through what the agency has released and the match allows; say of the rest what it waits for."""
    with transaction.atomic():
        orders = [one.order_id for one in lock_live(id__in=ids)]
        _let_through(orders, actor=actor, now=now)
        live = {one.id: one for one in lock_live(id__in=ids)}
        clear = clear_papers({one.order_id for one in live.values()})
    return [_result(live[id_], matched=live[id_].papers in clear) for id_ in ids if id_ in live]


def verdicts_for(order_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Each order's verdict as a dictionary: verdict, reasons, matched_at, accepted_by, accepted_why, part.

    Of an order that travels in parts, the verdict that keeps it longest.
    """
    fields = (
        "order_id", "part", "verdict", "reasons", "matched_at", "accepted_by", "accepted_at", "accepted_why",
    )  # fmt: skip
    found: dict[UUID, list[MatchVerdict]] = {}
    for row in MatchVerdict.objects.house().filter(order_id__in=list(order_ids)).only(*fields):
        found.setdefault(row.order_id, []).append(row)
    return {
        order_id: {name: getattr(worst_verdict(rows), name) for name in fields}
        for order_id, rows in found.items()
    }


def match_worklist(
    scope: Scope, *, verdict: str = "", search: str = "", size: int = 50, before: datetime | None = None
) -> list[dict[str, Any]]:
    """Orders of `scope` whose documents differ and which nobody has accepted, newest first.

    `verdict` is soft or hard (empty: both); `search` is the beginning of an order or tracking number.
    """
    rows = MatchVerdict.objects.of(scope).exclude(verdict=VerdictKind.MATCH).filter(accepted_at__isnull=True)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if search:
        rows = rows.filter(Q(reference__istartswith=search) | Q(tracking__istartswith=search))
    if before is not None:
        rows = rows.filter(matched_at__lt=before)
    fields = (
        "order_id",
        "part",
        "reference",
        "verdict",
        "reasons",
        "tracking",
        "transaction_id",
        "matched_at",
    )
    return list(rows.order_by("-matched_at").values(*fields)[:size])


def _papers(verdict: Verdict) -> Papers:
    return _owner(verdict)[0], verdict.part


def _owner(verdict: Verdict) -> tuple[UUID, UUID]:
    """The order and the seller that a verdict is recorded for; Refused where it names none."""
    if verdict.order_id is None or verdict.seller_id is None:
        raise Refused(
            "A verdict is recorded for an order of a seller.", field="order_id", value=verdict.reference
        )
    return verdict.order_id, verdict.seller_id


def _locked(verdicts: Sequence[Verdict]) -> dict[Papers, MatchVerdict]:
    found = MatchVerdict.objects.house().filter(order_id__in=[_owner(one)[0] for one in verdicts])
    return {(row.order_id, row.part): row for row in found.order_by("order_id", "part").select_for_update()}


def _row(verdict: Verdict, old: MatchVerdict | None, *, now: datetime) -> MatchVerdict:
    reasons = [reason.as_dict() for reason in verdict.reasons]
    order_id, seller_id = _owner(verdict)
    row = MatchVerdict(
        id=old.id if old else new_id(),
        order_id=order_id,
        part=verdict.part,
        seller_id=seller_id,
        reference=verdict.reference[:60],
        verdict=verdict.verdict,
        reasons=reasons,
        carrier=verdict.carrier[:80],
        tracking=verdict.tracking[:60],
        transaction_id=verdict.transaction_id[:80],
        matched_at=now,
    )
    if old and old.accepted_at and old.verdict == row.verdict and old.reasons == reasons:
        row.accepted_by, row.accepted_at, row.accepted_why = (
            old.accepted_by,
            old.accepted_at,
            old.accepted_why,
        )
    return row


def _as_row(row: MatchVerdict) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COLUMNS}


def _changed(row: MatchVerdict, old: MatchVerdict | None) -> bool:
    return old is None or old.verdict != row.verdict or old.reasons != row.reasons


def _let_through(order_ids: Sequence[UUID], *, actor: str, now: datetime) -> list[UUID]:
    """Give effect to releases that were held, where the documents now allow it."""
    waiting = lock_live(order_id__in=order_ids, held_state__in=NEED_MATCH)
    clear = clear_papers({one.order_id for one in waiting})
    ready = [one for one in waiting if one.papers in clear]
    lines = []
    for live in ready:
        granted = live.standing.held_at or now
        live.standing = settle_hold(live.standing)
        if live.standing.state in NEED_MATCH:
            live.released_at = max(granted, now)
        lines.append(
            LogLine(live.id, EventSource.PLATFORM, "matched", now, before=live.was, after=live.standing.state)
        )
    write_log(lines, actor=actor, now=now)
    write_live(ready, actor=actor, now=now)
    return [live.id for live in ready if live.standing.state in NEED_MATCH]


def _result(live: Any, *, matched: bool) -> ReleaseResult:
    state = live.standing.state
    released = state in NEED_MATCH
    settled = released or state in FINAL
    waits = "" if settled else "match" if live.standing.held and not matched else "agency"
    return ReleaseResult(live.id, live.order_id, released=released, state=state, waits_for=waits)


def _used(triples: Sequence[Triple], *, on: date | None) -> Used:
    """The numbers of `triples` that other orders have used: two queries for any number of triples."""
    tracking = {one.logistics.tracking.strip().upper() for one in triples if one.logistics} - {""}
    paid = {pay.transaction_id for one in triples for pay in (one.payment, *one.other_payments) if pay} - {""}
    ours = {one.reference for one in triples}
    recent = Q(tracking__in=tracking)
    if on is not None:
        recent &= Q(matched_at__date__gt=on - timedelta(days=_WAYBILL_DAYS))
    rows = (
        MatchVerdict.objects.house()
        .filter(recent | Q(transaction_id__in=paid))
        .exclude(reference__in=ours)
        .values_list("carrier", "tracking", "transaction_id", "reference")
    )
    known = list(rows)
    return Used(
        waybills={(carrier, number): ref for carrier, number, _, ref in known if number in tracking},
        transactions={number: ref for _, _, number, ref in known if number in paid},
    )


def _deed(row: MatchVerdict, action: str) -> audit.Deed:
    return audit.Deed(
        action=f"window.{action}",
        subject_type="order",
        subject_id=str(row.order_id),
        organisation_id=row.seller_id,
        detail={"verdict": str(row.verdict), "reasons": [reason["code"] for reason in row.reasons]},
    )


def _event(row: MatchVerdict) -> outbox.Event:
    return outbox.Event(
        topic=f"window.match.{row.verdict}",
        key=str(row.order_id),
        payload={"reference": row.reference, "seller_id": str(row.seller_id)},
    )
