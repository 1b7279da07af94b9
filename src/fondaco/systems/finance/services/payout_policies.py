"""The policies by which balances are paid out: proposed by one person, approved by another, applied by every run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import exponent
from fondaco.kernel.paging import newest_after, ordered_after
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.domain.payout_policy import (
    ChangeNotFound,
    ChangeOpen,
    Policy,
    PolicyChangeDTO,
    PolicyDTO,
    check_policy,
)
from fondaco.systems.finance.models import (
    POLICY_MACHINE,
    Account,
    Entry,
    PayoutPolicy,
    PolicyChange,
    PolicyState,
)
from fondaco.systems.finance.services.periods import SameHand
from fondaco.systems.finance.services.support import tell

_FIELDS = ("every", "minimum_minor", "reserve_share", "reserve_days", "is_held", "reason", "hold_days")


def propose_policy(
    scope: Scope, owner_id: UUID, currency: str, policy: Policy, *, now: datetime
) -> PolicyChangeDTO:
    """Propose how a party's balance in a currency goes out; nothing changes before another person approves.

    The operator's manager only. BadPolicy, UnknownCurrency, ChangeOpen where a proposal waits already.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    check_policy(policy)
    exponent(currency)
    row = PolicyChange(
        id=new_id(), owner_id=owner_id, currency=currency, proposed_by=_person(scope), proposed_at=now,
        **_columns(policy),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _tell("proposed", row, scope, now=now)
    except IntegrityError as exc:
        raise ChangeOpen(field="owner", value=owner_id) from exc
    return _change(row)


def decide_policy(scope: Scope, change_id: UUID, *, approve: bool, now: datetime) -> PolicyChangeDTO:
    """Put a proposal in force, or reject it. ChangeNotFound, IllegalTransition, SameHand for who proposed it."""
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    with transaction.atomic():
        row = PolicyChange.objects.house().select_for_update().filter(id=change_id).first()
        if row is None:
            raise ChangeNotFound(field="change", value=change_id)
        row.state = POLICY_MACHINE.after(row.state, "approve" if approve else "reject")
        if row.proposed_by == _person(scope):
            raise SameHand(field="actor", value=row.proposed_by)
        row.decided_by, row.decided_at = _person(scope), now
        row.save(update_fields=["state", "decided_by", "decided_at"])
        if approve:
            _put_in_force(row, now=now)
        _tell(row.state, row, scope, now=now)
    return _change(row)


def policy_changes(
    scope: Scope, *, state: str = "", after: UUID | None = None, size: int = 200
) -> list[PolicyChangeDTO]:
    """The proposals that `scope` may see, newest first; past proposal `after` where one is named."""
    rows = PolicyChange.objects.of(scope)
    found = newest_after(rows.filter(state=state) if state else rows, after, moment="proposed_at")
    return [_change(row) for row in found[:size]]


def payout_policies(scope: Scope, *, after: UUID | None = None, size: int = 500) -> list[PolicyDTO]:
    """The policies that differ from paying everything every day, as far as `scope` may see; past policy `after`."""
    rows = ordered_after(PayoutPolicy.objects.of(scope), after, by=("owner_id", "currency", "id"))
    return [_dto(row) for row in rows[:size]]


def policies_of(owners: Iterable[UUID]) -> dict[tuple[UUID, str], Policy]:
    """The policies of `owners` by owner and currency."""
    rows = PayoutPolicy.objects.house().filter(owner_id__in=list(owners))
    return {(row.owner_id, row.currency): _dto(row).policy for row in rows}


def hold_days_of(owners: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
    """The days in escrow after delivery of owners that have their own, by owner and currency."""
    found = policies_of(owners)
    return {key: policy.hold_days for key, policy in found.items() if policy.hold_days is not None}


def earned(account: Account, policy: Policy, *, on: date) -> int:
    """What came in on `account` within the policy's reserve days, in minor units; 0 without a reserve."""
    if not policy.reserve_share or not policy.reserve_days:
        return 0
    since = on - timedelta(days=policy.reserve_days)
    rows = Entry.objects.house().filter(
        account_id=account.id, amount__gt=0, journal__kind="order.settled", journal__effective_on__gt=since
    )
    return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


def _put_in_force(row: PolicyChange, *, now: datetime) -> None:
    kept = {name: getattr(row, name) for name in _FIELDS}
    by = f"{row.proposed_by}, {row.decided_by}"[:120]
    PayoutPolicy.objects.house().update_or_create(
        owner_id=row.owner_id, currency=row.currency, defaults={**kept, "changed_by": by, "changed_at": now}
    )


def _columns(policy: Policy) -> dict[str, object]:
    return {name: getattr(policy, name) for name in _FIELDS} | {"reason": policy.reason[:200]}


def _person(scope: Scope) -> str:
    """Who it is, as four eyes are told apart."""
    return (str(scope.user_id) if scope.user_id else scope.actor or str(scope.organisation_id))[:120]


def _tell(word: str, row: PolicyChange, scope: Scope, *, now: datetime) -> None:
    detail = {"currency": row.currency, "every": row.every, "held": row.is_held, "reason": row.reason}
    facts = [(row.id, row.owner_id, detail)]
    tell(
        f"finance.payout_policy_{word}",
        subject_type="payout_policy",
        facts=facts,
        at=now,
        actor=_person(scope),
    )


def _policy(row: PayoutPolicy | PolicyChange) -> Policy:
    return Policy(**{name: getattr(row, name) for name in _FIELDS})


def _dto(row: PayoutPolicy) -> PolicyDTO:
    return PolicyDTO(row.id, row.owner_id, row.currency, _policy(row), row.changed_by)


def _change(row: PolicyChange) -> PolicyChangeDTO:
    return PolicyChangeDTO(
        row.id, row.owner_id, row.currency, _policy(row), PolicyState(row.state), row.proposed_by, row.proposed_at,
        row.decided_by, row.decided_at,
    )  # fmt: skip
