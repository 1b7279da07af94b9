"""A worker that the kill test starts and kills: takes, settles and refunds a fixed set of orders.

Arguments: the provider's address, how many orders. Says "done" when all is done.
"""

from __future__ import annotations

import sys
from uuid import UUID

import django


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


if __name__ == "__main__":
    django.setup()
    work(sys.argv[1], int(sys.argv[2]))
    print("done", flush=True)
