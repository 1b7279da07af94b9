"""Reads: the queue of cases, a case in full, screenings, the lists in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models.functions import Length

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.risk.dto import CaseDetail, CaseDTO, EntryDTO, ListDTO, ScreeningDTO, StepDTO
from fondaco.systems.risk.models import (
    CASES,
    Case,
    CaseState,
    EntryKind,
    ListEntry,
    ListVersion,
    ScreenedOrder,
    Screening,
)

UNDECIDED = (CaseState.OPEN, CaseState.PROPOSED, CaseState.REOPENED)


def open_cases(
    scope: Scope, *, states: Sequence[str] = UNDECIDED, search: str = "", limit: int = 50, offset: int = 0
) -> list[CaseDTO]:
    """Cases in `states`, likest first. Sellers see that their buyers are held, not who they resemble."""
    rows = Case.objects.of(scope).filter(state__in=states).select_related("proposed_by", "confirmed_by")
    if search:
        rows = rows.filter(name__icontains=search)
    return [_case(c, scope) for c in rows.order_by("-score", "id")[offset : offset + limit]]


def count_cases(scope: Scope, *, states: Sequence[str] = UNDECIDED) -> int:
    """How many cases are in `states`."""
    return int(Case.objects.of(scope).filter(state__in=states).count())


def case_detail(scope: Scope, case_id: UUID) -> CaseDetail:
    """One case with its steps, orders and list entries; NotFound outside `scope`."""
    rows = Case.objects.of(scope).select_related("proposed_by", "confirmed_by")
    case = rows.filter(id=case_id).first()
    if case is None:
        raise NotFound(field="case", value=case_id)
    operator = scope.kind == Kind.PLATFORM
    steps = case.steps.select_related("person") if operator else ()
    orders = ScreenedOrder.objects.filter(screening__case=case).values_list("order_id", flat=True)
    return CaseDetail(
        case=_case(case, scope),
        steps=tuple(StepDTO(s.event, s.verdict, s.reason, _who(s.person), s.at) for s in steps),
        order_ids=tuple(dict.fromkeys(orders.order_by("order_id"))),
        entries=_entries(case.matches) if operator else (),
        events=tuple(CASES.events(case.state)) if operator else (),
    )


def list_screenings(
    scope: Scope, *, outcome: str = "", search: str = "", limit: int = 50, offset: int = 0
) -> list[ScreeningDTO]:
    """Screenings, latest first."""
    rows = Screening.objects.of(scope).select_related("case")
    if outcome:
        rows = rows.filter(outcome=outcome)
    if search:
        rows = rows.filter(name__icontains=search)
    return [_screening(s, scope) for s in rows.order_by("-screened_at", "id")[offset : offset + limit]]


def screenings_for(
    order_ids: Sequence[UUID], *, scope: Scope | None = None
) -> dict[UUID, list[ScreeningDTO]]:
    """The screenings each order rests on; for house work when no `scope` is given."""
    rows = Screening.objects.house() if scope is None else Screening.objects.of(scope)
    found: dict[UUID, list[ScreeningDTO]] = {order_id: [] for order_id in order_ids}
    rows = rows.filter(orders__order_id__in=order_ids).select_related("case")
    for row in rows.annotate(order_list=ArrayAgg("orders__order_id")).order_by("screened_at"):
        for order_id in row.order_list:
            if order_id in found:
                found[order_id].append(_screening(row, scope))
    return found


def orders_of_case(case_id: UUID) -> list[UUID]:
    """The orders that rest on screenings of a case: what a decision lets go or stops."""
    rows = ScreenedOrder.objects.filter(screening__case_id=case_id)
    return list(rows.order_by("order_id").values_list("order_id", flat=True).distinct())


def lists_in_force() -> list[ListDTO]:
    """The lists screened against, with their provenance."""
    return [
        ListDTO(
            v.code,
            v.title,
            v.source,
            v.licence,
            v.sha256,
            v.generated_on,
            v.loaded_at,
            v.entries,
            v.names,
            v.is_demo,
        )
        for v in ListVersion.objects.filter(in_force=True).order_by("code")
    ]


def listed_organisations(*, limit: int) -> list[str]:
    """Names of `limit` organisations on the lists in force, always the same ones: shortest reference first."""
    rows = ListEntry.objects.filter(version__in_force=True, kind=EntryKind.ORGANISATION)
    return list(rows.order_by(Length("reference"), "reference", "id").values_list("name", flat=True)[:limit])


def _entries(matches: Sequence[dict[str, Any]]) -> tuple[EntryDTO, ...]:
    """The list entries matched: as in force, else as they last stood."""
    references = [m["entry"] for m in matches]
    rows = (
        ListEntry.objects.filter(reference__in=references).select_related("version").prefetch_related("names")
    )
    latest: dict[tuple[str, str], ListEntry] = {}
    for row in rows.order_by("version__in_force", "version__loaded_at"):
        latest[(row.version.code, row.reference)] = row
    wanted = dict.fromkeys((m["list"], m["entry"]) for m in matches)
    return tuple(_entry(latest[key]) for key in wanted if key in latest)


def _entry(row: ListEntry) -> EntryDTO:
    return EntryDTO(
        list_code=row.version.code,
        list_title=row.version.title,
        reference=row.reference,
        kind=row.kind,
        name=row.name,
        aliases=tuple(n.name for n in row.names.all() if n.name != row.name),
        programme=row.programme,
        countries=tuple(filter(None, row.countries.split("|"))),
        listed_on=row.listed_on,
        expires_on=row.expires_on,
        remarks=row.remarks,
        in_force=row.version.in_force,
    )


def _case(case: Case, scope: Scope) -> CaseDTO:
    """A seller learns that a check is open, not what it found: tipping off is an offence in places."""
    operator = scope.kind == Kind.PLATFORM
    return CaseDTO(
        id=case.id,
        subject_id=case.subject_id,
        seller_id=case.seller_id,
        name=case.name,
        country=case.country,
        score=float(case.score) if operator else 0.0,
        state=case.state,
        verdict=case.verdict if operator else "",
        reason=case.reason,
        matches=case.matches if operator else [],
        opened_at=case.opened_at,
        proposed_by=_who(case.proposed_by) if operator else "",
        proposed_at=case.proposed_at,
        proposed_reason=case.proposed_reason if operator else "",
        confirmed_by=_who(case.confirmed_by) if operator else "",
        confirmed_at=case.confirmed_at,
        confirmed_reason=case.confirmed_reason if operator else "",
        proposed_by_id=case.proposed_by_id if operator else None,
    )


def _screening(row: Screening, scope: Scope | None) -> ScreeningDTO:
    full = scope is None or scope.kind == Kind.PLATFORM
    return ScreeningDTO(
        id=row.id,
        subject_id=row.subject_id,
        name=row.name,
        country=row.country,
        outcome=row.outcome,
        score=float(row.score) if full else 0.0,
        reason=row.reason,
        matches=row.matches if full else [],
        waived=tuple(row.waived) if full else (),
        list_version=row.list_version,
        screened_at=row.screened_at,
        case_id=row.case_id,
        case_state=row.case.state if row.case else "",
    )


def _who(person: Any) -> str:
    return str(person) if person is not None else ""
