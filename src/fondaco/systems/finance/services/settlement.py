"""Settling delivered orders: the escrow is shared out, and what was charged is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.commission import Commission, NoCommissionRule, Rule, Sale
from fondaco.systems.finance.domain.fx import Conversion, DatedRate, NoRate, RateTooOld
from fondaco.systems.finance.domain.ledger import HOUSE, JournalDraft, KeyReused, Posted
from fondaco.systems.finance.domain.settlement import (
    AlreadySettled,
    EscrowShort,
    LocalDues,
    SettlementDTO,
    SettlementRequest,
    Share,
    check_request,
    share_out,
)
from fondaco.systems.finance.models import Account, FxDeal, Settlement
from fondaco.systems.finance.services.commissions import commission_of, commission_rules
from fondaco.systems.finance.services.fee_invoices import invoiced_months
from fondaco.systems.finance.services.ledger import post_journals, retried
from fondaco.systems.finance.services.periods import booking_days
from fondaco.systems.finance.services.rates import rate
from fondaco.systems.finance.services.service_fees import keep_service_fees, kept_services
from fondaco.systems.finance.services.support import insert_models, tell
from fondaco.systems.finance.services.taxes import TaxedSale, keep_taxes

SETTLED, REFUSED = "settled", "refused"


@dataclass(frozen=True, slots=True)
class _Plan:
    request: SettlementRequest
    on: date
    fee: Commission
    share: Share
    dues: LocalDues
    booked_on: date


def settle_orders(requests: Sequence[SettlementRequest], *, now: datetime) -> list[SettlementDTO]:
    """Share out the escrow of each order: seller, carrier, authority, platform; once per order.

    The batch is one transaction. An order that cannot be settled (its escrow does not hold exactly what
    is to be shared, or its figures make no sense) is answered with status `refused` and changes nothing;
    an order settled before answers with what was then frozen, or is refused where it asks for other figures
    (AlreadySettled) or other shares of services (KeyReused). One that no commission rule covers is refused, too.
    An authority whose currency has no rate is owed in the order's currency.
    """
    return retried(lambda: _settle(requests, now=now))


def _settle(requests: Sequence[SettlementRequest], *, now: datetime) -> list[SettlementDTO]:
    ids = [request.order_id for request in requests]
    before = {s.order_id: s for s in Settlement.objects.house().filter(order_id__in=ids)}
    fresh = {r.order_id: r for r in requests if r.order_id not in before}
    escrow = _escrow_balances(fresh.values())
    refused = {r.order_id: why for r in fresh.values() if (why := _objection(r, escrow.get(r.order_id, 0)))}
    rules = commission_rules()
    plans: list[_Plan] = []
    for request in fresh.values():
        if request.order_id not in refused:
            try:
                plans.append(_plan(request, rules=rules, now=now))
            except NoCommissionRule as problem:
                refused[request.order_id] = (problem.code, str(problem.value))
    refused |= _changed([r for r in requests if r.order_id in before], before)
    made = _book(_in_open_months(plans, now=now), now=now)
    return [_answer(request, before=before, refused=refused, made=made) for request in requests]


def _changed(
    again: Sequence[SettlementRequest], before: dict[UUID, Settlement]
) -> dict[UUID, tuple[str, str]]:
    """Why orders that were settled before are refused: they ask for something else than was frozen."""
    kept = kept_services(before.values())
    found = {}
    for request in again:
        if not _same_figures(before[request.order_id], request):
            found[request.order_id] = (AlreadySettled.code, AlreadySettled.title)
        elif kept.get(request.order_id, frozenset()) != frozenset(request.services):
            found[request.order_id] = (KeyReused.code, "settled before with other shares of services")
    return found


def _escrow_balances(requests: Iterable[SettlementRequest]) -> dict[UUID, int]:
    """What each order's escrow holds in the order's currency."""
    wanted = {f"escrow:{r.order_id}": r for r in requests}
    rows = Account.objects.house().filter(owner_id=HOUSE, code__in=list(wanted))
    return {
        wanted[row.code].order_id: row.balance - row.held
        for row in rows
        if row.currency == wanted[row.code].currency
    }


def _objection(request: SettlementRequest, held: int) -> tuple[str, str] | None:
    """Why `request` is refused: (code, detail)."""
    if nonsense := check_request(request):
        return "bad-settlement", nonsense
    if held != request.total:
        return EscrowShort.code, f"{Money(held, request.currency)} ≠ {Money(request.total, request.currency)}"
    return None


def _plan(request: SettlementRequest, *, rules: list[Rule], now: datetime) -> _Plan:
    on = request.on or now.date()
    sale = Sale(
        on=on,
        seller_id=request.seller_id,
        seller_country=request.seller_country,
        destination=request.destination,
        value=Money(request.goods + request.carriage, request.currency),
    )
    fee = commission_of(sale, rules=rules, rate=request.commission_rate)
    dues = _local_dues(request, on)
    return _Plan(request, on, fee, share_out(request, fee=fee, dues=dues), dues, request.settled_on or on)


def _in_open_months(plans: Sequence[_Plan], *, now: datetime) -> list[_Plan]:
    """`plans`, those booked today whose own day is closed, or in a month whose commission is invoiced."""
    days = booking_days([plan.booked_on for plan in plans], now=now)
    invoiced = invoiced_months({plan.request.seller_id for plan in plans})
    found = []
    for plan in plans:
        day = days[plan.booked_on]
        over = (plan.request.seller_id, plan.request.currency, day.replace(day=1)) in invoiced
        found.append(replace(plan, booked_on=now.date() if over else day))
    return found


def _local_dues(request: SettlementRequest, on: date) -> LocalDues:
    """Duty, tax and fees in the authority's currency where there is a rate, else in the order's."""
    local = request.authority_currency or request.currency
    parts = [Money(minor, request.currency) for minor in (request.duty, request.tax, request.fees)]
    if local == request.currency or not request.border:
        return _dues(parts, None)
    dated = _rate_or_none(request.currency, local, on)
    known = (request.local_duty, request.local_tax, request.local_fees)
    stated = [Money(minor, local) for minor in known if minor is not None]
    if len(stated) < 3 and dated is None:
        return _dues(parts, None)
    there = stated if len(stated) == 3 else [p.converted(dated.rate, local) for p in parts if dated]
    sold, bought = Money(request.border, request.currency), Money.sum(there, local)
    return _dues(there, Conversion(sold, bought, dated or _implied(sold, bought, on)))


def _dues(parts: Sequence[Money], conversion: Conversion | None) -> LocalDues:
    duty, tax, fees = parts
    return LocalDues(duty, tax, fees, conversion)


def _rate_or_none(base: str, quote: str, on: date) -> DatedRate | None:
    try:
        return rate(base, quote, on)
    except (NoRate, RateTooOld):
        return None


def _implied(sold: Money, bought: Money, on: date) -> DatedRate:
    """The rate that the landed quote itself used, where no provider gives one."""
    value = (bought.amount / sold.amount).quantize(Decimal("1E-12")) or Decimal("1E-12")
    return DatedRate("quoted", sold.currency, bought.currency, on, value)


def _book(plans: Sequence[_Plan], *, now: datetime) -> dict[UUID, Settlement]:
    """Post the journals and write down what was settled."""
    posted = post_journals([_draft(plan) for plan in plans])
    rows = [_row(plan, p, now=now) for plan, p in zip(plans, posted, strict=True)]
    insert_models(rows)
    deals = [_deal(plan, p, now=now) for plan, p in zip(plans, posted, strict=True) if plan.share.conversion]
    insert_models(deals)
    keep_service_fees([(row, plan.request.services) for row, plan in zip(rows, plans, strict=True)])
    keep_taxes([TaxedSale(plan.request, plan.dues, plan.on) for plan in plans], now=now)
    tell(
        "finance.order_settled",
        subject_type="order",
        facts=[
            (r.order_id, r.seller_id, {"seller": r.seller_minor, "currency": r.currency})
            for r, p in zip(rows, posted, strict=True)
            if p.fresh
        ],
        at=now,
    )
    return {row.order_id: row for row in rows}


def _draft(plan: _Plan) -> JournalDraft:
    request, fee = plan.request, plan.fee
    return JournalDraft(
        idem=f"settle:{request.order_id}",
        kind="order.settled",
        entries=plan.share.entries,
        effective_on=plan.booked_on,
        source=f"order:{request.order_id}",
        meta={"rule": fee.rule, "rate": str(fee.rate), "vat_rate": str(fee.vat_rate)},
    )


def _row(plan: _Plan, posted: Posted, *, now: datetime) -> Settlement:
    request, fee, share = plan.request, plan.fee, plan.share
    return Settlement(
        id=new_id(),
        order_id=request.order_id,
        seller_id=request.seller_id,
        carrier_id=request.carrier_id,
        authority_id=request.duty_authority_id,
        currency=request.currency,
        goods_minor=request.goods,
        carriage_minor=request.carriage,
        freight_minor=request.freight_cost,
        duty_minor=request.duty,
        tax_minor=request.tax,
        fees_minor=request.fees,
        commission_rule=fee.rule,
        commission_rate=fee.rate,
        commission_minor=fee.fee.minor,
        commission_vat_rate=fee.vat_rate,
        commission_vat_minor=fee.vat.minor,
        seller_minor=share.seller_minor,
        authority_currency=share.authority.currency if request.border else "",
        authority_minor=share.authority.minor,
        journal_id=posted.journal_id,
        effective_on=plan.booked_on,
        created_at=now,
    )


def _deal(plan: _Plan, posted: Posted, *, now: datetime) -> FxDeal:
    conversion = plan.share.conversion
    assert conversion is not None  # noqa: S101 - the caller leaves out plans without one
    return FxDeal(
        journal_id=posted.journal_id,
        sell_currency=conversion.sold.currency,
        sell_minor=conversion.sold.minor,
        buy_currency=conversion.bought.currency,
        buy_minor=conversion.bought.minor,
        rate=conversion.rate.rate,
        provider=conversion.rate.provider,
        rate_on=conversion.rate.on,
        created_at=now,
    )


def _answer(
    request: SettlementRequest,
    *,
    before: dict[UUID, Settlement],
    refused: dict[UUID, tuple[str, str]],
    made: dict[UUID, Settlement],
) -> SettlementDTO:
    if why := refused.get(request.order_id):
        return SettlementDTO(request.order_id, REFUSED, code=why[0], detail=why[1])
    row = made.get(request.order_id) or before[request.order_id]
    return SettlementDTO(
        order_id=row.order_id,
        status=SETTLED,
        fresh=request.order_id in made,
        currency=row.currency,
        seller_minor=row.seller_minor,
        commission_minor=row.commission_minor,
        commission_vat_minor=row.commission_vat_minor,
        commission_rule=row.commission_rule,
        authority_currency=row.authority_currency,
        authority_minor=row.authority_minor,
        journal_id=row.journal_id,
    )


def _same_figures(row: Settlement, request: SettlementRequest) -> bool:
    return (
        row.goods_minor, row.carriage_minor, row.freight_minor, row.duty_minor, row.tax_minor,
        row.fees_minor, row.currency, row.seller_id,
    ) == (
        request.goods, request.carriage, request.freight_cost, request.duty, request.tax,
        request.fees, request.currency, request.seller_id,
    )  # fmt: skip
