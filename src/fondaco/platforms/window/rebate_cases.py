"""What every deed on a rebate case does: find and lock it, move it on, tell it, know its way and its terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.rebate_tables import ways
from fondaco.platforms.window.domain.rebate import RebateNotFound, Way, WayNotOpen
from fondaco.platforms.window.models import REBATE_MACHINE, RebateCase, RebateState


def own_seller(scope: Scope) -> None:
    """Forbidden unless a clerk of an exporter asks for itself: the operator has no invoices or months of its own."""
    if scope.kind != Kind.SELLER:
        raise Forbidden(field="organisation", value=scope.kind.value)
    scope.require(role=Role.CLERK)


def last_day_of(case: RebateCase, way: Way) -> date | None:
    """The last day for the claim or the evidence; None: no fixed term, or nothing has left yet."""
    if way.evidence_by is not None:
        return way.evidence_by.after(case.released_on)
    return way.claim_by(case.departed_on) if case.departed_on else None


def prepared_case(scope: Scope, case_id: UUID) -> RebateCase:
    """The seller's case, locked and still in preparation. RebateNotFound, IllegalTransition."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    case = locked_case(scope, case_id)
    if case.state != RebateState.PREPARED:
        REBATE_MACHINE.after(case.state, "claim")
    return case


def locked_case(scope: Scope, case_id: UUID) -> RebateCase:
    """A case that `scope` may see, locked. RebateNotFound."""
    case: RebateCase | None = RebateCase.objects.of(scope).select_for_update().filter(id=case_id).first()
    if case is None:
        raise RebateNotFound(field="case", value=case_id)
    return case


def move(case: RebateCase, event: str, *, scope: Scope, now: datetime, **facts: Any) -> None:
    """Take `case` one step on. IllegalTransition."""
    case.state = RebateState(REBATE_MACHINE.after(case.state, event))
    case.changed_at = now
    case.save(update_fields=["state", "changed_at"])
    tell(case, case.state, scope=scope, now=now, **facts)


def tell(case: RebateCase, what: str, *, scope: Scope, now: datetime, **facts: Any) -> None:
    """The audit line of a deed on `case`, and its event."""
    tell_of(case.id, "rebate", what, case.seller_id, scope=scope, now=now, **facts)
    outbox.append(
        [outbox.Event(f"window.rebate.{what}", str(case.id), {"seller_id": str(case.seller_id), **facts})]
    )


def tell_of(
    subject: UUID, kind: str, what: str, owner: UUID, *, scope: Scope, now: datetime, **facts: Any
) -> None:
    """An audit line."""
    deed = audit.Deed(f"window.{kind}.{what}", kind, str(subject), owner, facts)
    audit.record([deed], actor=actor_of(scope), at=now)


def actor_of(scope: Scope) -> str:
    """Who acts, in words."""
    return (scope.actor or str(scope.user_id or scope.organisation_id))[:120]


def way_of(code: str) -> Way:
    """A way by its code. WayNotOpen for an unknown one."""
    found = ways().get(code)
    if found is None:
        raise WayNotOpen("There is no such way.", field="way", value=code)
    return found
