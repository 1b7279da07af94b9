"""Trade statistics."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from fondaco.delivery.api.auth import scope_of
from fondaco.systems.statistics import public as statistics
from fondaco.systems.statistics.public import Cell, TradeFilter

router = Router(tags=["statistics"])


class TradeQuery(Schema):
    """What to count, by what."""

    by: Literal["destination", "hs_section", "day", "week", "month", "channel"] = "destination"
    start: date | None = None
    end: date | None = None


@router.get("/trade", response=list[Cell])
def trade(request: HttpRequest, query: Query[TradeQuery]) -> list[Cell]:
    """Orders, value, duty, tax and clearance time by destination, HS section, day, week, month or channel.

    A seller counts its own trade; authorities see aggregates with small cells withheld.
    """
    filters = TradeFilter(start=query.start, end=query.end)
    return statistics.trade_by(query.by, scope=scope_of(request), filters=filters)
