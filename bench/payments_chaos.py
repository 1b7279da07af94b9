"""Payments in a storm: providers that time out after taking the money, and webhooks that come twice, late or never.

Three simulated providers behind real sockets (HTTP, one request per payment) decline some payments for their own
reasons, so that these cascade. Of all requests 5 % time out after the deed is done and 1 % before; of all webhooks
10 % come twice, 20 % overtake older ones, 2 % are lost. Four workers take the payments (every tenth is asked for by
two workers at once), webhooks arrive meanwhile over HTTP, signed, and are verified; then the janitor asks on
until fifteen simulated minutes are over. Counted at the end:

`unknown`: payments without a known end. `double_captured`: orders that more than one capture was made for, at
the providers or in the books. `file_difference`: minor units by which the settlement files and the ledger's
clearing accounts differ, line by line; the files are then booked and the clearing accounts must be zero.

`python -m bench.payments_chaos [N]`; 10,000 payments by default. What flatters: everything is on one machine.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bench._runner import result, scratch_database, stopwatch
from fondaco.kernel.local_http import LocalServer, Reply, Request

if TYPE_CHECKING:
    from fondaco.systems.finance.public import PaymentDesk, PaymentRequest, ProviderClient, ProviderSimulator

WORKERS, BATCH = 4, 50
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTES = 15


@dataclass
class Inbox(LocalServer):
    """Our end of the webhooks, as the API's endpoint is: verified, heard once."""

    title = "fondaco webhook inbox"

    def respond(self, request: Request) -> Reply:
        """Hear one webhook of the provider named in the path."""
        from fondaco.kernel.errors import FondacoError
        from fondaco.systems.finance import public as finance

        try:
            finance.receive_webhook(UUID(request.path[1:]), request.body, request.headers, now=NOW)
        except FondacoError as problem:
            return Reply(problem.status, {"code": problem.code})
        return Reply(200, {})


@dataclass
class Storm:
    """The providers, our desk of connectors to them, and their webhook senders."""

    simulators: list[ProviderSimulator]
    clients: list[ProviderClient]
    desk: PaymentDesk


@contextmanager
def storm() -> Iterator[Storm]:
    """Three faulty providers and one inbox, running."""
    from fondaco.systems.finance import public as finance

    with ExitStack() as stack:
        inbox = stack.enter_context(Inbox())
        simulators, clients, connectors = [], [], []
        for number, soft in enumerate((0.04, 0.10, 0.15), start=1):
            provider = UUID(int=number)
            faults = finance.WebhookFaults(lost=0.02, doubled=0.10, reordered=0.20, seed=f"p{number}")
            secret = finance.ensure_connection(provider, now=NOW)
            sender = finance.WebhookSender(f"{inbox.url}/{provider}", secret, faults, now=lambda: NOW)
            chaos = finance.Faults(
                vanish_after=0.05, vanish_before=0.01, soft_decline=soft, seed=f"p{number}"
            )
            simulator = stack.enter_context(finance.ProviderSimulator(faults=chaos, sender=sender))
            client = stack.enter_context(
                finance.ProviderClient(simulator.url, provider_id=provider, at_once=1)
            )
            simulators.append(simulator)
            clients.append(client)
            connectors.append(finance.Connector(f"provider-{number}", client))
        yield Storm(simulators, clients, finance.PaymentDesk(tuple(connectors)))


def requests_for(number: int) -> list[PaymentRequest]:
    """Payments of different sums in three currencies, each for an order of its own."""
    from fondaco.kernel.money import Money
    from fondaco.systems.finance import public as finance

    def one(at: int) -> PaymentRequest:
        currency = ("EUR", "GBP", "USD")[at % 3]
        amount = Money(500 + at * 7919 % 90_000, currency)
        order = uuid4()
        return finance.PaymentRequest(
            order_id=order, buyer_id=UUID(int=99), seller_id=UUID(int=98), amount=amount,
            settlement_currency=currency, escrow=amount, idem=f"pay:{order}", on=NOW.date(), country="DE",
        )  # fmt: skip

    return [one(at) for at in range(number)]


