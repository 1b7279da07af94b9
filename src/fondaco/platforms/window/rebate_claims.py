"""Rebates from the claim on: claimed alone or with a producer's month, approved, paid, settled by sales, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.domain.rebate import (
    BadPeriod,
    BadSum,
    ClaimLate,
    DepartureMissing,
    InvoicesMissing,
    NotReconcilable,
    PeriodTaken,
    RateUnknown,
    ReceiptMissing,
    Way,
    WayNotOpen,
    add_months,
    month_of,
)
from fondaco.platforms.window.domain.rebate_sums import (
    CLAIM,
    CLAW_BACK,
    PAY,
    REFUSE,
    PeriodSums,
    Worked,
    share_refund,
    sold_part,
    work_exempt,
    work_output,
    work_period,
    work_purchase,
    work_zero,
)
from fondaco.platforms.window.models import (
    RebateCase,
    RebateEntry,
    RebateItem,
    RebatePeriod,
    RebateState,
)
from fondaco.platforms.window.rebate_cases import (
    actor_of,
    last_day_of,
    locked_case,
    move,
    own_seller,
    prepared_case,
    tell,
    tell_of,
    way_of,
)

_AUTHORITY = (Kind.TAX,)


def claim_case(scope: Scope, case_id: UUID, *, now: datetime) -> int:
    """Claim what a case is worth, in minor units; an exempt or zero-rated one is closed as proved and gives 0.

    DepartureMissing, RateUnknown, InvoicesMissing, ReceiptMissing, ClaimLate; WayNotOpen for a way that is
    claimed with the producer's month.
    """
    with transaction.atomic():
        case = prepared_case(scope, case_id)
        way = way_of(case.way)
        if way.calc == "output":
            raise WayNotOpen("It is claimed with the month.", field="way", value=way.code)
        items = _ready(case, way, today=now.date())
        worked = {item.id: _work(item, way) for item in items}
        _keep(items, worked, {item.id: worked[item.id].amount for item in items})
        total = sum(one.amount for one in worked.values())
        if not total:
            move(case, "exempt", scope=scope, now=now)
            return 0
        _enter(case, CLAIM, total, scope=scope, now=now, period=month_of(now.date()))
        tell(case, "claimed", scope=scope, now=now, minor=total, currency=case.currency)
    return total


def missing_of(case: RebateCase, way: Way, items: Sequence[RebateItem], *, today: date) -> list[str]:
    """What still keeps a case from being claimed: the words of `Way.needs`, and "late"."""
    checks = {
        "departure": case.departed_on is not None,
        "rate": all(item.rate is not None for item in items),
        "not_cancelled": all(item.rate is None or item.rate > 0 for item in items),
        "invoices": all(_covered(item) for item in items),
        "receipt": case.received_minor >= case.declared_minor,
    }
    last = last_day_of(case, way)
    late = ["late"] if last is not None and today > last else []
    return [need for need in way.needs if not checks[need]] + late


def file_period(
    scope: Scope, *, month: date, input_tax: int, output_tax: int, brought: int | None, now: datetime
) -> PeriodSums:
    """File a producer's month: every ready case in a producer's way is claimed with its share of the refund.

    `brought` is asked for the first month alone; later ones go on from the month before. BadPeriod, PeriodTaken.
    """
    own_seller(scope)
    month = month_of(month)
    if add_months(month, months=1) > now.date() or input_tax < 0 or output_tax < 0:
        raise BadPeriod(field="month" if input_tax >= 0 and output_tax >= 0 else "tax", value=month)
    with transaction.atomic():
        ready = _ready_producers(scope, month, today=now.date())
        currency = ready[0][0].currency if ready else ""
        before = _month_before(scope, month)
        if not ready:
            raise BadPeriod("No case of this month is ready.", field="month", value=month)
        carried = _brought(before, brought)
        sums = work_period(
            input_tax=input_tax, output_tax=output_tax, brought=carried,
            ceilings=[sum(w.amount for w in worked.values()) for _, _, worked in ready],
            costs=[sum(w.cost for w in worked.values()) for _, _, worked in ready],
        )  # fmt: skip
        row = _period(scope, ready[0][0], month, sums, cases=len(ready), now=now)
        ceilings = [sum(w.amount for w in worked.values()) for _, _, worked in ready]
        for (case, items, worked), share, ceiling in zip(
            ready, share_refund(sums.refund, ceilings), ceilings, strict=True
        ):
            _claim_share(case, items, worked, share=share, ceiling=ceiling, month=month, scope=scope, now=now)
        detail = {"month": month.isoformat(), "refund": sums.refund, "currency": currency}
        tell_of(row.id, "rebate_period", "filed", scope.organisation_id, scope=scope, now=now, **detail)
    return sums


def approve_case(
    scope: Scope, case_id: UUID, *, refused: int, reference: str, reason: str, now: datetime
) -> RebateCase:
    """The authority's answer: `refused` minor units are not refunded, the rest is approved. All of it: refused.

    BadSum; a refused part needs a reason. Authority or operator only.
    """
    scope.require(role=Role.CLERK, kinds=_AUTHORITY)
    with transaction.atomic():
        case = locked_case(scope, case_id)
        if not 0 <= refused <= case.claimed_minor or (refused and not reason.strip()):
            raise BadSum(
                field="refused" if not 0 <= refused <= case.claimed_minor else "reason", value=refused
            )
        event = "refuse" if refused and refused == case.claimed_minor else "approve"
        if refused and case.state == RebateState.CLAIMED:
            _enter(case, REFUSE, refused, scope=scope, now=now, reference=reference, reason=reason)
        move(case, event, scope=scope, now=now, refused=refused, reference=reference[:60])
        case.refresh_from_db()
    return case


def pay_case(scope: Scope, case_id: UUID, *, reference: str, now: datetime) -> RebateCase:
    """What was approved has been paid, under the authority's reference. Authority or operator only."""
    scope.require(role=Role.CLERK, kinds=_AUTHORITY)
    with transaction.atomic():
        case = locked_case(scope, case_id)
        if case.state == RebateState.APPROVED:
            left = case.claimed_minor - case.refused_minor
            _enter(case, PAY, left, scope=scope, now=now, reference=reference)
        move(case, "pay", scope=scope, now=now, reference=reference[:60])
        case.refresh_from_db()
    return case


