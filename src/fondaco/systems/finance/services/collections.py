"""Money that was collected for us and is told of by file: a bank's statement, a courier's remittance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.camt import BankLine, read_statements
from fondaco.systems.finance.domain.payments import CAPTURED, Outcome, ProviderFile, ProviderLine
from fondaco.systems.finance.domain.references import is_reference
from fondaco.systems.finance.models import PaymentIntent, PaymentState
from fondaco.systems.finance.services.charges import by_charge, charged, id_in_key, named, provider_key
from fondaco.systems.finance.services.payments import hear_outcomes
from fondaco.systems.finance.services.provider_files import FileReport, book_provider_file

_WAITING = (PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.AUTHORISED)


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One credit on a bank statement: the payer's reference, the amount, the bank's own name of it."""

    reference: str
    amount: Money
    bank_reference: str


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


def book_credits(
    statement: str,
    credits_: Sequence[CreditLine],
    *,
    provider_id: UUID,
    now: datetime,
    on: date | None = None,
) -> FileReport:
    """Book the credits of a bank statement that pay for orders, once per statement.

    A credit is found by its creditor reference; one without payment of ours, or with another amount, is a
    break in suspense.
    """
    wanted = {_plain(line.reference) for line in credits_ if is_reference(line.reference)}
    rows = PaymentIntent.objects.house().filter(
        provider_id=provider_id, provider_reference__in=wanted, state__in=_WAITING
    )
    keys = {row.provider_reference: provider_key(row) for row in rows}
    lines = tuple(
        ProviderLine(
            "charge",
            keys.get(_plain(line.reference), line.bank_reference),
            line.amount,
            Money.zero(line.amount.currency),
        )
        for line in credits_
    )
    file = ProviderFile(f"statement:{statement}"[:80], lines)
    return book_collection(file, provider_id=provider_id, now=now, on=on)


def book_statement_credits(
    content: bytes, *, provider_id: UUID, now: datetime, on: date | None = None
) -> list[FileReport]:
    """Book the credits of a camt.053 document that bear a creditor reference, once per statement.

    Credits without one are the reconciliation desk's. BadStatement.
    """
    reports = []
    for found in read_statements(content):
        credits_ = [
            CreditLine(reference, Money(line.amount_minor, line.currency), line.bank_reference)
            for line in found.lines
            if line.amount_minor > 0 and (reference := _reference_in(line))
        ]
        name = f"{found.account}:{found.reference}"
        reports.append(book_credits(name, credits_, provider_id=provider_id, now=now, on=on))
    return reports


def _reference_in(line: BankLine) -> str:
    """The creditor reference that a line bears, alone or among other words."""
    return next((word for word in (line.key, *line.text.split()) if is_reference(word)), "")


def _plain(reference: str) -> str:
    return reference.replace(" ", "").upper()
