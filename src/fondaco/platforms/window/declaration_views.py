"""Reading declarations for pages and flows: a constant number of queries each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.declaration_inspections import InspectionDTO, inspections_of
from fondaco.platforms.window.declaration_store import dto_rows
from fondaco.platforms.window.domain.declaration import DeclarationDTO, DeclarationItemDTO
from fondaco.platforms.window.domain.declaration_states import NEED_MATCH
from fondaco.platforms.window.models import (
    Declaration,
    DeclarationEvent,
    DeclarationItem,
    DeclarationState,
    LodgedPaper,
    MatchVerdict,
)

_ITEM_FIELDS = ("number", "hs_code", "description", "origin", "quantity", "net_g", "gross_g", "value_minor")
_EVENT_FIELDS = (
    "id", "source", "code", "issued_at", "recorded_at", "means", "effect", "before", "after", "actor", "reason",
    "raw",
)  # fmt: skip
_PAPERS = (
    "declarant", "exporter", "importer", "transport", "incoterm", "invoice_number", "invoiced_on", "packages",
    "package_kind", "procedure", "gross_g", "dispatch", "destination", "freight_minor", "insurance_minor",
    "discount_minor", "attempts", "acknowledged_at", "held_at", "assessed_at",
)  # fmt: skip
_LODGED = ("message", "reference", "state", "sent_at", "answered_at", "status", "reason", "told")
_MOST = 200


@dataclass(frozen=True, slots=True)
class DeclarationFilter:
    """What a list shows; empty means all. `search` looks in LRN, MRN and order number (from the left)."""

    states: tuple[str, ...] = ()
    kind: str = ""
    lane: str = ""
    country: str = ""
    search: str = ""
    with_problems: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class DeclarationPage:
    """A page of a list, newest first; `cursor` gives the next page, empty at the end."""

    rows: tuple[DeclarationDTO, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a declaration's log; `raw` is the agency's message as it came."""

    id: int
    source: str
    code: str
    issued_at: datetime
    recorded_at: datetime
    means: str
    effect: str
    before: str
    after: str
    actor: str
    reason: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LodgedPaperDTO:
    """A paper lodged beside a declaration; `told` has the bill, vessel, voyage and how many lists go together."""

    message: str
    reference: str
    state: str
    sent_at: datetime
    answered_at: datetime | None
    status: str
    reason: str
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeclarationDetail:
    """All of one declaration: header, papers (parties, transport, invoice), goods, log, verdict, inspections, lodged papers."""

    declaration: DeclarationDTO
    papers: dict[str, Any]
    items: tuple[DeclarationItemDTO, ...]
    log: tuple[LogEntry, ...]
    verdict: dict[str, Any] | None
    inspections: tuple[InspectionDTO, ...] = ()
    lodged: tuple[LodgedPaperDTO, ...] = ()


class BadCursor(Refused):
    code = "bad-cursor"
    title = "This is not a place in the list."
    remedy = "Begin again at the first page."


def list_declarations(
    scope: Scope, *, filters: DeclarationFilter | None = None, cursor: str = "", size: int = 50
) -> DeclarationPage:
    """A page of what `scope` may see, newest first, in one query whatever the size (at most 200)."""
    rows = _filtered(Declaration.objects.of(scope), filters or DeclarationFilter())
    if cursor:
        rows = rows.filter(id__lt=_cursor(cursor))
    size = max(1, min(size, _MOST))
    found = dto_rows(rows.order_by("-id")[: size + 1])
    more = str(found[size - 1].id) if len(found) > size else ""
    return DeclarationPage(tuple(found[:size]), more)


def count_declarations(scope: Scope) -> dict[str, dict[str, int]]:
    """How many declarations of `scope` there are by state, lane and country, in three queries."""
    rows = Declaration.objects.of(scope)
    return {
        name: dict(rows.order_by(name).values_list(name).annotate(number=Count("id")))
        for name in ("state", "lane", "country")
    }


