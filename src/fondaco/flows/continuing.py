"""Go on from time to time: with the order book, open payments, refunds and payouts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ReturnState
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.house import ensure_house
from fondaco.flows.payouts import hear_from_bank, pay_out
from fondaco.flows.returns import refund_open_returns
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics

SILENT_FOR = timedelta(minutes=1)  # a payment younger than this is in somebody's hands


def continue_book(*, now: datetime) -> int:
    """Run the order book once, if any order may move; how many orders its stages took up.

    The ports are the demonstration's simulators until a deployment configures real ones. What is placed now is
    dated now; an imported book of the past is retold, except in production.
    """
    standing = orders.count_by_state()
    if not any(standing[state] for _, state, _ in STAGES):
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house, until=now) as ports:
        work = Work(house, ports, Policy(accept_estimates=True), now, retold=not settings.PRODUCTION)
        run = run_book(work)
    return sum(run.handled.values())


def poll_payments(*, now: datetime, silent_for: timedelta = SILENT_FOR) -> int:
    """Ask the provider what became of payments that stayed open; how many got decided.

    Safe to repeat: the provider knows each attempt by its key, so that nobody is charged twice. What was
    captured is booked; the next run of the order book moves the order. Captures, releases and refunds without an
    answer are asked for again.
    """
    before = now - silent_for
    if not (
        finance.count_open_payments(changed_before=before)
        or finance.count_open_refunds(changed_before=before)
    ):
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        decided = finance.poll_unknown(ports.provider, now=now, older_than=silent_for)
        decided += finance.ask_captures_again(ports.provider, now=now, older_than=silent_for)
        return decided + finance.ask_refunds_again(ports.provider, now=now, older_than=silent_for)


def refund_returns(*, now: datetime) -> int:
    """Give back what credit notes name to whoever has paid; how many were refunded. The others wait for a person."""
    if not orders.returns_in_state(ReturnState.OPEN, limit=1):
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return refund_open_returns(Work(house, ports, Policy(), now)).get("done", 0)


def pay_out_daily(*, now: datetime) -> int:
    """Send the day's balances on their way; how many payouts the day has. Again the same day, it sends nothing."""
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    return len(pay_out(Work(house, NO_PORTS, Policy(), now)))


def poll_bank(*, now: datetime) -> int:
    """Hear what became of payouts in transit; how many the bank decided."""
    if not finance.count_payouts_in_transit():
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        report = hear_from_bank(Work(house, ports, Policy(), now))
    return report.paid + report.returned
