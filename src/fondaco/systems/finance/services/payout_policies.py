"""The policies by which balances are paid out: kept, changed on the record, applied by every run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from fondaco.kernel.money import exponent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.domain.payout_policy import Policy, PolicyDTO, check_policy
from fondaco.systems.finance.models import Account, Entry, PayoutPolicy
from fondaco.systems.finance.services.support import tell


def set_payout_policy(
    scope: Scope, owner_id: UUID, currency: str, policy: Policy, *, now: datetime
) -> PolicyDTO:
    """Set how a party's balance in a currency goes out. The operator's manager only; BadPolicy, UnknownCurrency."""
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    check_policy(policy)
    exponent(currency)
    actor = scope.actor or str(scope.user_id or scope.organisation_id)
    with transaction.atomic():
        row, _ = PayoutPolicy.objects.house().update_or_create(
            owner_id=owner_id,
            currency=currency,
            defaults={
                "every": policy.every, "minimum_minor": policy.minimum_minor, "reserve_share": policy.reserve_share,
                "reserve_days": policy.reserve_days, "is_held": policy.is_held, "reason": policy.reason[:200],
                "changed_by": actor[:120], "changed_at": now,
            },
        )  # fmt: skip
        detail = {
            "currency": currency,
            "every": policy.every,
            "held": policy.is_held,
            "reason": policy.reason,
        }
        facts = [(row.id, owner_id, detail)]
        tell("finance.payout_policy_set", subject_type="payout_policy", facts=facts, at=now, actor=actor)
    return _dto(row)


def payout_policies(scope: Scope) -> list[PolicyDTO]:
    """The policies that differ from paying everything every day, as far as `scope` may see."""
    return [_dto(row) for row in PayoutPolicy.objects.of(scope).order_by("owner_id", "currency")[:500]]


def policies_of(owners: Iterable[UUID]) -> dict[tuple[UUID, str], Policy]:
    """The policies of `owners` by owner and currency."""
    rows = PayoutPolicy.objects.house().filter(owner_id__in=list(owners))
    return {(row.owner_id, row.currency): _dto(row).policy for row in rows}


def earned(account: Account, policy: Policy, *, on: date) -> int:
    """What came in on `account` within the policy's reserve days, in minor units; 0 without a reserve."""
    if not policy.reserve_share or not policy.reserve_days:
        return 0
    since = on - timedelta(days=policy.reserve_days)
    rows = Entry.objects.house().filter(
        account_id=account.id, amount__gt=0, journal__kind="order.settled", journal__effective_on__gt=since
    )
    return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


def _dto(row: PayoutPolicy) -> PolicyDTO:
    policy = Policy(
        row.every, row.minimum_minor, row.reserve_share, row.reserve_days, row.is_held, row.reason
    )
    return PolicyDTO(row.owner_id, row.currency, policy, row.changed_by)
