"""Lists withdrawn from Chinese customs before it lets the goods go."""

from __future__ import annotations

from datetime import datetime

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.platforms.window import public as window
from fondaco.systems.logistics import public as logistics


def withdraw_by_house(lrn: str, *, reason: str, now: datetime) -> str:
    """Apply for the cancellation of a list and take in what customs answers; the state it has then.

    The gateway is the demonstration's until a deployment configures a real one. NotFound; NotWithdrawable.
    """
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        key = window.withdraw_list(lrn, ports.agency, reason=reason, actor="house", now=now)
        report = window.poll_receipts(ports.agency, now=now)
    return report.states.get(key, "")
