"""Taking in what agencies answer: each receipt once, in any order, nothing lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel.bulk import insert_rows
from fondaco.platforms.window.declaration_store import (
    Live,
    LogLine,
    clear_papers,
    lock_live,
    write_live,
    write_log,
)
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.declaration_codes import find_code
from fondaco.platforms.window.domain.declaration_states import (
    AT_HOME,
    NEED_MATCH,
    Effect,
    Fact,
    absorb,
    worse_lane,
)
from fondaco.platforms.window.domain.gateway import CustomsGateway, DecisionGateway
from fondaco.platforms.window.domain.messages.gacc.receipts import PAPER, VOID
from fondaco.platforms.window.gacc_answers import spread_answers
from fondaco.platforms.window.gacc_bills import doubtful_bills
from fondaco.platforms.window.models import (
    Declaration,
    DeclarationEvent,
    EventSource,
    GatewayCursor,
    Lane,
)
from fondaco.platforms.window.parked_receipts import take_waiting
from fondaco.platforms.window.return_centre_messages import take_answers

_PAGE = 2000
_PARKED = (
    "reference", "code", "issued_at", "why", "detail", "raw", "parked_at", "resolved_by", "resolution",
)  # fmt: skip
_MOST_PAGES = 10_000
_LOOK_BACK = 1_000
DESK = "desk"  # who wrote the receipt: an officer here, not an agency's own system


@dataclass(slots=True)
class ReceiptReport:
    """How many receipts were applied, noted, superseded, held, parked, or known already."""

    applied: int = 0
    noted: int = 0
    superseded: int = 0
    held: int = 0
    parked: int = 0
    repeated: int = 0
    states: dict[UUID, str] = field(default_factory=dict)

    def add(self, other: ReceiptReport) -> None:
        """Count `other` in."""
        for name in ("applied", "noted", "superseded", "held", "parked", "repeated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.states.update(other.states)


def receive_receipts(receipts: Sequence[Receipt], *, now: datetime, actor: str = "agency") -> ReceiptReport:
    """Log `receipts` and move their declarations: idempotent on (reference, code, time), in any order.

    A release of a declaration whose documents have not matched is held until they do. Receipts for unknown
    references, with unknown codes, or against what is settled are parked, with the reason, for a person.
    `states` of the report tells where the declarations concerned stand now.
    """
    with transaction.atomic():
        return take_in(receipts, now=now, actor=actor)


def poll_receipts(
    gateway: CustomsGateway, *, now: datetime, limit: int = _PAGE, actor: str = "agency"
) -> ReceiptReport:
    """Read all receipts the gateway has ready; the cursor moves with them, in the same transaction.

    GatewayUnavailable leaves the cursor where it was: the next call goes on from there.
    """
    report = ReceiptReport()
    cursor = GatewayCursor.objects.filter(gateway=gateway.name).values_list("cursor", flat=True).first() or ""
    for _ in range(_MOST_PAGES):
        page = gateway.poll(after=cursor, limit=limit)
        with transaction.atomic(durable=True):
            report.add(take_in(page.receipts, now=now, actor=actor))
            if page.cursor != cursor:
                GatewayCursor.objects.update_or_create(
                    gateway=gateway.name, defaults={"cursor": page.cursor, "moved_at": now}
                )
        cursor = page.cursor
        if not page.more:
            break
    return report


def tell_decisions(gateway: DecisionGateway, *, now: datetime) -> int:
    """Tell the agency what officers decided at the house's desk since it was last told; how many decisions.

    Looks back over the last 1,000 log lines for what committed late: the agency knows a decision it was told.
    GatewayUnavailable leaves the rest for the next call. Call outside any transaction.
    """
    key = f"{gateway.name}:decisions"[:80]
    known = GatewayCursor.objects.filter(gateway=key).values_list("cursor", flat=True).first() or "0"
    decided = DeclarationEvent.objects.filter(
        source=EventSource.AGENCY, raw__Source=DESK, id__gt=int(known) - _LOOK_BACK
    )
    told, last = 0, int(known)
    for place, raw in decided.order_by("id").values_list("id", "raw"):
        gateway.tell(raw)
        told, last = told + (place > int(known)), max(last, place)
    if told:
        GatewayCursor.objects.update_or_create(gateway=key, defaults={"cursor": str(last), "moved_at": now})
    return told


def take_in(receipts: Sequence[Receipt], *, now: datetime, actor: str) -> ReceiptReport:
    """Take `receipts` in within the caller's transaction; see `receive_receipts`."""
    receipts, contested = spread_answers(receipts)
    receipts = _by_lrn(receipts)
    once = {(one.reference, one.code, one.issued_at): one for one in receipts}
    report = ReceiptReport(repeated=len(receipts) - len(once))
    if not once and not contested:
        return report
    live = {one.lrn: one for one in lock_live(lrn__in={reference for reference, _, _ in once})}
    if strangers := [one for one in once.values() if one.reference not in live]:
        ours = take_answers(strangers)
        report.noted += sum(one.reference in ours for one in strangers)
        once = {key: one for key, one in once.items() if one.reference not in ours}
    unnumbered = [one for one in live.values() if not one.mrn]
    ordered = sorted(once.values(), key=lambda one: one.issued_at)
    doubts = doubtful_bills(ordered, live)
    clear = clear_papers({one.order_id for one in live.values()})
    seen = _already_logged(live)
    lines: list[LogLine] = []
    parked = [_parked(one, "contradiction", now=now, detail=detail) for one, detail in contested]
    for place, receipt in enumerate(ordered):
        target = live.get(receipt.reference)
        if target is not None and (target.id, receipt.code, receipt.issued_at) in seen:
            report.repeated += 1
            continue
        why, detail = _why_parked(receipt, target), ""
        why, detail = (why, detail) if why else doubts.get(place, ("", ""))
        if target is None or why:
            parked.append(_parked(receipt, why, now=now, detail=detail))
            continue
        line = _apply(receipt, target, clear=target.papers in clear)
        lines.append(line)
        if line.effect == Effect.PARKED:
            parked.append(
                _parked(
                    receipt, "contradiction", now=now, detail=f"the declaration is {target.standing.state}"
                )
            )
    new_parked = _write_parked(parked)
    report.repeated += len(parked) - new_parked
    _count(report, lines, new_parked=new_parked)
    write_log(lines, actor=actor, now=now)
    write_live([one for one in live.values() if one.touched], actor=actor, now=now)
    report.states = {one.id: one.standing.state for one in live.values()}
    numbered = {one.mrn: one.lrn for one in unnumbered if one.mrn}
    if numbered and (late := take_waiting(numbered, now=now)):
        report.add(take_in(late, now=now, actor=actor))
    return report


