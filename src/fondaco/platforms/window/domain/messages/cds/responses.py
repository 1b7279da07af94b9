"""What CDS answers, as receipts of our declarations: the notification, its errors with the field, the tax.

Each Response carries a function code (01 DMSACC … 52 DMSDET, see `declaration_codes`), our reference, the
MRN, and, by kind, errors (CDSxxxxx) that point at elements by the WCO's numbers, or the tax lines computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.declaration_codes import Code, find_code
from fondaco.platforms.window.domain.messages.cds.spec import CdsBook
from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, Node

_VAT = frozenset({"B00", "B05"})
_FORMS = ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%SZ", "%Y%m%d")


class BadResponse(Refused):
    code = "cds-response-unreadable"
    title = "This answer of the Customs Declaration Service cannot be read."
    remedy = "Nothing was taken in. Pull the notification again."


@dataclass(frozen=True, slots=True)
class CdsError:
    """One error: its code as sent (CDS12005), what CDS says to it, and the element it points at."""

    code: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class ComputedTax:
    """One tax line that CDS computed, in pounds; `item` is the goods item's number."""

    item: str
    kind: str
    base: Decimal | None
    rate: Decimal | None
    relief: Decimal | None
    assessed: Decimal | None
    payable: Decimal | None


@dataclass(frozen=True, slots=True)
class CdsResponse:
    """One notification. `code` None: a function code that is not in our table."""

    number: str
    code: Code | None
    issued_at: datetime
    reference: str
    lrn: str
    mrn: str
    version: str
    statuses: tuple[str, ...]
    statements: tuple[str, ...]
    errors: tuple[CdsError, ...]
    taxes: tuple[ComputedTax, ...]


def read_responses(message: CdsMessage, *, book: CdsBook) -> tuple[CdsResponse, ...]:
    """The notifications of a RES message; BadResponse for one without function code, time or reference."""
    if message.kind != "RES":
        raise BadResponse("This is a declaration.", field="message", value=message.kind)
    return tuple(_response(root, book) for root in message.roots)


def to_receipt(response: CdsResponse, *, raw: bytes) -> Receipt:
    """A notification as a receipt of our declaration, with its message as it came.

    Errors become the reason, the tax lines the assessed amounts: customs duties and excise apart from VAT.
    """
    told = response.code.name if response.code else response.number
    reason = "; ".join(f"{e.code} {e.path} {e.text}".strip() for e in response.errors)
    paid = [(tax.kind in _VAT, tax.payable) for tax in response.taxes if tax.payable is not None]
    return Receipt(
        reference=response.lrn,
        code=told,
        issued_at=response.issued_at,
        vocabulary="cds",
        mrn=response.mrn,
        reason=reason[:500],
        duty_minor=_minor(paid, vat=False),
        tax_minor=_minor(paid, vat=True),
        raw={
            "message": told,
            "errors": [[e.code, e.path, e.text] for e in response.errors],
            "xml": raw.decode("utf-8", "replace"),
        },
    )


def write_response(
    number: str, *, lrn: str, mrn: str, at: datetime, errors: Iterable[tuple[str, str]] = ()
) -> Node:
    """A notification as the authority writes it: function code `number`, errors as (code, text)."""
    moment = at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
    stamp = Node("DateTimeString", moment, (("formatCode", "304"),))
    about = [Node("FunctionalReferenceID", lrn), *([Node("ID", mrn)] if mrn else [])]
    return Node(
        "Response",
        children=(
            Node("FunctionCode", number),
            Node("FunctionalReferenceID", hashlib.sha256(f"{lrn}{number}{moment}".encode()).hexdigest()[:32]),
            Node("IssueDateTime", children=(stamp,)),
            *(
                Node("Error", children=(Node("ValidationCode", code), Node("Description", text)))
                for code, text in errors
            ),
            Node("Declaration", children=tuple(about)),
        ),
    )


def _minor(paid: list[tuple[bool, Decimal]], *, vat: bool) -> int | None:
    if not paid:
        return None
    return Money.of(sum((amount for is_vat, amount in paid if is_vat == vat), Decimal(0)), "GBP").minor


def _response(root: Node, book: CdsBook) -> CdsResponse:
    number = root.get("FunctionCode")
    lrn = root.get("Declaration/FunctionalReferenceID")
    if not number:
        raise BadResponse(field="Response/FunctionCode", value="")
    if not lrn:
        raise BadResponse(field="Response/Declaration/FunctionalReferenceID", value=number)
    return CdsResponse(
        number=number,
        code=find_code(number.zfill(2)),
        issued_at=_moment(root.get("IssueDateTime/DateTimeString")),
        reference=root.get("FunctionalReferenceID"),
        lrn=lrn,
        mrn=root.get("Declaration/ID"),
        version=root.get("Declaration/VersionID"),
        statuses=tuple(node.text for node in root.all("Status/NameCode")),
        statements=tuple(node.text for node in root.all("AdditionalInformation/StatementCode")),
        errors=tuple(_error(node, book) for node in root.all("Error")),
        taxes=tuple(_taxes(root)),
    )


def _error(node: Node, book: CdsBook) -> CdsError:
    pointers = [
        (p.get("SequenceNumeric"), p.get("DocumentSectionCode"), p.get("TagID")) for p in node.all("Pointer")
    ]
    return CdsError(node.get("ValidationCode"), node.get("Description"), book.point(pointers))


def _taxes(root: Node) -> Iterator[ComputedTax]:
    for item in root.all("Declaration/GoodsShipment/GovernmentAgencyGoodsItem"):
        for tax in item.all("Commodity/DutyTaxFee"):
            yield ComputedTax(
                item=item.get("SequenceNumeric"),
                kind=tax.get("TypeCode"),
                base=tax.number("AdValoremTaxBaseAmount"),
                rate=tax.number("TaxRateNumeric"),
                relief=tax.number("DeductAmount"),
                assessed=tax.number("Payment/TaxAssessedAmount"),
                payable=tax.number("Payment/PaymentAmount"),
            )


def _moment(text: str) -> datetime:
    """20240222100938Z, …+01 or a day; UTC where no zone is named."""
    padded = text + "00" if text[-3:-2] in {"+", "-"} else text
    for form in _FORMS:
        try:
            found = datetime.strptime(padded, form)  # noqa: DTZ007 - the zone is set below
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise BadResponse(field="Response/IssueDateTime", value=text)
