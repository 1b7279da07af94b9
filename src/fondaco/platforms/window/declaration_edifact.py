"""Declarations as UN/EDIFACT, and CUSRES as receipts: for authorities that still speak it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_receipts import ReceiptReport, receive_receipts
from fondaco.platforms.window.domain.declared import Declared, declared
from fondaco.platforms.window.domain.messages.edifact import book, cuscar, cusdec, cusres
from fondaco.platforms.window.domain.messages.edifact.cuscar import Carriage
from fondaco.platforms.window.domain.messages.edifact.engine import EdifactRefused, Envelope, Reading
from fondaco.platforms.window.domain.messages.gacc.spec import Fault
from fondaco.platforms.window.models import Declaration

_SENDER = "FONDACO"


class NotAnAnswer(Refused):
    code = "edifact-no-answer"
    title = "This message answers no declaration."
    remedy = "Give a CUSRES; other messages are looked at with `fondaco window paper check`."


@dataclass(frozen=True, slots=True)
class EdifactView:
    """One message as read: kind, directory, number, what it says by field, and its faults."""

    kind: str
    release: str
    reference: str
    facts: dict[str, Any]
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults


def declared_of(scope: Scope, ids: Sequence[UUID], *, now: datetime) -> list[Declared]:
    """What the declarations `ids` say, in that order; NotFound for one that `scope` may not see."""
    rows = {row.id: row for row in Declaration.objects.of(scope).filter(id__in=ids)}
    for one in ids:
        if one not in rows:
            raise NotFound(field="declaration", value=one)
    wanted = [rows[one] for one in ids]
    filings = filings_of(wanted, now=now)
    return [declared(filing, mrn=row.mrn) for filing, row in zip(filings, wanted, strict=True)]


def declared_by_lrn(lrn: str, *, now: datetime) -> Declared:
    """What the newest version under a local reference says: for the house's own commands."""
    row = Declaration.objects.house().filter(lrn=lrn).order_by("-version").first()
    if row is None:
        raise NotFound(field="declaration", value=lrn)
    return declared(filings_of([row], now=now)[0], mrn=row.mrn)


def cusdec_bytes(declarations: Sequence[Declared], *, now: datetime) -> bytes:
    """`declarations` as an interchange of CUSDEC messages (D.96B). EdifactRefused names segment and element."""
    first = declarations[0]
    envelope = Envelope(_SENDER, f"CUSTOMS-{first.country}", first.lrn[:14], now)
    return book.render("CUSDEC", [cusdec.facts_of(one) for one in declarations], envelope=envelope)


def render_cuscar(scope: Scope, ids: Sequence[UUID], carriage: Carriage, *, now: datetime) -> bytes:
    """The cargo report (CUSCAR, D.96B) of a conveyance with the declarations `ids`. NotFound; EdifactRefused."""
    report = cuscar.report_of(declared_of(scope, ids, now=now), carriage)
    envelope = Envelope(_SENDER, "CUSTOMS", carriage.number[:14], now)
    return book.render("CUSCAR", [cuscar.facts_of(report)], envelope=envelope)


def read_edifact(raw: bytes) -> list[EdifactView]:
    """What the customs messages of an interchange say, read liberally. EdiUnreadable."""
    return [
        EdifactView(one.kind, one.release, one.reference, one.facts, one.faults) for one in book.read(raw)
    ]


def read_cusdec(raw: bytes) -> list[Declared]:
    """The declarations of an interchange of sound CUSDEC messages. EdifactRefused with the faults of the others."""
    return [cusdec.read_facts(_sound(one).facts) for one in book.read(raw)]


def receive_cusres(raw: bytes, *, now: datetime, actor: str = "agency") -> ReceiptReport:
    """Take in the answers of an interchange of CUSRES; again changes nothing, strangers are parked.

    EdiUnreadable, NotAnAnswer or AnswerUnreadable, and then nothing at all is taken in.
    """
    readings = book.read(raw)
    for one in readings:
        if one.kind != "CUSRES":
            raise NotAnAnswer(field="message", value=one.kind)
    receipts = [receipt for one in readings for receipt in cusres.receipts_of(one)]
    return receive_receipts(receipts, now=now, actor=actor)


def _sound(one: Reading) -> Reading:
    if one.faults:
        raise EdifactRefused(one.faults)
    return one
