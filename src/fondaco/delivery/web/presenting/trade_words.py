"""Why the figures of the trade page are what they are."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.presenting.home_words import orders_text
from fondaco.delivery.web.templatetags.fondaco import country, day_text, number, span
from fondaco.flows.trade_board import TradeBoard
from fondaco.kernel.money import Money
from fondaco.systems.statistics.public import BASE_CURRENCY, Cell

_Pick = Callable[[Cell], object]


def _money(minor: int) -> Money:
    return Money(minor, BASE_CURRENCY)


def _clearance(cell: Cell) -> object:
    return None if cell.clearance_median_s is None else span(cell.clearance_median_s)


_FIGURES: dict[str, tuple[str | Promise, str | Promise, _Pick]] = {
    "orders": (_l("Orders"), _l("Orders are counted on the day of their release, each once."),
               lambda cell: number(cell.orders)),
    "value": (_l("Value of goods"), _l("The value of the goods of every counted order, in pounds at the rate of its day."),
              lambda cell: _money(cell.value_gbp_minor)),
    "duty": (_l("Duty"), _l("The duty of every counted order, as it was priced to the door, in pounds at the rate of its day."),
             lambda cell: _money(cell.duty_gbp_minor)),
    "tax": (_l("Import tax"), _l("The import tax of every counted order, as it was priced to the door, in pounds at the rate of its day."),
            lambda cell: _money(cell.tax_gbp_minor)),
    "clearance": (_l("Median clearance"), _l("Half of the declarations were released within this time of their submission."),
                  _clearance),
}  # fmt: skip


def explain_trade(board: TradeBoard, figure: str) -> Explanation | None:
    """The explanation of `figure` of the board, by destination; None for a figure it does not have."""
    if figure not in _FIGURES:
        return None
    title, summary, pick = _FIGURES[figure]
    steps = tuple(
        Step(country(cell.key), _("withheld") if cell.suppressed else pick(cell),
             "" if cell.suppressed else orders_text(cell.orders))
        for cell in board.by_destination
    )  # fmt: skip
    few = Step(_("Cells of fewer than three orders are withheld, so that no single order can be made out."))
    period = f"{day_text(board.period.start)} – {day_text(board.period.end)}"
    return Explanation(title, pick(board.total), summary, (*steps, few) if board.suppressed else steps,
                       versions={str(_("Period")): period})  # fmt: skip
