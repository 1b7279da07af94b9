"""Receipts that nobody knew a place for: what a person can do about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from typing_extensions import TypedDict

from fondaco.kernel import audit
from fondaco.kernel.errors import Conflict, Forbidden, NotFound, Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.declaration_match import ReasonMissing
from fondaco.platforms.window.declaration_receipts import ReceiptReport, take_in
from fondaco.platforms.window.domain.declaration_codes import find_code
from fondaco.platforms.window.models import Declaration, ParkedReceipt
from fondaco.platforms.window.parked_receipts import receipt_of, vocabulary_in

_MOST = 200


class ParkedReceiptDTO(TypedDict):
    """A receipt that waits for a person; `why` it waits, and what its code means."""

    id: int
    reference: str
    code: str
    meaning: str
    issued_at: datetime
    why: str
    detail: str
    raw: dict[str, Any]
    parked_at: datetime


class NotAttachable(Refused):
    code = "receipt-not-attachable"
    title = "This receipt cannot be given to that declaration."
    remedy = "Take another declaration, or dismiss the receipt with a reason."


def parked_receipts(scope: Scope, *, size: int = 50, before: int | None = None) -> list[dict[str, Any]]:
    """Receipts that wait for a person, newest first, with what their code means; for the operator only."""
    _operator_only(scope, role=Role.VIEWER)
    rows = ParkedReceipt.objects.filter(resolved_at__isnull=True)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found: list[dict[str, Any]] = [dict(row) for row in rows.order_by("-id").values()[: min(size, _MOST + 1)]]
    for row in found:
        code = find_code(row["code"], vocabulary=vocabulary_in(row["code"], row["raw"]))
        row["meaning"] = code.meaning if code else ""
    return found


def resolve_parked_receipt(scope: Scope, receipt_id: int, *, now: datetime, reason: str = "") -> None:
    """Mark a parked receipt as seen to. NotFound for an unknown one; Conflict when it is done already."""
    _operator_only(scope, role=Role.CLERK)
    with transaction.atomic():
        row = _locked(receipt_id)
        _resolve(scope, row, f"dismissed: {reason.strip()}" if reason.strip() else "dismissed", now=now)


def attach_parked_receipt(
    scope: Scope, receipt_id: int, *, lrn: str, reason: str, now: datetime
) -> ReceiptReport:
    """Give a parked receipt to the declaration `lrn`, by the same rules as if it had come for it.

    NotFound for an unknown receipt or number, Conflict when it is seen to already, ReasonMissing;
    NotAttachable, and the receipt stays parked, where the declaration cannot take it (its code is unknown,
    it was never lodged, or it contradicts what is known).
    """
    _operator_only(scope, role=Role.CLERK)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        row = _locked(receipt_id)
        if not Declaration.objects.house().filter(lrn=lrn).exists():
            raise NotFound(field="declaration", value=lrn)
        report = take_in([receipt_of(row, lrn, reason=reason)], now=now, actor=_actor(scope))
        if report.parked or not report.states or report.repeated:
            raise NotAttachable(field="declaration", value=lrn)
        _resolve(scope, row, f"attached to {lrn}: {reason.strip()}", now=now)
    return report


def _locked(receipt_id: int) -> ParkedReceipt:
    row = ParkedReceipt.objects.filter(id=receipt_id).select_for_update().first()
    if row is None:
        raise NotFound(field="receipt", value=receipt_id)
    if row.resolved_at is not None:
        raise Conflict("Somebody has seen to this receipt already.", field="receipt", value=receipt_id)
    return row


def _resolve(scope: Scope, row: ParkedReceipt, resolution: str, *, now: datetime) -> None:
    row.resolved_at, row.resolved_by, row.resolution = now, _actor(scope)[:120], resolution[:300]
    row.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    deed = audit.Deed("window.receipt.resolved", "parked_receipt", str(row.id), scope.organisation_id,
                      {"reference": row.reference, "code": row.code, "resolution": row.resolution})  # fmt: skip
    audit.record([deed], actor=_actor(scope), at=now)


def _actor(scope: Scope) -> str:
    return scope.actor or str(scope.user_id)


def _operator_only(scope: Scope, *, role: Role) -> None:
    if scope.kind != Kind.PLATFORM:
        raise Forbidden(field="organisation", value=scope.kind.value)
    scope.require(role=role)
