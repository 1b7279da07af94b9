"""A person's yearly quota: reserved at the quote, used at the payment, never exceeded by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window.models import QUOTA_HOLD, PersonQuota, QuotaHold
from fondaco.platforms.window.quotas import (
    HOLD_FOR,
    QuotaAsk,
    QuotaUsedUp,
    free_quota,
    give_back_quota,
    quota_accounts,
    quota_left,
    reserve_quota,
    use_quota,
)
from fondaco.platforms.window.schemes import schemes_open_to

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMIT = Money.of(26_000, "CNY")
BUYER = uuid4()


def ask(value: int, *, buyer=BUYER, order=None) -> QuotaAsk:
    return QuotaAsk("CN-CBEC-year", LIMIT, buyer, order or uuid4(), Money.of(value, "CNY"), 2026)


def books(buyer=BUYER) -> tuple[int, int]:
    """(held, used) in yuan."""
    account = PersonQuota.objects.house().get(buyer_id=buyer)
    return account.held_minor // 100, account.used_minor // 100


@pytest.mark.django_db
def test_a_quote_reserves_and_a_payment_uses():
    order = ask(4_000)
    reserve_quota(order, now=NOW, actor="t")
    assert books() == (4_000, 0)
    use_quota(order, now=NOW, actor="t")
    assert books() == (0, 4_000)
    use_quota(order, now=NOW, actor="t")
    reserve_quota(order, now=NOW, actor="t")
    assert books() == (0, 4_000)
    assert quota_left({"CN-CBEC-year": LIMIT}, buyer_id=BUYER, on=NOW.date(), now=NOW)[
        "CN-CBEC-year"
    ] == Money.of(22_000, "CNY")


@pytest.mark.django_db
def test_a_new_price_of_the_same_order_changes_its_reservation():
    order = ask(4_000)
    reserve_quota(order, now=NOW, actor="t")
    reserve_quota(replace(order, value=Money.of(1_500, "CNY")), now=NOW, actor="t")
    assert books() == (1_500, 0)
    assert QuotaHold.objects.house().count() == 1


@pytest.mark.django_db
def test_what_is_above_the_limit_is_refused_and_nothing_changes():
    use_quota(ask(25_000), now=NOW, actor="t")
    with pytest.raises(QuotaUsedUp) as caught:
        reserve_quota(ask(1_001), now=NOW, actor="t")
    assert "CNY" in str(caught.value)
    assert books() == (0, 25_000)
    assert QuotaHold.objects.house().count() == 1
    reserve_quota(ask(1_000), now=NOW, actor="t")


@pytest.mark.django_db
def test_a_quota_used_up_between_quote_and_payment_is_told_and_nothing_is_used():
    early, late = ask(20_000), ask(20_000)
    reserve_quota(early, now=NOW, actor="t")
    after = NOW + HOLD_FOR + timedelta(seconds=1)
    assert (
        quota_left({"CN-CBEC-year": LIMIT}, buyer_id=BUYER, on=NOW.date(), now=after)["CN-CBEC-year"] == LIMIT
    )
    use_quota(late, now=after, actor="t")
    with pytest.raises(QuotaUsedUp):
        use_quota(early, now=after, actor="t")
    assert books() == (0, 20_000)
    assert QuotaHold.objects.house().get(order_id=late.order_id).state == "used"


@pytest.mark.django_db
def test_a_reservation_that_has_come_free_is_used_all_the_same_where_there_is_room():
    order = ask(4_000)
    reserve_quota(order, now=NOW, actor="t")
    use_quota(order, now=NOW + timedelta(days=3), actor="t")
    assert books() == (0, 4_000)


@pytest.mark.django_db
def test_what_is_not_paid_or_comes_back_is_given_back():
    held, used = ask(3_000), ask(5_000)
    reserve_quota(held, now=NOW, actor="t")
    use_quota(used, now=NOW, actor="t")
    assert free_quota([held.order_id, used.order_id], now=NOW, actor="t") == 2
    assert books() == (0, 0)
    assert free_quota([held.order_id, used.order_id], now=NOW, actor="t") == 0


@pytest.mark.django_db
def test_goods_that_come_back_in_parts_give_back_their_part():
    order = ask(5_000)
    assert give_back_quota(order.order_id, part=Fraction(1), now=NOW, actor="t") == 0
    use_quota(order, now=NOW, actor="t")
    assert give_back_quota(order.order_id, part=Fraction(2, 5), now=NOW, actor="t") == 200_000
    assert books() == (0, 3_000)
    assert give_back_quota(order.order_id, part=Fraction(1), now=NOW, actor="t") == 300_000
    assert books() == (0, 0)
    assert give_back_quota(order.order_id, part=Fraction(1), now=NOW, actor="t") == 0


@pytest.mark.django_db
def test_the_database_itself_refuses_more_than_the_limit_and_an_illegal_step():
    use_quota(ask(26_000), now=NOW, actor="t")
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonQuota.objects.house().update(used_minor=LIMIT.minor + 1)
    assert installed_transitions("window_quotahold") == QUOTA_HOLD.edges
    hold = QuotaHold.objects.house().get()
    with pytest.raises(IntegrityError), transaction.atomic():
        QuotaHold.objects.house().filter(pk=hold.pk).update(state="held")


@pytest.mark.django_db
def test_only_the_buyer_sees_the_account():
    use_quota(ask(100), now=NOW, actor="t")
    assert [a.left for a in quota_accounts(Scope(BUYER, Kind.BUYER), now=NOW)] == [Money.of(25_900, "CNY")]
    assert quota_accounts(Scope(uuid4(), Kind.BUYER), now=NOW) == []
    assert quota_accounts(Scope(BUYER, Kind.SELLER), now=NOW) == []


@pytest.mark.django_db
def test_a_reservation_that_has_expired_is_shown_as_left():
    reserve_quota(ask(600), now=NOW, actor="t")
    shown = [quota_accounts(Scope(BUYER, Kind.BUYER), now=at)[0] for at in (NOW, NOW + HOLD_FOR)]
    assert [(one.held, one.left) for one in shown] == [
        (Money.of(600, "CNY"), Money.of(25_400, "CNY")), (Money.of(0, "CNY"), LIMIT),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_many_payments_at_once_only_those_within_the_limit_are_taken():
    orders, gate = [ask(5_000) for _ in range(8)], Barrier(8)

    def pay(order: QuotaAsk) -> bool:
        gate.wait()
        try:
            use_quota(order, now=NOW, actor="t")
        except QuotaUsedUp:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(pay, orders))
    assert sum(taken) == 5
    assert books() == (0, 25_000)


@pytest.mark.parametrize(
    ("identifiers", "schemes"),
    [
        ({"ioss": "IM3720000018"}, {"IOSS"}),
        ({"ioss": "3720000018", "gb_vat": "gb123456789"}, {"UK135"}),
        ({"voec": "2021234", "cn_cbec": "3301960ABC"}, {"VOEC", "CBEC"}),
        ({"eori": "GB000000000003", "consumer": "yes"}, set()),
    ],
)
def test_a_sellers_registrations_open_its_schemes(identifiers, schemes):
    assert schemes_open_to(identifiers) == schemes
