"""Decisions on cases: one person proposes, another confirms or returns, both with reasons."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import Forbidden, NotFound, Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.risk.models import CASES, Case, CaseState, CaseStep, Verdict, Waiver
from fondaco.systems.risk.services import _tell


class SamePerson(Forbidden):
    code = "four-eyes"
    title = "The person who proposed a decision cannot confirm it."
    remedy = "Ask a colleague to look at the case."


class ReasonMissing(Refused):
    code = "reason-missing"
    title = "A decision needs a reason."
    remedy = "Say in a sentence what shows that it is, or is not, the listed party."


class UnknownVerdict(Refused):
    code = "unknown-verdict"
    title = "This is not a verdict."
    remedy = "Give 'clear' or 'block'."


def propose_decision(scope: Scope, case_id: UUID, verdict: str, reason: str, *, now: datetime) -> None:
    """Propose to clear or to block. The platform's compliance people only (manager or owner)."""
    person = _person(scope)
    if verdict not in Verdict.values:
        raise UnknownVerdict(field="verdict", value=verdict)
    with transaction.atomic():
        case = _locked(scope, case_id)
        case.state = CASES.after(case.state, "propose")
        case.verdict, case.proposed_reason = verdict, _reasoned(reason)
        case.proposed_by_id, case.proposed_at = person, now
        case.confirmed_by_id, case.confirmed_at, case.confirmed_reason = None, None, ""
        case.save()
        _step(case, "propose", reason, now=now, scope=scope)


def confirm_decision(scope: Scope, case_id: UUID, reason: str, *, now: datetime) -> None:
    """Confirm what another person proposed. Clearing waives its matches until the entries change."""
    person = _person(scope)
    with transaction.atomic():
        case = _locked(scope, case_id)
        _another(case, person)
        case.state = CASES.after(case.state, case.verdict or "clear")
        case.confirmed_by_id, case.confirmed_at, case.confirmed_reason = person, now, _reasoned(reason)
        case.save()
        if case.state == CaseState.CLEARED:
            _waive(case, now)
        _step(case, "confirm", reason, now=now, scope=scope)


def return_decision(scope: Scope, case_id: UUID, reason: str, *, now: datetime) -> None:
    """Disagree with what another person proposed: the case is open again."""
    person = _person(scope)
    with transaction.atomic():
        case = _locked(scope, case_id)
        _another(case, person)
        case.state = CASES.after(case.state, "return")
        case.verdict = ""
        case.save()
        _step(case, "return", _reasoned(reason), now=now, scope=scope)


def reopen_case(scope: Scope, case_id: UUID, reason: str, *, now: datetime) -> None:
    """Take a decided case up again; its waivers are withdrawn."""
    _person(scope)
    with transaction.atomic():
        case = _locked(scope, case_id)
        case.state = CASES.after(case.state, "reopen")
        case.save(update_fields=["state"])
        Waiver.objects.filter(case=case, withdrawn_at__isnull=True).update(withdrawn_at=now)
        _step(case, "reopen", _reasoned(reason), now=now, scope=scope)


def _person(scope: Scope) -> UUID:
    """The deciding person: a manager of the platform; an API key is nobody."""
    if scope.kind != Kind.PLATFORM:
        raise Forbidden(field="organisation", value=scope.kind.value)
    scope.require(role=Role.MANAGER)
    if scope.user_id is None:
        raise Forbidden("A decision is a person's.", field="user")
    return scope.user_id


def _locked(scope: Scope, case_id: UUID) -> Case:
    case: Case | None = Case.objects.of(scope).select_for_update().filter(id=case_id).first()
    if case is None:
        raise NotFound(field="case", value=case_id)
    return case


def _another(case: Case, person: UUID) -> None:
    if case.proposed_by_id == person and case.state == CaseState.PROPOSED:
        raise SamePerson(field="user", value=person)


def _reasoned(reason: str) -> str:
    if len(reason.strip()) < 3:
        raise ReasonMissing(field="reason", value=reason)
    return reason.strip()[:4000]


def _waive(case: Case, now: datetime) -> None:
    rows = [
        Waiver(
            subject_id=case.subject_id,
            name_key=case.name_key,
            list_code=match["list"],
            reference=match["entry"],
            entry_hash=match["entry_hash"],
            case=case,
            granted_at=now,
        )
        for match in case.matches
    ]
    Waiver.objects.bulk_create(rows, ignore_conflicts=True)


def _step(case: Case, event: str, reason: str, *, now: datetime, scope: Scope) -> None:
    CaseStep.objects.create(
        case=case,
        event=event,
        verdict=case.verdict,
        reason=reason.strip()[:4000],
        person_id=scope.user_id,
        at=now,
    )
    past = {"propose": "proposed", "confirm": "decided", "return": "returned", "reopen": "reopened"}
    _tell(f"risk.case-{past[event]}", [case], now, scope.actor or str(scope.user_id))
