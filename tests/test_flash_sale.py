"""Flash sales: nothing is oversold, no limit is passed, no order is lost, whoever races; refusals change nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction

from fondaco.commerce.catalog.models import Product
from fondaco.commerce.orders.models import Order
from fondaco.flows import flash_sale
from fondaco.flows.refunding import give_back_cancelled
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.idempotency import IdempotencyKeyReused
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import Organisation
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.models import PURCHASES, FlashPurchase, FlashTally, Reservation, StockBalance
from fondaco.systems.logistics.public import (
    BadTicket,
    Bought,
    LimitReached,
    NewReceipt,
    NewStore,
    NotOnSale,
    OutOfStock,
    Sale,
    SaleOver,
    SaleTerms,
    TooEarly,
    Want,
)

OPENS = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
LATER = OPENS + timedelta(minutes=1)


def organisation(kind: Kind, n: int = 0) -> Organisation:
    return Organisation.objects.create(kind=kind, name=f"{kind} {n}", slug=f"flash-{kind}-{n}", country="GB")


def buyer(n: int = 0) -> Scope:
    return Scope(organisation(Kind.BUYER, n).pk, Kind.BUYER, role=Role.CLERK, actor="b")


def make_sale(pieces: int, *, limit: int = 2, rate: float = 1_000.0, pay_minutes: int = 30) -> Sale:
    seller = organisation(Kind.SELLER).pk
    scope = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="s")
    for sku in ("CUP", "JAR"):
        Product.objects.create(
            seller_id=seller, sku=sku, title=sku.title(), created_at=OPENS, updated_at=OPENS
        )
    new = NewStore(seller, seller, "home", "Home", "own", "GB")
    store = logistics.ensure_stores([new], aisles=1, bays=1)[0]
    receipts = [NewReceipt(sku, pieces, "L1", "CN", f"k:{sku}") for sku in ("CUP", "JAR")]
    logistics.put_away(store, receipts, now=OPENS, actor="test")
    terms = SaleTerms(
        seller,
        store.pk,
        "Black Friday",
        "GBP",
        OPENS,
        OPENS + timedelta(hours=1),
        (),
        rate,
        limit,
        pay_minutes,
    )
    prices = {"CUP": Money(499, "GBP"), "JAR": Money(1250, "GBP")}
    return flash_sale.set_up_sale(scope, terms, prices, now=OPENS)


def buy(sale: Sale, who: Scope, *cart: tuple[str, int], key: str = "k", now: datetime = LATER) -> Bought:
    ticket = flash_sale.join_sale(who, sale.id, now=now)
    return flash_sale.buy(
        who, sale.id, cart or (("CUP", 1),), ticket=ticket.token, key=key, destination="DE", ship_to={},
        now=max(now, ticket.admitted_at),
    )  # fmt: skip


def balance(sku: str = "CUP") -> tuple[int, int]:
    row = StockBalance.objects.house().get(sku=sku)
    return row.on_hand, row.reserved


def race(deeds: list[Callable[[], Any]]) -> list[Any]:
    """What each deed returned or raised, eight at a time."""

    def run(deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except (LimitReached, OutOfStock) as exc:
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, deeds))


def test_a_purchase_is_an_order_that_holds_its_pieces(db: None) -> None:
    sale, who = make_sale(10), buyer()
    bought = buy(sale, who, ("JAR", 1), ("CUP", 1), ("JAR", 1))
    order = Order.objects.house().get(pk=bought.order_id)
    lines = list(order.lines.values_list("sku", "quantity", "unit_minor"))
    held = set(Reservation.objects.house().filter(order_id=order.pk).values_list("sku", "quantity", "number"))
    assert (order.number, order.goods_minor, order.currency) == (bought.number, 2_999, "GBP")
    assert sorted(lines) == [("CUP", 1, 499), ("JAR", 2, 1250)]
    assert held == {("CUP", 1, order.number), ("JAR", 2, order.number)}
    assert balance("JAR") == (10, 2)


def test_the_flow_holds_nothing_twice_for_what_was_bought(db: None) -> None:
    sale, who = make_sale(10), buyer()
    bought = buy(sale, who)
    other = NewStore(sale.terms.seller_id, sale.terms.seller_id, "berlin", "Berlin", "overseas", "DE", rank=0)
    store = logistics.ensure_stores([other], aisles=1, bays=1)[0]
    logistics.put_away(store, [NewReceipt("CUP", 5, "L2", "CN", "k2")], now=OPENS, actor="test")
    want = Want(bought.order_id, bought.number, sale.terms.seller_id, "DE", (("CUP", 1),))
    assert logistics.reserve_orders([want], now=LATER, actor="flow") == []
    assert Reservation.objects.house().count() == 1


def test_the_same_key_buys_once_and_another_request_with_it_is_refused(db: None) -> None:
    sale, who = make_sale(10), buyer()
    first = buy(sale, who, key="a")
    assert buy(sale, who, key="a") == first
    with pytest.raises(IdempotencyKeyReused):
        buy(sale, who, ("CUP", 2), key="a")
    assert balance() == (10, 1)


def test_who_comes_too_early_too_late_or_with_another_ticket_is_refused(db: None) -> None:
    sale, who, other = make_sale(10, rate=0.1), buyer(), buyer(1)
    flash_sale.join_sale(other, sale.id, now=OPENS)
    mine = flash_sale.join_sale(who, sale.id, now=OPENS)
    assert (mine.place, mine.admitted_at) == (2, OPENS + timedelta(seconds=10))
    assert flash_sale.join_sale(who, sale.id, now=LATER).place == 2
    ask: dict[str, Any] = {"pieces": [("CUP", 1)], "key": "k", "destination": "DE", "ship_to": {}}
    with pytest.raises(TooEarly) as refused:
        flash_sale.buy(who, sale.id, ticket=mine.token, now=OPENS + timedelta(seconds=3), **ask)
    assert refused.value.facts == {"retry_after": 7}
    for token in (mine.token + "x", flash_sale.join_sale(other, sale.id, now=LATER).token):
        with pytest.raises(BadTicket):
            flash_sale.buy(who, sale.id, ticket=token, now=LATER, **ask)
    with pytest.raises(BadTicket):
        flash_sale.buy(who, sale.id, ticket=mine.token, now=OPENS + timedelta(minutes=11), **ask)
    with pytest.raises(SaleOver):
        flash_sale.join_sale(who, sale.id, now=OPENS + timedelta(hours=2))
    with pytest.raises(Forbidden):
        flash_sale.join_sale(Scope(sale.terms.seller_id, Kind.SELLER, role=Role.OWNER), sale.id, now=LATER)
    with pytest.raises(NotOnSale):
        buy(sale, who, ("HAT", 1))
    assert balance() == (10, 0)
    assert not Order.objects.house().exists()


def test_a_ten_minute_queue_lets_in_at_its_rate(db: None) -> None:
    sale = make_sale(10, rate=2)
    early = [flash_sale.join_sale(buyer(n), sale.id, now=OPENS - timedelta(minutes=5)) for n in range(3)]
    assert [(t.admitted_at - OPENS).total_seconds() for t in early] == [0, 0.5, 1]
    late = [flash_sale.join_sale(buyer(9 + n), sale.id, now=LATER) for n in range(2)]
    assert [(t.admitted_at - LATER).total_seconds() for t in late] == [0, 0.5]


def test_what_is_not_paid_in_time_goes_back_on_sale(db: None) -> None:
    sale, who, other = make_sale(3, limit=2), buyer(), buyer(1)
    unpaid, paid = buy(sale, who, ("CUP", 2)), buy(sale, other)
    Order.objects.house().filter(pk=paid.order_id).update(reached={"paid": "x"})
    due = LATER + timedelta(minutes=31)
    assert flash_sale.sweep_purchases(now=LATER) == (0, 0)
    assert flash_sale.sweep_purchases(now=due) == (1, 1)
    assert flash_sale.sweep_purchases(now=due) == (0, 0)
    assert Order.objects.house().get(pk=unpaid.order_id).state == "cancelled"
    assert balance() == (3, 1)
    assert buy(sale, who, ("CUP", 2), key="again", now=due).pieces == {"CUP": 2}


def test_money_that_comes_in_time_keeps_the_purchase_and_money_that_comes_late_goes_back(db: None) -> None:
    """A card page is open for as long as the buyer looks at it; the provider tells of it when it likes."""
    finance.ensure_rates()
    sale, psp = make_sale(3, limit=2), UUID(int=5)
    prompt, late = buy(sale, buyer()), buy(sale, buyer(1))
    due = LATER + timedelta(minutes=31)
    with (
        finance.ProviderSimulator() as simulator,
        finance.ProviderClient(simulator.url, provider_id=psp) as client,
    ):
        [paid] = finance.take_payments([asked(prompt)], client, now=LATER)
        assert flash_sale.sweep_purchases(now=due) == (0, 1)
        [orphan] = finance.take_payments([asked(late)], client, now=due)
        both = [prompt.order_id, late.order_id]
        assert [give_back_cancelled(both, now=due) for _ in range(2)] == [1, 0]
        assert finance.ask_refunds_again(client, now=due, older_than=timedelta(0)) == 1
    states = dict(Order.objects.house().values_list("pk", "state"))
    assert states == {prompt.order_id: "placed", late.order_id: "cancelled"}
    kept = {order: money.minor for order, money in finance.escrow_of(both).items()}
    assert kept == {prompt.order_id: paid.escrow.minor, late.order_id: 0}
    assert finance.payments_for([late.order_id])[late.order_id].refunded == orphan.amount
    assert balance() == (3, 1)


def asked(bought: Bought) -> finance.PaymentRequest:
    """The payment of a purchase by its buyer."""
    order = Order.objects.house().get(pk=bought.order_id)
    due = Money(bought.total_minor, "GBP")
    return finance.PaymentRequest(
        order_id=order.pk, buyer_id=order.buyer_id, seller_id=order.seller_id, amount=due,
        settlement_currency="GBP", escrow=due, idem=f"pay:{order.pk}",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_crowd_cannot_oversell_nor_pass_its_limit() -> None:
    sale, crowd = make_sale(12, limit=2), [buyer(n) for n in range(5)]
    answers = race([
        partial(buy, sale, who, ("JAR", 1), ("CUP", 1), key=f"{n // 2}") for n in range(10) for who in crowd[:3]
    ])  # fmt: skip
    got = {a.order_id for a in answers if isinstance(a, Bought)}
    assert len(got) == 6  # two keys each may buy: three buyers, two pieces
    assert set(FlashTally.objects.house().values_list("pieces", flat=True)) == {2}
    answers = race([partial(buy, sale, who, key=f"x{n}") for n in range(6) for who in crowd[3:]])
    assert sum(isinstance(a, Bought) for a in answers) == 4
    last = [buyer(20 + n) for n in range(6)]
    answers = race([partial(buy, sale, who) for who in last])
    assert sum(isinstance(a, OutOfStock) for a in answers) == 4
    assert balance() == (12, 12)
    assert Order.objects.house().count() == FlashPurchase.objects.house().count() == 12
    assert Reservation.objects.house().filter(sku="CUP").count() == 12


def test_the_database_itself_keeps_the_limit_and_the_states(db: None) -> None:
    sale, who = make_sale(3), buyer()
    bought = buy(sale, who)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE logistics_flashtally SET pieces = 3")
    FlashPurchase.objects.house().update(state="lapsed")
    with pytest.raises(IntegrityError), transaction.atomic():
        FlashPurchase.objects.house().filter(pk=bought.order_id).update(state="kept")
    assert installed_transitions("logistics_flashpurchase") == PURCHASES.edges
    assert isinstance(bought.order_id, UUID)
