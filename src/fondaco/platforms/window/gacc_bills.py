"""Electronic tax bills of Chinese customs (816) that a clerk must look at before they stand beside a quote.

A bill is made (status 1), summed up with others of a month (2) or void (3). One bill stands for a list: another
one beside it, a head that is not the sum of its lines, or a bill on an export moves nothing and is parked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from fondaco.platforms.window.declaration_store import Live
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.gacc.receipts import BILL_CODES, TAX_BILL, VOID
from fondaco.platforms.window.models import DeclarationEvent, DeclarationKind

Doubt = tuple[str, str]  # why it is parked, and what is wrong with it


def doubtful_bills(receipts: Sequence[Receipt], live: Mapping[str, Live]) -> dict[int, Doubt]:
    """The bills among `receipts` that cannot stand, by their place; one query where there are bills at all."""
    bills = [
        (place, one, live[one.reference])
        for place, one in enumerate(receipts)
        if one.vocabulary == "gacc" and one.code in BILL_CODES and one.reference in live
    ]
    if not bills:
        return {}
    standing = _standing([target.id for _, _, target in bills])
    return dict(_doubts(sorted(bills, key=lambda bill: bill[1].issued_at), standing))


def count_tax_bills(seller_ids: Sequence[UUID]) -> int:
    """How many declarations of these sellers customs has sent a tax bill for; one query."""
    billed = DeclarationEvent.objects.filter(
        declaration__seller_id__in=list(seller_ids), code=TAX_BILL, raw__message="CEB816Message"
    )
    return billed.values("declaration_id").distinct().count()


def _doubts(
    bills: Sequence[tuple[int, Receipt, Live]], standing: dict[UUID, dict[str, str]]
) -> Iterator[tuple[int, Doubt]]:
    for place, one, target in bills:
        number, known = str(one.raw.get("taxNo", "")), standing.setdefault(target.id, {})
        others = sorted(other for other, code in known.items() if other != number and code != VOID)
        if wrong := str(one.raw.get("wrong", "")):
            yield place, ("bill-sum", wrong)
        elif target.kind != DeclarationKind.IMPORT:
            yield place, ("bill-on-export", one.reason)
        elif others and one.code == TAX_BILL:
            yield place, ("bill-twice", f"{one.reason}; {others[0]} stands")
        else:
            known[number] = one.code


def _standing(ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """The last word on each bill of these declarations, by its number."""
    rows: Any = DeclarationEvent.objects.filter(declaration_id__in=list(ids), code__in=sorted(BILL_CODES))
    found: dict[UUID, dict[str, str]] = {}
    for declaration, number, code in rows.order_by("issued_at", "id").values_list(
        "declaration_id", "raw__taxNo", "code"
    ):
        found.setdefault(declaration, {})[str(number or "")] = code
    return found
