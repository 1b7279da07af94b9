"""Claims against authorities for duty and tax on goods that came back: opened, lodged, granted, paid.

Amounts come from the assessed bill of the declaration, in each line's share of pieces; never above what was paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.return_rules import claim_rules
from fondaco.platforms.window.domain.returned import (
    Claimable,
    best_claim,
    claims_for,
    part_of,
    share_of,
)
from fondaco.platforms.window.landed_store import landed_quote_for
from fondaco.platforms.window.models import (
    CLAIM_MACHINE,
    ClaimState,
    DutyClaim,
    ReturnableLine,
    ReturnCase,
    ReturnedLine,
)
from fondaco.platforms.window.quotas import give_back_quota
from fondaco.platforms.window.return_centre_log import (
    case_for,
    clock_of,
    facts_of,
    log_events,
    note_day,
    person,
)

# Who may take a step; the operator may take any. That money has come only the house itself can say.
_BY = {"grant": Kind.CUSTOMS, "refuse": Kind.CUSTOMS, "pay": Kind.PLATFORM}
_GIVES_BACK = (ClaimState.WITHDRAWN, ClaimState.LAPSED)


class NothingToClaim(Refused):
    code = "nothing-to-claim"
    title = "No duty or tax can be claimed back for this return now."
    remedy = (
        "Look at the claims of the country below the return: each says what it waits for or why it is closed."
    )


class BadClaimStep(Refused):
    code = "bad-claim-step"
    title = "This step of a claim lacks something."
    remedy = "Lodging and granting need the authority's reference, a refusal its reason, a grant an amount within the claim."


class ClaimTooLate(Refused):
    code = "claim-too-late"
    title = "The time to lodge this claim is over."
    remedy = "Nothing can be claimed any more; let it lapse."


def claims_open_to(case: ReturnCase, *, now: datetime) -> list[Claimable]:
    """Each claim of the country sold into, with what it waits for or why it is closed."""
    clocks = [clock_of(row) for row in case.clocks.all()]
    return claims_for(claim_rules(), facts_of(case), clocks, done=_done(case), today=now.date())


def _done(case: ReturnCase) -> set[str]:
    """What became of the goods, in the words of the table of claims."""
    lines = list(case.lines.all())
    told = {
        "out": any(line.reexport for line in lines),
        "destroyed": any(line.destroy for line in lines),
        "back": any(line.received for line in lines),
        "refund": case.refund_state == "done" and bool(case.refund_minor),
    }
    return {name for name, is_so in told.items() if is_so}


def open_claims(scope: Scope, case_id: UUID, *, now: datetime) -> list[UUID]:
    """Open the best claim for duty and the best for tax; the ids of those that are new.

    NothingToClaim, and nothing changed, where none is open or nothing was paid.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        found = claims_open_to(case, now=now)
        known = {row.code: row for row in case.claims.all()}
        chosen: dict[str, list[str]] = {}
        rules = {}
        for charge in ("duty", "tax"):
            best = best_claim(found, charge)
            if best and best.rule.code not in known:
                chosen.setdefault(best.rule.code, []).append(charge)
                rules[best.rule.code] = best
        made = [
            claim for code, charges in chosen.items() if (claim := _open(case, rules[code], charges, now=now))
        ]
        if not made:
            if known:
                return []
            raise NothingToClaim(field="return", value=case.number)
        told = [
            (case, "claim_opened", {"claim": c.code, "duty": c.duty_minor, "tax": c.tax_minor}) for c in made
        ]
        log_events(told, actor=person(scope), now=now)
    return [claim.id for claim in made]


def _open(case: ReturnCase, one: Claimable, charges: Sequence[str], *, now: datetime) -> DutyClaim | None:
    """A claim of these charges on the pieces that fulfil its condition; None where that comes to nothing."""
    worked: list[dict[str, Any]] = []
    total = {"duty": 0, "tax": 0}
    for line in case.lines.select_related("account").order_by("account_id"):
        pieces = _pieces(line, one.rule.needs)
        part = {
            charge: part_of(_paid(line, charge, pieces), one.rule.share_bp) if charge in charges else 0
            for charge in total
        }
        if not any(part.values()):
            continue
        ReturnableLine.objects.house().filter(pk=line.account_id).update(
            duty_claimed_minor=F("duty_claimed_minor") + part["duty"],
            tax_claimed_minor=F("tax_claimed_minor") + part["tax"],
        )
        worked.append(
            {
                "account": str(line.account_id), "sku": line.account.sku, "pieces": pieces, "sold": line.account.sold,
                "duty_paid": line.account.duty_minor, "tax_paid": line.account.tax_minor, **part,
            }
        )  # fmt: skip
        total = {charge: total[charge] + part[charge] for charge in total}
    if not worked:
        return None
    claim: DutyClaim = DutyClaim.objects.create(
        id=new_id(), case=case, code=one.rule.code, country=case.sold_into, form=one.rule.form, source=one.rule.source,
        currency=case.currency, duty_minor=total["duty"], tax_minor=total["tax"], deadline_on=one.deadline,
        worked={"share_bp": one.rule.share_bp, "needs": sorted(one.rule.needs), "lines": worked}, opened_at=now,
        state_at=now,
    )  # fmt: skip
    return claim


