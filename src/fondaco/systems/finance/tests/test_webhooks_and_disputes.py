"""Webhooks of providers, refused and heard; disputes from opening to verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from fondaco.kernel.errors import FondacoError, NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests.conftest import (
    NOW,
    OPERATOR,
    PSP,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)

OTHER = UUID(int=77)
SELLERS = scope_of(SELLER, Kind.SELLER)


@pytest.fixture
def gateway(books: None) -> Iterator[finance.ProviderClient]:
    with (
        finance.ProviderSimulator() as simulator,
        finance.ProviderClient(simulator.url, provider_id=PSP) as client,
    ):
        yield client


@pytest.fixture
def paid(gateway: finance.ProviderClient) -> finance.PaymentDTO:
    return finance.take_payments([payment_request()], gateway, now=NOW)[0]


def told(payment: finance.PaymentDTO, **more: object) -> dict[str, Any]:
    facts = {"key": f"{payment.id}-1", "amount": 12_000, "currency": "EUR", "reference": "r"}
    return facts | more  # type: ignore[operator]


def send(topic: str, data: dict[str, Any], *, message: str = "", provider: UUID = PSP, **change: Any) -> str:
    """Sign a webhook as the provider would, spoil it by `change`, receive it; the state it is kept in."""
    secret = finance.ensure_connection(provider, now=NOW)
    secret = change.get("secret", secret)
    body = change.get("body") or json.dumps({"type": topic, "data": data})
    moment = change.get("at", NOW)
    message = message or f"msg_{uuid4()}"
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, moment, body),
    } | change.get("headers", {})
    raw = change.get("raw", body.encode())
    return finance.receive_webhook(provider, raw, headers, now=NOW).state


def test_a_webhook_finishes_a_payment_whose_answer_was_lost(gateway: finance.ProviderClient) -> None:
    gone = finance.ProviderClient("http://127.0.0.1:9", provider_id=PSP, timeout_s=0.5)
    [lost] = finance.take_payments([payment_request()], gone, now=NOW)
    assert lost.state == "unknown"
    assert send("payment.captured", told(lost), message="m1") == "applied"
    assert finance.payments_for([lost.order_id])[lost.order_id].state == "captured"
    assert send("payment.authorised", told(lost)) == "known"
    assert send("payment.declined", told(lost)) == "known"
    assert send("weather.changed", told(lost)) == "known"
    with pytest.raises(finance.WebhookReplayed):
        send("payment.captured", told(lost), message="m1")
    states = [note.state for note in finance.list_webhooks(OPERATOR, payment_id=lost.id)]
    assert states == ["known", "known", "known", "applied"]
    assert finance.verify() == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"headers": {"webhook-signature": ""}}, finance.WebhookUnsigned),
        ({"headers": {"webhook-signature": "v1,AAAA"}}, finance.WebhookUnsigned),
        ({"headers": {"webhook-id": ""}}, finance.WebhookUnsigned),
        ({"headers": {"webhook-timestamp": "soon"}}, finance.WebhookUnsigned),
        ({"headers": {"webhook-timestamp": str(int(NOW.timestamp()) + 60)}}, finance.WebhookUnsigned),
        ({"secret": "whsec_" + "A" * 43 + "="}, finance.WebhookUnsigned),
        ({"at": NOW - timedelta(seconds=301)}, finance.WebhookTooOld),
        ({"at": NOW + timedelta(seconds=301)}, finance.WebhookTooOld),
        ({"raw": b"\xff\xfe"}, finance.WebhookUnreadable),
        ({"raw": b"x" * 70_000}, finance.WebhookUnreadable),
        ({"body": "[]"}, finance.WebhookUnreadable),
        ({"body": "[" * 60_000}, finance.WebhookUnreadable),
        ({"body": '{"type": "a", "data": {}, "data": {}}'}, finance.WebhookUnreadable),
        ({"body": '{"type": "a", "data": {"x": NaN}}'}, finance.WebhookUnreadable),
        ({"data": {"reference": "a\0b"}}, finance.WebhookUnreadable),
        ({"data": {"reference": "\ud800"}}, finance.WebhookUnreadable),
        ({"data": {"amount": True}}, finance.WebhookUnreadable),
        ({"data": {"amount": -12_000}}, finance.WebhookUnreadable),
        ({"data": {"amount": 10**30}}, finance.WebhookContradicts),
        ({"attempt": "1" * 5_000}, finance.WebhookForeign),
        ({"attempt": "\u0661"}, finance.WebhookForeign),
        ({"headers": {"webhook-timestamp": "\u0661" * 10}}, finance.WebhookUnsigned),
        (
            {"body": '{"type": "payment.captured", "data": {"pan": "4111111111111111"}}'},
            finance.CardNumberRefused,
        ),
        ({"data": {"amount": 12_001}}, finance.WebhookContradicts),
        ({"data": {"currency": "USD"}}, finance.WebhookContradicts),
        ({"data": {"amount": "12000"}}, finance.WebhookUnreadable),
        ({"data": {"key": f"{uuid4()}-1"}}, finance.WebhookForeign),
        ({"data": {"key": "mine"}}, finance.WebhookForeign),
        ({"provider": OTHER}, finance.WebhookForeign),
    ],
)
def test_a_webhook_that_cannot_be_believed_moves_nothing(
    gateway: finance.ProviderClient, change: dict[str, Any], error: type[FondacoError]
) -> None:
    gone = finance.ProviderClient("http://127.0.0.1:9", provider_id=PSP, timeout_s=0.5)
    [lost] = finance.take_payments([payment_request()], gone, now=NOW)
    data = told(lost, **change.pop("data", {}))
    if "attempt" in change:
        data["key"] = f"{lost.id}-{change.pop('attempt')}"
    with pytest.raises(error):
        send("payment.captured", data, **change)
    assert finance.payments_for([lost.order_id])[lost.order_id].state == "unknown"
    assert finance.trial_balance() == {}
    [note] = models.WebhookNote.objects.house()
    assert (note.state, note.code, note.body) == ("refused", error.code, {})


def test_an_unknown_provider_is_not_listened_to_and_sees_nothing(paid: finance.PaymentDTO) -> None:
    with pytest.raises(NotFound):
        finance.receive_webhook(OTHER, b"{}", {}, now=NOW)
    send("payment.captured", told(paid))
    assert finance.list_webhooks(scope_of(OTHER, Kind.PSP)) == []
    assert len(finance.list_webhooks(scope_of(PSP, Kind.PSP))) == 1


# --- disputes ------------------------------------------------------------------------------------


def open_dispute(payment: finance.PaymentDTO, **more: object) -> finance.DisputeDTO:
    send("dispute.opened", told(payment, case="c-1", reason="not_received", **more))
    return finance.list_disputes(SELLERS)[0]


def held(code: str, owner: UUID = finance.HOUSE) -> int:
    return sum(b.balance_minor for b in finance.balances(owner, codes=[code]))


def test_a_dispute_sets_the_money_apart_and_a_won_one_gives_it_back(paid: finance.PaymentDTO) -> None:
    one = open_dispute(paid)
    assert (one.state, one.amount, one.order_amount) == ("opened", Money(12_000, "EUR"), Money(10_000, "GBP"))
    assert finance.escrow_of([paid.order_id])[paid.order_id].minor == 0
    assert held(f"disputed:{one.id}") == 12_000
    said = finance.challenge_dispute(
        SELLERS, one.id, statement="It arrived.", evidence_sha256="a" * 64, now=NOW
    )
    assert (said.state, said.statement, said.evidence_sha256) == ("challenged", "It arrived.", "a" * 64)
    send("dispute.won", told(paid, case="c-1"))
    assert finance.dispute_of(SELLERS, one.id).state == "won"
    assert finance.escrow_of([paid.order_id])[paid.order_id].minor == 10_000
    assert finance.payments_for([paid.order_id])[paid.order_id].refunded.minor == 0
    with pytest.raises(IllegalTransition):
        finance.accept_dispute(SELLERS, one.id, now=NOW)
    assert finance.verify() == []


def test_after_settlement_the_seller_pays_and_the_house_lends_what_is_missing(
    paid: finance.PaymentDTO,
) -> None:
    finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    one = open_dispute(paid, amount=6_000)
    assert one.order_amount == Money(5_000, "GBP")
    assert held("payable", SELLER) == 6_632 - 5_000
    [over] = models.PaymentIntent.objects.house()
    assert over.refunded_minor == 6_000
    finance.accept_dispute(SELLERS, one.id, now=NOW)
    assert held("provider_clearing", PSP) == -12_000 + 6_000
    assert held(f"disputed:{one.id}") == 0
    assert finance.verify() == []


@pytest.mark.parametrize("challenged", [False, True])
@pytest.mark.parametrize("word", ["cancelled", "won", "lost", "expired"])
def test_a_banks_word_ends_a_case_that_is_open_or_challenged(
    paid: finance.PaymentDTO, word: str, *, challenged: bool
) -> None:
    """With the seller's own "accepted" and "challenged" and with "opened" these are all seven states."""
    one = open_dispute(paid)
    if challenged:
        finance.challenge_dispute(SELLERS, one.id, statement="It arrived.", evidence_sha256="a" * 64, now=NOW)
    heard = send(f"dispute.{word}", told(paid, case="c-1"))
    kept = challenged and word == "expired"  # who has answered cannot be late
    assert (heard, finance.dispute_of(SELLERS, one.id).state) == (
        ("known", "challenged") if kept else ("applied", word)
    )
    waiting, escrow = held(f"disputed:{one.id}"), finance.escrow_of([paid.order_id])[paid.order_id].minor
    assert (waiting, escrow) == (12_000 if kept else 0, 10_000 if word in ("won", "cancelled") else 0)
    assert finance.verify() == []


