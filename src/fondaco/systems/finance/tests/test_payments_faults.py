"""A provider that loses answers, repeats itself, fails and declines; and a process that dies."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from fondaco.kernel.money import Money
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.domain.payments import Charge, Outcome
from fondaco.systems.finance.tests.conftest import NOW, PSP, payment_request

pytestmark = pytest.mark.django_db
ROUGH = finance.Faults(vanish_after=0.25, vanish_before=0.1, server_error=0.1, repeat=0.3)


@contextmanager
def provider(
    faults: finance.Faults, store: Path | None = None
) -> Iterator[tuple[finance.ProviderSimulator, finance.ProviderClient]]:
    with (
        finance.ProviderSimulator(faults=faults, store=store) as simulator,
        finance.ProviderClient(simulator.url, provider_id=PSP, timeout_s=5) as client,
    ):
        yield simulator, client


class Dying:
    """A gateway whose process dies at a point: before or after the provider has done it."""

    def __init__(self, inner: finance.ProviderClient, *, after: bool) -> None:
        self.inner, self.after = inner, after
        self.provider_id: UUID = inner.provider_id

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        if self.after:
            self.inner.charge(charges)
        raise KeyboardInterrupt

    def refund(self, refunds: list[Charge]) -> list[Outcome]:
        if self.after:
            self.inner.refund(refunds)
        raise KeyboardInterrupt

    def look_up(self, keys: list[str]) -> list[Outcome]:
        raise KeyboardInterrupt


def clearing() -> dict[str, int]:
    return {b.currency: b.balance_minor for b in finance.balances(PSP, codes=["provider_clearing"])}


def test_a_rough_provider_ends_with_nothing_unknown_and_nothing_doubled(books: None) -> None:
    requests = [payment_request(1_000 + n, escrow=900 + n) for n in range(600)]
    with provider(ROUGH) as (simulator, client):
        for start in range(0, 600, 200):
            finance.take_payments(requests[start : start + 200], client, now=NOW)
        for _ in range(8):
            finance.poll_unknown(client, now=NOW)
        states = {p.state for p in finance.take_payments(requests, client, now=NOW)}
        taken = simulator.captured("EUR")
        file = client.settlement_file("day-1")
    assert states == {"captured"}
    assert taken == sum(r.amount.minor for r in requests) == -clearing()["EUR"]
    assert finance.book_provider_file(file, provider_id=PSP, now=NOW).matched == 600
    assert clearing() == {"EUR": 0}
    assert finance.verify() == []


def test_declines_are_failures_and_post_nothing(books: None) -> None:
    faults = finance.Faults(decline_amounts=frozenset({666}), decline_methods="p")
    asked = [payment_request(666), payment_request(667), payment_request(668, method="pix")]
    with provider(faults) as (_, client):
        done = finance.take_payments(asked, client, now=NOW)
        assert [(p.state, p.failure) for p in done] == [
            ("failed", "insufficient_funds"), ("captured", ""), ("failed", "method_refused"),
        ]  # fmt: skip
        again = finance.take_payments(
            [payment_request(700, order_id=asked[0].order_id, idem="second")], client, now=NOW
        )
    assert again[0].state == "captured"
    assert clearing() == {"EUR": -1_367}


@pytest.mark.parametrize("after", [False, True])
def test_a_process_that_dies_around_the_call_goes_on_where_it_stopped(books: None, *, after: bool) -> None:
    requests = [payment_request() for _ in range(30)]
    with provider(finance.Faults()) as (simulator, client):
        with pytest.raises(KeyboardInterrupt):
            finance.take_payments(requests, Dying(client, after=after), now=NOW)
        assert {p.state for p in models.PaymentIntent.objects.house()} == {"processing"}
        done = finance.take_payments(requests, client, now=NOW)
        assert {p.state for p in done} == {"captured"}
        assert simulator.captured("EUR") == 30 * 12_000 == -clearing()["EUR"]
        refunds = [finance.RefundRequest(uuid4(), r.order_id, goods=1_000) for r in requests]
        with pytest.raises(KeyboardInterrupt):
            finance.refund_returns(refunds, Dying(client, after=after), now=NOW)
        assert {r.status for r in finance.refund_returns(refunds, client, now=NOW)} == {"done"}
        assert simulator.captured("EUR") == 30 * 10_800 == -clearing()["EUR"]
    assert finance.verify() == []


def test_the_janitor_finishes_what_a_dead_process_left(books: None) -> None:
    with provider(finance.Faults()) as (_, client):
        with pytest.raises(KeyboardInterrupt):
            finance.take_payments([payment_request()], Dying(client, after=True), now=NOW)
        assert finance.poll_unknown(client, now=NOW) == 1
        assert finance.poll_unknown(client, now=NOW) == 0


def test_a_provider_that_is_away_leaves_payments_unknown(books: None) -> None:
    with provider(finance.Faults()) as (simulator, client):
        gone = finance.ProviderClient("http://127.0.0.1:9", provider_id=PSP, timeout_s=0.5)
        request = payment_request()
        assert finance.take_payments([request], gone, now=NOW)[0].state == "unknown"
        assert finance.trial_balance() == {}
        assert finance.take_payments([request], client, now=NOW)[0].state == "captured"
        assert simulator.captured("EUR") == 12_000


def test_the_janitor_asks_again_for_a_refund_without_an_answer(books: None) -> None:
    with provider(finance.Faults()) as (simulator, client):
        [paid] = finance.take_payments([payment_request()], client, now=NOW)
        simulator.faults = finance.Faults(vanish_after=1.0)
        [lost] = finance.refund_returns(
            [finance.RefundRequest(uuid4(), paid.order_id, goods=2_000)], client, now=NOW
        )
        simulator.faults = finance.Faults()
        minute = timedelta(minutes=1)
        assert (lost.status, finance.count_open_refunds(changed_before=NOW)) == ("requested", 1)
        assert finance.ask_refunds_again(client, now=NOW, older_than=minute) == 0  # still in somebody's hands
        answers = [finance.ask_refunds_again(client, now=NOW + minute, older_than=minute) for _ in range(2)]
        assert answers == [1, 0]
        assert simulator.captured("EUR") == paid.amount.minor - 2_400
    assert finance.count_open_refunds(changed_before=NOW + minute) == 0
    assert finance.verify() == []


def test_a_refund_the_provider_refuses_is_taken_back(books: None) -> None:
    with provider(finance.Faults()) as (simulator, client):
        [paid] = finance.take_payments([payment_request()], client, now=NOW)
        simulator.deeds.clear()
        [refund] = finance.refund_returns(
            [finance.RefundRequest(uuid4(), paid.order_id, goods=500)], client, now=NOW
        )
    assert (refund.status, refund.detail) == ("failed", "no_such_charge")
    assert finance.escrow_of([paid.order_id])[paid.order_id].minor == 10_000
    assert finance.payments_for([paid.order_id])[paid.order_id].refunded == Money(0, "EUR")
    assert finance.verify() == []


def test_the_simulator_keeps_its_deeds_across_restarts(books: None, tmp_path: Path) -> None:
    store = tmp_path / "provider.jsonl"
    request = payment_request()
    with provider(finance.Faults(), store) as (_, client), pytest.raises(KeyboardInterrupt):
        finance.take_payments([request], Dying(client, after=True), now=NOW)
    with store.open("a") as file:
        file.write('["torn')
    with provider(finance.Faults(), store) as (simulator, client):
        finance.take_payments([request], client, now=NOW)
        assert len(simulator.deeds) == 1


def test_same_key_other_body_and_second_payment_of_an_order_are_refused(books: None) -> None:
    with provider(finance.Faults()) as (simulator, client):
        request = payment_request()
        finance.take_payments([request], client, now=NOW)
        with pytest.raises(finance.KeyReused):
            finance.take_payments([payment_request(12_001, order_id=request.order_id)], client, now=NOW)
        with pytest.raises(finance.AlreadyPaid):
            finance.take_payments([payment_request(order_id=request.order_id, idem="other")], client, now=NOW)
        assert simulator.captured("EUR") == 12_000


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"minor": 0}, finance.BadPayment),
        ({"minor": -5}, finance.BadPayment),
        ({"escrow": 0}, finance.BadPayment),
        ({"currency": "GBP", "escrow": 9_999}, finance.BadPayment),
        ({"settlement_currency": "USD"}, finance.BadPayment),
        ({"currency": "AED"}, finance.NoRate),
        ({"currency": "RUB"}, finance.RateTooOld),
    ],
)
def test_a_bad_request_asks_the_provider_for_nothing(
    books: None, change: dict[str, object], error: type[Exception]
) -> None:
    with provider(finance.Faults()) as (simulator, client):
        with pytest.raises(error):
            finance.take_payments([payment_request(), payment_request(**change)], client, now=NOW)  # type: ignore[arg-type]
        assert simulator.deeds == {}
    assert models.PaymentIntent.objects.house().count() == 0


def _file(*rows: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["kind", "key", "currency", "gross", "fee"], *rows])
    return out.getvalue().encode()


_LINE, _TOTAL = ["charge", "k", "EUR", "100", "1"], ["total", "", "EUR", "100", "1"]


def _changed(row: list[str], place: int, cell: str) -> list[str]:
    return [*row[:place], cell, *row[place + 1 :]]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (_file(_LINE, _changed(_TOTAL, 4, "2")), "total"),
        (_file(_LINE), "total"),
        (_file(_LINE, _changed(_TOTAL, 3, "7"), _TOTAL), "currency"),
        *((_file(_changed(_LINE, 3, cell), _TOTAL), "gross")
          for cell in ("1.5", " 100", "1_00", "+100", "1e2", "\u0661\u0660\u0660", "NaN", "-100", "0", "9" * 5_000)),
        *((_file(_changed(_LINE, 2, cell), _TOTAL), "currency") for cell in ("eur", "HRK", "ZZZ", "EURO", "")),
        *((_file(_changed(_LINE, 1, cell), _TOTAL), "key") for cell in ("", "k\0", "k" * 121, "4111111111111111")),
        (_file(_changed(_LINE, 0, "gift"), _TOTAL), "kind"),
        (_file(_changed(_LINE, 0, "refund"), _TOTAL), "gross"),
        (_file([*_LINE, "5"], _TOTAL), "columns"),
        (_file(_LINE[:3], _TOTAL), "columns"),
        (b"kind,key,currency,gross\ncharge,k,EUR,100\n", "columns"),
        (_file(_LINE, _TOTAL).decode().encode("utf-16"), "file"),
        (_file(_changed(_LINE, 1, "k\u2019"), _TOTAL).decode().encode("cp1252"), "file"),
        (b"\xff\xfe", "file"),
        (b"", "columns"),
    ],
)  # fmt: skip
def test_a_bad_settlement_file_is_refused_by_field(content: bytes, field: str) -> None:
    with pytest.raises((finance.BadSettlementFile, finance.CardNumberRefused)) as refused:
        finance.read_settlement_file("f", content)
    assert (refused.value.field, refused.value.status, bool(refused.value.remedy)) == (field, 422, True)


@pytest.mark.parametrize("name", ["", "n" * 81, "a\0b"])
def test_a_settlement_file_needs_a_name_that_can_be_kept(name: str) -> None:
    with pytest.raises(finance.BadSettlementFile, match="name"):
        finance.read_settlement_file(name, _file(_LINE, _TOTAL))
    assert finance.read_settlement_file("n", b"\xef\xbb\xbf" + _file(_LINE, _TOTAL)).lines[0].fee.minor == 1


def test_lines_that_nothing_explains_go_to_suspense(books: None) -> None:
    with provider(finance.Faults()) as (_, client):
        finance.take_payments([payment_request()], client, now=NOW)
        line = finance.ProviderLine("charge", str(uuid4()), Money(500, "EUR"), Money(5, "EUR"))
        report = finance.book_provider_file(finance.ProviderFile("odd", (line,)), provider_id=PSP, now=NOW)
    assert (report.matched, report.breaks[0]["type"]) == (0, "unknown")
    assert clearing() == {"EUR": -12_000}
    [suspense] = finance.balances(finance.HOUSE, codes=["suspense"])
    assert suspense.balance_minor == 500
    assert finance.verify() == []