def take(storm: Storm, requests: Sequence[PaymentRequest]) -> None:
    """Take payments from several workers at once, some of them twice, while webhooks come in."""
    from django.db import connections

    from fondaco.systems.finance import public as finance

    parts = [requests[start : start + BATCH] for start in range(0, len(requests), BATCH)]
    work = [*parts, *parts[::10]]
    done = threading.Event()
    failures: list[BaseException] = []

    def worker(mine: int) -> None:
        try:
            for part in work[mine::WORKERS]:
                finance.take_payments(part, storm.desk, now=NOW)
        except BaseException as exc:  # noqa: BLE001 - told by the main thread
            failures.append(exc)
        finally:
            connections.close_all()

    def postman() -> None:
        while not done.is_set():
            _flush(storm)
            time.sleep(0.05)

    threads = [threading.Thread(target=worker, args=(each,)) for each in range(WORKERS)]
    post = threading.Thread(target=postman)
    for thread in (*threads, post):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    post.join()
    _flush(storm)
    if failures:
        raise failures[0]


def _flush(storm: Storm) -> None:
    for simulator in storm.simulators:
        if simulator.sender:
            simulator.sender.flush()


def settle(storm: Storm) -> int:
    """Compare the settlement files with the books, line by line, and book them; minor units of difference."""
    from fondaco.systems.finance import public as finance

    off = 0
    for client in storm.clients:
        file = client.settlement_file("day-1")
        theirs = {line.key: (line.gross.minor, line.gross.currency) for line in file.lines}
        ours = {
            f"{p.id}-{p.attempt}": (p.amount.minor, p.amount.currency)
            for p in finance.payments_at(client.provider_id)
        }
        off += sum(abs(theirs.get(key, (0, ""))[0] - ours.get(key, (0, ""))[0]) for key in theirs | ours)
        finance.book_provider_file(file, provider_id=client.provider_id, now=NOW)
        left = finance.balances(client.provider_id, codes=["provider_clearing"])
        off += sum(abs(balance.balance_minor) for balance in left)
    return off


def double_captures(storm: Storm, requests: Sequence[PaymentRequest]) -> int:
    """Orders with more than one capture at the providers, or another sum than one payment in the books."""
    from fondaco.systems.finance import public as finance

    at_providers: Counter[str] = Counter(
        str(deed.item["reference"])
        for simulator in storm.simulators
        for deed in simulator.deeds.values()
        if deed.status == "captured"
    )
    kept = finance.escrow_of([request.order_id for request in requests])
    wrong = sum(r.order_id in kept and kept[r.order_id] != r.amount for r in requests)
    return sum(number > 1 for number in at_providers.values()) + wrong


def main(arguments: Sequence[str]) -> None:
    number = int(arguments[0]) if arguments else 10_000
    with scratch_database("chaos"), storm() as wild:
        from fondaco.systems.finance import public as finance

        requests = requests_for(number)
        with stopwatch() as taken:
            take(wild, requests)
        before = finance.count_open_payments(changed_before=NOW)
        for minute in range(1, MINUTES + 1):
            finance.poll_unknown(wild.desk, now=NOW + timedelta(minutes=minute))
        unknown = finance.count_open_payments(changed_before=NOW + timedelta(days=1))
        double = double_captures(wild, requests)
        difference = settle(wild)
        tell(wild, number, before, taken["seconds"])
        if any(finance.trial_balance().values()) or finance.verify():
            raise SystemExit("the books do not hold")
        result(
            {"payments": number, "unknown": unknown, "double_captured": double, "file_difference": difference}
        )


def tell(storm: Storm, number: int, before: int, seconds: float) -> None:
    """What happened, in words."""
    heard: Counter[int] = Counter()
    for simulator in storm.simulators:
        if simulator.sender:
            heard.update(simulator.sender.statuses)
    lost = sum(s.sender.lost for s in storm.simulators if s.sender)
    states: Any = dict(Counter(p.state for c in storm.clients for p in _all_of(c)))
    print(f"{number} payments in {seconds:.0f} s; {before} open before the janitor; states after: {states}")
    print(f"webhooks answered 200: {heard[200]}, heard before (409): {heard[409]}, lost: {lost}")
    print(f"tried again at another provider: {_cascaded(storm)}")


def _all_of(client: ProviderClient) -> list[Any]:
    from fondaco.systems.finance import public as finance

    return finance.payments_at(client.provider_id, captured=False)


def _cascaded(storm: Storm) -> int:
    return sum(p.attempt > 1 for client in storm.clients for p in _all_of(client))


if __name__ == "__main__":
    main(sys.argv[1:])
