"""A park that clears together, to show: what three made-up sellers keep in its warehouses goes in one declaration.

The orders are those of the baskets (`flows.basket_demo`): paid, collected into one batch of the park's own, matched
list by list, and lodged once in the park's name; the authority's answer is the answer to every list.
"""

from __future__ import annotations

from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderState
from fondaco.flows.basket_demo import ORDERED_AT, seller_ids
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.clearing import collect_orders
from fondaco.flows.collective import clear_batch
from fondaco.flows.stock import ensure_park
from fondaco.flows.work import Work
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics

_ON = ORDERED_AT.date()


def clear_at_park(work: Work) -> int:
    """Collect, declare and clear together what the baskets' sellers have sold; how many lists. Again, nothing changes."""
    park = Scope(ensure_park(now=work.now), Kind.PARK, role=Role.CLERK, actor="demo")
    sellers = seller_ids()
    _run("pay", sellers, work)
    paid = [one.id for seller in sellers for one in orders.orders_in_state(OrderState.PAID, seller_id=seller)]
    collect_orders(_ON, paid, now=work.now)
    _run("declare", sellers, work)
    batches = [one for one in logistics.list_clearances(park) if one.ready_on == _ON]
    for batch in batches:
        if batch.state == "open":
            logistics.move_clearance(park, batch.id, "close", now=work.now)
    return sum(
        clear_batch(park, batch.id, work.ports.agency, now=work.now).lists
        for batch in batches
        if batch.state != "cancelled"
    )


def _run(stage: str, sellers: list[UUID], work: Work) -> None:
    steps = [step for step in STAGES if step[0] == stage]
    for seller in sellers:
        run_book(work, seller_id=seller, stages=steps)
