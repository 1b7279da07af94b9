"""A buyer chooses how to pay and chooses again: menu, sums, page, transfer, cash; never two live payments."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows import checkout as flow
from fondaco.flows.book import run_batch
from fondaco.flows.stages.pay import pay
from fondaco.flows.work import NO_PORTS, Batch, Outcome, Policy, Work
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from tests.callers import Caller, assert_problem
from tests.waiting import GBP, organisation, pay_by_card, served_pages, signed_in, waiting_order

BACK = "http://shop.test/back"


@dataclass
class Till:
    """A buyer of `to`, an order that waits, and the provider's page."""

    buyer: Caller
    order: UUID
    pages: finance.CardPages

    @property
    def path(self) -> str:
        return f"/finance/checkout/{self.order}"

    def sheet(self) -> flow.CheckoutSheet:
        return flow.checkout_sheet(self.buyer.scope, self.order, now=clock.now())

    def choose(self, method: str) -> flow.Chosen:
        return flow.choose_method(
            self.buyer.scope, self.order, method=method, return_url=BACK, now=clock.now()
        )

    def live(self) -> list[tuple[str, str]]:
        return [(one.method, one.state) for one in finance.payments_of(self.order)[0]]


def till_of(home: Any, *, to: str = "IE", minor: int = 9_000) -> Generator[Till]:
    finance.ensure_rates()
    seller, buyer = organisation(Kind.SELLER, "Alder"), organisation(Kind.BUYER, "Orla", country=to)
    order = waiting_order(seller, buyer, minor, to=to, carriage=600, discount=250)
    with served_pages(home) as pages:
        yield Till(Caller(buyer, Kind.BUYER), order, pages)


@pytest.fixture
def till(db: None, tmp_path: Any) -> Iterator[Till]:
    yield from till_of(tmp_path)


@pytest.fixture
def door(db: None, tmp_path: Any) -> Iterator[Till]:
    """In a country where cash at the door is usual."""
    yield from till_of(tmp_path, to="SA")


def order_of(*, goods: int, carriage: int, discount: int, duty: int, tax: int, fees: int) -> OrderDTO:
    now = clock.now()
    return OrderDTO(
        id=UUID(int=1), number="1", seller_id=UUID(int=2), buyer_id=UUID(int=3), source_ref="", ordered_at=now,
        original_ordered_at=now, destination="IE", ship_to={}, currency=GBP, line_count=1, units=1, synthetic=True,
        state="screened", state_at=now, reached={}, facts={}, goods_minor=goods, carriage_minor=carriage,
        discount_minor=discount, other_minor=0, duty_minor=duty, tax_minor=tax, fees_minor=fees,
    )  # fmt: skip


_MINOR = st.integers(0, 10**9)


@given(
    goods=st.integers(1, 10**9), carriage=_MINOR, off=_MINOR, duty=_MINOR, tax=_MINOR, fees=_MINOR,
    amount=st.integers(1, 10**12),
)  # fmt: skip
def test_the_lines_add_up_in_both_currencies(
    *, goods: int, carriage: int, off: int, duty: int, tax: int, fees: int, amount: int
) -> None:
    order = order_of(
        goods=goods, carriage=carriage, discount=min(off, goods - 1), duty=duty, tax=tax, fees=fees
    )
    lines = flow.price_lines(order, Money(amount, "JPY"))
    assert sum(one.money.minor for one in lines) == order.total_minor
    assert sum(one.shown.minor for one in lines) == amount


def test_the_sheet_tells_the_sums_and_the_ordered_menu_with_reasons(till: Till) -> None:
    sheet = till.sheet()
    assert (sheet.stage, sheet.due) == ("choose", Money(9_000 + 600 - 250 + 1_800, GBP))
    assert [(one.code, one.money.minor) for one in sheet.lines] == [
        ("goods", 9_000), ("carriage", 600), ("tax", 1_800), ("discount", -250),
    ]  # fmt: skip
    assert sum(one.shown.minor for one in sheet.lines) == sheet.amount.minor
    assert (sheet.amount.currency, sheet.rate is not None) == ("EUR", True)
    assert [row.method.code for row in sheet.menu.offered] == ["card", "sepa_debit", "bank_transfer"]
    said = till.buyer.get(till.path).json()
    assert [one["method"] for one in said["menu"]["offered"]] == ["card", "sepa_debit", "bank_transfer"]
    assert (said["stage"], said["payment"], said["transfer"]) == ("choose", None, None)


