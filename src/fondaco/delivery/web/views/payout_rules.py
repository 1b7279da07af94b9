"""Payout policies: schedule, minimum, reserve, hold and days in escrow; proposed by one, approved by another."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import id_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.payout_rules import policy_sheet
from fondaco.kernel import clock
from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import BadPolicy, Every, Policy

_PAID = (Kind.SELLER, Kind.CARRIER)


@require_GET
@member(*_PAID)
def policy_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The policies in force, and what is proposed."""
    sheet = policy_sheet(scope)
    context = {
        "sheet": sheet,
        "rows": [(one, sheet.names.get(one.owner_id, ""), _facts(one)) for one in sheet.policies],
        "changes": [
            (one, sheet.names.get(one.owner_id, ""), _facts(one), sheet.people.get(one.proposed_by, ""),
             sheet.people.get(one.decided_by, ""))
            for one in sheet.changes
        ],
        "me": str(scope.user_id),
        "every": Every.choices,
    }  # fmt: skip
    return render(request, "money/policies.html", context)


@require_GET
@member(*_PAID)
def policy_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The policies in force as CSV."""
    headings = ("party", "currency", "every", "minimum_minor", "reserve_share", "reserve_days", "held", "hold_days",
                "reason")  # fmt: skip
    return csv_response("payout-policies", headings=headings, rows=_rows(scope))


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def policy_propose(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Propose a policy; nothing changes before another person approves."""
    asked = request.POST
    owner = id_asked(asked, "owner") or UUID(int=0)
    currency = word_asked(asked, "currency", most=3).upper()
    attempt(
        request,
        lambda: finance.propose_policy(scope, owner, currency, _policy(asked, currency), now=clock.now()),
        done=_("Proposed. It is in force when another person approves."),
    )
    return redirect("payout_policies")


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def policy_decide(request: HttpRequest, scope: Scope, change_id: UUID) -> HttpResponseBase:
    """Approve a proposal, or reject it."""
    approve = request.POST.get("approve") == "yes"
    attempt(
        request,
        lambda: finance.decide_policy(scope, change_id, approve=approve, now=clock.now()),
        done=_("In force from now on.") if approve else _("Rejected; nothing has changed."),
    )
    return redirect("payout_policies")


def _policy(asked: QueryDict, currency: str) -> Policy:
    """What the form says; BadPolicy for what is no number."""
    try:
        least = Money.exactly(asked.get("minimum") or "0", currency).minor
        share = Decimal(asked.get("reserve") or "0") / 100
        days = int(asked.get("reserve_days") or 0)
        said = asked.get("hold_days", "")
        held = int(said) if said else None
    except (InvalidOperation, ValueError, Refused) as exc:
        raise BadPolicy(field="policy") from exc
    return Policy(
        one_of(asked, "every", Every.values) or Every.DAY, max(least, 1), share, days,
        asked.get("held") == "yes", word_asked(asked, "reason", most=200), held,
    )  # fmt: skip


def _facts(one: Any) -> dict[str, Any]:
    policy = one.policy
    return {
        "every": Every(policy.every).label,
        "minimum": Money(policy.minimum_minor, one.currency),
        "reserve": policy.reserve_share * 100 if policy.reserve_share else None,
        "reserve_days": policy.reserve_days,
        "held": policy.is_held,
        "hold_days": policy.hold_days,
        "reason": policy.reason,
    }


def _rows(scope: Scope) -> Iterator[list[Any]]:
    sheet = policy_sheet(scope)
    for one in sheet.policies:
        kept = one.policy
        yield [
            sheet.names.get(one.owner_id, ""), one.currency, kept.every, kept.minimum_minor, kept.reserve_share,
            kept.reserve_days, kept.is_held, "" if kept.hold_days is None else kept.hold_days, kept.reason,
        ]  # fmt: skip