def _pieces(line: ReturnedLine, needs: frozenset[str]) -> int:
    """How many pieces fulfil the condition of a claim."""
    if "back" in needs or "refund" in needs:
        return int(line.received)
    gone = (line.reexport if "out" in needs else 0) + (line.destroy if "destroyed" in needs else 0)
    return int(gone)


def _paid(line: ReturnedLine, charge: str, pieces: int) -> int:
    minor = line.duty_minor if charge == "duty" else line.tax_minor
    return share_of(minor, units=pieces, before=0, sold=line.quantity)


def step_claim(
    scope: Scope,
    claim_id: UUID,
    event: str,
    *,
    now: datetime,
    reference: str = "",
    why: str = "",
    granted: int | None = None,
) -> DutyClaim:
    """Move a claim on: lodge, appeal, withdraw as the seller; grant, refuse as the authority; pay as the house.

    The same step again changes nothing where the claim stands there already. BadClaimStep, ClaimTooLate,
    IllegalTransition; nothing is changed then. The money is posted by the flow that calls this.
    """
    scope.require(role=Role.CLERK, kinds=(_BY.get(event, Kind.SELLER),))
    with transaction.atomic():
        found = DutyClaim.objects.of(scope).filter(pk=claim_id).values_list("case_id", flat=True).first()
        if found is None:
            raise NotFound(field="claim", value=claim_id)
        case = case_for(scope, found)
        claim: DutyClaim = DutyClaim.objects.of(scope).select_for_update().get(pk=claim_id)
        after = CLAIM_MACHINE.after(claim.state, event)
        _fill(claim, event, reference=reference.strip(), why=why.strip(), granted=granted, now=now)
        _set_state(case, claim, after, event, actor=person(scope), now=now)
        if event == "grant":
            _give_quota_back(claim, case, actor=person(scope), now=now)
    return claim


def _give_quota_back(claim: DutyClaim, case: ReturnCase, *, actor: str, now: datetime) -> None:
    """Goods that came back untaxed no longer count against the buyer's yearly quota, where the order used one:
    their share of the value that had not come back before. Source: GACC Announcement 2020 No. 45.
    """
    quote = landed_quote_for([case.order_id]).get(case.order_id)
    granted = DutyClaim.objects.house().filter(
        case__order_id=case.order_id, state__in=(ClaimState.GRANTED, ClaimState.PAID)
    )
    before = set(granted.exclude(pk=claim.pk).values_list("case_id", flat=True))
    if quote is None or case.id in before:
        return
    back, gone = (
        ReturnedLine.objects.house().filter(case_id__in=cases).aggregate(sum=Sum("price_minor"))["sum"] or 0
        for cases in ([case.id], before)
    )
    left = quote.quote.goods.minor - gone
    if back > 0 and left > 0:
        give_back_quota(case.order_id, part=min(Fraction(back, left), Fraction(1)), now=now, actor=actor)


def _fill(
    claim: DutyClaim, event: str, *, reference: str, why: str, granted: int | None, now: datetime
) -> None:
    most = claim.duty_minor + claim.tax_minor
    if event in ("lodge", "appeal") and not reference:
        raise BadClaimStep(field="reference")
    if event == "lodge" and now.date() > claim.deadline_on:
        raise ClaimTooLate(field="deadline", value=claim.deadline_on)
    if event == "refuse" and not why:
        raise BadClaimStep(field="why")
    if event == "grant":
        if granted is None or not 0 < granted <= most:
            shown = Money(most, claim.currency)
            raise BadClaimStep(f"At most {shown}.", field="granted", value=granted)
        claim.granted_minor = granted
    claim.reference = (reference or claim.reference)[:60]
    claim.why = why[:500] if event in ("refuse", "withdraw") else claim.why


def _set_state(
    case: ReturnCase, claim: DutyClaim, after: str, event: str, *, actor: str, now: datetime
) -> None:
    claim.state, claim.state_at = after, now
    claim.save()
    if after in _GIVES_BACK:
        _give_back(claim)
    told = {"claim": claim.code, "state": after, "reference": claim.reference, "granted": claim.granted_minor}
    log_events([(case, f"claim_{event}", told)], actor=actor, now=now)
    if event == "lodge":
        note_day(case, "claimed", now.date(), today=now.date())
        note_day(case, "applied", now.date(), today=now.date())


def _give_back(claim: DutyClaim) -> None:
    """What is no longer claimed may be claimed in another way."""
    for row in claim.worked["lines"]:
        rows = ReturnableLine.objects.house().filter(pk=row["account"])
        rows.update(
            duty_claimed_minor=F("duty_claimed_minor") - row["duty"],
            tax_claimed_minor=F("tax_claimed_minor") - row["tax"],
        )


def lapse_claims(*, now: datetime, limit: int = 500) -> int:
    """End the open claims whose last day is past; how many. House work of a periodic job."""
    with transaction.atomic():
        rows = (
            DutyClaim.objects.house().select_related("case").select_for_update(of=("self",), skip_locked=True)
        )
        late = list(rows.filter(state=ClaimState.OPEN, deadline_on__lt=now.date()).order_by("pk")[:limit])
        for claim in late:
            _set_state(claim.case, claim, ClaimState.LAPSED, "lapse", actor="returns", now=now)
    return len(late)


def explain_claim(claim: DutyClaim) -> Mapping[str, Any]:
    """How the amount was found, as data: formula, inputs by line, source."""
    return {"form": claim.form, "source": claim.source, "deadline": claim.deadline_on, **claim.worked}