def declaration_detail(scope: Scope, declaration_id: UUID) -> DeclarationDetail:
    """One declaration with its goods and log, in seven queries; NotFound for what `scope` may not see."""
    mine = Declaration.objects.of(scope).filter(id=declaration_id)
    found = dto_rows(mine)
    if not found:
        raise NotFound(field="declaration", value=declaration_id)
    papers = mine.values(*_PAPERS)[0]
    log = DeclarationEvent.objects.filter(declaration_id=declaration_id).order_by("issued_at", "id")
    lodged = LodgedPaper.objects.filter(declaration_id=declaration_id).order_by("sent_at", "id")
    verdicts = MatchVerdict.objects.house().filter(order_id=found[0].order_id, part=found[0].part)
    verdict: Any = verdicts.values("verdict", "reasons", "matched_at", "accepted_by", "accepted_why").first()
    return DeclarationDetail(
        declaration=found[0],
        papers=papers,
        items=items_of(declaration_id),
        log=tuple(LogEntry(*row) for row in log.values_list(*_EVENT_FIELDS)),
        verdict=verdict,
        inspections=tuple(inspections_of(scope, declaration_id)),
        lodged=tuple(LodgedPaperDTO(*row) for row in lodged.values_list(*_LODGED)),
    )


def items_of(declaration_id: UUID) -> tuple[DeclarationItemDTO, ...]:
    """The goods of a declaration, for whoever may see it."""
    rows = DeclarationItem.objects.filter(declaration_id=declaration_id).order_by("number")
    return tuple(DeclarationItemDTO(*row) for row in rows.values_list(*_ITEM_FIELDS))


def declarations_for(order_ids: Sequence[UUID]) -> dict[UUID, list[DeclarationDTO]]:
    """The declarations of orders by side, part and version, oldest first: for flows, not for a person's request."""
    rows = dto_rows(
        Declaration.objects.house().filter(order_id__in=list(order_ids)).order_by("kind", "part", "version")
    )
    return _by_order(rows, order_ids)


def declarations_of_order(scope: Scope, order_id: UUID) -> list[DeclarationDTO]:
    """The declarations of one order that `scope` may see."""
    return dto_rows(
        Declaration.objects.of(scope).filter(order_id=order_id).order_by("kind", "part", "version")
    )


def clearance_times(order_ids: Sequence[UUID]) -> dict[UUID, timedelta]:
    """How long the clearance of each order took: from the first submission to the last release.

    Only orders all of whose declarations are released (or closed) appear.
    """
    rows = (
        Declaration.objects.house()
        .filter(order_id__in=list(order_ids))
        .exclude(state__in=["cancelled", "rejected"])
        .values_list("order_id", "state", "submitted_at", "released_at")
    )
    spans: dict[UUID, list[tuple[str, datetime | None, datetime | None]]] = {}
    for order_id, state, submitted, released in rows:
        spans.setdefault(order_id, []).append((state, submitted, released))
    return {order_id: span for order_id, parts in spans.items() if (span := _span(parts)) is not None}


def _filtered(rows: Any, filters: DeclarationFilter) -> Any:
    exact = {"kind": filters.kind, "lane": filters.lane, "country": filters.country}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.states:
        rows = rows.filter(state__in=filters.states)
    if filters.search:
        text = filters.search.strip()
        rows = rows.filter(Q(lrn__startswith=text) | Q(mrn__startswith=text) | Q(reference__startswith=text))
    if filters.with_problems:
        rows = rows.filter(state=DeclarationState.DRAFT)
    return rows.filter(disputed=True) if filters.disputed else rows


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as fault:
        raise BadCursor(field="cursor", value=text) from fault


def _by_order(rows: Sequence[DeclarationDTO], order_ids: Sequence[UUID]) -> dict[UUID, list[DeclarationDTO]]:
    grouped: dict[UUID, list[DeclarationDTO]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        grouped[row.order_id].append(row)
    return grouped


def _span(parts: Sequence[tuple[str, datetime | None, datetime | None]]) -> timedelta | None:
    if any(state not in NEED_MATCH for state, _, _ in parts):
        return None
    starts = [start for _, start, _ in parts if start is not None]
    ends = [end for _, _, end in parts if end is not None]
    return max(max(ends) - min(starts), timedelta(0)) if starts and ends else None