@pytest.mark.parametrize(("method", "detail"), [("ideal", "not known"), ("cod", "not known"), ("", "")])
def test_a_way_that_is_not_offered_is_refused_and_nothing_is_made(
    till: Till, method: str, detail: str
) -> None:
    answer = till.buyer.send("POST", till.path, {"method": method, "return_url": BACK})
    code = "payment-method-not-offered" if method else "invalid-request"
    problem = assert_problem(answer, 422, code)
    assert detail in str(problem)
    assert "method" in str(problem)
    assert (till.live(), till.pages.sessions) == ([], {})


def test_a_transfer_is_slipped_shown_taken_from_the_statement_and_sends_the_order_on(till: Till) -> None:
    made = till.buyer.send("POST", till.path, {"method": "bank_transfer", "return_url": BACK}, key="k")
    again = till.buyer.send("POST", till.path, {"method": "bank_transfer", "return_url": BACK})
    assert made.json()["payment"]["id"] == again.json()["payment"]["id"]
    slip = till.sheet().transfer
    assert slip is not None
    assert iban.is_valid(slip.iban)
    assert slip.until == clock.now().date() + timedelta(days=7)
    with finance.BankSimulator() as bank, finance.BankClient(bank.url, name="bank") as client:
        bank.receive(slip.amount, reference=slip.reference)
        finance.take_bank_statement(client.statement("S1", slip.amount.currency), now=clock.now())
    with pytest.raises(finance.AlreadyPaid):  # the statement shows it: too late for another choice
        till.choose("card")
    house = flow.standing_house()
    [taken] = finance.take_transfers(house.bank, now=clock.now())
    assert (taken.reference, till.live()) == (slip.reference, [("bank_transfer", "settled")])
    move(till)
    assert orders.order_detail(till.buyer.scope, till.order).state == "paid"
    assert till.sheet().stage == "nothing"


def move(till: Till, stage: Callable[[Batch, Work], Outcome] = pay) -> None:
    """The flow's own look at the waiting order, with nobody connected whom it could ask for money."""
    batch = orders.orders_by_ids([till.order])
    run_batch(stage, batch, Work(flow.standing_house(), NO_PORTS, Policy(), clock.now()))


def test_another_choice_closes_the_page_before_so_that_nothing_is_paid_twice(till: Till) -> None:
    first = till.choose("card").url
    assert till.choose("card").url == first
    second = till.choose("sepa_debit").url
    assert second not in ("", first)
    pay_by_card(first)  # its page is over: nobody is charged
    assert [deed.status for deed in till.pages.deeds.values()] == ["voided"]
    till.choose("bank_transfer")
    assert httpx.post(f"{second}/confirm", data={"answer": "yes"}, timeout=60).status_code == 303
    assert (till.live(), till.pages.captured("EUR")) == ([("bank_transfer", "processing")], 0)
    ended = finance.payments_of(till.order)[1]
    assert [(one.method, one.state) for one in ended] == [("card", "cancelled"), ("sepa_debit", "cancelled")]
    move(till)  # the flow asks nobody for an order whose buyer is at the checkout
    assert orders.order_detail(till.buyer.scope, till.order).state == "screened"


def test_what_was_paid_on_the_page_counts_though_the_buyer_chose_again(till: Till) -> None:
    pay_by_card(till.choose("card").url)
    answer = till.buyer.send("POST", till.path, {"method": "bank_transfer", "return_url": BACK})
    assert_problem(answer, 409, "already-paid")
    assert till.live() == [("card", "captured")]
    assert_problem(
        till.buyer.send("POST", till.path, {"method": "card", "return_url": BACK}), 422, "not-payable"
    )


