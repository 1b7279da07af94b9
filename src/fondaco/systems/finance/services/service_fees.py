"""The shares of warehouses in settled orders: worked out from the dated rate list, kept with the settlement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.service_fees import Handled, ServiceShare, fees_for
from fondaco.systems.finance.models import ServiceFee, Settlement
from fondaco.systems.finance.rules import service_rates
from fondaco.systems.finance.services.rates import convert
from fondaco.systems.finance.services.support import insert_models


def service_shares(handled: Iterable[Handled], *, currency: str, on: date) -> tuple[ServiceShare, ...]:
    """What of an order each warehouse gets, in the order's currency at the rate of the day `on`.

    NoRate, RateTooOld where the list's currency cannot be converted.
    """
    return tuple(
        ServiceShare(one.payee_id, rate.service, _in(fee, currency, on).minor, quantity, rate.code)
        for one in handled
        for rate, quantity, fee in fees_for(one, service_rates(), on=on)
    )


def keep_service_fees(settled: Sequence[tuple[Settlement, tuple[ServiceShare, ...]]]) -> None:
    """Write down the shares of settlements just made. Call inside their transaction."""
    insert_models([
        ServiceFee(
            id=new_id(), settlement=row, order_id=row.order_id, seller_id=row.seller_id, payee_id=one.payee_id,
            service=one.service, currency=row.currency, amount_minor=one.minor, quantity=one.quantity, rate=one.rate,
        )
        for row, shares in settled
        for one in shares
    ])  # fmt: skip


def kept_services(settled: Collection[Settlement]) -> dict[UUID, frozenset[ServiceShare]]:
    """House work: the shares that were frozen with settlements, by order; orders without any are left out."""
    rows = ServiceFee.objects.house().filter(settlement__in=[one.pk for one in settled]) if settled else ()
    found: dict[UUID, set[ServiceShare]] = {}
    for row in rows:
        found.setdefault(row.order_id, set()).add(_share(row))
    return {order_id: frozenset(shares) for order_id, shares in found.items()}


def services_of_order(scope: Scope, order_id: UUID) -> list[tuple[ServiceShare, Money]]:
    """The shares in one order that `scope` may see: its seller and the operator all, a warehouse its own."""
    rows = ServiceFee.objects.of(scope).filter(order_id=order_id).order_by("service", "payee_id")
    return [(_share(row), Money(row.amount_minor, row.currency)) for row in rows]


def _share(row: ServiceFee) -> ServiceShare:
    return ServiceShare(row.payee_id, row.service, row.amount_minor, row.quantity, row.rate)


def _in(fee: Money, currency: str, on: date) -> Money:
    return fee if fee.currency == currency else convert(fee, currency, on)[0]
