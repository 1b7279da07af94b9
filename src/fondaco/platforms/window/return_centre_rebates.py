"""VAT that was refunded on exports which come back: what of it is to be repaid, list by list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fondaco.kernel.money import Money, split_minor
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.domain.returned import share_of
from fondaco.platforms.window.domain.returned_parts import EXPORT
from fondaco.platforms.window.models import RebateCase, ReturnCase, ReturnPart
from fondaco.platforms.window.return_centre_parts import parts_of


@dataclass(frozen=True, slots=True)
class RebateBack:
    """What a rebate case was paid on the pieces of a return; its tax office takes it back.

    Chinese exports come in free of duty and VAT only once it is repaid (MOF/GACC/STA Announcement 2026 No. 16).
    """

    rebate_id: UUID
    reference: str
    part: int
    amount: Money


def rebates_back(scope: Scope, case: ReturnCase) -> tuple[RebateBack, ...]:
    """The rebates paid on what comes back that `scope` may see; all returns of a list take all that was paid on it."""
    rows = parts_of(case, EXPORT)
    keys = {row.declaration_id for row in rows if row.declaration_id}
    paid = RebateCase.objects.of(scope).filter(declaration_id__in=keys, paid_minor__gt=0).order_by("id")
    found = []
    for rebate in paid.prefetch_related("items"):
        own = [row for row in rows if row.declaration_id == rebate.declaration_id]
        on_item = _by_item(rebate)
        minor = sum(_share(on_item, row) for row in own)
        if minor:
            found.append(RebateBack(rebate.id, rebate.reference, own[0].part, Money(minor, rebate.currency)))
    return tuple(found)


def _by_item(rebate: RebateCase) -> Mapping[int, int]:
    """What was paid on each goods item: the sum paid, shared as it was claimed."""
    items = list(rebate.items.all())
    shares = split_minor(rebate.paid_minor, [item.claimed_minor for item in items])
    return {item.number: share for item, share in zip(items, shares, strict=True)}


def _share(on_item: Mapping[int, int], row: ReturnPart) -> int:
    pieces = row.quantity - row.given_back
    return share_of(on_item.get(row.item, 0), units=pieces, before=row.before, sold=row.declared)