def _by_lrn(receipts: Sequence[Receipt]) -> Sequence[Receipt]:
    """Answers by another name than our own are given to their declaration before Chinese customs.

    Those to an order's documents name the order; tax bills and results of a summary the number that customs gave,
    which may have come in the same page.
    """
    papers = {one.reference for one in receipts if one.vocabulary == PAPER}
    numbers = {one.mrn for one in receipts if one.mrn and one.mrn == one.reference}
    rows = Declaration.objects.house().filter(country="CN").order_by("version")
    known: dict[str, str] = {}
    if papers:
        known |= dict(rows.filter(reference__in=papers).values_list("reference", "lrn"))
    if numbers:
        known |= {one.mrn: one.reference for one in receipts if one.mrn in numbers - {one.reference}}
        known |= dict(rows.filter(mrn__in=numbers).values_list("mrn", "lrn"))
    named = papers | numbers
    return [
        replace(one, reference=known.get(one.reference, one.reference)) if one.reference in named else one
        for one in receipts
    ]


def _already_logged(live: dict[str, Live]) -> set[tuple[UUID, str, datetime]]:
    """Complete, because the declarations are locked: no other writer logs for them meanwhile."""
    events = DeclarationEvent.objects.filter(
        declaration_id__in=[one.id for one in live.values()], source=EventSource.AGENCY
    )
    return set(events.values_list("declaration_id", "code", "issued_at"))


def _why_parked(receipt: Receipt, target: Live | None) -> str:
    if target is None:
        return "unknown-reference"
    if find_code(receipt.code, vocabulary=receipt.vocabulary) is None:
        return "unknown-code"
    return "not-lodged" if target.standing.state in AT_HOME else ""


def _apply(receipt: Receipt, target: Live, *, clear: bool) -> LogLine:
    """Move `target` by one receipt and give the line for its log."""
    code = find_code(receipt.code, vocabulary=receipt.vocabulary)
    meant = code.state if code else None
    before = target.standing.state
    target.standing, effect = absorb(target.standing, Fact(meant, receipt.issued_at), clear=clear)
    target.touched = True
    _carry(receipt, target)
    if effect != Effect.PARKED and meant in NEED_MATCH and clear:
        known = target.released_at
        target.released_at = min(known, receipt.issued_at) if known else receipt.issued_at
    return LogLine(
        declaration_id=target.id,
        source=EventSource.AGENCY,
        code=receipt.code,
        issued_at=receipt.issued_at,
        before=before,
        after=target.standing.state,
        means=str(meant or ""),
        effect=effect,
        reason=receipt.reason,
        raw=receipt.raw,
    )


def _carry(receipt: Receipt, target: Live) -> None:
    """Keep what the receipt tells besides a state: the agency's number, the lane, the assessed amounts."""
    target.mrn = receipt.mrn or target.mrn
    if receipt.lane in Lane.values:
        target.lane = worse_lane(target.lane, receipt.lane)
    if receipt.vocabulary == "gacc" and receipt.code == VOID and _is_assessed_by(receipt, target):
        target.assessed_at = target.duty_minor = target.tax_minor = None
    told = receipt.duty_minor is not None or receipt.tax_minor is not None
    if told and (target.assessed_at is None or receipt.issued_at >= target.assessed_at):
        target.assessed_at = receipt.issued_at
        target.duty_minor, target.tax_minor = receipt.duty_minor, receipt.tax_minor


def _is_assessed_by(void: Receipt, target: Live) -> bool:
    """Whether the amounts held are of before the bill was declared void: a later bill stands."""
    return target.assessed_at is not None and target.assessed_at <= void.issued_at


def _parked(receipt: Receipt, why: str, *, now: datetime, detail: str = "") -> dict[str, Any]:
    return {
        "reference": receipt.reference[:60],
        "code": receipt.code[:24],
        "issued_at": receipt.issued_at,
        "why": why,
        "detail": detail or receipt.reason[:300],
        "raw": receipt.raw,
        "parked_at": now,
        "resolved_by": "",
        "resolution": "",
    }


def _write_parked(parked: list[dict[str, Any]]) -> int:
    """Insert what is not parked already; how many were new."""
    once = "ON CONFLICT (reference, code, issued_at) DO NOTHING"
    return len(insert_rows("window_parkedreceipt", _PARKED, parked, ending=once, key="id"))


def _count(report: ReceiptReport, lines: list[LogLine], *, new_parked: int) -> None:
    effects = Counter(line.effect for line in lines)
    report.applied += effects[Effect.APPLIED]
    report.noted += effects[Effect.NOTED]
    report.superseded += effects[Effect.SUPERSEDED]
    report.held += effects[Effect.HELD]
    report.parked += new_parked
