"""A basket of several sellers: paid once, booked per order, given back and disputed order by order."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import Basket, PaymentIntent
from fondaco.systems.finance.tests.conftest import (
    BUYER,
    NOW,
    OPERATOR,
    PSP,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)

OTHER_SELLER = UUID(int=21)
_SHARES = ((12_000, 10_000), (3_333, 2_778), (5_001, 4_168))


def basket(*shares: tuple[int, int], idem: str = "", **more: object) -> finance.BasketRequest:
    """A basket of orders with these (presented EUR, escrow GBP) sums, alternately of two sellers."""
    requests = tuple(
        payment_request(minor, escrow=escrow, seller_id=(SELLER, OTHER_SELLER)[n % 2], **more)  # type: ignore[arg-type]
        for n, (minor, escrow) in enumerate(shares or _SHARES)
    )
    return finance.BasketRequest(requests, idem or f"basket:{uuid4()}")


def clearing(currency: str = "EUR") -> int:
    found = finance.balances(PSP, codes=["provider_clearing"])
    return sum(line.balance_minor for line in found if line.currency == currency)


def whole_deferred() -> None:
    """Let the guards that wait for the end of the transaction look now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def paid(books: None, gateway: finance.ProviderClient) -> finance.BasketDTO:
    return finance.take_basket(basket(), gateway, now=NOW)


def test_it_is_charged_once_and_each_order_gets_its_own_escrow(
    paid: finance.BasketDTO, simulator: finance.ProviderSimulator
) -> None:
    assert (paid.state, paid.amount) == ("captured", Money(20_334, "EUR"))
    [(key, deed)] = simulator.deeds.items()
    assert (key, deed.item["amount"]) == (f"{paid.id}-1", 20_334)
    kept = finance.escrow_of([one.order_id for one in paid.payments])
    assert sorted(money.minor for money in kept.values()) == [2_778, 4_168, 10_000]
    assert clearing() == -20_334
    assert finance.trial_balance() == {"EUR": 0, "GBP": 0}
    whole_deferred()