def claw_back(
    scope: Scope, case_id: UUID, *, minor: int, reference: str, reason: str, now: datetime
) -> RebateCase:
    """Take back `minor` of what was paid, with a reason (goods returned, exchange never received …). BadSum."""
    scope.require(role=Role.CLERK, kinds=_AUTHORITY)
    with transaction.atomic():
        case = locked_case(scope, case_id)
        left = case.paid_minor - case.clawed_minor
        if not 1 <= minor <= left or not reason.strip():
            raise BadSum(field="minor" if not 1 <= minor <= left else "reason", value=minor)
        _enter(case, CLAW_BACK, minor, scope=scope, now=now, reference=reference, reason=reason)
        if minor == left:
            move(case, "claw_back", scope=scope, now=now, reason=reason[:300])
        else:
            tell(case, "taken_back", scope=scope, now=now, minor=minor, reason=reason[:300])
        case.refresh_from_db()
    return case


def reconcile_case(scope: Scope, case_id: UUID, *, sold: Mapping[int, int], now: datetime) -> int:
    """Settle a refund on departure by the pieces sold of each item; what the unsold ones had goes back (minor units).

    NotReconcilable before the month after the claim and after the window; BadSum for more sold than exported.
    After the window the authority takes all of it back (`claw_back`).
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = locked_case(scope, case_id)
        _check_window(case, today=now.date())
        items = list(case.items.order_by("number"))
        for item in items:
            if not 0 <= sold.get(item.number, -1) <= item.quantity:
                raise BadSum(field=f"sold {item.number}", value=sold.get(item.number))
            item.sold = sold[item.number]
        earned = sum(sold_part(i.claimed_minor, sold=i.sold or 0, quantity=i.quantity) for i in items)
        kept = min(earned, case.paid_minor - case.clawed_minor)
        back = case.paid_minor - case.clawed_minor - kept
        RebateItem.objects.bulk_update(items, ["sold"])
        if back:
            _enter(case, CLAW_BACK, back, scope=scope, now=now, reason="unsold")
        move(case, "claw_back" if back and not kept else "reconcile", scope=scope, now=now, taken_back=back)
    return back


def _ready(case: RebateCase, way: Way, *, today: date) -> list[RebateItem]:
    """The items of a case that lacks nothing; else what is missing first, as its own error."""
    items = list(case.items.order_by("number").prefetch_related("uses"))
    faults = {
        "departure": DepartureMissing,
        "rate": RateUnknown,
        "not_cancelled": WayNotOpen,
        "invoices": InvoicesMissing,
        "receipt": ReceiptMissing,
        "late": ClaimLate,
    }
    for word in missing_of(case, way, items, today=today):
        raise faults[word](field=word)
    return items


def _covered(item: RebateItem) -> bool:
    return sum(use.quantity for use in item.uses.all()) >= item.quantity


def _work(item: RebateItem, way: Way) -> Worked:
    if way.calc == "purchase" and item.rate is not None and item.vat_rate is not None:
        nets = [use.net_minor for use in item.uses.all()]
        return work_purchase(nets, rate=item.rate, vat_rate=item.vat_rate)
    if way.calc == "output" and item.rate is not None and item.vat_rate is not None:
        return work_output(item.local_minor, rate=item.rate, vat_rate=item.vat_rate)
    if way.calc == "zero":
        return work_zero(item.local_minor, vat_rate=way.vat_rate)
    return work_exempt(item.local_minor, deemed_pct=way.deemed_income_pct)


def _keep(items: Sequence[RebateItem], worked: Mapping[int, Worked], claimed: Mapping[int, int]) -> None:
    """Freeze what was worked out with each item."""
    for item in items:
        item.worked = asdict(worked[item.id])
        item.claimed_minor = claimed[item.id]
    RebateItem.objects.bulk_update(items, ["worked", "claimed_minor"])


def _enter(
    case: RebateCase, kind: str, minor: int, *, scope: Scope, now: datetime, period: date | None = None,
    reference: str = "", reason: str = "",
) -> None:  # fmt: skip
    """Append a line to the ledger; the database adds it to the case."""
    RebateEntry.objects.create(
        case_id=case.id, kind=kind, amount_minor=minor, period=period or case.period or month_of(now.date()),
        entered_on=now.date(), reference=reference.strip()[:60], reason=reason.strip()[:300],
        actor=actor_of(scope), entered_at=now,
    )  # fmt: skip


_Ready = tuple[RebateCase, list[RebateItem], dict[int, Worked]]


def _ready_producers(scope: Scope, month: date, *, today: date) -> list[_Ready]:
    """The seller's cases in a producer's way that left by the end of `month` and lack nothing, locked."""
    rows = RebateCase.objects.of(scope).filter(
        seller_id=scope.organisation_id,
        state=RebateState.PREPARED,
        departed_on__lt=add_months(month, months=1),
    )
    found: list[_Ready] = []
    for case in rows.order_by("id").select_for_update():
        way = way_of(case.way)
        if way.calc == "output":
            items = list(case.items.order_by("number").prefetch_related("uses"))
            if not missing_of(case, way, items, today=today):
                found.append((case, items, {item.id: _work(item, way) for item in items}))
    return found


def _month_before(scope: Scope, month: date) -> RebatePeriod | None:
    """The seller's last filed month. PeriodTaken if `month` or a later one is filed."""
    rows = RebatePeriod.objects.of(scope).filter(seller_id=scope.organisation_id).order_by("-month")
    last: RebatePeriod | None = rows.first()
    if last is not None and last.month >= month:
        raise PeriodTaken(field="month", value=last.month)
    return last


