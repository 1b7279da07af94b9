"""Which return a tax belongs to, and until when that is due; pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.money import Money

AT_THE_BORDER = "import"


class ReturnNotFound(NotFound):
    code = "tax-return-not-found"


class ReturnNotDue(Conflict):
    code = "tax-return-not-over"
    title = "The period of this return is not over yet."
    remedy = "File it from the day after its last day."


@dataclass(frozen=True, slots=True)
class Scheme:
    """How taxes under a scheme are declared: by month or quarter, due so many months after on a day.

    `due_day` 31 means the last day of the month. `source` is the law.
    """

    code: str
    name: str
    months: int
    due_months: int
    due_day: int
    source: str


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a return, both included, and the last day to file it."""

    start: date
    end: date
    due_on: date


@dataclass(frozen=True, slots=True)
class TaxReturnDTO:
    """A return as it stands, summed live while it is open, frozen when filed; `state` is of ReturnState.

    `came_back` is what of a paid return its bank has sent back: it is to be sent once more.
    """

    id: UUID
    scheme: str
    scheme_name: str
    source: str
    authority_id: UUID
    period: Period
    state: str
    items: int
    duty: Money
    tax: Money
    fees: Money
    reference: str
    came_back: Money

    @property
    def total(self) -> Money:
        return self.duty + self.tax + self.fees


@dataclass(frozen=True, slots=True)
class TaxItemDTO:
    """The duty, tax and fees of one order, in the authority's currency; `value` is that of the order."""

    order_id: UUID
    country: str
    value: Money
    duty: Money
    tax: Money
    fees: Money
    tax_point: date


def period_of(scheme: Scheme, on: date) -> Period:
    """The period of `scheme` that `on` lies in; quarters begin in January."""
    first = (on.month - 1) // scheme.months * scheme.months + 1
    start = date(on.year, first, 1)
    end = _last_day(start, scheme.months - 1)
    due = _last_day(end, scheme.due_months)
    return Period(start, end, due.replace(day=min(scheme.due_day, due.day)))


def _last_day(day: date, months: int) -> date:
    """The last day of the month that is `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])
