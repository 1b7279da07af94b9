"""Monthly summaries: what left in a month under a mode that asks for it is declared once more, together.

GACC Announcement 2018 No. 194, as customs brokers tell it (its text was not read): by the 15th of the next month the
lists of a month are merged into export declarations; the application that asks for it is CEB701 (607 tells of master and house waybills). A month is
Beijing's, and a list belongs to the month in which it was released.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncMonth

from fondaco.kernel.errors import Refused
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_members import SUMMARY_REGIME, references_summed
from fondaco.platforms.window.declaration_store import dto_rows
from fondaco.platforms.window.declaration_summary import (
    NothingToSummarise,
    SummaryOf,
    draw_up_summary,
    match_summary,
)
from fondaco.platforms.window.domain.declaration import MOST_ITEMS, DeclarationDTO, Party
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.ioss import IossRefused, Period
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING
from fondaco.platforms.window.domain.modes import Rates
from fondaco.platforms.window.models import Declaration, DeclarationEvent, DeclarationState

DUE_DAY = 15
_SPACE = UUID("b2a9c7a4-5d0e-4c53-9a7e-2f5a1f5d7701")
_FREE = (DeclarationState.RELEASED, DeclarationState.CLOSED)
_VOID = (DeclarationState.REJECTED, DeclarationState.CANCELLED, DeclarationState.DRAFT)


class MonthNotOver(Refused):
    code = "summary-month-not-over"
    title = "This month is not over yet: lists are still released."
    remedy = (
        "Lodge it after the last day of the month, by the 15th of the next; or ask for what there is so far."
    )


class NotAMonth(Refused):
    code = "not-a-month"
    title = "This is no month."
    remedy = "Write it as 2026-10."


@dataclass(frozen=True, slots=True)
class MonthOfLists:
    """One month of one seller: its lists, how many no summary holds yet, and its summaries."""

    seller_id: UUID
    period: Period
    lists: int
    waiting: int
    summaries: tuple[DeclarationDTO, ...]

    @property
    def due_on(self) -> date:
        """The day by which it must be lodged."""
        return self.period.last_day + timedelta(days=DUE_DAY)


def read_month(text: str) -> Period:
    """A month such as 2026-10. NotAMonth."""
    try:
        return Period.parse(text)
    except IossRefused as fault:
        raise NotAMonth(field="month", value=text) from fault


def months_of_lists(scope: Scope, *, most: int | None = 120) -> list[MonthOfLists]:
    """The months in which a seller's lists were released that want a summary, latest first; a fixed number of queries."""
    counted: Any = (
        _lists(Declaration.objects.of(scope))
        .annotate(month=TruncMonth("released_at", tzinfo=BEIJING))
        .values_list("seller_id", "month")
        .annotate(lists=Count("id"))
        .order_by("-month", "seller_id")[:most]
    )
    found = [(seller, Period.of(month.date()), lists) for seller, month, lists in counted]
    keys = {_month_id(seller, period): (seller, period) for seller, period, _ in found}
    drawn = dto_rows(Declaration.objects.house().filter(order_id__in=list(keys), regime=SUMMARY_REGIME))
    holding = _held([one for one in drawn if one.state not in _VOID])
    return [
        MonthOfLists(
            seller, period, lists, max(lists - holding[_month_id(seller, period)], 0),
            tuple(sorted((one for one in drawn if keys[one.order_id] == (seller, period)), key=_place)),
        )
        for seller, period, lists in found
    ]  # fmt: skip


def draw_up_month(
    about: Sequence[tuple[UUID, Party]],
    period: Period,
    *,
    rates: Rates,
    actor: str,
    now: datetime,
    early: bool = False,
) -> list[DeclarationDTO]:
    """The summaries of a month for each seller (id, and the party as it declares); again gives those there are.

    A part holds at most 99 kinds of goods; lists that were released late, or whose summary was refused, get parts
    of their own. Lists without customs' number are left for later. MonthNotOver unless it is wanted `early`, for
    what there is so far (an application names its lists one by one); NothingToSummarise.
    """
    if _bounds(period)[1] > now and not early:
        raise MonthNotOver(field="period", value=str(period))
    made = [
        one
        for seller, party in about
        for one in _draw_up(seller, party, period, rates=rates, actor=actor, now=now)
    ]
    if not made:
        raise NothingToSummarise(field="period", value=str(period))
    return made


