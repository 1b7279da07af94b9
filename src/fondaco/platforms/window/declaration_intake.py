"""The receiving side: batches of lists that declarants lodge with the house as the single window.

One batch is one transaction and one statement per table: lists that keep every rule are recorded with their
goods, log, match verdict and lane; the others are refused, each with its reasons. Green and blue lists whose
documents agree are released at once; nobody has touched them.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import F
from psycopg.errors import DeadlockDetected

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import hex_of, insert_rows
from fondaco.kernel.errors import Conflict
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.selectivity import criteria_on, seed_of
from fondaco.platforms.window.declaration_drafts import COLUMNS, ITEM_COLUMNS, declaration_row, item_row
from fondaco.platforms.window.declaration_match import match_documents, record_verdicts
from fondaco.platforms.window.declaration_store import LogLine, write_log
from fondaco.platforms.window.domain.declaration import DeclarationDraft
from fondaco.platforms.window.domain.declaration_states import Effect, State
from fondaco.platforms.window.domain.intake import Lodged, currency_fault, draft_of, triple_of
from fondaco.platforms.window.domain.matching import Triple, Verdict
from fondaco.platforms.window.domain.selectivity import Selection, facts_of, select_lane
from fondaco.platforms.window.models import (
    Declaration,
    EventSource,
    IntakeBatch,
    Lane,
)

WINDOW = "window"  # who wrote the receipt: the house as the receiving side
_TRIES = 3
_BATCH_COLUMNS = (
    "id", "seller_id", "form", "sha256", "lists", "taken", "repeated", "refused", "answer", "raw", "actor",
    "received_at",
)  # fmt: skip
_PLACES = ("declaration_id", "batch_id", "place", "digest")
# What each lane leads to, and the code of the receipt that says so (UK CDS's names).
_OUTCOME: Mapping[str, tuple[State, str]] = {
    Lane.GREEN: (State.RELEASED, "DMSCLE"),
    Lane.BLUE: (State.RELEASED, "DMSCLE"),
    Lane.YELLOW: (State.DOCS_REQUIRED, "DMSDOC"),
    Lane.RED: (State.INSPECTION, "DMSCTL"),
}


class BatchRaced(Conflict):
    code = "batch-raced"
    title = "Another batch with the same lists is being taken in."
    remedy = "Send it again."


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was said of a batch: the JSON text that the declarant gets, and whether it was said before."""

    text: str
    taken: int
    repeated: int
    refused: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry of a batch: taken, repeated or refused; `told` is said besides."""

    place: int
    lrn: str
    status: str
    told: Mapping[str, Any]


@dataclass(slots=True)
class _Case:
    """One list on its way in."""

    lodged: Lodged
    status: str = ""
    draft: DeclarationDraft | None = None
    triple: Triple | None = None
    row: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    selection: Selection | None = None
    said: dict[str, Any] = field(default_factory=dict)

    def refuse(self, reasons: Iterable[Mapping[str, Any]]) -> None:
        """Leave this list out, and say why."""
        self.status = "refused"
        self.said = {"reasons": [dict(reason) for reason in reasons]}


def take_in_lists(
    scope: Scope,
    lists: Sequence[Lodged],
    raw: bytes,
    *,
    form: str,
    authorities: Mapping[str, UUID],
    now: datetime,
    papers_asked: bool = True,
    told: Mapping[str, Any] | None = None,
) -> Acknowledged:
    """Record a batch for `scope`'s organisation; see the module. `authorities` are offices by country.

    Without `papers_asked` a list that names no order, payment or waybill document is matched by itself: its
    authority asks for none. `told` is said of every list besides.

    The same bytes again, and any list taken in before, record nothing anew and are acknowledged the same;
    another list under a number that is taken is refused. Forbidden for all but a seller's clerk (or the
    platform's). BatchRaced after three collisions with a batch that arrives at the same moment.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    for _ in range(_TRIES):
        if said := said_before(scope.organisation_id, raw):
            return said
        cases = [
            _judged(one, scope.organisation_id, authorities, papers_asked=papers_asked, now=now)
            for one in lists
        ]
        try:
            with transaction.atomic():
                return _take_in(scope, cases, raw, form=form, told=told or {}, now=now)
        except (BatchRaced, OperationalError) as fault:
            if not isinstance(fault, BatchRaced) and not isinstance(fault.__cause__, DeadlockDetected):
                raise
    raise BatchRaced(field="batch", value=_digest(raw)[:16])


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _judged(
    lodged: Lodged, seller_id: UUID, authorities: Mapping[str, UUID], *, papers_asked: bool, now: datetime
) -> _Case:
    """A list with its declaration's row, or refused for what is wrong with it."""
    case = _Case(lodged)
    body = lodged.body
    if body is None:
        case.refuse(lodged.reasons)
        return case
    fault = currency_fault(body) or _office_fault(body, authorities)
    if fault:
        case.refuse([fault])
        return case
    draft = draft_of(body, seller_id=seller_id, authority_id=authorities[body["country"]])
    row = declaration_row(draft, version=1, now=now)
    if row["problems"]:
        case.refuse(row["problems"])
        return case
    case.draft, case.row = draft, row
    if papers_asked or any(body.get(name) for name in ("order", "payment", "waybill")):
        case.triple = triple_of(body, draft)
    return case