def _brought(before: RebatePeriod | None, told: int | None) -> int:
    if before is None:
        if told is None or told < 0:
            raise BadPeriod("Say what is brought forward into the first month.", field="brought", value=told)
        return told
    carried = int(before.credit_minor - before.refund_minor)
    if told is not None and told != carried:
        raise BadPeriod(f"{before} carried {carried} forward.", field="brought", value=told)
    return carried


def _period(
    scope: Scope, case: RebateCase, month: date, sums: PeriodSums, *, cases: int, now: datetime
) -> RebatePeriod:
    row: RebatePeriod = RebatePeriod.objects.create(
        id=new_id(), seller_id=scope.organisation_id, authority_id=case.authority_id, month=month,
        currency=case.currency, input_minor=sums.input_tax, output_minor=sums.output_tax,
        brought_minor=sums.brought, ceiling_minor=sums.ceiling, lost_minor=sums.not_creditable,
        due_minor=sums.due, credit_minor=sums.credit, refund_minor=sums.refund, cases=cases,
        filed_by=actor_of(scope), filed_at=now,
    )  # fmt: skip
    return row


def _claim_share(
    case: RebateCase, items: list[RebateItem], worked: dict[int, Worked], *, share: int, ceiling: int,
    month: date, scope: Scope, now: datetime,
) -> None:  # fmt: skip
    """Claim a case's share of its month; the rest of its ceiling was set off against tax at home."""
    parts = share_refund(share, [worked[item.id].amount for item in items])
    _keep(items, worked, {item.id: part for item, part in zip(items, parts, strict=True)})
    case.set_off_minor, case.changed_at = ceiling - share, now
    case.save(update_fields=["set_off_minor", "changed_at"])
    if share:
        _enter(case, CLAIM, share, scope=scope, now=now, period=month)
        tell(case, "claimed", scope=scope, now=now, minor=share, currency=case.currency)
    else:
        move(case, "exempt", scope=scope, now=now)


def _check_window(case: RebateCase, *, today: date) -> None:
    """STA 2025 No. 3: from the month after the claim until 30 April of the year after it."""
    way = way_of(case.way)
    if way.reconcile_by is None or case.state != RebateState.REPAID or case.period is None:
        raise NotReconcilable(field="case", value=case.state)
    first, last = add_months(case.period, months=1), way.reconcile_by.after(case.period)
    if not first <= today <= last:
        raise NotReconcilable(f"Its window is {first} to {last}.", field="today", value=today)
