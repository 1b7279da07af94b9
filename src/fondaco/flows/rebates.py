"""Export VAT rebates across rooms: a dated rate and the tax office for the case, the exporter's money in the books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.flows.authority_money import HOUSE_AT_BANK, await_grant, order_transfer, post_once
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import IllegalTransition
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import (
    CaseDetail,
    ExportEvidence,
    InvoiceDTO,
    PeriodBalance,
    PeriodDTO,
    RebateDTO,
    TakenRate,
    WayOffer,
)
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import AccountKey


class NoTaxOffice(NotFound):
    code = "rebate-no-tax-office"
    title = "No tax office of this country is connected."
    remedy = "Have the operator register the tax authority of the country."


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case as somebody asks for it; `minor` in the currency of the tax, `sold` pieces by item."""

    event: str
    minor: int = 0
    reference: str = ""
    reason: str = ""
    sold: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RebateDesk:
    """The desk: a page of cases with the names of exporters, and the sums above it."""

    cases: tuple[RebateDTO, ...]
    names: Mapping[UUID, str]
    counts: Mapping[str, int]
    open_sums: tuple[rebates.OpenSum, ...]


@dataclass(frozen=True, slots=True)
class RebateSheet:
    """One case with the names of its parties, and which invoices have something left.

    `transfer` is the creditor reference under which the tax office transfers what it has approved.
    """

    detail: CaseDetail
    seller: str
    office: str
    pool: tuple[InvoiceDTO, ...]
    prepares: bool
    decides: bool
    transfer: str


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """The producers' months filed, and the ledger by month."""

    periods: tuple[PeriodDTO, ...]
    balances: tuple[PeriodBalance, ...]
    names: Mapping[UUID, str]