def _office_fault(body: Mapping[str, Any], authorities: Mapping[str, UUID]) -> dict[str, Any] | None:
    if body["country"] in authorities:
        return None
    return {
        "field": "country", "code": "no-office", "value": body["country"],
        "message": "The single window has no customs office in this country.",
        "remedy": "Give the country of the office where the goods are declared.",
    }  # fmt: skip


def said_before(seller_id: UUID, raw: bytes) -> Acknowledged | None:
    """What was answered when the same bytes came before."""
    fields = ("taken", "repeated", "refused")
    same = IntakeBatch.objects.house().filter(seller_id=seller_id, sha256=_digest(raw))
    row = same.values(*fields, text=F("answer")).first()
    return Acknowledged(**row, again=True) if row else None


def _take_in(
    scope: Scope, cases: Sequence[_Case], raw: bytes, *, form: str, told: Mapping[str, Any], now: datetime
) -> Acknowledged:
    batch_id = new_id()
    _set_apart(cases)
    fresh = [case for case in cases if not case.status]
    _choose_lanes(fresh, now=now)
    _record(fresh, batch_id, actor=_actor(scope), now=now)
    outcomes = [Outcome(one.lodged.place, one.lodged.lrn, one.status, {**one.said, **told}) for one in cases]
    return keep_batch(scope, batch_id, outcomes, raw=raw, form=form, now=now)


def _actor(scope: Scope) -> str:
    return scope.actor or str(scope.user_id)


def _set_apart(cases: Sequence[_Case]) -> None:
    """Mark lists that are recorded already, in an earlier batch or earlier in this one."""
    known = _known([case.row for case in cases if not case.status])
    for case in cases:
        if case.status:
            continue
        lrn, order = case.row["lrn"], (case.row["order_id"], case.row["kind"])
        if (twin := known.get(lrn)) is not None:
            _repeat(case, twin)
        elif (other := known.get(order)) is not None and other["state"] == State.CANCELLED:
            case.row["version"] = other["version"] + 1
            known[lrn] = known[order] = {**case.row, "digest": case.lodged.digest, "case": case}
        elif other is not None:
            case.refuse([_taken("order.number", "order-declared", f"It is declared as {other['lrn']}.")])
        else:
            known[lrn] = known[order] = {**case.row, "digest": case.lodged.digest, "case": case}


def _repeat(case: _Case, twin: Mapping[str, Any]) -> None:
    if twin["digest"] != case.lodged.digest or twin["seller_id"] != case.row["seller_id"]:
        case.refuse([_taken("lrn", "reference-taken", "Another list has this number.")])
        return
    case.status = "repeated"
    case.said = {"mrn": twin["mrn"] or _mrn(twin)}


