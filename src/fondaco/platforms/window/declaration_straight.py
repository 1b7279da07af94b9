"""How much goes through by itself: declarations that were released without a person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.models import (
    Declaration,
    DeclarationEvent,
    DeclarationState,
    EventSource,
    MatchVerdict,
)

_FREE = (DeclarationState.RELEASED, DeclarationState.CLOSED)
_PEOPLE = (EventSource.OFFICER, EventSource.TRADER)


@dataclass(frozen=True, slots=True)
class StraightThrough:
    """Declarations that were lodged, and how many of them were released with nobody's hand on them."""

    lodged: int
    untouched: int

    @property
    def share_pct(self) -> float:
        """The untouched ones among the lodged, in per cent with one decimal; 0 where none was lodged."""
        return round(100 * self.untouched / self.lodged, 1) if self.lodged else 0.0


def straight_through(scope: Scope | None = None) -> StraightThrough:
    """Of the declarations that `scope` may see (of the whole house without one); one query.

    A hand is an officer's decision, a trader's answer, amendment or withdrawal, or the acceptance of small
    differences between the documents. Lodging is not.
    """
    rows = Declaration.objects.of(scope) if scope else Declaration.objects.house()
    spoken = DeclarationEvent.objects.filter(declaration_id=OuterRef("id"), source__in=_PEOPLE)
    accepted = MatchVerdict.objects.house().filter(
        order_id=OuterRef("order_id"), part=OuterRef("part"), accepted_at__isnull=False
    )
    free = Q(state__in=_FREE) & ~Exists(spoken.exclude(code="lodged")) & ~Exists(accepted)
    lodged = rows.filter(submitted_at__isnull=False).order_by()
    counted = lodged.aggregate(lodged=Count("id"), untouched=Count("id", filter=free))
    return StraightThrough(**counted)