def rebate_desk(
    scope: Scope, *, now: datetime, state: str, missing: str, before: UUID | None, size: int
) -> RebateDesk:
    """A page of the cases that `scope` may see, newest first."""
    today = now.date()
    cases = rebates.list_cases(scope, today=today, state=state, missing=missing, before=before, size=size)
    return RebateDesk(
        tuple(cases), _names({one.seller_id for one in cases}), rebates.count_cases(scope),
        tuple(rebates.open_by_age(scope, today=today)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MonthProof:
    """What a month's figures are made of: the producers' months filed, with their names, and the ledger's lines."""

    month: date
    currency: str
    balance: PeriodBalance | None
    lines: tuple[tuple[str, str, date, Money], ...]
    filed: tuple[tuple[str, PeriodDTO], ...]


def month_proof(scope: Scope, period: str, currency: str) -> MonthProof | None:
    """What `scope` may see of the month "2026-10" in `currency`; None where nothing is claimed or filed in it."""
    found = (one for one in rebates.balance_by_period(scope) if one.currency == currency)
    balance = next((one for one in found if f"{one.period:%Y-%m}" == period), None)
    filed = [
        one
        for one in rebates.list_periods(scope)
        if (f"{one.month:%Y-%m}", one.ceiling.currency) == (period, currency)
    ]
    if balance is None and not filed:
        return None
    month = filed[0].month if balance is None else balance.period
    lines = [] if balance is None else rebates.lines_of_month(scope, month, currency)
    names = _names({one.seller_id for one in filed})
    return MonthProof(
        month, currency, balance, tuple(lines), tuple((names.get(one.seller_id, ""), one) for one in filed)
    )


def open_proof(
    scope: Scope, currency: str, *, today: date
) -> tuple[rebates.OpenSum, list[tuple[str, date, Money]]] | None:
    """What is open in `currency`, with the claims that it is made of; None where nothing is."""
    for one in rebates.open_by_age(scope, today=today):
        if one.total.currency == currency:
            return one, rebates.open_claims(scope, currency)
    return None


def rebate_sheet(scope: Scope, case_id: UUID, *, now: datetime) -> RebateSheet:
    """One case that `scope` may see. RebateNotFound."""
    detail = rebates.case_detail(scope, case_id, today=now.date())
    case = detail.case
    names = _names({case.seller_id, case.authority_id})
    prepares = scope.kind in {Kind.SELLER, Kind.PLATFORM}
    wants = prepares and case.state == "prepared" and "invoices" in case.way.needs
    pool = (
        rebates.list_invoices(scope, with_left=True, currency=case.way.currency, seller_id=case.seller_id)
        if wants
        else ()
    )
    return RebateSheet(
        detail, names.get(case.seller_id, ""), names.get(case.authority_id, ""), tuple(pool), prepares,
        decides=scope.kind in {Kind.TAX, Kind.PLATFORM}, transfer=finance.reference_for(_source(case_id)),
    )  # fmt: skip


def export_sheet(scope: Scope, declaration_id: UUID) -> tuple[ExportEvidence, list[WayOffer]]:
    """A released export and what each way says to it. NotExported."""
    export = rebates.evidence_on(scope, declaration_id)
    return export, rebates.offers_for(export)


def month_sheet(scope: Scope) -> MonthSheet:
    """The months that `scope` may see."""
    periods = rebates.list_periods(scope)
    return MonthSheet(
        tuple(periods), tuple(rebates.balance_by_period(scope)), _names({one.seller_id for one in periods})
    )


def open_rebate(
    scope: Scope,
    declaration_id: UUID,
    *,
    way: str,
    stated: Iterable[str],
    now: datetime,
    is_demo: bool = False,
) -> UUID:
    """Open a case: the price converted at the rate of the day the goods left, before the country's tax office.

    NoTaxOffice, NoRate, and what `rebates.open_case` raises.
    """
    export = rebates.evidence_on(scope, declaration_id)
    chosen = rebates.ways().get(way)
    if chosen is None:
        raise rebates.WayNotOpen("There is no such way.", field="way", value=way)
    taken = finance.rate(export.currency, chosen.currency, export.rate_on)
    return rebates.open_case(
        scope, declaration_id, way=way, stated=stated, now=now, is_demo=is_demo,
        fx=TakenRate(taken.rate, f"{taken.provider} {taken.on.isoformat()}"),
        authority_id=_office_of(export.country),
    )  # fmt: skip


def take_step(scope: Scope, case_id: UUID, step: Step, *, now: datetime, bank: Any = None) -> None:
    """Do one step of a case; money that is approved or taken back is posted in the same transaction.

    `pay` orders the tax office's transfer (a simulation of its bank); the case is repaid when a statement of the
    house's bank shows the money. WayNotOpen for an unknown step, and what the room raises; nothing is changed then.
    """
    if step.event == "pay":
        _order_payment(scope, case_id, bank=bank, now=now)
        return
    deed = _DEEDS.get(step.event)
    if deed is None:
        raise rebates.WayNotOpen("There is no such step.", field="event", value=step.event)
    with transaction.atomic():
        deed(scope, case_id, step, now)


def _claim(scope: Scope, case_id: UUID, _step: Step, now: datetime) -> None:
    rebates.claim_case(scope, case_id, now=now)


def _withdraw(scope: Scope, case_id: UUID, step: Step, now: datetime) -> None:
    rebates.withdraw_case(scope, case_id, reason=step.reason, now=now)


def _lapse(scope: Scope, case_id: UUID, _step: Step, now: datetime) -> None:
    rebates.lapse_case(scope, case_id, now=now)


def _approve(scope: Scope, case_id: UUID, step: Step, now: datetime) -> None:
    rebates.approve_case(
        scope, case_id, refused=step.minor, reference=step.reference, reason=step.reason, now=now
    )
    case = _case(scope, case_id, now)
    if case.open.minor:
        owed = ((case.authority_id, "rebate_receivable", -1), (case.seller_id, "rebate_pending", 1))
        _post(case, "approved", case.open.minor, owed, now=now)
        receivable = AccountKey(case.authority_id, "rebate_receivable", case.way.currency)
        await_grant(
            _source(case_id), case.open, payer=case.authority_id, seller=case.seller_id, against=receivable, now=now,
            actor=scope.actor or str(scope.user_id),
        )  # fmt: skip


def _refuse(scope: Scope, case_id: UUID, step: Step, now: datetime) -> None:
    whole = _case(scope, case_id, now).open.minor
    _approve(scope, case_id, Step("refuse", whole, step.reference, step.reason), now)


def _order_payment(scope: Scope, case_id: UUID, *, bank: Any, now: datetime) -> None:
    """The tax office lets its bank transfer what it approved."""
    scope.require(role=Role.CLERK, kinds=(Kind.TAX,))
    case = _case(scope, case_id, now)
    if case.state != "approved":
        raise IllegalTransition("Only what is approved is paid.", field="state", value=case.state)
    order_transfer(_source(case_id), case.open, bank=bank)


def settle_rebate(case_id: UUID, *, now: datetime) -> None:
    """A bank statement shows an approved rebate: it is paid, the exporter has it. Again changes nothing."""
    with transaction.atomic():
        if _case(HOUSE_AT_BANK, case_id, now).state != "approved":
            return
        rebates.pay_case(HOUSE_AT_BANK, case_id, reference=finance.reference_for(_source(case_id)), now=now)
        case = _case(HOUSE_AT_BANK, case_id, now)
        moved = ((case.seller_id, "rebate_pending", -1), (case.seller_id, "payable", 1))
        _post(case, "paid", case.paid.minor, moved, now=now)


def _source(case_id: UUID) -> str:
    return f"rebate:{case_id}"


def _claw_back(scope: Scope, case_id: UUID, step: Step, now: datetime) -> None:
    rebates.claw_back(scope, case_id, minor=step.minor, reference=step.reference, reason=step.reason, now=now)
    _owe_back(_case(scope, case_id, now), step.minor, now=now)


def _reconcile(scope: Scope, case_id: UUID, step: Step, now: datetime) -> None:
    back = rebates.reconcile_case(scope, case_id, sold=step.sold, now=now)
    if back:
        _owe_back(_case(scope, case_id, now), back, now=now)


_DEEDS = {
    "claim": _claim,
    "withdraw": _withdraw,
    "lapse": _lapse,
    "approve": _approve,
    "refuse": _refuse,
    "claw_back": _claw_back,
    "reconcile": _reconcile,
}
STEPS = (*_DEEDS, "pay")


def _owe_back(case: RebateDTO, minor: int, *, now: datetime) -> None:
    """What is taken back is owed to the authority, and by the exporter to the house until the next payout."""
    owed = ((case.seller_id, "recourse", -1), (case.authority_id, "taxes_payable", 1))
    _post(case, f"taken_back:{case.clawed_back.minor}", minor, owed, now=now)


def _post(
    case: RebateDTO, what: str, minor: int, lines: Sequence[tuple[UUID, str, int]], *, now: datetime
) -> None:
    """One journal about a case; its key makes a repeat the same journal."""
    signed = [(owner, code, sign * minor) for owner, code, sign in lines]
    kind, source = f"rebate.{what.partition(':')[0]}", _source(case.id)
    post_once(f"rebate:{case.id}:{what}", kind, signed, currency=case.way.currency, now=now, source=source)


def _case(scope: Scope, case_id: UUID, now: datetime) -> RebateDTO:
    return rebates.case_detail(scope, case_id, today=now.date()).case


def _office_of(country: str) -> UUID:
    """The tax authority of a country."""
    found = next((one.id for one in parties.organisations_of_kind(Kind.TAX) if one.country == country), None)
    if found is None:
        raise NoTaxOffice(field="country", value=country)
    return found


def _names(ids: set[UUID]) -> dict[UUID, str]:
    return {key: who.name for key, who in parties.organisations(ids).items()}
