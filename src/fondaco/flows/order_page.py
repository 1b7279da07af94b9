"""The order page: all that one party may see of one order, gathered from the rooms. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductFacts
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, ReturnDTO
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationDTO, LandedDTO, LandedLineResult
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import EscrowHold, MoneyView
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDetail, ConsignmentDTO, SplitView
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import ScreeningDTO
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import DocumentDTO


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """One order with everything that followed from it; what has not happened yet is None or empty."""

    order: OrderDTO
    buyer: OrganisationDTO | None
    seller: OrganisationDTO | None
    money: MoneyView | None = None
    landed: LandedDTO | None = None
    consignment: ConsignmentDetail | None = None
    declarations: tuple[DeclarationDTO, ...] = ()
    returns: tuple[ReturnDTO, ...] = ()
    screenings: tuple[ScreeningDTO, ...] = ()
    facts: Mapping[UUID, ProductFacts] = field(default_factory=dict)
    verdict: Mapping[str, object] | None = None
    documents: tuple[DocumentDTO, ...] = ()
    parts: tuple[ConsignmentDTO, ...] = ()
    split: SplitView | None = None
    hold: EscrowHold | None = None

    @property
    def declaration(self) -> DeclarationDTO | None:
        """The declaration that the order waits for: the newest of the first part that is not free, else the last."""
        newest = list({(one.kind, one.part): one for one in self.declarations}.values())
        waiting = [one for one in newest if one.state not in ("released", "closed")]
        return next(iter(waiting), newest[-1] if newest else None)

    @property
    def landed_lines(self) -> dict[str, LandedLineResult]:
        """The landed figures of each line, by the line's id."""
        lines = self.landed.quote.lines if self.landed else ()
        return {str(line.line_id): line for line in lines}


def order_sheet(scope: Scope, order_id: UUID, *, now: datetime) -> OrderSheet:
    """The sheet of an order that `scope` may see, else NotFound: a constant number of queries."""
    order = orders.order_detail(scope, order_id)
    who = parties.organisations([order.buyer_id, order.seller_id])
    seen_by_trade = scope.kind in (Kind.SELLER, Kind.PLATFORM)
    return OrderSheet(
        order=order,
        buyer=who.get(order.buyer_id),
        seller=who.get(order.seller_id),
        money=money_of(scope, order_id),
        landed=landed_of(scope, order_id),
        consignment=consignment_of(scope, order_id),
        declarations=tuple(window.declarations_of_order(scope, order_id)),
        returns=tuple(orders.returns_of_order(scope, order_id)),
        screenings=tuple(risk.screenings_for([order_id], scope=scope).get(order_id, ()))
        if seen_by_trade
        else (),
        facts=catalog.facts_for({line.product_id for line in order.lines if line.product_id}),
        verdict=window.verdicts_for([order_id]).get(order_id) if seen_by_trade else None,
        parts=logistics.parts_for([order_id])[order_id],
        split=logistics.split_of_order(scope, order_id),
        hold=finance.hold_of_order(scope, order_id, now=now),
        documents=tuple(sharing.documents_for([order_id], scope=scope)[order_id]),
    )


def money_of(scope: Scope, order_id: UUID) -> MoneyView | None:
    """The money of an order that `scope` may see, None where none has moved yet."""
    with suppress(NotFound):
        return finance.money_of_order(scope, order_id)
    return None


def landed_of(scope: Scope, order_id: UUID) -> LandedDTO | None:
    """The landed quote of an order that `scope` may see, None where it has none yet."""
    with suppress(NotFound):
        return window.landed_trace(scope, order_id)
    return None


def consignment_of(scope: Scope, order_id: UUID) -> ConsignmentDetail | None:
    """The consignment of an order that `scope` may see, None where nothing is booked yet."""
    with suppress(NotFound):
        return logistics.consignment_detail(scope, order_id=order_id)
    return None
