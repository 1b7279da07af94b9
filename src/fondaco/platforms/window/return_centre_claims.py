"""Claims against authorities for duty and tax on goods that came back: opened, lodged, granted, paid.

Amounts come from the assessed bill of the declaration, in each line's share of pieces; never above what was paid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
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
from fondaco.platforms.window.domain.returned_parts import IMPORT, from_first
from fondaco.platforms.window.landed_store import landed_quote_for
from fondaco.platforms.window.models import (
    CLAIM_MACHINE,
    ClaimState,
    DutyClaim,
    ReturnableLine,
    ReturnCase,
    ReturnedLine,
    ReturnPart,
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
from fondaco.platforms.window.return_centre_parts import parts_of

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
    """Each claim of the country sold into, with what it waits for or why it is closed: for each import declaration."""
    return [one for part, days in _imports(case).items() for one in _open_to_part(case, part, days, now=now)]


def _imports(case: ReturnCase) -> dict[int, Mapping[str, date]]:
    """The import declarations that the goods came under, by part, with the day of release where it is known."""
    rows = parts_of(case, IMPORT)
    return {row.part: {"released": row.on} if row.on else {} for row in rows}


def _open_to_part(case: ReturnCase, part: int, days: Mapping[str, date], *, now: datetime) -> list[Claimable]:
    facts = facts_of(case)
    facts = replace(facts, days={**facts.days, **days})
    clocks = [clock_of(row) for row in case.clocks.all() if row.part in (0, part)]
    found = claims_for(claim_rules(), facts, clocks, done=_done(case), today=now.date())
    return [replace(one, part=part) for one in found]


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
    """Open the best claim for duty and the best for tax, about each import declaration; the ids of those that are new.

    NothingToClaim, and nothing changed, where none is open or nothing was paid.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        known = {(row.code, row.part) for row in case.claims.all()}
        held = _held(case)
        made = [
            claim
            for one, charges in _chosen(claims_open_to(case, now=now), known)
            if (claim := _open(case, one, charges, held, now=now))
        ]
        if not made:
            if known:
                return []
            raise NothingToClaim(field="return", value=case.number)
        told = [
            (
                case,
                "claim_opened",
                {"claim": c.code, "part": c.part, "duty": c.duty_minor, "tax": c.tax_minor},
            )
            for c in made
        ]
        log_events(told, actor=person(scope), now=now)
    return [claim.id for claim in made]


def _chosen(
    found: Sequence[Claimable], known: Collection[tuple[str, int]]
) -> list[tuple[Claimable, list[str]]]:
    """The best claim for duty and the best for tax of each part, those that are not opened yet."""
    chosen: dict[tuple[str, int], tuple[Claimable, list[str]]] = {}
    for part in dict.fromkeys(one.part for one in found):
        own = [one for one in found if one.part == part]
        for charge in ("duty", "tax"):
            best = best_claim(own, charge)
            if best and (best.rule.code, part) not in known:
                chosen.setdefault((best.rule.code, part), (best, []))[1].append(charge)
    return list(chosen.values())


_Held = Mapping[ReturnedLine, Sequence[ReturnPart]]


def _held(case: ReturnCase) -> _Held:
    """The lines of a return, locked in the order of their accounts, with their parts on the import side."""
    lines = case.lines.select_related("account").order_by("account_id")
    rows: dict[UUID, list[ReturnPart]] = {}
    for row in parts_of(case, IMPORT):
        rows.setdefault(row.line_id, []).append(row)
    return {line: rows.get(line.id, []) for line in lines}


