"""Go on with the order book from time to time: what officers and reviewers let go moves by itself."""

from __future__ import annotations

from datetime import datetime

from fondaco.commerce.orders import public as orders
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Policy, Work
from fondaco.systems.logistics import public as logistics


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
