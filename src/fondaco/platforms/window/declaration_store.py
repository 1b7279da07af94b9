"""How declarations are read for a change and written back: set-based, one statement per table and batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import insert_rows, update_rows
from fondaco.platforms.window.domain.declaration import DeclarationDTO
from fondaco.platforms.window.domain.declaration_states import Effect, Standing
from fondaco.platforms.window.models import (
    Declaration,
    EventSource,
    MatchVerdict,
    VerdictKind,
)

_DTO_FIELDS = (
    "id", "order_id", "seller_id", "buyer_id", "authority_id", "kind", "version", "regime", "country",
    "reference", "lrn", "mrn", "state", "lane", "currency", "invoice_total_minor", "estimated_duty_minor",
    "estimated_tax_minor", "assessed_duty_minor", "assessed_tax_minor", "items_count", "problems",
    "held_state", "disputed", "drafted_at", "submitted_at", "decided_at", "released_at", "part",
)  # fmt: skip
_LIVE_FIELDS = (
    "id", "order_id", "part", "seller_id", "authority_id", "kind", "lrn", "mrn", "lane", "state", "decided_at",
    "held_state", "held_at", "disputed", "released_at", "assessed_at", "assessed_duty_minor",
    "assessed_tax_minor",
)  # fmt: skip
# Outcomes that others wait for; the rest is in the log.
_TOLD = frozenset(
    {"released", "closed", "rejected", "returned", "cancelled", "inspection", "detained", "docs_required"}
)

_WRITTEN = (
    "state", "decided_at", "held_state", "held_at", "disputed", "released_at", "mrn", "lane", "assessed_at",
    "assessed_duty_minor", "assessed_tax_minor",
)  # fmt: skip
_LOGGED = (
    "declaration_id", "source", "code", "issued_at", "recorded_at", "means", "effect", "before", "after", "actor",
    "reason", "raw",
)  # fmt: skip


Papers = tuple[UUID, int]  # an order and the part of it that travels under one waybill


@dataclass(slots=True)
class Live:
    """A declaration locked for a change: what receipts, officers and verdicts may move."""

    id: UUID
    order_id: UUID
    part: int
    seller_id: UUID
    authority_id: UUID
    kind: str
    lrn: str
    mrn: str
    lane: str
    standing: Standing
    released_at: datetime | None
    assessed_at: datetime | None
    duty_minor: int | None
    tax_minor: int | None
    was: str = ""
    touched: bool = False

    @property
    def papers(self) -> Papers:
        """Whose documents it stands on."""
        return self.order_id, self.part


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a declaration's log, before it is written."""

    declaration_id: UUID
    source: EventSource
    code: str
    issued_at: datetime
    after: str
    before: str = ""
    means: str = ""
    effect: Effect = Effect.APPLIED
    reason: str = ""
    raw: dict[str, Any] | None = None


def as_dto(row: dict[str, Any]) -> DeclarationDTO:
    """The DTO of a row of `dto_rows`."""
    return DeclarationDTO(**{**row, "problems": tuple(row["problems"])})


def dto_rows(queryset: Any) -> list[DeclarationDTO]:
    """The declarations of `queryset` as DTOs, in one query."""
    return [as_dto(row) for row in queryset.values(*_DTO_FIELDS)]


def lock_live(**where: Any) -> list[Live]:
    """The declarations that `where` names, locked in the order of their ids (so writers never deadlock)."""
    rows = Declaration.objects.house().filter(**where).order_by("id").select_for_update()
    return [_live(row) for row in rows.values(*_LIVE_FIELDS)]


def clear_papers(order_ids: Iterable[UUID]) -> set[Papers]:
    """Which parts of the orders have documents that match, or small differences that a person accepted."""
    verdicts = MatchVerdict.objects.house().filter(order_id__in=list(order_ids))
    rows = verdicts.values_list("order_id", "part", "verdict", "accepted_at")
    return {
        (order_id, part)
        for order_id, part, verdict, accepted_at in rows
        if verdict == VerdictKind.MATCH or (verdict == VerdictKind.SOFT and accepted_at is not None)
    }


def write_live(changed: Sequence[Live], *, actor: str, now: datetime) -> None:
    """Write `changed` back in one statement, with an audit line and an event for each new state."""
    if not changed:
        return
    update_rows("window_declaration", _WRITTEN, [_columns(live) for live in changed])
    moved = [live for live in changed if live.standing.state != live.was]
    audit.record((_deed(live) for live in moved), actor=actor, at=now)
    outbox.append(_event(live) for live in moved if live.standing.state in _TOLD)


def write_log(lines: Iterable[LogLine], *, actor: str, now: datetime) -> None:
    """Append `lines` to the declarations' logs, in their order."""
    insert_rows("window_declarationevent", _LOGGED, [_logged(line, actor, now) for line in lines])


def _logged(line: LogLine, actor: str, now: datetime) -> dict[str, Any]:
    return {
        "declaration_id": line.declaration_id,
        "source": str(line.source),
        "code": line.code[:24],
        "issued_at": line.issued_at,
        "recorded_at": now,
        "means": line.means,
        "effect": line.effect.value,
        "before": line.before,
        "after": line.after,
        "actor": actor[:120],
        "reason": line.reason[:500],
        "raw": line.raw or {},
    }


def _live(row: dict[str, Any]) -> Live:
    standing = Standing(row["state"], row["decided_at"], row["held_state"], row["held_at"], row["disputed"])
    named = ("id", "order_id", "part", "seller_id", "authority_id", "kind", "lrn", "mrn", "lane")
    same = {key: row[key] for key in named}
    return Live(
        **same,
        standing=standing,
        released_at=row["released_at"],
        assessed_at=row["assessed_at"],
        duty_minor=row["assessed_duty_minor"],
        tax_minor=row["assessed_tax_minor"],
        was=row["state"],
    )


def _columns(live: Live) -> dict[str, Any]:
    at = live.standing
    return {
        "id": live.id,
        "state": at.state,
        "decided_at": at.decided_at,
        "held_state": at.held,
        "held_at": at.held_at,
        "disputed": at.disputed,
        "released_at": live.released_at,
        "mrn": live.mrn,
        "lane": live.lane,
        "assessed_at": live.assessed_at,
        "assessed_duty_minor": live.duty_minor,
        "assessed_tax_minor": live.tax_minor,
    }


def _deed(live: Live) -> audit.Deed:
    return audit.Deed(
        action=f"window.declaration.{live.standing.state}",
        subject_type="declaration",
        subject_id=str(live.id),
        organisation_id=live.seller_id,
        detail={"before": live.was, "lrn": live.lrn},
    )


def _event(live: Live) -> outbox.Event:
    return outbox.Event(
        topic=f"window.declaration.{live.standing.state}",
        key=str(live.id),
        payload={"order_id": str(live.order_id), "kind": live.kind, "seller_id": str(live.seller_id)},
    )
