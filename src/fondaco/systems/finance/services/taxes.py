"""Taxes collected for authorities: each settled order's in a return, filed when its period is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Sum

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.paging import ordered_after
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.domain.ledger import AccountKey, key_of
from fondaco.systems.finance.domain.settlement import LocalDues, SettlementRequest
from fondaco.systems.finance.domain.taxes import (
    AT_THE_BORDER,
    Period,
    ReturnNotDue,
    ReturnNotFound,
    TaxItemDTO,
    TaxReturnDTO,
    period_of,
)
from fondaco.systems.finance.models import (
    RETURN_MACHINE,
    Account,
    Hold,
    HoldState,
    Payout,
    PayoutState,
    ReturnState,
    TaxItem,
    TaxReturn,
)
from fondaco.systems.finance.rules import tax_scheme
from fondaco.systems.finance.services.ledger import place_hold, retried
from fondaco.systems.finance.services.payouts import DUES, Purse, create_payouts
from fondaco.systems.finance.services.support import insert_models, tell

_NOBODY = UUID(int=0)
_Key = tuple[str, UUID, str, date]


@dataclass(frozen=True, slots=True)
class TaxedSale:
    """A settled order with its dues in the authority's currency."""

    request: SettlementRequest
    dues: LocalDues
    on: date


def keep_taxes(sales: Sequence[TaxedSale], *, now: datetime) -> None:
    """Put the duty, tax and fees of `sales` into the returns of their schemes and periods.

    A period whose return is filed takes nothing more: what comes late is declared in the present one.
    """
    taxed = [sale for sale in sales if sale.request.border and sale.request.duty_authority_id]
    if not taxed:
        return
    keys = {sale.request.order_id: _key(sale, sale.on) for sale in taxed}
    known = _returns(set(keys.values()), now=now)
    late = [s for s in taxed if known[keys[s.request.order_id]].state != ReturnState.OPEN]
    if late:
        keys |= {sale.request.order_id: _key(sale, now.date()) for sale in late}
        known |= _returns({keys[sale.request.order_id] for sale in late}, now=now)
    insert_models([_item(sale, known[keys[sale.request.order_id]].id) for sale in taxed])


def keep_correction(order_id: UUID, *, what: str, amount: Money, journal_id: int, now: datetime) -> bool:
    """Put what a bill changed of an order's `what` (duty or tax), booked by a journal, into the order's return.

    Once that is filed, into the present one. False where the order's taxes lie in no return. Call inside the
    transaction that posts.
    """
    items = TaxItem.objects.house().filter(order_id=order_id, journal_id=0)
    first = items.select_related("tax_return").first()
    if first is None:
        return False
    scheme = tax_scheme(first.tax_return.scheme)
    for day in (first.tax_return.period_start, now.date()):
        key = (scheme.code, first.authority_id, amount.currency, period_of(scheme, day).start)
        row = _returns({key}, now=now)[key]
        if row.state == ReturnState.OPEN:
            break
    item = TaxItem(
        id=new_id(), order_id=order_id, journal_id=journal_id, seller_id=first.seller_id, tax_return=row,
        authority_id=first.authority_id, country=first.country, currency=amount.currency, value_minor=0,
        value_currency=first.value_currency, duty_minor=amount.minor if what == "duty" else 0,
        tax_minor=amount.minor if what == "tax" else 0, fees_minor=0, tax_point=now.date(),
    )  # fmt: skip
    return bool(insert_models([item]))


def list_returns(
    scope: Scope, *, state: str = "", after: UUID | None = None, size: int = 500
) -> list[TaxReturnDTO]:
    """Returns that `scope` may see (an authority its own, the operator all), the next one due first; past `after`."""
    rows = TaxReturn.objects.of(scope).filter(**({"state": state} if state else {}))
    ordered = ordered_after(rows, after, by=("state", "due_on", "scheme", "currency", "id"))
    return _dtos(list(ordered[:size]))


def return_of(scope: Scope, return_id: UUID) -> tuple[TaxReturnDTO, list[TaxItemDTO]]:
    """One return and its orders. ReturnNotFound."""
    row = TaxReturn.objects.of(scope).filter(id=return_id).first()
    if row is None:
        raise ReturnNotFound(field="return", value=return_id)
    items = TaxItem.objects.house().filter(tax_return=row).order_by("tax_point", "id")[:1_000]
    return _dtos([row])[0], [_item_dto(item) for item in items]


