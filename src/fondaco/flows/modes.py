"""Which supervision mode an order's declaration is drawn up in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.landing import is_consumer
from fondaco.flows.work import Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import GoodsItem, ModeChoice, OrderFacts
from fondaco.systems.finance import public as finance


def choose_import_mode(order: OrderDTO, items: Sequence[GoodsItem], work: Work) -> ModeChoice:
    """The mode in which `order` is declared where it arrives, on the day that priced it.

    `items` are of one consignment; a limit of value is held against the order, which parting does not make smaller.
    An order that gets this far passed the screening of its goods: no licence is open. The seller's schemes are
    those that the landed cost was worked out with, so that tax is charged where the declaration says.
    """
    schemes = window.schemes_open_to(work.seller(order).identifiers)
    facts = OrderFacts(
        direction="import",
        country=order.destination,
        on=order.ordered_at.date(),
        value=order.sale - order.carriage,
        mass_g=sum(item.gross_g for item in items),
        b2c=is_consumer(order, work),
        licence=False,
        excise=window.is_excise([item.hs_code or "" for item in items]),
        eori=bool(work.seller(order).identifiers.get("eori")),
        schemes=schemes & {str(order.facts.get("scheme", ""))},
        stock=bonded_in(order.id, order.destination, work, pieces=sum(item.quantity for item in items)),
        incoterm="DDP",
        origins=frozenset(item.origin for item in items if item.origin),
    )
    return suit_mode(facts)


def bonded_in(order_id: UUID, country: str, work: Work, *, pieces: int) -> str:
    """Where an order's goods stand before `country`'s customs: in a bonded store there, all of them, or `direct`."""
    stores = [one for one in work.held.get(order_id, ()) if (one.kind, one.country) == ("bonded", country)]
    if not stores or sum(one.pieces for one in stores) < pieces:
        return "direct"
    return window.bonded_stock(country, stores[0].city)


def suit_mode(facts: OrderFacts) -> ModeChoice:
    """The mode that fits an order somebody describes, at the European Central Bank's rates of the day asked for."""
    return window.choose_supervision_mode(facts, rates=finance.rate_source())
