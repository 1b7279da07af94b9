"""Disputed payments: the list with its names, the answer, and the evidence pack from the order's own records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.paper_pages import papers_of_orders
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import BadAnswer, DisputeDTO
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDetail
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import Report, ReportPart


@dataclass(frozen=True, slots=True)
class DisputeSheet:
    """One dispute, its order's number, and what the reader may do."""

    dispute: DisputeDTO
    number: str
    may_answer: bool


def dispute_list(
    scope: Scope, *, state: str, before: UUID | None, size: int
) -> tuple[list[DisputeDTO], Mapping[UUID, str]]:
    """A page of disputes and the numbers of their orders."""
    found = finance.list_disputes(scope, state=state, before=before, size=size)
    return found, orders.numbers_of(list({one.order_id for one in found}))


def dispute_sheet(scope: Scope, dispute_id: UUID) -> DisputeSheet:
    """One dispute that `scope` may see, else DisputeNotFound."""
    dispute = finance.dispute_of(scope, dispute_id)
    number = orders.numbers_of([dispute.order_id]).get(dispute.order_id, "")
    return DisputeSheet(dispute, number, may_answer=bool(dispute.events) and scope.kind == Kind.SELLER)


def answer_dispute(
    scope: Scope, dispute_id: UUID, event: str, *, statement: str, now: datetime
) -> DisputeDTO:
    """Accept a dispute, or challenge it with a statement and the evidence as it is now, which is kept with it.

    BadAnswer for another event, or a statement that is empty or too long; what the room's own deeds raise.
    """
    if event == "accept":
        return finance.accept_dispute(scope, dispute_id, now=now)
    if event != "challenge":
        raise BadAnswer(field="event", value=event)
    said = finance.check_statement(statement)
    pack = _packed(_evidence(scope, replace(finance.dispute_of(scope, dispute_id), statement=said), now=now))
    kept = sharing.keep_file(pack)
    return finance.challenge_dispute(scope, dispute_id, statement=said, evidence_sha256=kept, now=now)


def evidence_pack(scope: Scope, dispute_id: UUID, *, now: datetime) -> bytes:
    """The evidence as a ZIP: of a challenged dispute what went with the answer, for everybody in the case; before
    that what would go now, for who sees the order (the seller and the operator).
    """
    dispute = finance.dispute_of(scope, dispute_id)
    if dispute.evidence_sha256:
        return sharing.kept_file(dispute.evidence_sha256)
    return _packed(_evidence(scope, dispute, now=now))


def _evidence(scope: Scope, dispute: DisputeDTO, *, now: datetime) -> list[tuple[str, bytes]]:
    """What speaks for the seller: summary, order, tracking, payment, papers; last a manifest with each file's digest."""
    order = orders.order_detail(scope, dispute.order_id)
    moved = _tracking(scope, dispute.order_id)
    papers = papers_of_orders(scope, [dispute.order_id], now=now)
    tries = finance.attempts_of(scope, dispute.payment_id)
    files = [
        ("summary.pdf", _summary(dispute, order, moved)),
        ("dispute.json", _json(asdict(dispute))),
        ("order.json", _json(asdict(order))),
        ("payment.json", _json([asdict(each) for each in tries])),
        ("tracking.json", _json(asdict(moved) if moved else {})),
        *((f"papers/{file.name}", file.content) for _, file in papers),
    ]
    return [*files, ("manifest.json", _manifest(files))]


def _packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The files as a ZIP; the same files, the same bytes."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return packed.getvalue()


def _tracking(scope: Scope, order_id: UUID) -> ConsignmentDetail | None:
    try:
        return logistics.consignment_detail(scope, order_id=order_id)
    except NotFound:
        return None


def _json(body: Any) -> bytes:
    return json.dumps(body, default=str, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _manifest(files: Iterable[tuple[str, bytes]]) -> bytes:
    return _json({name: hashlib.sha256(content).hexdigest() for name, content in files})


def _summary(dispute: DisputeDTO, order: OrderDTO, moved: ConsignmentDetail | None) -> bytes:
    report = Report(
        title="Evidence in a payment dispute",
        number=dispute.case,
        author=order.seller_name or "Fondaco",
        facts=(
            ("Order", order.number),
            ("Reason given", dispute.reason),
            ("Amount in dispute", str(dispute.amount)),
            ("Ordered", order.ordered_at.date().isoformat()),
            ("Delivered", _delivered(moved)),
            ("Answer due", dispute.respond_by.date().isoformat()),
        ),
        parts=(
            ReportPart("Statement of the seller", text=dispute.statement or "See the files of this pack."),
            ReportPart(
                "Goods",
                columns=("SKU", "Description", "Quantity"),
                rows=tuple((line.sku, line.title, str(line.quantity)) for line in order.lines),
                numbers=frozenset({2}),
            ),
            ReportPart("Tracking", columns=("When", "What", "Where"), rows=_steps(moved)),
        ),
        foot="Each file of the pack is named with its SHA-256 in manifest.json.",
    )
    return sharing.render_report(report, dated=dispute.opened_at.date())


def _delivered(moved: ConsignmentDetail | None) -> str:
    at = moved.consignment.delivered_at if moved else None
    return at.date().isoformat() if at else "not yet"


def _steps(moved: ConsignmentDetail | None) -> tuple[tuple[str, str, str], ...]:
    if moved is None:
        return ()
    return tuple((each.event_at.isoformat(), each.code, each.location) for each in moved.milestones)
