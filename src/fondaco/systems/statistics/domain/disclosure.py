"""Disclosure control: no published cell tells of so few orders that one of them can be made out.

A cell with fewer than three orders is withheld (the threshold rule of official statistics; Eurostat, Handbook
on Statistical Disclosure Control, 2010). Where that leaves a single withheld cell beside a published total,
the next smallest is withheld too, or the total would give the first away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fondaco.systems.statistics.domain.facts import Cell

FEWEST = 3


def withhold_small(cells: Sequence[Cell], *, fewest: int = FEWEST) -> list[Cell]:
    """`cells` with those of fewer than `fewest` orders withheld, and one more where one alone would show."""
    hidden = {place for place, cell in enumerate(cells) if 0 < cell.orders < fewest}
    shown = [place for place, cell in enumerate(cells) if cell.orders >= fewest]
    if len(hidden) == 1 and shown:
        hidden.add(min(shown, key=lambda place: (cells[place].orders, cells[place].value_gbp_minor)))
    return [_withheld(cell) if place in hidden else cell for place, cell in enumerate(cells)]


def _withheld(cell: Cell) -> Cell:
    return replace(
        cell,
        orders=0,
        lines=0,
        value_gbp_minor=0,
        duty_gbp_minor=0,
        tax_gbp_minor=0,
        clearance_median_s=None,
        clearance_p90_s=None,
        suppressed=True,
    )
