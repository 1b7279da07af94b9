"""GACC messages lodged with the house: papers are kept, lists are taken in with the papers they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import UnknownCurrency
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes
from fondaco.platforms.window.declaration_intake import (
    Acknowledged,
    Outcome,
    keep_batch,
    said_before,
    take_in_lists,
)
from fondaco.platforms.window.declaration_rows import insert_rows
from fondaco.platforms.window.domain.intake import Lodged, lodged_body
from fondaco.platforms.window.domain.messages.gacc.lists import (
    DOCUMENTS,
    LISTS,
    Codes,
    TradePaper,
    body_of,
    faults_by_entry,
    paper_of,
)
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Fault, MessageRefused, Reading
from fondaco.platforms.window.domain.messages.xml import read_xml
from fondaco.platforms.window.domain.messages.xmldsig import verify
from fondaco.platforms.window.models import BatchForm, TradeDocument

_PAPER_COLUMNS = ("id", "seller_id", "kind", "number", "fields", "lines", "received_at")
_NEWEST = (
    "ON CONFLICT (seller_id, kind, number) DO UPDATE SET fields = excluded.fields, lines = excluded.lines,"
    " received_at = excluded.received_at"
)


def take_in_gacc(scope: Scope, raw: bytes, *, authorities: Mapping[str, UUID], now: datetime) -> Acknowledged:
    """Take in a message of orders, payments or waybills (kept), or of lists (603, 621: recorded).

    MalformedXml, OversizedXml, EntitiesRefused, NotCeb; MessageRefused where the message as a whole breaks
    GACC's schema, is unsigned where it must not be, or is none that a declarant sends; SignatureWrong,
    SignatureUnsupported. Nothing is recorded then. A single entry that breaks a rule is refused by its path.
    """
    reading = parse_message(raw, book=gacc_book())
    number = reading.message.number
    if number not in LISTS and number not in DOCUMENTS:
        path, remedy = f"/CEB{number}Message", "Send 303, 403, 505 and 603, or 311, 411, 511 and 621."
        raise MessageRefused([Fault(path, "not-taken", "This message is not lodged here.", remedy)])
    single, whole = faults_by_entry(reading.faults)
    if whole:
        raise MessageRefused(whole)
    if reading.signed:
        verify(read_xml(raw))
    if number in DOCUMENTS:
        return _take_papers(scope, reading, single, now=now)
    lists = _lists(scope.organisation_id, reading, single)
    return take_in_lists(scope, lists, raw, form=BatchForm.GACC, authorities=authorities, now=now)


@cache
def _codes() -> Codes:
    return Codes.of(gacc_codes())


def _lists(seller_id: UUID, reading: Reading, single: Mapping[int, Sequence[Fault]]) -> list[Lodged]:
    message = reading.message
    papers = _papers_for(seller_id, message.entries)
    lists = []
    for place, entry in enumerate(message.entries, start=1):
        lrn = str(entry.head.get("copNo", ""))[:22]
        if faults := single.get(place):
            lists.append(Lodged(place, lrn, "", None, tuple(_reason(fault) for fault in faults)))
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


def _reason(fault: Fault) -> dict[str, str]:
    return {"field": fault.path, "code": fault.code, "message": fault.problem, "remedy": fault.remedy}


def _take_papers(
    scope: Scope, reading: Reading, single: Mapping[int, Sequence[Fault]], *, now: datetime
) -> Acknowledged:
    """Keep the newest word on each order, payment and waybill."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if said := said_before(scope.organisation_id, reading.raw):
        return said
    message = reading.message
    good, outcomes = [], []
    for place, entry in enumerate(message.entries, start=1):
        paper = paper_of(entry, number=message.number)
        faults = single.get(place)
        told = {"reasons": [_reason(fault) for fault in faults]} if faults else {}
        outcomes.append(Outcome(place, paper.number, "refused" if faults else "taken", told))
        good += [] if faults else [paper]
    with transaction.atomic():
        insert_rows("window_tradedocument", _PAPER_COLUMNS, _rows(scope, good, now=now), ending=_NEWEST)
        return keep_batch(scope, new_id(), outcomes, raw=reading.raw, form=BatchForm.GACC, now=now)


def _rows(scope: Scope, papers: Sequence[TradePaper], *, now: datetime) -> list[dict[str, object]]:
    newest = {(paper.kind, paper.number): paper for paper in papers}
    return [
        {
            "id": new_id(), "seller_id": scope.organisation_id, "kind": paper.kind, "number": paper.number,
            "fields": dict(paper.fields), "lines": [list(line) for line in paper.lines], "received_at": now,
        }
        for _, paper in sorted(newest.items())
    ]  # fmt: skip
