"""An order before the border: the request its landed cost is asked by, whole or in the parts it travels in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO, OrderLineDTO
from fondaco.flows.work import Batch, Facts, Policy, Work
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import LandedLine, LandedRequest, OrderPart
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import PartLoad


def hs6_policy(policy: Policy) -> Literal["ask", "max"]:
    """How a code that is not known to the last digit is read: with leave to estimate, at its highest duty."""
    return "max" if policy.accept_estimates else "ask"


def landed_request(
    order: OrderDTO, facts: Facts, work: Work, *, freight: Money, origin: str = ""
) -> LandedRequest:
    """What is asked of the landed-cost engine for `order` as a whole, delivered duty paid.

    It leaves from `origin`, else from where it was packed, else from its seller's country.
    """
    values = Money(order.sale_minor - order.carriage_minor, order.currency).split(
        [line.value_minor for line in order.lines]
    )
    lines = tuple(_line(line, facts, value) for line, value in zip(order.lines, values, strict=True))
    schemes = window.schemes_open_to(work.seller(order).identifiers)
    return LandedRequest(
        reference=order.number,
        on=order.ordered_at.date(),
        origin=origin or origin_of(order, work),
        destination=order.destination,
        incoterm="DDP",
        lines=lines,
        freight=freight,
        insurance=Money.zero(order.currency),
        b2c=is_consumer(order, work),
        schemes=schemes,
        quota_left=_quota_left(order, schemes, work) or None,
    )


def _quota_left(order: OrderDTO, schemes: frozenset[str], work: Work) -> Mapping[str, Money]:
    """What the buyer may still buy this year under these schemes; asks nothing where the destination has no quota."""
    if not schemes:
        return {}
    on = order.ordered_at.date()
    return window.open_quotas(order.destination, schemes, buyer_id=order.buyer_id, on=on, now=work.now)


def is_consumer(order: OrderDTO, work: Work) -> bool:
    """Buyers are businesses unless their organisation says `consumer: yes`: then it is a distance sale."""
    return work.parties[order.buyer_id].identifiers.get("consumer", "") == "yes"


def _line(line: OrderLineDTO, facts: Facts, value: Money) -> LandedLine:
    known = facts.of(line)
    return LandedLine(
        line_id=str(line.id),
        sku=line.sku,
        title=line.title,
        hs_code=known.hs_code,
        origin=known.origin,
        quantity=line.quantity,
        value=value,
        mass_g=(known.mass_g or 0) * line.quantity,
    )


def origin_of(order: OrderDTO, work: Work) -> str:
    """The country an order leaves from: of the store that sends it, else of its seller."""
    return str(order.facts.get("origin", "")) or work.seller(order).country


def freight_of(order: OrderDTO) -> Money:
    """Freight in the customs value: what the buyer is charged, else what the carriers ask (ADR 0003)."""
    if order.carriage_minor:
        return order.carriage
    return Money(int(order.facts["freight_minor"]), str(order.facts["freight_currency"]))


def parts_of(batch: Batch) -> dict[UUID, tuple[OrderPart, ...]]:
    """The parts of each order of `batch` that goes in several; one query where there are such orders."""
    parted = {order.id: order for order in batch if int(order.facts.get("consignments", 1)) > 1}
    loads: Mapping[UUID, Sequence[PartLoad]] = logistics.part_loads(list(parted)) if parted else {}
    return {order_id: _parts(parted[order_id], found) for order_id, found in loads.items()}


def _parts(order: OrderDTO, loads: Sequence[PartLoad]) -> tuple[OrderPart, ...]:
    """Pieces of an article that is on several lines are given to these in their order.

    What the buyer is charged for carriage is shared by the goods; else each part has its carrier's price.
    """
    left = Counter({line.id: line.quantity for line in order.lines})
    units = [_units(order, load, left) for load in loads]
    each = {str(line.id): line.unit_minor for line in order.lines}
    goods = [sum(each[str(line)] * count for line, count in held.items()) for held in units]
    weights = goods if order.carriage_minor and any(goods) else [load.price.minor for load in loads]
    freight = freight_of(order).split(weights)
    return tuple(OrderPart(held, share) for held, share in zip(units, freight, strict=True))


def _units(order: OrderDTO, load: PartLoad, left: Counter[UUID]) -> dict[UUID | str, int]:
    units: dict[UUID | str, int] = {}
    pieces = dict(load.pieces)
    for line in order.lines:
        count = min(pieces.get(line.sku, 0), left[line.id])
        if count > 0:
            units[str(line.id)] = count
            pieces[line.sku] -= count
            left[line.id] -= count
    return units
