"""Money that was collected for us and is told of by file: a bank's statement, a courier's remittance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.payments import CAPTURED, Outcome, ProviderFile
from fondaco.systems.finance.models import PaymentIntent, PaymentState
from fondaco.systems.finance.services.arrivals import paying_lines
from fondaco.systems.finance.services.charges import by_charge, charged, id_in_key, named, provider_key
from fondaco.systems.finance.services.payments import hear_outcomes
from fondaco.systems.finance.services.provider_files import FileReport, book_provider_file

_WAITING = (PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.AUTHORISED)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a buyer transferred: the key that its payment has, the reference it quoted, the bank's day."""

    key: str
    reference: str
    amount: Money
    on: date


@dataclass(frozen=True, slots=True)
class ToCollect:
    """Cash that a courier is to hand in for an order, under the key that it knows the payment by."""

    order_id: UUID
    provider_id: UUID
    key: str
    amount: Money


def cash_to_collect() -> list[ToCollect]:
    """House work: what couriers have not handed in yet, oldest first."""
    rows = PaymentIntent.objects.house().filter(method="cod", state=PaymentState.AUTHORISED)
    return [
        ToCollect(row.order_id, row.provider_id, provider_key(row), Money(row.amount_minor, row.currency))
        for row in rows.order_by("created_at", "id")
    ]


def book_collection(
    file: ProviderFile, *, provider_id: UUID, now: datetime, on: date | None = None
) -> FileReport:
    """Book what a collector (a courier) remits, once per file: its payments are captured, then settled.

    A line with another amount than its payment captures nothing: it is a break, and its money waits in
    suspense, as with any settlement file.
    """
    keys = {line.key: line for line in file.lines if line.kind == "charge"}
    rows = named(map(id_in_key, keys)).filter(state__in=_WAITING, provider_id=provider_id)
    told = [
        Outcome(key, CAPTURED, shares[0].provider_reference or file.reference)
        for key, shares in by_charge(rows).items()
        if key in keys and keys[key].gross == charged(shares[0])
    ]
    hear_outcomes(told, provider_id=provider_id, now=now)
    return book_provider_file(file, provider_id=provider_id, now=now, on=on)


def arrived_transfers(provider_id: UUID) -> list[Transfer]:
    """House work: transfers of buyers that bank statements show and whose payments still wait, oldest payment first.

    Only one under the payment's creditor reference and of exactly its sum (a basket's as one): any other credit
    stays a break of the reconciliation.
    """
    rows = PaymentIntent.objects.house().filter(
        provider_id=provider_id, method="bank_transfer", state__in=_WAITING
    )
    waiting = by_charge(rows.select_related("basket").order_by("created_at", "id"))
    awaited = [(shares[0].provider_reference, charged(shares[0])) for shares in waiting.values()]
    found = zip(waiting, awaited, paying_lines(awaited), strict=True)
    return [Transfer(key, *what, line.on) for key, what, line in found if line is not None]