def months_released(seller_ids: Sequence[UUID]) -> list[Period]:
    """The months in which lists of these sellers were released that want a summary, earliest first."""
    rows = _lists(Declaration.objects.house()).filter(seller_id__in=list(seller_ids))
    found: Any = rows.annotate(month=TruncMonth("released_at", tzinfo=BEIJING)).values_list(
        "month", flat=True
    )
    return [Period.of(month.date()) for month in sorted(set(found))]


def sellers_of_month(period: Period) -> list[UUID]:
    """The sellers with lists of this month that want a summary."""
    rows = _in_month(_lists(Declaration.objects.house()), period)
    return sorted(set(rows.values_list("seller_id", flat=True)))


@transaction.atomic
def _draw_up(
    seller_id: UUID, party: Party, period: Period, *, rates: Rates, actor: str, now: datetime
) -> list[DeclarationDTO]:
    month_id = _month_id(seller_id, period)
    with connection.cursor() as cursor:  # two at once would draw the same lists into two parts
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"summary:{month_id}"])
    drawn = dto_rows(Declaration.objects.house().filter(order_id=month_id, regime=SUMMARY_REGIME))
    known = references_summed([one.id for one in drawn if one.state not in _VOID])
    rows = _in_month(_lists(Declaration.objects.house()), period).filter(seller_id=seller_id).exclude(mrn="")
    open_ones = filings_of(list(rows.exclude(lrn__in=known).order_by("released_at", "id")), now=now)
    place = max((one.part for one in drawn), default=0)
    for part in _parts(open_ones):
        place += 1
        about = SummaryOf(
            month_id, f"SUM-{period}-{place}", party.country, _destination(part), seller_id, party, "export", place, party,
        )  # fmt: skip
        ids = [one.id for one in part]
        made = draw_up_summary(about, ids, rates=rates, actor=actor, now=now)
        match_summary(made, ids, now=now)
        drawn.append(made)
    return sorted(drawn, key=_place)


def _parts(filings: Sequence[Filing]) -> Iterator[list[Filing]]:
    """The lists in order, cut where a hundredth kind of goods would come in."""
    part: list[Filing] = []
    kinds: set[tuple[str, str]] = set()
    for one in filings:
        more = {(item.hs_code, item.origin) for item in one.items}
        if part and len(kinds | more) > MOST_ITEMS:
            yield part
            part, kinds = [], set()
        part.append(one)
        kinds |= more
    if part:
        yield part


def _destination(part: Sequence[Filing]) -> str:
    """Where most of them go."""
    return Counter(str(one.importer.get("country", "")) for one in part).most_common(1)[0][0]


def _lists(rows: Any) -> Any:
    """Exports that are free and whose mode asks for a monthly summary."""
    modes = [mode.code for mode in mode_book().modes if mode.summary == "month"]
    drafted = DeclarationEvent.objects.filter(
        declaration_id=OuterRef("id"), code="drafted", raw__mode__mode__in=modes
    )
    return rows.filter(Exists(drafted), kind="export", state__in=_FREE, released_at__isnull=False)


def _in_month(rows: Any, period: Period) -> Any:
    first, after = _bounds(period)
    return rows.filter(released_at__gte=first, released_at__lt=after)


def _bounds(period: Period) -> tuple[datetime, datetime]:
    """The first moment of the month and of the next one, in Beijing."""
    first = datetime(period.year, period.month, 1, tzinfo=BEIJING)
    return first, datetime.combine(period.last_day + timedelta(days=1), first.timetz())


def _month_id(seller_id: UUID, period: Period) -> UUID:
    return uuid5(_SPACE, f"{seller_id}|{period}")


def _held(summaries: Sequence[DeclarationDTO]) -> Counter[UUID]:
    """How many lists the summaries of each month hold."""
    drafted: Any = DeclarationEvent.objects.filter(
        declaration_id__in=[one.id for one in summaries], code="drafted"
    )
    lists = dict(drafted.values_list("declaration_id", "raw__mode__lists"))
    counted: Counter[UUID] = Counter()
    for one in summaries:
        counted[one.order_id] += len(lists.get(one.id) or ())
    return counted


def _place(one: DeclarationDTO) -> int:
    return one.part