def _open(
    case: ReturnCase, one: Claimable, charges: Sequence[str], held: _Held, *, now: datetime
) -> DutyClaim | None:
    """A claim of these charges on the pieces of its part that fulfil its condition; None where that is nothing."""
    worked = [row for line, rows in held.items() if (row := _worked(line, rows, one, charges))]
    if not any(row["duty"] or row["tax"] for row in worked):
        return None
    for row in worked:
        ReturnableLine.objects.house().filter(pk=row["account"]).update(
            duty_claimed_minor=F("duty_claimed_minor") + row["duty"],
            tax_claimed_minor=F("tax_claimed_minor") + row["tax"],
        )
    declared = {row.declaration_id for rows in held.values() for row in rows if row.part == one.part}
    claim: DutyClaim = DutyClaim.objects.create(
        id=new_id(), case=case, code=one.rule.code, part=one.part, declaration_id=next(iter(declared), None),
        country=case.sold_into, form=one.rule.form, source=one.rule.source, currency=case.currency,
        duty_minor=sum(row["duty"] for row in worked), tax_minor=sum(row["tax"] for row in worked),
        deadline_on=one.deadline, opened_at=now, state_at=now,
        worked={
            "share_bp": one.rule.share_bp, "needs": sorted(one.rule.needs), "lines": worked,
            "goods": sum(row["goods"] for row in worked),
        },
    )  # fmt: skip
    return claim


def _worked(
    line: ReturnedLine, rows: Sequence[ReturnPart], one: Claimable, charges: Sequence[str]
) -> dict[str, Any]:
    """What the pieces of a line in a claim's part carry; empty where there are none."""
    pieces = from_first(_pieces(line, one.rule.needs), [row.quantity for row in rows])
    for place, (row, units) in enumerate(zip(rows, pieces, strict=True)):
        if row.part == one.part and units:
            paid = {"duty": row.duty_minor, "tax": row.tax_minor}
            part = {
                charge: part_of(_share(minor, units, row), one.rule.share_bp) if charge in charges else 0
                for charge, minor in paid.items()
            }
            goods = share_of(line.price_minor, units=units, before=sum(pieces[:place]), sold=line.quantity)
            return {
                "account": str(line.account_id), "sku": line.account.sku, "pieces": units, "goods": goods,
                **_paid_on(line, row), **part,
            }  # fmt: skip
    return {}


def _paid_on(line: ReturnedLine, row: ReturnPart) -> dict[str, int]:
    """What was paid on how many pieces: the whole line's, or what the returned ones carry under one of several parts."""
    if row.declared == line.account.sold:
        told = line.account
        return {"sold": told.sold, "duty_paid": told.duty_minor, "tax_paid": told.tax_minor}
    return {"sold": row.quantity, "duty_paid": row.duty_minor, "tax_paid": row.tax_minor}


def _share(minor: int, units: int, row: ReturnPart) -> int:
    return share_of(minor, units=units, before=0, sold=row.quantity)


def _pieces(line: ReturnedLine, needs: frozenset[str]) -> int:
    """How many pieces fulfil the condition of a claim."""
    if "back" in needs or "refund" in needs:
        return int(line.received)
    gone = (line.reexport if "out" in needs else 0) + (line.destroy if "destroyed" in needs else 0)
    return int(gone)


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
    rows = DutyClaim.objects.house().filter(
        case__order_id=case.order_id, state__in=(ClaimState.GRANTED, ClaimState.PAID)
    )
    granted = {(row.case_id, row.part): _goods_of(row) for row in rows.exclude(pk=claim.pk)}
    if quote is None or (case.id, claim.part) in granted:
        return
    back, left = _goods_of(claim), quote.quote.goods.minor - sum(granted.values())
    if back > 0 and left > 0:
        give_back_quota(case.order_id, part=min(Fraction(back, left), Fraction(1)), now=now, actor=actor)


def _goods_of(claim: DutyClaim) -> int:
    """The price of the goods that a claim is about; all of the return's, where it was opened without saying."""
    if "goods" in claim.worked:
        return int(claim.worked["goods"])
    lines = ReturnedLine.objects.house().filter(case_id=claim.case_id)
    return int(lines.aggregate(sum=Sum("price_minor"))["sum"] or 0)


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
    told = {
        "claim": claim.code,
        "part": claim.part,
        "state": after,
        "reference": claim.reference,
        "granted": claim.granted_minor,
    }
    log_events([(case, f"claim_{event}", told)], actor=actor, now=now)
    if event == "lodge":
        for done in ("claimed", "applied"):
            note_day(case, done, now.date(), today=now.date(), part=claim.part)


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
