"""What each consignment of an order carries: its lines, value, carriage and charges, as they were quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO, OrderLineDTO
from fondaco.flows.landing import freight_of
from fondaco.flows.work import Batch
from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationDTO, DeclarationState, PartCharges
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO


@dataclass(frozen=True, slots=True)
class Piece:
    """Pieces of one line of the order (`number`, from 1) under one waybill, with what they were paid."""

    number: int
    line: OrderLineDTO
    quantity: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """One consignment of an order with what of the order it carries; all amounts in the order's currency."""

    moved: ConsignmentDTO
    of: int
    pieces: tuple[Piece, ...]
    freight: Money
    duty_minor: int
    tax_minor: int

    @property
    def part(self) -> int:
        return self.moved.part if self.of > 1 else 1

    def reference(self, order: OrderDTO) -> str:
        """The number of the consignment as a trader gives it (UCR, UCC D.E. 2/4): the order's, and the part's."""
        return f"{order.number}/{self.part}" if self.of > 1 else order.number

    @property
    def goods_minor(self) -> int:
        return sum(piece.value_minor for piece in self.pieces)


_FREE = {DeclarationState.RELEASED, DeclarationState.CLOSED}


def newest_of(declared: Sequence[DeclarationDTO]) -> list[DeclarationDTO]:
    """The newest declaration of each part of an order on each side of the border."""
    return list({(one.kind, one.part): one for one in declared}.values())


def free_parts(declared: Sequence[DeclarationDTO]) -> dict[int, datetime]:
    """The parts of an order whose declarations are released on each side of the border, and when the last one was."""
    newest = newest_of(declared)
    bound = {one.part for one in newest if one.state not in _FREE}
    free: dict[int, datetime] = {}
    for one in newest:
        if one.part not in bound:
            at = one.released_at or one.drafted_at
            free[one.part] = max(at, free.get(one.part, at))
    return free


def is_free(declared: Sequence[DeclarationDTO]) -> bool:
    """Whether every part of an order is released on each side of the border."""
    return bool(declared) and {*free_parts(declared)} == {one.part for one in declared}


def shares_of(batch: Batch) -> dict[UUID, tuple[Share, ...]]:
    """The consignments of each order of `batch`; three queries where some travel in parts, else two.

    A part has what the landed cost was quoted for it. An order whose quote knows no parts is one consignment.
    """
    booked = logistics.parts_for([order.id for order in batch])
    several = [order_id for order_id, parts in booked.items() if len(parts) > 1]
    quoted = window.landed_quote_for(several) if several else {}
    charged = {order_id: kept.quote.parts for order_id, kept in quoted.items()}
    return {
        order.id: _in_parts(order, booked[order.id], charged.get(order.id, ())) or (_whole(order, booked),)
        for order in batch
    }


def _whole(order: OrderDTO, booked: Mapping[UUID, Sequence[ConsignmentDTO]]) -> Share:
    """All of the order, its value shared by what the lines were sold at."""
    values = split_minor(order.sale_minor - order.carriage_minor, [line.value_minor for line in order.lines])
    pieces = (Piece(n, line, line.quantity, values[n - 1]) for n, line in enumerate(order.lines, 1))
    moved = logistics.whole_of(booked[order.id])
    return Share(moved, 1, tuple(pieces), freight_of(order), order.duty_minor or 0, order.tax_minor or 0)


def _in_parts(
    order: OrderDTO, parts: Sequence[ConsignmentDTO], charged: Sequence[PartCharges]
) -> tuple[Share, ...]:
    """Each part as it was quoted; none where the quote knows no parts, or others."""
    if len(parts) < 2 or len(parts) != len(charged):
        return ()
    lines = {str(line.id): (n, line) for n, line in enumerate(order.lines, 1)}
    return tuple(
        Share(
            moved,
            len(parts),
            tuple(Piece(*lines[key], count, minor) for key, count, minor in one.lines),
            one.freight,
            one.duty.minor,
            one.tax.minor,
        )
        for moved, one in zip(parts, charged, strict=True)
    )