def test_again_it_is_the_same_basket_and_another_body_is_refused(
    books: None, gateway: finance.ProviderClient, simulator: finance.ProviderSimulator
) -> None:
    request = basket(idem="one")
    first = finance.take_basket(request, gateway, now=NOW)
    assert finance.take_basket(request, gateway, now=NOW) == first
    with pytest.raises(finance.KeyReused):
        finance.take_basket(basket(idem="one"), gateway, now=NOW)
    with pytest.raises(finance.AlreadyPaid):  # one of its orders is paid: none of the others is touched
        finance.take_basket(
            finance.BasketRequest((request.shares[0], payment_request()), "two"), gateway, now=NOW
        )
    assert (len(simulator.deeds), Basket.objects.house().count()) == (1, 1)
    assert PaymentIntent.objects.house().count() == 3


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (finance.BasketRequest((payment_request(),), "b"), "orders"),
        (finance.BasketRequest((payment_request(order_id=UUID(int=7)),) * 2, "b"), "orders"),
        (basket(buyer_id=BUYER), ""),
        (finance.BasketRequest((payment_request(), payment_request(buyer_id=UUID(int=8))), "b"), "buyer"),
        (finance.BasketRequest((payment_request(), payment_request(currency="USD")), "b"), "currency"),
        (basket(method="cod"), "method"),
        (basket(capture=False), "method"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_made(
    books: None, gateway: finance.ProviderClient, request_: finance.BasketRequest, field: str
) -> None:
    if not field:
        assert finance.take_basket(request_, gateway, now=NOW).state == "captured"
        return
    with pytest.raises(finance.BadBasket) as caught:
        finance.take_basket(request_, gateway, now=NOW)
    assert (caught.value.field, Basket.objects.house().count()) == (field, 0)


def test_a_lost_answer_leaves_the_whole_basket_open_and_one_word_decides_all(
    books: None, simulator: finance.ProviderSimulator, gateway: finance.ProviderClient
) -> None:
    simulator.faults = finance.Faults(vanish_after=1.0)
    lost = finance.take_basket(basket(), gateway, now=NOW)
    assert {one.state for one in lost.payments} == {"unknown"}
    simulator.faults = finance.Faults()
    assert finance.poll_unknown(gateway, now=NOW) == 3
    found = finance.basket_of(OPERATOR, lost.id)
    assert found is not None
    assert {one.state for one in found.payments} == {"captured"}
    assert (len(simulator.deeds), clearing()) == (1, -20_334)


def test_a_declined_basket_keeps_nothing_and_its_orders_may_be_paid_anew(
    books: None, simulator: finance.ProviderSimulator, gateway: finance.ProviderClient
) -> None:
    simulator.faults = finance.Faults(decline_amounts=frozenset({20_334}))
    request = basket()
    assert finance.take_basket(request, gateway, now=NOW).state == "failed"
    alone = payment_request(order_id=request.shares[0].order_id)
    assert finance.take_payments([alone], gateway, now=NOW)[0].state == "captured"
    assert clearing() == -12_000


def test_a_refund_of_one_order_leaves_the_others(
    paid: finance.BasketDTO, gateway: finance.ProviderClient
) -> None:
    first, second, _ = paid.payments
    [done] = finance.refund_returns(
        [finance.RefundRequest(uuid4(), second.order_id, goods=second.escrow.minor)], gateway, now=NOW
    )
    assert (done.status, done.amount) == ("done", second.amount)
    kept = finance.escrow_of([one.order_id for one in paid.payments])
    assert (kept[first.order_id], kept[second.order_id].minor) == (first.escrow, 0)
    [over] = finance.refund_returns(
        [finance.RefundRequest(uuid4(), second.order_id, goods=1)], gateway, now=NOW
    )
    assert (over.status, over.code) == ("refused", "refund-over-captured")
    assert finance.settle_orders([settlement_request(first.order_id)], now=NOW)[0].status == "settled"
    assert set(finance.trial_balance().values()) == {0}


def test_one_line_of_the_settlement_file_settles_all_and_its_fee_is_apportioned(
    paid: finance.BasketDTO, simulator: finance.ProviderSimulator
) -> None:
    content = simulator.settle("F-1").encode()
    taken = finance.take_provider_file(content, provider_id=PSP, reference="F-1", now=NOW)
    assert (taken.lines, taken.booked) == (1, 1)
    settled = finance.basket_of(OPERATOR, paid.id)
    assert settled is not None
    # 1.5 % of 203.34 is 3.05: 1.7999, 0.4999 and 0.7501 of it by largest remainder
    fees = finance.provider_fees(OPERATOR, [one.id for one in paid.payments])
    assert [fees[one.id].minor for one in paid.payments] == [180, 50, 75]
    assert finance.provider_fees(scope_of(SELLER, Kind.SELLER), list(fees)) == {}
    assert (settled.state, clearing()) == ("settled", 0)
    report = finance.run_reconciliation("clearing", now=NOW, actor="test")
    assert (dict(report.matched), dict(report.breaks)) == ({"batch": 1}, {})
    assert finance.verify() == []


def test_a_line_with_another_sum_settles_none_of_them(
    paid: finance.BasketDTO,
) -> None:
    line = finance.ProviderLine("charge", f"{paid.id}-1", Money(20_333, "EUR"), Money(305, "EUR"))
    report = finance.book_provider_file(finance.ProviderFile("F-2", (line,)), provider_id=PSP, now=NOW)
    assert (report.matched, report.breaks[0]["type"], report.breaks[0]["ours"]) == (0, "amount", 20_334)
    assert {one.state for one in _again(paid).payments} == {"captured"}


def test_a_dispute_about_one_order_leaves_the_others_and_one_about_all_is_spread(
    paid: finance.BasketDTO, simulator: finance.ProviderSimulator
) -> None:
    lead = PaymentIntent.objects.house().get(id=paid.payments[0].id)
    named = str(paid.payments[1].order_id)
    with transaction.atomic():
        assert _hear(lead, "opened", case="A", amount=3_000, order=named)
        assert _hear(lead, "opened", case="B", amount=10_000)
        assert not _hear(lead, "opened", case="B", amount=10_000)
    found = {one.case: one for one in finance.list_disputes(OPERATOR)}
    assert found["A"].order_id == paid.payments[1].order_id
    # what is left: 120.00, 3.33 and 50.01 of 173.34
    assert {case: one.amount.minor for case, one in found.items()} == {
        "A": 3_000, "B#1": 6_923, "B#2": 192, "B#3": 2_885,
    }  # fmt: skip
    with transaction.atomic():
        assert _hear(lead, "won", case="A", amount=3_000, order=named)
        assert _hear(lead, "lost", case="B", amount=10_000)
    line = finance.ProviderLine("dispute", "dispute-B", Money(-10_000, "EUR"), Money.zero("EUR"))
    report = finance.book_provider_file(finance.ProviderFile("F-3", (line,)), provider_id=PSP, now=NOW)
    assert (report.matched, clearing()) == (1, -20_334)
    assert [one.refunded.minor for one in _again(paid).payments] == [6_923, 192, 2_885]
    assert finance.verify() == []


@pytest.mark.parametrize(("told", "field"), [({"order": str(UUID(int=5))}, "order"), ({"amount": 20_335}, "amount"),
                                             ({"case": "A#1"}, "case")])  # fmt: skip
def test_a_dispute_that_does_not_fit_the_basket_opens_nothing(
    paid: finance.BasketDTO, told: dict[str, object], field: str
) -> None:
    lead = PaymentIntent.objects.house().get(id=paid.payments[0].id)
    with pytest.raises(finance.BadDispute) as caught, transaction.atomic():
        _hear(lead, "opened", **{"case": "A", "amount": 100, **told})
    assert (caught.value.field, finance.list_disputes(OPERATOR)) == (field, [])


def test_a_seller_sees_its_own_share_alone_and_the_buyer_the_whole(paid: finance.BasketDTO) -> None:
    first = paid.payments[0]
    seller, other = scope_of(SELLER, Kind.SELLER), scope_of(OTHER_SELLER, Kind.SELLER)
    assert {one.seller_id for one in finance.list_payments(seller)} == {SELLER}
    assert [one.id for one in finance.list_payments(other)] == [paid.payments[1].id]
    assert finance.basket_of(seller, paid.id) is None
    assert finance.basket_of(scope_of(UUID(int=77), Kind.BUYER), paid.id) is None
    assert finance.basket_of(scope_of(BUYER, Kind.BUYER), paid.id) == paid
    assert finance.basket_of(scope_of(PSP, Kind.PSP), paid.id) == paid
    assert finance.list_baskets(scope_of(BUYER, Kind.BUYER)) == [paid]
    assert finance.list_baskets(seller) == []
    lines = finance.money_of_order(seller, first.order_id).stages[0].lines
    assert {line.amount_minor for line in lines} & {20_334, -20_334} == set()


def test_no_share_may_be_captured_in_part_or_released_alone(
    paid: finance.BasketDTO, gateway: finance.ProviderClient
) -> None:
    with pytest.raises(finance.BadCapture):
        finance.capture_payment(paid.payments[0].id, gateway, minor=1, now=NOW)
    with pytest.raises(finance.BadCapture):
        finance.void_payment(paid.payments[0].id, gateway, now=NOW)


@pytest.mark.parametrize("change", ["amount_minor = amount_minor + 1", "state = 'settled'", "attempt = 2"])
def test_the_database_keeps_the_shares_together(paid: finance.BasketDTO, change: str) -> None:
    whole_deferred()
    with pytest.raises(IntegrityError, match="does not hang together"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE finance_paymentintent SET {change} WHERE id = %s",
                [paid.payments[0].id],
            )
        whole_deferred()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shares=st.lists(st.tuples(st.integers(1, 90_000), st.integers(1, 80_000)), min_size=2, max_size=6),
    backs=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 100)), max_size=6),
    fee=st.integers(0, 5_000),
)
def test_no_unit_is_lost_whatever_is_bought_and_given_back(
    books: None,
    gateway: finance.ProviderClient,
    shares: list[tuple[int, int]],
    backs: list[tuple[int, int]],
    fee: int,
) -> None:
    before = clearing()
    made = finance.take_basket(basket(*shares, idem=str(new_id())), gateway, now=NOW)
    asked = [
        finance.RefundRequest(uuid4(), one.order_id, goods=max(one.escrow.minor * percent // 100, 1))
        for place, percent in backs
        for one in [made.payments[place % len(made.payments)]]
    ]
    done = [one for one in finance.refund_returns(asked, gateway, now=NOW) if one.status == "done"]
    given = sum(one.amount.minor for one in done if one.amount)
    line = finance.ProviderLine("charge", f"{made.id}-1", made.amount, Money(fee, "EUR"))
    finance.book_provider_file(finance.ProviderFile(str(made.id), (line,)), provider_id=PSP, now=NOW)
    after = _again(made)
    assert sum(one.amount.minor for one in after.payments) == made.amount.minor == sum(s for s, _ in shares)
    fees = finance.provider_fees(OPERATOR, [one.id for one in after.payments])
    assert sum(one.minor for one in fees.values()) == fee
    assert (after.refunded.minor, clearing() - before) == (given, given)
    kept = finance.escrow_of([one.order_id for one in after.payments])
    back = sum(one.order_amount.minor for one in done if one.order_amount)
    assert sum(money.minor for money in kept.values()) == sum(escrow for _, escrow in shares) - back
    whole_deferred()


def _again(made: finance.BasketDTO) -> finance.BasketDTO:
    found = finance.basket_of(OPERATOR, made.id)
    assert found is not None
    return found


def _hear(lead: PaymentIntent, word: str, **told: object) -> bool:
    from fondaco.systems.finance.services.disputes import hear_dispute

    return hear_dispute(lead, f"dispute.{word}", {"reason": "general", **told}, now=NOW)