def _taken(field_name: str, code: str, message: str) -> dict[str, Any]:
    return {"field": field_name, "code": code, "message": message, "remedy": "Give a number of its own."}


def _known(rows: Sequence[Mapping[str, Any]]) -> dict[Any, dict[str, Any]]:
    """What is recorded under the numbers or for the orders of `rows`, by both; two queries."""
    fields = ("lrn", "mrn", "order_id", "kind", "seller_id", "state", "version", "intake__digest")
    names = (*fields[:-1], "digest")
    house = Declaration.objects.house().values_list(*fields)
    found = [
        *house.filter(lrn__in=[row["lrn"] for row in rows]),
        *house.filter(order_id__in=[row["order_id"] for row in rows]).order_by("version"),
    ]
    known: dict[Any, dict[str, Any]] = {}
    for values in found:
        one = dict(zip(names, values, strict=True))
        known[one["lrn"]] = known[one["order_id"], one["kind"]] = one
    return known


def _choose_lanes(cases: Sequence[_Case], *, now: datetime) -> None:
    """Match the documents of each list, choose its lane, and put what follows into its row."""
    on = now.date()
    criteria, seed = criteria_on(on), seed_of(on)
    compared = iter(match_documents([case.triple for case in cases if case.triple], on=on))
    for case in cases:
        if case.draft is None:
            continue
        verdict = next(compared) if case.triple else _alone(case.draft)
        facts = facts_of(case.draft, verdict=verdict.verdict)
        case.verdict = verdict
        case.selection = select_lane(facts, criteria=criteria, seed=seed, number=case.draft.lrn)
        case.row.update(_standing(case, now=now))
        case.status = "taken"
        case.said = {"mrn": case.row["mrn"], "state": case.row["state"], "lane": case.row["lane"]}
        if verdict.reasons:
            case.said["differences"] = [reason.code for reason in verdict.reasons]


def _alone(draft: DeclarationDraft) -> Verdict:
    """The verdict on a list whose authority asks for no documents beside it."""
    return Verdict(draft.reference, "match", (), draft.order_id, draft.seller_id)


def _standing(case: _Case, *, now: datetime) -> dict[str, Any]:
    """Where a list stands once its lane is chosen; a release of documents that differ is held."""
    lane = case.selection.lane if case.selection else Lane.GREEN
    state, _ = _OUTCOME[lane]
    held = state == State.RELEASED and case.verdict is not None and case.verdict.verdict != "match"
    free = state == State.RELEASED and not held
    return {
        "state": str(State.ACCEPTED if held else state),
        "held_state": str(State.RELEASED) if held else "",
        "held_at": now if held else None,
        "lane": str(lane),
        "mrn": _mrn(case.row),
        "attempts": 1,
        "submitted_at": now,
        "acknowledged_at": now,
        "decided_at": now,
        "released_at": now if free else None,
    }


def _mrn(row: Mapping[str, Any]) -> str:
    """A movement reference number: year, country, 13 characters, as UCC Annex B has them."""
    number = hashlib.sha256(f"{row['seller_id']}|{row['lrn']}".encode()).hexdigest()[:13].upper()
    return f"{row['drafted_at']:%y}{row['country']}W{number}"


def _record(cases: Sequence[_Case], batch_id: UUID, *, actor: str, now: datetime) -> None:
    """Insert what is new: one statement per table, in one order, so that two batches never deadlock."""
    ordered = sorted(cases, key=lambda case: str(case.row["lrn"]))
    record_verdicts([case.verdict for case in ordered if case.verdict], now=now)
    rows = [case.row for case in ordered]
    made = insert_rows("window_declaration", COLUMNS, rows, ending="ON CONFLICT DO NOTHING", key="id")
    if len(made) != len(rows):
        raise BatchRaced
    goods = [
        item_row(case.row["id"], item)
        for case in ordered
        for item in (case.draft.items if case.draft else ())
    ]
    insert_rows("window_declarationitem", ITEM_COLUMNS, goods)
    write_log((line for case in ordered for line in _lines(case, batch_id, now=now)), actor=actor, now=now)
    places = [
        {
            "declaration_id": c.row["id"],
            "batch_id": batch_id,
            "place": c.lodged.place,
            "digest": c.lodged.digest,
        }
        for c in ordered
    ]
    insert_rows("window_intakelist", _PLACES, places)
    audit.record((_deed(case) for case in ordered), actor=actor, at=now)
    outbox.append(_event(case) for case in ordered if case.row["state"] != State.ACCEPTED)


