"""Declarations as the messages of an authority, and an authority's messages as receipts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile, gacc_signer
from fondaco.platforms.window.declaration_filings import filings_of, payments_of
from fondaco.platforms.window.declaration_receipts import ReceiptReport, receive_receipts
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.papers import Extras, Papers
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.receipts import (
    SUMMARY_RESULT,
    TAX_BILL,
    VOCABULARIES,
    bill_receipt,
    read_answers,
    read_results,
    read_tax_bills,
    result_receipt,
    to_receipt,
)
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused, Reading
from fondaco.platforms.window.domain.messages.xml import read_xml
from fondaco.platforms.window.domain.messages.xmldsig import Signature, verify
from fondaco.platforms.window.models import Declaration

# Its schema lets it be unsigned, its notes do not once it is declared (appStatus 2), as ours are.
_SIGNED_WHEN_DECLARED = frozenset({"607"})
MessageExtras = Extras


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as read: its number, entries (fields and lines), faults, and who signed it, if anybody."""

    number: str
    guid: str
    entries: tuple[dict[str, Any], ...]
    sound: bool
    faults: tuple[Fault, ...]
    signed: bool
    signature: Signature | None


def render_gacc(
    scope: Scope, declaration_id: UUID, kind: str, *, now: datetime, extras: Extras | None = None
) -> bytes:
    """The GACC message `kind` of a declaration that `scope` may see; signed where GACC wants it.

    NotFound, UnknownMessage, WrongDirection, NotInYuan, NoGaccCode, NoSigningKey, or MessageRefused with
    the path of the first field that customs would refuse.
    """
    row = Declaration.objects.of(scope).filter(id=declaration_id).first()
    if row is None:
        raise NotFound(field="declaration", value=declaration_id)
    return _render(row, kind, now=now, extras=extras, key=None)


def render_gacc_by_lrn(
    lrn: str, kind: str, *, now: datetime, extras: Extras | None = None, key: Path | None = None
) -> bytes:
    """As `render_gacc`, of the declaration with the local reference `lrn`: for the house's own commands."""
    row = Declaration.objects.house().filter(lrn=lrn).order_by("-version").first()
    if row is None:
        raise NotFound(field="declaration", value=lrn)
    return _render(row, kind, now=now, extras=extras, key=key)


def read_gacc(
    raw: bytes, *, verified: bool = False, trusted: Collection[str] | None = None, at: datetime | None = None
) -> MessageView:
    """What a GACC message says and what is wrong with it; `verified`: its signature is checked too (see `verify`).

    MalformedXml, OversizedXml, EntitiesRefused, NotCeb; with `verified` SignatureWrong, SignatureUnsupported,
    CertificateNotInForce.
    """
    reading = parse_message(raw, book=gacc_book())
    signature = verify(read_xml(raw), trusted=trusted, at=at) if verified and reading.signed else None
    message = reading.message
    return MessageView(
        number=message.number,
        guid=message.guid,
        entries=tuple(
            {"fields": dict(e.head), "lines": [dict(row) for row in e.lines]} for e in message.entries
        ),
        sound=reading.sound,
        faults=reading.faults,
        signed=reading.signed,
        signature=signature,
    )


def receive_gacc(raw: bytes, *, now: datetime, actor: str = "agency") -> ReceiptReport:
    """Take in a receipt message (604, 622, 606, 624, 214, 626, 702), tax bill (816) or summary result (792).

    Every receipt keeps its fields as they came; what belongs to no declaration of ours is parked, as ever.
    A message that the official schema refuses is read all the same: the samples do no better.
    """
    reading = parse_message(raw, book=gacc_book())
    return receive_receipts(list(_receipts(reading)), now=now, actor=actor)


def _render(row: Declaration, kind: str, *, now: datetime, extras: Extras | None, key: Path | None) -> bytes:
    book = gacc_book()
    filings = filings_of([row], now=now)
    numbers = {row.id: row.mrn} if row.mrn else {}
    papers = Papers(gacc_profile(), gacc_codes(), extras or Extras(), numbers, payments_of([row]))
    message = build_message(kind, filings, papers=papers, book=book)
    wanted = book.shape(kind).signature == "required" or kind in _SIGNED_WHEN_DECLARED
    signer = gacc_signer(key) if wanted or key else None
    return render_message(message, book=book, signer=signer)


def _receipts(reading: Reading) -> Iterator[Receipt]:
    message = reading.message
    if message.number == TAX_BILL:
        bills = list(read_tax_bills(message))
        known = _references({bill.list_number for bill in bills if bill.list_number})
        for bill in bills:
            yield bill_receipt(bill, reference=known.get(bill.list_number, bill.list_number))
        return
    if message.number == SUMMARY_RESULT:
        results = list(read_results(message))
        known = _references({result.summary_number for result in results})
        for result in results:
            yield result_receipt(result, reference=known.get(result.summary_number, result.summary_number))
        return
    if message.number not in VOCABULARIES:
        path = f"/CEB{message.number}Message"
        remedy = "Give a receipt of a list (604, 622), of an application (702 …), a tax bill (816) or a result (792)."
        raise MessageRefused([Fault(path, "no-receipt", "This message answers no declaration.", remedy)])
    for answer in read_answers(message, book=gacc_book()):
        receipt = to_receipt(answer)
        if receipt is not None:
            yield receipt


def _references(list_numbers: Collection[str]) -> dict[str, str]:
    """Our references by the list numbers that customs has given."""
    rows = Declaration.objects.house().filter(mrn__in=list_numbers)
    return dict(rows.values_list("mrn", "lrn"))
