"""Go on from time to time: with the order book, and with payments of which nobody knows how they ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from fondaco.commerce.orders import public as orders
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Policy, Work
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics

SILENT_FOR = timedelta(minutes=1)  # a payment younger than this is in somebody's hands


def continue_book(*, now: datetime) -> int:
    """Run the order book once, if any order may move; how many orders its stages took up.

    The ports are the demonstration's simulators until a deployment configures real ones.
    """
    standing = orders.count_by_state()
    if not any(standing[state] for _, state, _ in STAGES):
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        run = run_book(Work(house, ports, Policy(accept_estimates=True), now))
    return sum(run.handled.values())


def poll_payments(*, now: datetime, silent_for: timedelta = SILENT_FOR) -> int:
    """Ask the provider what became of payments that stayed open; how many got decided.

    Safe to repeat: the provider knows each attempt by its key, so that nobody is charged twice. What was
    captured is booked; the next run of the order book moves the order.
    """
    if not finance.count_open_payments(changed_before=now - silent_for):
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return finance.poll_unknown(ports.provider, now=now, older_than=silent_for)