def file_return(scope: Scope, return_id: UUID, *, reference: str, now: datetime) -> TaxReturnDTO:
    """Freeze a return whose period is over and note under which reference it was declared.

    What it declares is set aside on the authority's accounts until it is paid. Operator only. ReturnNotFound,
    ReturnNotDue, IllegalTransition, InsufficientFunds. Repeats with the same reference are free.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    return retried(lambda: _file(scope, return_id, reference.strip()[:60], now=now))


def pay_return(scope: Scope, return_id: UUID, *, now: datetime) -> TaxReturnDTO:
    """Send what a filed return declares on its way to the authority, once; what its bank sent back, again.

    Operator only. ReturnNotFound, IllegalTransition; InsufficientFunds where the authority's accounts hold less.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    return retried(lambda: _pay(scope, return_id, now=now))


def _key(sale: TaxedSale, on: date) -> _Key:
    scheme = tax_scheme(sale.request.scheme or AT_THE_BORDER)
    authority = sale.request.duty_authority_id or _NOBODY
    return scheme.code, authority, sale.dues.total.currency, period_of(scheme, on).start


def _returns(keys: set[_Key], *, now: datetime) -> dict[_Key, TaxReturn]:
    """The returns of `keys`, made where they are missing, locked against filing meanwhile."""
    fresh = []
    for scheme, authority, currency, start in sorted(keys):
        period = period_of(tax_scheme(scheme), start)
        fresh.append(
            TaxReturn(
                id=new_id(), scheme=scheme, authority_id=authority, currency=currency, period_start=period.start,
                period_end=period.end, due_on=period.due_on, state=ReturnState.OPEN, changed_at=now,
            )
        )  # fmt: skip
    insert_models(fresh)
    rows = TaxReturn.objects.house().select_for_update(no_key=True).order_by("id")
    found = rows.filter(
        scheme__in={k[0] for k in keys},
        authority_id__in={k[1] for k in keys},
        period_start__in={k[3] for k in keys},
    )
    return {(r.scheme, r.authority_id, r.currency, r.period_start): r for r in found}


def _item(sale: TaxedSale, return_id: UUID) -> TaxItem:
    request, dues = sale.request, sale.dues
    return TaxItem(
        id=new_id(), order_id=request.order_id, seller_id=request.seller_id, tax_return_id=return_id,
        authority_id=request.duty_authority_id or _NOBODY, country=request.destination, currency=dues.total.currency,
        value_minor=request.goods + request.carriage, value_currency=request.currency, duty_minor=dues.duty.minor,
        tax_minor=dues.tax.minor, fees_minor=dues.fees.minor, tax_point=sale.on,
    )  # fmt: skip


def _locked(scope: Scope, return_id: UUID) -> TaxReturn:
    """A return and, before it, the accounts that it draws on: settling takes its locks in that order, too."""
    row: TaxReturn | None = TaxReturn.objects.of(scope).filter(id=return_id).first()
    if row is None:
        raise ReturnNotFound(field="return", value=return_id)
    purses = Account.objects.house().select_for_update(no_key=True).order_by("rank", "id")
    list(purses.filter(owner_id=row.authority_id, code__in=DUES, currency=row.currency))
    return TaxReturn.objects.house().select_for_update().get(id=return_id)


def _file(scope: Scope, return_id: UUID, reference: str, *, now: datetime) -> TaxReturnDTO:
    row = _locked(scope, return_id)
    if row.state != ReturnState.OPEN and row.reference == reference:
        return _dtos([row])[0]
    if row.period_end >= now.date():
        raise ReturnNotDue(field="period_end", value=row.period_end)
    [live] = _dtos([row])
    row.state = RETURN_MACHINE.after(row.state, "file")
    row.items, row.reference, row.changed_at = live.items, reference, now
    row.duty_minor, row.tax_minor, row.fees_minor = live.duty.minor, live.tax.minor, live.fees.minor
    row.save()
    for code, minor in _declared(row).items():
        if minor > 0:
            account = AccountKey(row.authority_id, code, row.currency)
            place_hold(f"{_run(row)}:{code}", account=account, amount_minor=minor, now=now, reason=_run(row))
    _tell(row, "filed", scope, now=now)
    return _dtos([row])[0]


def _pay(scope: Scope, return_id: UUID, *, now: datetime) -> TaxReturnDTO:
    row = _locked(scope, return_id)
    sent = _sent([row]).get(row.id, {})
    if row.state != ReturnState.PAID or _came_back(row, sent):
        tries = Payout.objects.house().filter(run__startswith=_run(row), account_code__in=DUES).count()
        row.state = row.state if tries else RETURN_MACHINE.after(row.state, "pay")
        unpaid = _unpaid(row, sent)
        wanted = {(row.authority_id, code, row.currency): minor for code, minor in unpaid.items()}
        run = f"{_run(row)}:{tries}" if tries else _run(row)
        create_payouts(
            run=run, owners=[row.authority_id], codes=DUES, exactly=wanted, holds=_set_aside(row), now=now
        )
        row.changed_at = now
        row.save(update_fields=["state", "changed_at"])
        _tell(row, "paid", scope, now=now)
    return _dtos([row])[0]


