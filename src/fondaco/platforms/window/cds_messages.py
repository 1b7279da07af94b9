"""Declarations as messages of the UK's Customs Declaration Service, and its notifications as receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.cds import cds_book, cds_profile
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_receipts import ReceiptReport, receive_receipts
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.messages.cds.build import NotForCds, build_declaration
from fondaco.platforms.window.domain.messages.cds.check import CdsRefused, check_message
from fondaco.platforms.window.domain.messages.cds.responses import CdsResponse, read_responses, to_receipt
from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, read_message, write_message
from fondaco.platforms.window.domain.messages.cds.view import CdsDeclaration, read_declaration
from fondaco.platforms.window.domain.messages.gacc.spec import Fault
from fondaco.platforms.window.domain.messages.xml import OversizedXml
from fondaco.platforms.window.models import Declaration

__all__ = [
    "CdsRefused",
    "CdsResponse",
    "CdsView",
    "NotForCds",
    "OversizedXml",
    "is_cds",
    "parse_cds",
    "parse_cds_response",
    "receive_cds",
    "render_cds",
    "render_cds_by_lrn",
    "render_cds_of",
]


@dataclass(frozen=True, slots=True)
class CdsView:
    """A CDS message as read: its declarations or notifications, what is wrong with it, its bytes as they came."""

    kind: str
    declarations: tuple[CdsDeclaration, ...]
    responses: tuple[CdsResponse, ...]
    faults: tuple[Fault, ...]
    message: CdsMessage = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def sound(self) -> bool:
        """Whether the message keeps the schema; rules beside it may still be broken."""
        return all(fault.level != "schema" for fault in self.faults)


def render_cds(filing: Filing) -> bytes:
    """A canonical declaration as a DEC message. NotForCds; CdsRefused with the path of the first fault."""
    message = build_declaration(filing, profile=cds_profile(), book=cds_book())
    faults = check_message(message, book=cds_book())
    if faults:
        raise CdsRefused(faults)
    return write_message(message)


def render_cds_of(scope: Scope, declaration_id: UUID, *, now: datetime) -> bytes:
    """As `render_cds`, of a declaration that `scope` may see. NotFound."""
    return _render(Declaration.objects.of(scope).filter(id=declaration_id).first(), declaration_id, now=now)


def render_cds_by_lrn(lrn: str, *, now: datetime) -> bytes:
    """As `render_cds`, of the declaration with the local reference `lrn`: for the house's own commands."""
    row = Declaration.objects.house().filter(lrn=lrn).order_by("-version").first()
    return _render(row, lrn, now=now)


def parse_cds(raw: bytes) -> CdsView:
    """What a DEC or RES message says and what is wrong with it.

    MalformedXml, OversizedXml, EntitiesRefused, NotCds, WrongNamespace; BadResponse.
    """
    message = read_message(raw)
    imports = message.kind == "DEC"
    return CdsView(
        kind=message.kind,
        declarations=tuple(read_declaration(root) for root in message.roots) if imports else (),
        responses=() if imports else read_responses(message, book=cds_book()),
        faults=check_message(message, book=cds_book()),
        message=message,
        raw=raw,
    )


def is_cds(raw: bytes) -> bool:
    """Whether `raw` is a DEC or RES message; what cannot be read at all is none."""
    try:
        read_message(raw)
    except Refused:
        return False
    return True


def parse_cds_response(raw: bytes) -> tuple[CdsResponse, ...]:
    """The notifications in a RES message: state, errors with the field, tax lines. As `parse_cds`."""
    return read_responses(read_message(raw), book=cds_book())


def receive_cds(raw: bytes, *, now: datetime, actor: str = "agency") -> ReceiptReport:
    """Take in notifications of CDS; each keeps its XML as it came, strangers are parked, twice is once."""
    responses = parse_cds_response(raw)
    return receive_receipts([to_receipt(one, raw=raw) for one in responses], now=now, actor=actor)


def _render(row: Declaration | None, asked: object, *, now: datetime) -> bytes:
    if row is None:
        raise NotFound(field="declaration", value=asked)
    (filing,) = filings_of([row], now=now)
    return render_cds(filing)
