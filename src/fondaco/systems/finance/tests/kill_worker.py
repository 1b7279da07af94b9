"""A worker that the kill test starts and kills: takes, settles and refunds a fixed set of orders."""

from __future__ import annotations

from uuid import UUID


def orders(count: int) -> list[UUID]:
    return [UUID(int=10_000 + n) for n in range(count)]


def work(url: str, count: int) -> None:
    from fondaco.systems.finance import public as finance
    from fondaco.systems.finance.tests.conftest import NOW, PSP, payment_request, settlement_request

    ids = orders(count)
    with finance.ProviderClient(url, provider_id=PSP) as client:
        for start in range(0, count, 10):
            part = ids[start : start + 10]
            finance.take_payments([payment_request(order_id=o) for o in part], client, now=NOW)
            finance.settle_orders([settlement_request(o) for o in part], now=NOW)
            refunds = [finance.RefundRequest(UUID(int=o.int + 10**9), o, goods=700) for o in part]
            finance.refund_returns(refunds, client, now=NOW)