def test_a_page_that_cannot_be_closed_is_not_given_up(till: Till) -> None:
    till.choose("card")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.PAYMENT_PAGES", "http://127.0.0.1:9")
        with pytest.raises(finance.PageUnavailable):
            till.choose("bank_transfer")
    assert till.live() == [("card", "processing")]


def test_cash_is_booked_and_given_up_until_the_order_has_gone_on(door: Till) -> None:
    assert [row.method.code for row in door.sheet().menu.offered] == ["card", "cod", "bank_transfer"]
    assert (door.choose("cod").payment.state, door.sheet().stage) == ("authorised", "cash")

    def slowly(batch: Batch, work: Work) -> Outcome:
        decided = pay(batch, work)
        door.choose("bank_transfer")  # between what the flow saw and what it writes
        return decided

    move(door, slowly)
    assert orders.order_detail(door.buyer.scope, door.order).state == "screened"
    assert door.live() == [("bank_transfer", "processing")]
    door.choose("cod")
    move(door)
    assert orders.order_detail(door.buyer.scope, door.order).state == "paid"
    with pytest.raises(flow.NotPayable):
        door.choose("card")
    assert door.live() == [("cod", "authorised")]


def test_a_transfer_that_never_came_is_given_up_after_its_days_of_grace(till: Till) -> None:
    bank, now = flow.standing_house().bank, clock.now()
    till.choose("bank_transfer")
    assert finance.lapse_transfers(bank, now=now + timedelta(days=10)) == []
    assert finance.lapse_transfers(bank, now=clock.now() + timedelta(days=10)) == [till.order]
    assert (till.live(), till.sheet().stage) == ([], "choose")


def test_the_buyer_reads_the_page_pays_there_and_comes_back(till: Till) -> None:
    browser = signed_in(till.buyer.scope)
    path = f"/orders/{till.order}/pay/"
    page = browser.get(path).content.decode()
    for word in ("Carriage charged", "Landed total", "SEPA direct debit", "3-D Secure"):
        assert word in page
    kept = browser.post(path, {"method": "pix"})
    assert kept["Location"] == f"{path}?method=pix"
    led = browser.post(path, {"method": "sepa_debit"})["Location"]
    assert led.startswith(till.pages.url)
    assert "Allow it to be collected" in httpx.get(led, timeout=60).text
    assert "Not finished: SEPA direct debit" in browser.get(path).content.decode()
    httpx.post(f"{led}/confirm", data={"answer": "no"}, timeout=60)
    assert (
        "The payment was not made" in browser.get(f"/orders/{till.order}/paid/", follow=True).content.decode()
    )
    assert "The last try was declined" in browser.get(path).content.decode()
    waiting = browser.post(path, {"method": "bank_transfer"}, follow=True).content.decode()
    slip = till.sheet().transfer
    assert slip is not None
    assert all(
        word in waiting for word in ("Waiting for your transfer", slip.iban, slip.reference, "Simulator")
    )
    pay_by_card(browser.post(path, {"method": "card"})["Location"])
    assert "Paid. The money waits" in browser.get(f"/orders/{till.order}/paid/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_many_choices_at_once_one_payment_lives(tmp_path: Any) -> None:
    """Six at once, over a page that is open: each is made, or refused by name; one live payment is left."""
    made = till_of(tmp_path)
    till = next(made)
    methods = ["card", "sepa_debit", "bank_transfer"] * 2

    def one(method: str) -> str:
        try:
            return till.choose(method).payment.method
        except FondacoError as problem:
            return problem.code
        finally:
            connection.close()

    till.choose("card")
    with ThreadPoolExecutor(len(methods)) as pool:
        said = list(pool.map(one, methods))
    assert set(said) <= {*methods, "already-paid", "not-payable"}
    assert len(till.live()) == 1
    last = till.choose("bank_transfer").payment
    assert (till.live(), last.state) == ([("bank_transfer", "processing")], "processing")
    made.close()
