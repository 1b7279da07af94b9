"""Paying on the provider's own page: we lead there and hear of it; no card number is ever ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from django.db import connection

from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import PaymentIntent
from fondaco.systems.finance.tests.conftest import NOW, PSP, payment_request

GOOD, DECLINED = "4242 4242 4242 4242", "4000000000000002"


@dataclass
class Notes(LocalServer):
    """Our end of the webhooks: keeps what came, to be heard in the test's own transaction."""

    def __post_init__(self) -> None:
        self.heard: list[Request] = []

    def respond(self, request: Request) -> Reply:
        self.heard.append(request)
        return Reply(200, {})


@dataclass
class Shop:
    """The pages, our connector to them, and what arrived at our end."""

    pages: finance.CardPages
    connector: finance.Connector
    notes: Notes

    def open(self, request: finance.PaymentRequest) -> finance.BuyerPage:
        return finance.open_payment_page(request, self.connector, return_url="http://shop.test/back", now=NOW)

    def hear(self) -> list[str]:
        notes, self.notes.heard = self.notes.heard, []
        return [finance.receive_webhook(PSP, one.body, one.headers, now=NOW).state for one in notes]


@pytest.fixture
def shop(books: None) -> Iterator[Shop]:
    with ExitStack() as stack:
        notes = stack.enter_context(Notes())
        secret = finance.ensure_connection(PSP, now=NOW)
        sender = finance.WebhookSender(notes.url, secret, now=lambda: NOW)
        pages = stack.enter_context(finance.CardPages(sender=sender))
        client = stack.enter_context(finance.CardPageClient(pages.url, provider_id=PSP))
        yield Shop(pages, finance.Connector("pages", client), notes)


def type_card(page: str, number: str, answer: str = "123456") -> httpx.Response:
    """What a buyer's browser does."""
    typed = {"number": number, "expiry": "12/30", "code": "737"}
    with httpx.Client(timeout=60) as browser:
        assert "Simulator" in browser.get(page).text
        said = browser.post(page, data=typed)
        return browser.post(f"{page}/confirm", data={"answer": answer}) if said.status_code == 200 else said


def test_a_page_in_a_currency_whose_rate_is_too_old_is_not_opened(shop: Shop) -> None:
    with pytest.raises(finance.RateTooOld):
        shop.open(payment_request(currency="RUB"))
    assert (shop.pages.sessions, PaymentIntent.objects.house().count()) == ({}, 0)


def test_a_card_paid_there_is_captured_here_once_by_webhook_and_by_asking(shop: Shop) -> None:
    request = payment_request(method="card")
    page = shop.open(request)
    assert (page.payment.state, page.url) == ("processing", shop.open(request).url)
    assert finance.poll_payment(page.payment.id, shop.connector, now=NOW).state == "processing"
    back = type_card(page.url, GOOD)
    assert (back.status_code, back.headers["location"]) == (303, "http://shop.test/back")
    assert shop.hear() == ["applied", "applied"]  # authorised, captured
    assert finance.poll_payment(page.payment.id, shop.connector, now=NOW).state == "captured"
    assert type_card_again(page.url) == 303
    assert finance.escrow_of([request.order_id])[request.order_id].minor == 10_000
    assert shop.open(request).url == ""
    assert finance.verify() == []


def type_card_again(page: str) -> int:
    return httpx.get(page, timeout=60).status_code


@pytest.mark.parametrize(
    ("number", "answer", "why"), [(DECLINED, "", "card_declined"), (GOOD, "0", "not_confirmed")]
)
def test_a_declined_card_books_nothing_and_another_try_is_another_page(
    shop: Shop, number: str, answer: str, why: str
) -> None:
    request = payment_request(method="card")
    page = shop.open(request)
    assert type_card(page.url, number, answer).status_code == 303
    done = finance.poll_payment(page.payment.id, shop.connector, now=NOW)
    assert (done.state, done.failure) == ("failed", why)
    assert shop.hear() == ["known"]
    assert finance.escrow_of([request.order_id]) == {}
    assert [len(part) for part in finance.payments_of(request.order_id)] == [0, 1]
    again = shop.open(payment_request(method="card", order_id=request.order_id, idem="page:second"))
    assert again.url not in ("", page.url)


def test_what_is_no_card_number_stays_on_the_page(shop: Shop) -> None:
    page = shop.open(payment_request(method="card")).url
    said = httpx.post(page, data={"number": "4242424242424241", "expiry": "12/30", "code": "1"}, timeout=60)
    assert (said.status_code, "no card number" in said.text) == (200, True)
    assert httpx.post(f"{page}/confirm", data={"answer": "123456"}, timeout=60).status_code == 200
    assert httpx.get(f"{shop.pages.url}/pay/{'0' * 32}", timeout=60).status_code == 404
    assert shop.pages.deeds == {}


def test_no_card_number_reaches_a_table_a_webhook_or_a_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    request = payment_request(method="card")
    page = shop.open(request)
    type_card(page.url, GOOD)
    told = [one.body.decode() + str(dict(one.headers)) for one in shop.notes.heard]
    shop.hear()
    finance.poll_payment(page.payment.id, shop.connector, now=NOW)
    kept = repr(shop.pages.deeds) + repr(shop.pages.sessions)
    for text in (*told, *every_cell(), caplog.text, kept, repr(page)):
        assert "42424242" not in re.sub(r"[ -]", "", text)
    assert len(told) == 2


def every_cell() -> Iterator[str]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            if rows := cursor.fetchall():
                yield "\n".join(row[0] for row in rows)


def test_a_page_that_is_down_leaves_the_intent_to_be_opened_again(books: None) -> None:
    gone = finance.CardPageClient("http://127.0.0.1:9", provider_id=UUID(int=5), timeout_s=0.5)
    request = payment_request(method="card")
    with pytest.raises(finance.PageUnavailable):
        finance.open_payment_page(
            request, finance.Connector("pages", gone), return_url="http://shop.test/", now=NOW
        )
    [live], over = finance.payments_of(request.order_id)
    assert (live.state, over) == ("processing", [])
