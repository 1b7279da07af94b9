"""GACC messages lodged with the house: lists are taken in with the papers they name, whichever came first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.bulk import insert_rows
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.gacc import gacc_book
from fondaco.platforms.window.declarant_keys import SignatureMissing, check_key, must_sign
from fondaco.platforms.window.declaration_intake import (
    Acknowledged,
    Outcome,
    keep_batch,
    said_before,
    take_in_lists,
)
from fondaco.platforms.window.domain.messages.gacc.lists import (
    DOCUMENTS,
    LISTS,
    TradePaper,
    faults_by_entry,
    paper_of,
)
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused, Reading
from fondaco.platforms.window.domain.messages.xml import read_xml
from fondaco.platforms.window.domain.messages.xmldsig import verify
from fondaco.platforms.window.gacc_late_papers import match_late
from fondaco.platforms.window.gacc_lists import lodged_lists, reason_of
from fondaco.platforms.window.models import BatchForm

_PAPER_COLUMNS = ("id", "seller_id", "kind", "number", "fields", "lines", "received_at")
_NEWEST = (
    "ON CONFLICT (seller_id, kind, number) DO UPDATE SET fields = excluded.fields, lines = excluded.lines,"
    " received_at = excluded.received_at"
)


def take_in_gacc(scope: Scope, raw: bytes, *, authorities: Mapping[str, UUID], now: datetime) -> Acknowledged:
    """Take in a message of orders, payments or waybills (kept), or of lists (603, 621: recorded).

    MalformedXml, OversizedXml, EntitiesRefused, NotCeb; MessageRefused where the message as a whole breaks
    GACC's schema, is unsigned where it must not be, or is none that a declarant sends; SignatureWrong,
    SignatureUnsupported, and what `check_key` raises of a key that does not sign for `scope`'s organisation.
    Nothing is recorded then. A single entry that breaks a rule is refused by its path.
    """
    reading = parse_message(raw, book=gacc_book())
    number = reading.message.number
    if number not in LISTS and number not in DOCUMENTS:
        path, remedy = f"/CEB{number}Message", "Send 303, 403, 505 and 603, or 311, 411, 511 and 621."
        raise MessageRefused([Fault(path, "not-taken", "This message is not lodged here.", remedy)])
    single, whole = faults_by_entry(reading.faults)
    if whole:
        raise MessageRefused(whole)
    _check_signature(scope.organisation_id, reading, now=now)
    if number in DOCUMENTS:
        return _take_papers(scope, reading, single, now=now)
    lists = lodged_lists(scope.organisation_id, reading.message, single)
    return take_in_lists(scope, lists, raw, form=BatchForm.GACC, authorities=authorities, now=now)


def _check_signature(declarant_id: UUID, reading: Reading, *, now: datetime) -> None:
    """A signature fits and its key signs for the declarant; lists of a declarant with a key are never unsigned.

    What was lodged before is answered as before, whatever has become of its key since.
    """
    if reading.signed:
        signature = verify(read_xml(reading.raw))
        if said_before(declarant_id, reading.raw) is None:
            check_key(declarant_id, signature.fingerprint, at=now)
    elif reading.message.number in LISTS and must_sign(declarant_id, at=now):
        raise SignatureMissing(field=f"/CEB{reading.message.number}Message/Signature")


def _take_papers(
    scope: Scope, reading: Reading, single: Mapping[int, Sequence[Fault]], *, now: datetime
) -> Acknowledged:
    """Keep the newest word on each order, payment and waybill; lists that waited for it are matched anew."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if said := said_before(scope.organisation_id, reading.raw):
        return said
    message = reading.message
    good, outcomes = [], []
    for place, entry in enumerate(message.entries, start=1):
        paper = paper_of(entry, number=message.number)
        faults = single.get(place)
        told = {"reasons": [reason_of(fault) for fault in faults]} if faults else {}
        outcomes.append(Outcome(place, paper.number, "refused" if faults else "taken", told))
        good += [] if faults else [paper]
    with transaction.atomic():
        insert_rows("window_tradedocument", _PAPER_COLUMNS, _rows(scope, good, now=now), ending=_NEWEST)
        numbers = {paper.number for paper in good}
        match_late(scope.organisation_id, numbers, actor=scope.actor or str(scope.user_id), now=now)
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
