"""What the tests of the money, statistics, document and house pages share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from tests.tenants import Tenant

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)
_SPACE = UUID("f0da0000-0000-7000-8000-00000000face")


def uid(name: str) -> UUID:
    return uuid5(_SPACE, name)


def queries(client: Client, path: str) -> int:
    client.get(path)  # whatever is read once per process or kept in the cache
    with CaptureQueriesContext(connection) as counted:
        answer = client.get(path)
    assert answer.status_code == 200, answer.content[:300]
    return len(counted)


def csv_of(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig").strip().splitlines()


def pay(tenants: dict[str, Tenant], names: list[str], *, minor: int = 12_000) -> list[finance.PaymentDTO]:
    """Payments of as many orders of the tenants' seller by the tenants' buyer, taken into escrow."""
    asked = [payment_asked(tenants, name, Money(minor, "GBP")) for name in names]
    with (
        finance.ProviderSimulator() as provider,
        finance.ProviderClient(provider.url, provider_id=tenants[Kind.PSP].scope.organisation_id) as gateway,
    ):
        return finance.take_payments(asked, gateway, now=NOW)


def payment_asked(tenants: dict[str, Tenant], name: str, amount: Money) -> finance.PaymentRequest:
    """What the tenants' buyer pays the tenants' seller for the order `name`; in escrow it is pounds."""
    return finance.PaymentRequest(
        order_id=uid(name),
        buyer_id=tenants[Kind.BUYER].scope.organisation_id,
        seller_id=tenants[Kind.SELLER].scope.organisation_id,
        amount=amount,
        settlement_currency="GBP",
        escrow=amount if amount.currency == "GBP" else None,
        idem=f"pay:{name}",
        on=DAY,
    )


def credit(owner: UUID, minors: list[int], *, first: int = 0) -> None:
    """Journals that each owe `owner` an amount in GBP, from the house's bank."""
    payable, bank = (
        finance.AccountKey(owner, "payable", "GBP"),
        finance.AccountKey(finance.HOUSE, "bank", "GBP"),
    )
    drafts = [
        finance.JournalDraft(
            idem=f"credit:{owner}:{number}",
            kind="test.credit",
            entries=(finance.Entry(payable, minor), finance.Entry(bank, -minor)),
            effective_on=DAY,
        )
        for number, minor in enumerate(minors, first)
    ]
    finance.post_journals(drafts)
