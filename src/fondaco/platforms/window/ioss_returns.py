"""IOSS returns: drawn up with the member states that the table of modes knows."""

from __future__ import annotations

from collections.abc import Sequence

from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.domain.ioss import (
    CorrectionLine,
    IossReturn,
    Period,
    Sale,
    draw_up_return,
)
from fondaco.platforms.window.domain.modes import Rates

_SCHEME = "IOSS"


def draw_up_ioss_return(
    number: str,
    period: Period,
    sales: Sequence[Sale],
    *,
    corrections: Sequence[CorrectionLine] = (),
    rates: Rates,
) -> IossReturn:
    """The return of a month; see `draw_up_return`."""
    modes = [mode for mode in mode_book().modes if mode.when.scheme == _SCHEME]
    members = frozenset(country for mode in modes for country in mode.countries)
    return draw_up_return(number, period, sales, corrections=corrections, members=members, rates=rates)
