"""Which declaration carried which pieces of an order's lines, and what was assessed on them there: for returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.parting import Piece, newest_of, shares_of
from fondaco.kernel.money import split_minor
from fondaco.platforms.window.public import Carried, DeclarationDTO, LandedDTO

_FREE = ("released", "closed")
ByLine = Mapping[UUID, tuple[Carried, ...]]


def carried_lines(
    orders: Sequence[OrderDTO],
    declared: Mapping[UUID, Sequence[DeclarationDTO]],
    landed: Mapping[UUID, LandedDTO],
) -> dict[UUID, ByLine]:
    """For each order its lines by the released declarations that they stand on, imports with duty and tax.

    A declaration that sums lines up names none of them and is left out. Asks the books only about orders in parts.
    """
    free = {
        order.id: [
            one for one in newest_of(declared.get(order.id, ())) if one.state in _FREE and one.released_at
        ]
        for order in orders
    }
    parted = [order for order in orders if any(one.part > 1 for one in declared.get(order.id, ()))]
    shares = shares_of(parted) if parted else {}
    found: dict[UUID, ByLine] = {}
    for order in orders:
        pieces = {share.part: share.pieces for share in shares.get(order.id, ())} or {1: _whole(order)}
        found[order.id] = _by_line(order, free[order.id], pieces, landed.get(order.id))
    return found


def _whole(order: OrderDTO) -> tuple[Piece, ...]:
    return tuple(Piece(n, line, line.quantity, line.value_minor) for n, line in enumerate(order.lines, 1))


def _by_line(
    order: OrderDTO,
    free: Sequence[DeclarationDTO],
    pieces: Mapping[int, Sequence[Piece]],
    landed: LandedDTO | None,
) -> ByLine:
    found: dict[UUID, tuple[Carried, ...]] = {}
    paid = {charge: _paid(order, free, charge) for charge in ("duty", "tax")}
    for one in free:
        own = pieces.get(one.part, ())
        if len(own) != one.items_count:
            continue
        duty, tax = (
            split_minor(paid[charge].get(one.id, 0), _weights(own, landed, charge))
            for charge in ("duty", "tax")
        )
        for place, piece in enumerate(own):
            carried = _carried(one, place + 1, piece, duty[place], tax[place])
            found[piece.line.id] = (*found.get(piece.line.id, ()), carried)
    return found


def _carried(one: DeclarationDTO, item: int, piece: Piece, duty: int, tax: int) -> Carried:
    released = one.released_at or one.drafted_at
    return Carried(one.id, one.kind, one.part, item, piece.quantity, released.date(), duty, tax)


def _paid(order: OrderDTO, free: Sequence[DeclarationDTO], charge: str) -> dict[UUID, int]:
    """What each import declaration cost: as assessed on all of them; where it is not, what was charged, shared out."""
    into = [one for one in free if one.kind == "import"]
    told = {one.id: getattr(one, f"assessed_{charge}_minor") for one in into}
    if not into or all(minor is not None for minor in told.values()):
        return told
    weights = [getattr(one, f"estimated_{charge}_minor") for one in into]
    weights = weights if any(weights) else [one.invoice_total_minor for one in into]
    charged: int = getattr(order, f"{charge}_minor") or 0
    return dict(zip(told, split_minor(charged, weights), strict=True))


def _weights(own: Sequence[Piece], landed: LandedDTO | None, charge: str) -> list[int]:
    """As the landed cost was quoted for the lines; by value where none of it was."""
    quoted = {str(line.line_id): line for line in landed.quote.lines} if landed else {}
    weights = [
        getattr(line, charge).minor * piece.quantity // piece.line.quantity
        if (line := quoted.get(str(piece.line.id)))
        else 0
        for piece in own
    ]
    return weights if any(weights) else [piece.value_minor for piece in own]


def line_charges(
    order: OrderDTO, into: Sequence[DeclarationDTO], carried: ByLine, landed: LandedDTO | None, *, charge: str
) -> list[int]:
    """Duty or tax of each line: the sum over the declarations that carried it.

    Where they do not name every piece of every line: what was assessed on all of them, or charged, shared out.
    """
    imports = [[one for one in carried.get(line.id, ()) if one.side == "import"] for line in order.lines]
    if all(
        sum(one.quantity for one in own) == line.quantity
        for line, own in zip(order.lines, imports, strict=True)
    ):
        return [sum(getattr(one, f"{charge}_minor") for one in own) for own in imports]
    told = [getattr(one, f"assessed_{charge}_minor") for one in into]
    known = bool(told) and all(minor is not None for minor in told)
    total: int = sum(told) if known else getattr(order, f"{charge}_minor") or 0
    return split_minor(total, _weights(_whole(order), landed, charge))
