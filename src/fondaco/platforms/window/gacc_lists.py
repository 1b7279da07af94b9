"""The lists of GACC messages with the orders, payments and waybills that their sender has lodged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from fondaco.kernel.money import UnknownCurrency
from fondaco.platforms.window.adapters.gacc import gacc_codes
from fondaco.platforms.window.domain.intake import Lodged, lodged_body
from fondaco.platforms.window.domain.messages.gacc.lists import Codes, TradePaper, body_of
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Fault, Message
from fondaco.platforms.window.models import TradeDocument


@cache
def _codes() -> Codes:
    return Codes.of(gacc_codes())


def lodged_lists(
    seller_id: UUID,
    message: Message,
    single: Mapping[int, Sequence[Fault]],
    *,
    only: Collection[int] | None = None,
) -> list[Lodged]:
    """The lists of a message (603, 621) with the papers known of `seller_id`; `single` faults by place, from 1.

    `only` these places, where it is given. A list that breaks a rule comes without a body, with its reasons.
    """
    chosen = [
        (place, entry)
        for place, entry in enumerate(message.entries, start=1)
        if only is None or place in only
    ]
    papers = _papers_for(seller_id, [entry for _, entry in chosen])
    lists = []
    for place, entry in chosen:
        lrn = str(entry.head.get("copNo", ""))[:22]
        if faults := single.get(place):
            lists.append(Lodged(place, lrn, "", None, tuple(reason_of(fault) for fault in faults)))
            continue
        try:
            body = body_of(entry, number=message.number, codes=_codes(), papers=papers)
        except UnknownCurrency as fault:
            told = {"field": "currency", "code": fault.code, "message": fault.title, "remedy": fault.remedy}
            lists.append(Lodged(place, lrn, "", None, (told,)))
        else:
            lists.append(lodged_body(place, body))
    return lists


def _papers_for(seller_id: UUID, entries: Sequence[Entry]) -> dict[tuple[str, str], TradePaper]:
    """The documents that the lists name, as the declarant sent them; one query."""
    numbers = {str(entry.head.get(name, "")) for entry in entries for name in ("orderNo", "logisticsNo")}
    rows = TradeDocument.objects.house().filter(seller_id=seller_id, number__in=numbers)
    found: Any = rows.values_list("kind", "number", "fields", "lines")
    return {
        (kind, number): TradePaper(kind, number, told, tuple((n, sku, count) for n, sku, count in lines))
        for kind, number, told, lines in found
    }


def reason_of(fault: Fault) -> dict[str, str]:
    """A fault of a message as the reason that its sender is told."""
    return {"field": fault.path, "code": fault.code, "message": fault.problem, "remedy": fault.remedy}
