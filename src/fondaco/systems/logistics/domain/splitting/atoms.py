"""Atoms: order lines cut where stock ends, so that each atom is wholly in stock, or not, at each warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fondaco.systems.logistics.domain.splitting.types import SplitItem, SplitRequest


@dataclass(frozen=True, slots=True)
class Atom:
    """A part of a line, with the codes of the sources that have all of it. `value_minor` is the part's share."""

    item: SplitItem
    at: frozenset[str]


def atoms_of(request: SplitRequest) -> list[Atom]:
    """The atoms of all lines, in their order.

    Units of an article are alike, so a warehouse with k of n of them may as well be thought to have the
    first k: using any k of them costs the same, and no plan of atoms takes more than there is.
    """
    left = {(row.warehouse, row.sku): 0 for row in request.stock}
    for row in request.stock:
        left[row.warehouse, row.sku] += row.quantity
    return [atom for item in request.items for atom in _cut(item, request, left)]


def _cut(item: SplitItem, request: SplitRequest, left: dict[tuple[str, str], int]) -> list[Atom]:
    has = {
        source.code: min(left.get((source.code, item.sku), 0), item.quantity)
        if source.stocked
        else item.quantity
        for source in request.sources
    }
    for code, taken in has.items():
        if (code, item.sku) in left:
            left[code, item.sku] -= taken
    ends = sorted({taken for taken in has.values() if taken} | {item.quantity})
    starts = [0, *ends[:-1]]
    return [
        Atom(_part(item, start, end), frozenset(code for code, taken in has.items() if taken >= end))
        for start, end in zip(starts, ends, strict=True)
    ]


def _part(item: SplitItem, start: int, end: int) -> SplitItem:
    """Units `start` to `end` of a line, with their share of its value; the shares add up."""
    if end - start == item.quantity:
        return item
    value = item.value_minor * end // item.quantity - item.value_minor * start // item.quantity
    return replace(item, quantity=end - start, value_minor=value)


def nowhere(atoms: Sequence[Atom]) -> list[SplitItem]:
    """Parts of lines that no source has."""
    return [atom.item for atom in atoms if not atom.at]
