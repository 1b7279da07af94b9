"""What carriers tell of goods at the border, told to the customs of the country that they leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import CustomsGateway, Voyage
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import BorderMove


def report_voyages(
    order_ids: Sequence[UUID], gateway: CustomsGateway, *, actor: str, now: datetime, retold: bool = False
) -> int:
    """Tell customs of those of these orders that have come to the yard or left; how many messages it took in.

    Each is told once; again, only what is new goes. Call outside any transaction.
    """
    wanted = window.orders_to_report(order_ids)
    if not wanted:
        return 0
    told = [_voyage(move) for move in logistics.border_moves(wanted) if move.at <= now]
    sent = window.lodge_voyages(told, gateway, actor=actor, now=now, retold=retold)
    if sent:
        window.poll_receipts(gateway, now=now)
    return sent


def report_open_voyages(*, now: datetime) -> int:
    """The same of every list that waits to leave: for what carriers have told by themselves. How many messages.

    The gateway is the demonstration's until a deployment configures a real one.
    """
    waiting = window.orders_not_departed()
    if not waiting or not logistics.border_moves(waiting):
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return report_voyages(waiting, ports.agency, actor="house", now=now)


def _voyage(move: BorderMove) -> Voyage:
    known = move.conveyance
    return Voyage(
        move.order_id,
        move.part,
        move.what,
        move.at,
        bill=str(known.get("bill", "")),
        vessel=str(known.get("vessel", "")),
        voyage=str(known.get("voyage", "")),
    )
