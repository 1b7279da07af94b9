"""Pages of newest-first lists, continued after a row rather than at an offset."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet, Subquery

_M = TypeVar("_M", bound=Model)


def newest_after(rows: QuerySet[_M], after: UUID | None, *, moment: str) -> QuerySet[_M]:
    """`rows` newest first by `moment` and id, from the one past row `after`; none where `rows` has no such row."""
    if after is not None:
        at = Subquery(rows.filter(id=after).values(moment)[:1])
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "id__lt": after}))
    return rows.order_by(f"-{moment}", "-id")
