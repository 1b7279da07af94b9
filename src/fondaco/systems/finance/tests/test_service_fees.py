"""The shares of warehouses in a settled order: legs of the settlement, exact, each with its rate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import ServiceFee
from fondaco.systems.finance.tests.conftest import (
    DAY,
    NOW,
    OPERATOR,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)

PARK, OTHER_PARK = UUID(int=31), UUID(int=32)


def payable(owner: UUID) -> int:
    return sum(line.balance_minor for line in finance.balances(owner, codes=["payable"]))


def test_rates_are_those_of_the_country_and_day() -> None:
    three = [finance.Handled(PARK, "GB", pieces=3, piece_days=4)]
    assert finance.service_shares(three, currency="GBP", on=DAY) == (
        finance.ServiceShare(PARK, "pick", 45 + 3 * 18, 3, "park-pick-gb"),
        finance.ServiceShare(PARK, "storage", 4, 4, "park-store-gb"),
    )
    assert finance.service_shares(three, currency="GBP", on=date(2009, 12, 31)) == ()
    [abroad] = finance.service_shares([finance.Handled(PARK, "IE", pieces=1)], currency="EUR", on=DAY)
    assert (abroad.minor, abroad.rate) == (70, "park-pick")


def test_each_warehouse_is_paid_out_of_the_sellers_part(books: None, gateway: finance.ProviderClient) -> None:
    paid = finance.take_payments([payment_request()], gateway, now=NOW)[0]
    services = finance.service_shares(
        [finance.Handled(PARK, "GB", 3, 4), finance.Handled(OTHER_PARK, "GB", 1)], currency="GBP", on=DAY
    )
    request = settlement_request(paid.order_id, services=services)
    [done] = finance.settle_orders([request], now=NOW)
    assert (payable(PARK), payable(OTHER_PARK)) == (103, 63)
    assert done.seller_minor == payable(SELLER) == 6_632 - 103 - 63
    assert set(finance.trial_balance().values()) == {0}
    seen = finance.services_of_order(scope_of(PARK, Kind.PARK), paid.order_id)
    assert [(share.service, money) for share, money in seen] == [
        ("pick", Money(99, "GBP")),
        ("storage", Money(4, "GBP")),
    ]
    assert len(finance.services_of_order(scope_of(SELLER, Kind.SELLER), paid.order_id)) == 3
    assert finance.services_of_order(scope_of(UUID(int=77), Kind.PARK), paid.order_id) == []
    assert finance.settle_orders([request], now=NOW)[0].fresh is False
    for other in (services[:1], (replace(services[0], minor=98), *services[1:]), ()):
        [said] = finance.settle_orders([replace(request, services=other)], now=NOW)
        assert (said.status, said.code) == ("refused", finance.KeyReused.code)
    assert ServiceFee.objects.house().count() == 3
    assert finance.verify() == []
    assert {line.owner_id for line in finance.money_of_order(OPERATOR, paid.order_id).stages[1].lines} >= {
        PARK,
        OTHER_PARK,
    }


@pytest.mark.parametrize("minor", [-1, 0])
def test_a_share_that_is_not_positive_is_refused(
    books: None, gateway: finance.ProviderClient, minor: int
) -> None:
    paid = finance.take_payments([payment_request()], gateway, now=NOW)[0]
    bad = (finance.ServiceShare(PARK, "pick", minor, 1, "park-pick-gb"),)
    [done] = finance.settle_orders([settlement_request(paid.order_id, services=bad)], now=NOW)
    assert (done.status, done.code, payable(PARK)) == ("refused", "bad-settlement", 0)
