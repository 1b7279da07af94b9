"""The audit trail: who did what, when; appended in the transaction of the deed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done: `action` ("orders.priced") to the thing `subject_id` of `subject_type`."""

    action: str
    subject_type: str
    subject_id: str
    organisation_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def record(deeds: Iterable[Deed], *, actor: str, at: datetime) -> None:
    """Append `deeds` inside the caller's transaction."""
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                at=at,
                actor=actor,
                organisation_id=deed.organisation_id,
                action=deed.action,
                subject_type=deed.subject_type,
                subject_id=deed.subject_id,
                detail=deed.detail,
            )
            for deed in deeds
        ],
        batch_size=2000,
    )