def _run(row: TaxReturn) -> str:
    """The run of payouts that a return is paid by; what came back goes out by runs that begin so."""
    return f"return:{row.id}"


def _declared(row: TaxReturn) -> dict[str, int]:
    return dict(zip(DUES, (row.duty_minor, row.tax_minor, row.fees_minor), strict=True))


def _set_aside(row: TaxReturn) -> dict[Purse, UUID]:
    """The open holds of a return by account."""
    open_still = Hold.objects.filter(
        idem__in=[key_of(f"{_run(row)}:{code}") for code in DUES], state=HoldState.OPEN
    )
    return {
        (row.authority_id, code, row.currency): hold
        for hold, code in open_still.values_list("id", "account__code")
    }


def _sent(rows: Sequence[TaxReturn]) -> dict[UUID, dict[str, int]]:
    """What of each return is on its way or there, by account: what came back is not."""
    authorities = {row.authority_id for row in rows}
    payouts = Payout.objects.house().filter(
        owner_id__in=authorities, account_code__in=DUES, run__startswith="return:"
    )
    found: dict[UUID, dict[str, int]] = {}
    for run, code, minor in payouts.exclude(state=PayoutState.RETURNED).values_list(
        "run", "account_code", "amount_minor"
    ):
        sums = found.setdefault(UUID(run.split(":")[1]), {})
        sums[code] = sums.get(code, 0) + minor
    return found


def _unpaid(row: TaxReturn, sent: Mapping[str, int]) -> dict[str, int]:
    """What a return declares and is neither on its way nor there, by account."""
    return {
        code: minor - sent.get(code, 0) for code, minor in _declared(row).items() if minor > sent.get(code, 0)
    }


def _came_back(row: TaxReturn, sent: Mapping[str, int]) -> int:
    """What of a paid return is to be sent once more, in minor units."""
    return sum(_unpaid(row, sent).values()) if row.state == ReturnState.PAID else 0


def _tell(row: TaxReturn, word: str, scope: Scope, *, now: datetime) -> None:
    detail = {
        "scheme": row.scheme,
        "period": row.period_start.isoformat(),
        "authority_id": str(row.authority_id),
    }
    tell(
        f"finance.tax_return_{word}", subject_type="tax_return", facts=[(row.id, row.authority_id, detail)],
        at=now, actor=scope.actor or str(scope.user_id or scope.organisation_id),
    )  # fmt: skip


def _dtos(rows: Sequence[TaxReturn]) -> list[TaxReturnDTO]:
    """`rows` as others see them; open ones are summed from their orders in one query, paid ones from payouts in one."""
    open_ids = [row.id for row in rows if row.state == ReturnState.OPEN]
    sums = {
        one["tax_return"]: (one["n"], one["d"], one["t"], one["f"])
        for one in TaxItem.objects.house()
        .filter(tax_return__in=open_ids)
        .values("tax_return")
        .annotate(
            n=Count("order_id", distinct=True), d=Sum("duty_minor"), t=Sum("tax_minor"), f=Sum("fees_minor")
        )
    }
    sent = _sent([row for row in rows if row.state == ReturnState.PAID])
    return [_dto(row, sums.get(row.id), _came_back(row, sent.get(row.id, {}))) for row in rows]


def _dto(row: TaxReturn, live: tuple[int, int, int, int] | None, came_back: int) -> TaxReturnDTO:
    scheme = tax_scheme(row.scheme)
    items, duty, tax, fees = live or (row.items, row.duty_minor, row.tax_minor, row.fees_minor)
    return TaxReturnDTO(
        id=row.id, scheme=row.scheme, scheme_name=scheme.name, source=scheme.source, authority_id=row.authority_id,
        period=Period(row.period_start, row.period_end, row.due_on), state=row.state, items=items,
        duty=Money(duty, row.currency), tax=Money(tax, row.currency), fees=Money(fees, row.currency),
        reference=row.reference, came_back=Money(came_back, row.currency),
    )  # fmt: skip


def _item_dto(item: TaxItem) -> TaxItemDTO:
    return TaxItemDTO(
        item.order_id, item.country, Money(item.value_minor, item.value_currency),
        Money(item.duty_minor, item.currency), Money(item.tax_minor, item.currency),
        Money(item.fees_minor, item.currency), item.tax_point,
    )  # fmt: skip
