"""Pages of lists, continued after a row rather than at an offset: what comes or goes meanwhile shifts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet, Subquery

_M = TypeVar("_M", bound=Model)


def newest_after(rows: QuerySet[_M], after: UUID | None, *, moment: str) -> QuerySet[_M]:
    """`rows` newest first by `moment` and id, from the one past row `after`; none where `rows` has no such row."""
    return ordered_after(rows, after, by=(f"-{moment}", "-id"))


def ordered_after(rows: QuerySet[_M], after: UUID | None, *, by: Sequence[str]) -> QuerySet[_M]:
    """`rows` in the order of `by` (a minus: falling), from the one past row `after`; none where there is no such row.

    The names in `by` are never null, and the last one is unique.
    """
    if after is not None:
        at = rows.filter(id=after).order_by()
        later, level = Q(), Q()
        for term in by:
            name = term.removeprefix("-")
            here = Subquery(at.values(name)[:1])
            later |= level & Q(**{f"{name}__{'lt' if term != name else 'gt'}": here})
            level &= Q(**{name: here})
        rows = rows.filter(later)
    return rows.order_by(*by)
