"""What the room's tests share: parties, a day, drafts, a simulated provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import exchange

DAY = date(2026, 10, 1)
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
SELLER, BUYER, CARRIER, AUTHORITY, PSP = (UUID(int=n) for n in range(1, 6))


def scope_of(organisation: UUID, kind: Kind) -> Scope:
    return Scope(organisation_id=organisation, kind=kind, role=Role.OWNER)


OPERATOR = scope_of(UUID(int=99), Kind.PLATFORM)


def transfer(
    idem: str, frm: finance.AccountKey, to: finance.AccountKey, minor: int, **more: object
) -> finance.JournalDraft:
    """A journal that moves `minor` from one account to another."""
    entries = (finance.Entry(frm, -minor), finance.Entry(to, minor))
    return finance.JournalDraft(idem=idem, kind="test", entries=entries, effective_on=DAY, **more)  # type: ignore[arg-type]


def purse(owner: UUID, currency: str = "GBP") -> finance.AccountKey:
    return finance.AccountKey(owner, "payable", currency)


def outside(currency: str = "GBP") -> finance.AccountKey:
    """An open account that money comes from."""
    return finance.AccountKey(finance.HOUSE, "bank", currency)


def payment_request(
    minor: int = 12_000, currency: str = "EUR", *, escrow: int = 10_000, **more: object
) -> finance.PaymentRequest:
    fields: dict[str, object] = {
        "order_id": uuid4(),
        "buyer_id": BUYER,
        "seller_id": SELLER,
        "amount": Money(minor, currency),
        "settlement_currency": "GBP",
        "escrow": Money(escrow, "GBP"),
        "on": DAY,
    }
    fields.update(more)
    fields.setdefault("idem", f"pay:{fields['order_id']}")
    return finance.PaymentRequest(**fields)  # type: ignore[arg-type]


def settlement_request(order_id: UUID, **more: object) -> finance.SettlementRequest:
    """Goods 70.00, carriage 10.00, duty 4.00, tax 15.00, fees 1.00 = 100.00 GBP."""
    fields: dict[str, object] = {
        "order_id": order_id,
        "seller_id": SELLER,
        "carrier_id": CARRIER,
        "duty_authority_id": AUTHORITY,
        "goods": 7_000,
        "carriage": 1_000,
        "freight_cost": 600,
        "duty": 400,
        "tax": 1_500,
        "fees": 100,
        "currency": "GBP",
        "seller_country": "GB",
        "destination": "DE",
        "authority_currency": "EUR",
        "on": DAY,
    }
    fields.update(more)
    return finance.SettlementRequest(**fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module", autouse=True)
def rates_once(django_db_setup: None, django_db_blocker: Any) -> None:
    """Rates are loaded outside the tests' transactions: it takes seconds, and they never change.

    Per module, for a test elsewhere that commits empties every table when it ends.
    """
    with django_db_blocker.unblock():
        finance.ensure_rates()


@pytest.fixture
def books(db: None) -> None:
    """Rates and commission rules loaded."""
    finance.ensure_rates()
    finance.ensure_commission_rules()


@pytest.fixture
def simulator() -> Iterator[finance.ProviderSimulator]:
    with finance.ProviderSimulator() as running:
        yield running


@pytest.fixture
def gateway(simulator: finance.ProviderSimulator) -> Iterator[finance.ProviderClient]:
    with finance.ProviderClient(simulator.url, provider_id=PSP) as client:
        yield client


@pytest.fixture
def rates(db: None) -> None:
    """The ECB's history."""
    finance.ensure_rates()


@pytest.fixture
def provider() -> Iterator[tuple[exchange.HedgeSimulator, exchange.HedgeClient]]:
    """A hedge provider behind a socket that sells a yuan for 0.1095 pounds."""
    with (
        exchange.HedgeSimulator(lambda *_: Decimal("0.1095")) as simulator,
        exchange.HedgeClient(simulator.url, name="hedge-simulator") as client,
    ):
        yield simulator, client
