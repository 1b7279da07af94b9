"""Bad input about money, at the door where it comes in: refused by name, and nothing is posted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from fondaco.flows import ledger_pages
from fondaco.flows.house import House, ensure_house
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from tests.callers import V1, Caller, assert_problem

AUTHORISED = Money(5_000, "EUR")


@pytest.fixture
def house(db: None) -> House:
    finance.ensure_rates()
    return ensure_house(countries=["IE"], carriers={"x": "X"})


@pytest.fixture
def operator(house: House) -> Caller:
    return Caller(house.platform, Kind.PLATFORM)


@pytest.fixture
def seller(house: House) -> Caller:
    return Caller(house.seller, Kind.SELLER)


@pytest.fixture
def gateway(house: House) -> Iterator[finance.ProviderClient]:
    with (
        finance.ProviderSimulator() as simulator,
        finance.ProviderClient(simulator.url, provider_id=house.psp) as client,
    ):
        yield client


@pytest.fixture
def payment(house: House, gateway: finance.ProviderClient) -> finance.PaymentDTO:
    """50.00 EUR authorised and not captured yet."""
    request = finance.PaymentRequest(
        order_id=uuid4(), buyer_id=uuid4(), seller_id=house.seller, amount=AUTHORISED, settlement_currency="EUR",
        escrow=AUTHORISED, idem=str(uuid4()), capture=False,
    )  # fmt: skip
    return finance.take_payments([request], gateway, now=clock.now())[0]


def posted() -> int:
    return sum(line.debit_minor for line in finance.trial_balance_table())


@pytest.mark.parametrize(("amount", "currency", "code"), [
    ("1.005", "EUR", "bad-amount"), ("1.5", "JPY", "bad-amount"), ("1.00", "ZZZ", "unknown-currency"),
    ("1.00", "DEM", "currency-ended"), ("1.00", "HRK", "currency-ended"), ("NaN", "EUR", "bad-amount"),
    ("1.2345", "KWD", "bad-amount"), ("\u0661.00", "EUR", "bad-amount"), ("1e400", "EUR", "bad-amount"),
    ("-1.00", "EUR", "bad-amount"),
])  # fmt: skip
def test_amounts_and_currencies_that_do_not_exist(
    seller: Caller, amount: str, currency: str, code: str
) -> None:
    asked = {"sell": amount, "sell_currency": currency, "buy_currency": "GBP"}
    answer = seller.send("POST", "/exchange/quotes", asked)
    assert answer.status_code == 422
    assert json.loads(answer.content)["code"] in {code, "invalid-request"}
    assert posted() == 0


def test_a_rate_older_than_its_limit_locks_no_quote_and_takes_no_payment(
    house: House, seller: Caller, gateway: finance.ProviderClient
) -> None:
    """The ECB has quoted no rouble since 2022-03-01."""
    asked = {"sell": "1.00", "sell_currency": "RUB", "buy_currency": "GBP"}
    problem = assert_problem(seller.send("POST", "/exchange/quotes", asked), 422, "rate-too-old")
    assert (problem["field"], bool(problem["remedy"])) == ("on", True)
    paid = finance.PaymentRequest(
        order_id=uuid4(), buyer_id=uuid4(), seller_id=house.seller, amount=Money(5_000, "RUB"),
        settlement_currency="EUR", escrow=AUTHORISED, idem=str(uuid4()),
    )  # fmt: skip
    with pytest.raises(finance.RateTooOld):
        finance.take_payments([paid], gateway, now=clock.now())
    assert (posted(), finance.payments_for([paid.order_id])) == (0, {})


@pytest.mark.parametrize("minor", [-1, 0, 5_001])
def test_captures_that_are_negative_nothing_or_too_much(
    seller: Caller, payment: finance.PaymentDTO, minor: int
) -> None:
    answer = seller.send("POST", f"/finance/payments/{payment.id}/capture", {"minor": minor})
    assert_problem(answer, 422, "bad-capture" if minor > 0 else "invalid-request")
    assert posted() == 0
    assert finance.payments_for([payment.order_id])[payment.order_id].state == "authorised"


def test_a_capture_by_another_seller_is_not_found(house: House, payment: finance.PaymentDTO) -> None:
    stranger = Caller(house.bank, Kind.BANK)
    answer = stranger.send("POST", f"/finance/payments/{payment.id}/capture", {"minor": 1})
    assert (answer.status_code, posted()) == (403, 0)


class Hook:
    """A provider's webhook as it comes in over HTTP."""

    def __init__(self, provider: UUID, payment: finance.PaymentDTO) -> None:
        self.at = f"{V1}/finance/providers/{provider}/webhooks"
        now = clock.now()
        self.sender = finance.WebhookSender("", finance.ensure_connection(provider, now=now))
        data = {"key": f"{payment.id}-1", "amount": 5_000, "currency": "EUR", "reference": "r"}
        self.body = json.dumps({"type": "payment.captured", "timestamp": now.isoformat(), "data": data})

    def send(self, headers: dict[str, str], body: str = "") -> Any:
        return Client().post(self.at, body or self.body, content_type="application/json", headers=headers)


def test_webhooks_unsigned_tampered_old_replayed_or_of_another_provider(
    house: House, payment: finance.PaymentDTO
) -> None:
    hook = Hook(house.psp, payment)
    signed = hook.sender.headers("m-1", hook.body)
    assert_problem(hook.send({}), 401, "webhook-unsigned")
    assert_problem(hook.send(signed, hook.body.replace("5000", "5001")), 401, "webhook-unsigned")
    hook.sender.now = lambda: clock.now() - timedelta(minutes=6)
    assert_problem(hook.send(hook.sender.headers("m-3", hook.body)), 422, "webhook-too-old")
    other = Hook(house.bank, payment)
    assert_problem(other.send(other.sender.headers("m-2", other.body)), 422, "webhook-foreign")
    assert_problem(other.send(signed), 401, "webhook-unsigned")
    assert posted() == 0
    assert hook.send(signed).json() == {"state": "applied"}
    once = posted()
    assert once > 0
    assert_problem(hook.send(signed), 409, "webhook-replayed")
    assert posted() == once


def test_a_settlement_file_of_nobody_we_know_is_not_taken_in(house: House) -> None:
    scope = Scope(house.platform, Kind.PLATFORM, role=Role.OWNER, actor="test")
    content = b"kind,key,currency,gross,fee\ncharge,k,EUR,100,1\ntotal,,EUR,100,1\n"
    with pytest.raises(NotFound) as refused:
        ledger_pages.take_file(scope, content, provider_id=uuid4(), reference="r", now=clock.now())
    assert (refused.value.field, posted()) == ("provider", 0)


def test_more_than_was_paid_never_goes_back(
    house: House, gateway: finance.ProviderClient, payment: finance.PaymentDTO
) -> None:
    """Refunds have no endpoint of their own: they come through returns and `refund_by_house`, which both end here."""
    finance.capture_payment(payment.id, gateway, minor=5_000, now=clock.now())
    before = posted()
    for goods in (5_001, -1, 0):
        [told] = finance.refund_returns(
            [finance.RefundRequest(uuid4(), payment.order_id, goods=goods)], gateway, now=clock.now()
        )
        assert told.status == "refused"
    assert posted() == before