def _lines(case: _Case, batch_id: UUID, *, now: datetime) -> Iterable[LogLine]:
    """Lodged, accepted, and what the lane led to with the criteria that were met."""
    row, selection = case.row, case.selection
    state, code = _OUTCOME[row["lane"]]
    number, stamp = row["mrn"], now.isoformat()
    told = {"FunctionalReferenceID": row["lrn"], "ID": number, "IssueDateTime": stamp, "Source": WINDOW}
    yield LogLine(
        row["id"], EventSource.TRADER, "lodged", now, after=State.SUBMITTED, before=State.VALIDATED,
        raw={"batch": str(batch_id), "place": case.lodged.place},
    )  # fmt: skip
    yield LogLine(
        row["id"], EventSource.AGENCY, "DMSACC", now, after=State.ACCEPTED, before=State.SUBMITTED,
        means=State.ACCEPTED, raw={"NameCode": "DMSACC", **told},
    )  # fmt: skip
    chosen = selection.as_dict() if selection else {}
    hits = selection.hits if selection else ()
    yield LogLine(
        row["id"], EventSource.AGENCY, code, now, after=row["state"], before=State.ACCEPTED, means=state,
        effect=Effect.HELD if row["held_state"] else Effect.APPLIED, reason="; ".join(hit.why for hit in hits),
        raw={"NameCode": code, **told, "SelectivityLane": row["lane"], "Selectivity": chosen},
    )  # fmt: skip


def _deed(case: _Case) -> audit.Deed:
    row, verdict = case.row, case.verdict.verdict if case.verdict else ""
    return audit.Deed(
        action=f"window.declaration.{row['state']}",
        subject_type="declaration",
        subject_id=str(row["id"]),
        organisation_id=row["seller_id"],
        detail={"before": "", "lrn": row["lrn"], "lane": row["lane"], "by": WINDOW, "verdict": verdict},
    )


def _event(case: _Case) -> outbox.Event:
    row = case.row
    payload = {"order_id": str(row["order_id"]), "kind": row["kind"], "seller_id": str(row["seller_id"])}
    return outbox.Event(topic=f"window.declaration.{row['state']}", key=str(row["id"]), payload=payload)


def keep_batch(
    scope: Scope, batch_id: UUID, outcomes: Sequence[Outcome], *, raw: bytes, form: str, now: datetime
) -> Acknowledged:
    """Keep a message and what is answered to it, in the caller's transaction.

    BatchRaced where the same message was taken in meanwhile: the caller begins again.
    """
    counts = {name: sum(one.status == name for one in outcomes) for name in ("taken", "repeated", "refused")}
    lists = [{"place": one.place, "lrn": one.lrn, "status": one.status, **one.told} for one in outcomes]
    answer = json.dumps(
        {"batch_id": str(batch_id), **counts, "lists": lists}, separators=(",", ":"), default=str
    )
    row = {
        "id": batch_id, "seller_id": scope.organisation_id, "form": str(form), "sha256": _digest(raw),
        "lists": len(outcomes), **counts, "answer": answer, "raw": hex_of(zlib.compress(raw, 1)),
        "actor": _actor(scope)[:120], "received_at": now,
    }  # fmt: skip
    if not insert_rows(
        "window_intakebatch", _BATCH_COLUMNS, [row], ending="ON CONFLICT DO NOTHING", key="id"
    ):
        raise BatchRaced
    deed = audit.Deed("window.batch.taken_in", "intake_batch", str(batch_id), scope.organisation_id, counts)
    audit.record([deed], actor=_actor(scope), at=now)
    return Acknowledged(answer, counts["taken"], counts["repeated"], counts["refused"])