def test_a_verdict_that_comes_first_opens_and_closes_the_case(paid: finance.PaymentDTO) -> None:
    send("dispute.lost", told(paid, case="c-9"))
    assert finance.list_disputes(SELLERS)[0].state == "lost"
    assert send("dispute.opened", told(paid, case="c-9")) == "known"
    assert held("provider_clearing", PSP) == 0


def test_a_dispute_and_refunds_never_take_more_than_was_paid(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient
) -> None:
    open_dispute(paid, amount=9_000)
    [over] = finance.refund_returns(
        [finance.RefundRequest(uuid4(), paid.order_id, goods=2_501)], gateway, now=NOW
    )
    assert over.code == "refund-over-captured"
    with pytest.raises(finance.BadDispute):
        send("dispute.opened", told(paid, case="c-2", amount=3_001))
    assert finance.verify() == []


def test_nobody_answers_too_late_or_for_another(paid: finance.PaymentDTO) -> None:
    one = open_dispute(paid, respond_by=(NOW + timedelta(days=2)).isoformat())
    with pytest.raises(finance.DisputeNotFound):
        finance.accept_dispute(scope_of(OTHER, Kind.SELLER), one.id, now=NOW)
    for said in (" ", "x" * 4_001, "a\0b"):
        with pytest.raises(finance.BadAnswer):
            finance.challenge_dispute(SELLERS, one.id, statement=said, evidence_sha256="", now=NOW)
    with pytest.raises(finance.CardNumberRefused):
        finance.challenge_dispute(
            SELLERS, one.id, statement="4111 1111 1111 1111", evidence_sha256="", now=NOW
        )
    assert finance.expire_disputes(now=NOW + timedelta(days=2)) == 0
    late = NOW + timedelta(days=3)
    with pytest.raises(finance.DisputeTooLate):
        finance.accept_dispute(SELLERS, one.id, now=late)
    assert finance.expire_disputes(now=late) == 1
    assert finance.dispute_of(SELLERS, one.id).state == "expired"
    assert finance.verify() == []


@pytest.mark.parametrize(
    ("more", "field"),
    [({"case": ""}, "case"), ({"case": "c" * 61}, "case"), ({"respond_by": "soon"}, "respond_by"),
     ({"respond_by": 5}, "respond_by"), ({"respond_by": "0001-01-01T00:00:00+14:00"}, "respond_by"),
     ({"amount": 12_001}, "amount")],
)  # fmt: skip
def test_a_case_that_cannot_be_opened_moves_nothing(
    paid: finance.PaymentDTO, more: dict[str, object], field: str
) -> None:
    before = models.Journal.objects.count()
    with pytest.raises(finance.BadDispute) as refused:
        send("dispute.opened", told(paid, **{"case": "c-1", **more}))
    assert (refused.value.field, finance.list_disputes(SELLERS)) == (field, [])
    assert models.Journal.objects.count() == before


@pytest.mark.django_db
def test_the_database_knows_the_steps_of_disputes_and_returns() -> None:
    assert installed_transitions("finance_dispute") == models.DISPUTE_MACHINE.edges
    assert installed_transitions("finance_taxreturn") == models.RETURN_MACHINE.edges
