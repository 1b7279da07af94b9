"""What customs answers, as receipts of our declarations and as tax bills.

Receipts of lists (604, 622) move the declaration. Receipts of a cancellation (606, 624) or a return (214,
626) use the same numbers for the fate of that application: only its approval moves the declaration, so they
have vocabularies of their own; so have the answer to a monthly summary (702) and its result (792). Receipts of orders, payments, waybills, arrivals and departures tell of that
document alone and are answers without a declaration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING, lrn_of
from fondaco.platforms.window.domain.messages.gacc.spec import Block, Book, Message, Value
from fondaco.platforms.window.domain.messages.gacc.values import write_value

VOCABULARIES: Mapping[str, str] = {
    "604": "gacc", "622": "gacc", "606": "gacc-cancel", "624": "gacc-cancel", "214": "gacc-return",
    "216": "gacc-return", "626": "gacc-return", "702": "gacc-summary",
}  # fmt: skip
SUMMARY_RESULT = "792"
# Answers to papers beside declarations: a note in the log of each declaration that the paper is about.
PAPER_ANSWERS = frozenset({"304", "404", "506", "508", "510", "608", "312", "412", "512"})
PAPER = "gacc-paper"
_NUMBERED = ("gacc", "gacc-summary")  # answers that give our declaration its number
TAX_BILL, SUMMED, VOID = "816", "816-2", "816-3"
BILL_CODES = frozenset({TAX_BILL, SUMMED, VOID})
_BILL_STATUS = {"2": SUMMED, "3": VOID}
_CHARGES = ("customsTax", "valueAddedTax", "consumptionTax")
# What an answer about another document is known by, the first that is there.
_REFERENCES = ("copNo", "coElNo", "orderNo", "payTransactionId", "payNo", "logisticsNo", "sumNo", "invtNo")


def vocabulary_of(number: str) -> str:
    """The vocabulary of the codes that message `number` brings."""
    if number in PAPER_ANSWERS:
        return PAPER
    return "gacc-summary" if number == SUMMARY_RESULT else VOCABULARIES.get(number, "gacc")


class BadReceipt(Refused):
    code = "gacc-receipt-unreadable"
    title = "This answer of customs cannot be read."
    remedy = "Nothing was taken in. Ask the electronic port to send the receipt again."


@dataclass(frozen=True, slots=True)
class Answer:
    """One receipt as it stands in a message: of which document, the status, when and why."""

    number: str
    reference: str
    list_number: str
    status: str
    at: datetime
    reason: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaxBill:
    """An electronic tax bill (816) of one list, in yuan. `status`: 1 made, 2 summed up, 3 void.

    `wrong`: what in it does not add up; empty where its lines come to what its head says.
    """

    tax_number: str
    list_number: str
    duty: Money
    vat: Money
    excise: Money
    status: str
    at: datetime
    fields: Mapping[str, str]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class SummaryResult:
    """A summary result (792): the export declaration that customs made of the lists of an application."""

    summary_number: str
    declaration_number: str
    status: str
    at: datetime
    fields: Mapping[str, str]


def read_answers(message: Message, *, book: Book) -> Iterator[Answer]:
    """The receipts of a receipt message (304 … 626, 900); BadReceipt for one without status or time."""
    side = book.shape(message.number).side
    for entry in message.entries:
        head = entry.head
        if "returnStatus" not in head:
            raise BadReceipt(field="returnStatus", value=message.number)
        found = next((str(head[name]) for name in _REFERENCES if head.get(name)), str(head.get("guid", "")))
        ours = message.number in VOCABULARIES
        yield Answer(
            number=message.number,
            reference=lrn_of(found, side=side) if ours else found,
            list_number=str(head.get("invtNo") or head.get("sumNo") or ""),
            status=str(head["returnStatus"]).strip(),
            at=_moment(head),
            reason=str(head.get("returnInfo") or ""),
            fields=_as_text(head),
        )


def to_receipt(answer: Answer) -> Receipt | None:
    """The receipt of our declaration that `answer` is; None where it tells of another document."""
    vocabulary = VOCABULARIES.get(answer.number)
    if vocabulary is None:
        return None
    return Receipt(
        reference=answer.reference,
        code=answer.status,
        issued_at=answer.at,
        vocabulary=vocabulary,
        mrn=answer.list_number if vocabulary in _NUMBERED else "",
        reason=answer.reason,
        raw={"message": f"CEB{answer.number}Message", **answer.fields},
    )


def to_note(answer: Answer) -> Receipt | None:
    """What an answer about an order, payment, waybill, arrival or departure says, under the number it names.

    None where it answers something else.
    """
    if answer.number not in PAPER_ANSWERS:
        return None
    return Receipt(
        reference=answer.reference,
        code=f"{answer.number}-{answer.status}",
        issued_at=answer.at,
        vocabulary=PAPER,
        reason=answer.reason,
        raw={"message": f"CEB{answer.number}Message", **answer.fields},
    )


def read_tax_bills(message: Message) -> Iterator[TaxBill]:
    """The bills of an 816 message; BadReceipt where an amount or the time cannot be read."""
    for entry in message.entries:
        head = entry.head
        yield TaxBill(
            tax_number=str(head.get("taxNo") or ""),
            list_number=str(head.get("invtNo") or ""),
            duty=_yuan(head, "customsTax"),
            vat=_yuan(head, "valueAddedTax"),
            excise=_yuan(head, "consumptionTax"),
            status=str(head.get("status") or ""),
            at=_moment(head),
            fields=_as_text(head),
            wrong=_not_the_sum(head, entry.lines),
        )


def _not_the_sum(head: Block, lines: Sequence[Block]) -> str:
    """The first charge of a bill that is not the sum of its lines, to the fen for each of them; a bill without lines is not judged."""
    for name in _CHARGES:
        said, found = _yuan(head, name), Money.sum([_yuan(line, name) for line in lines], "CNY")
        if lines and abs(said.minor - found.minor) > len(lines):
            return f"{name}: {said}, lines {found}"
    return ""


def bill_receipt(bill: TaxBill, *, reference: str) -> Receipt:
    """`bill` as the assessment of the declaration `reference`; one that is void or summed up with others is information."""
    code = _BILL_STATUS.get(bill.status, TAX_BILL)
    made = code == TAX_BILL
    return Receipt(
        reference=reference,
        code=code,
        issued_at=bill.at,
        vocabulary="gacc",
        mrn=bill.list_number,
        reason=bill.tax_number,
        duty_minor=bill.duty.minor if made else None,
        tax_minor=bill.vat.minor + bill.excise.minor if made else None,
        raw={"message": "CEB816Message", **bill.fields, **({"wrong": bill.wrong} if bill.wrong else {})},
    )


def read_results(message: Message) -> Iterator[SummaryResult]:
    """The results of a 792 message; BadReceipt without the application's number or a time."""
    for entry in message.entries:
        head = entry.head
        number = str(head.get("sumNo") or "")
        if not number:
            raise BadReceipt(field="sumNo")
        yield SummaryResult(
            number, str(head.get("entryId") or head.get("declSeqNo") or ""), str(head.get("decState") or ""),
            _moment(head, name="opDate"), _as_text(head),
        )  # fmt: skip


def result_receipt(result: SummaryResult, *, reference: str) -> Receipt:
    """`result` as the end of the summary `reference`: customs has made an export declaration of it."""
    return Receipt(
        reference=reference,
        code=SUMMARY_RESULT,
        issued_at=result.at,
        vocabulary="gacc-summary",
        mrn=result.summary_number,
        reason=f"export declaration {result.declaration_number}",
        raw={"message": "CEB792Message", **result.fields},
    )


def _moment(head: Block, *, name: str = "returnTime") -> datetime:
    text = str(head.get(name) or "")
    try:
        return datetime.strptime(f"{text[:14]}+0800", "%Y%m%d%H%M%S%z").replace(
            microsecond=int(text[14:17] or 0) * 1000, tzinfo=BEIJING
        )
    except ValueError as fault:
        raise BadReceipt(field=name, value=text) from fault


def _yuan(head: Block, name: str) -> Money:
    value: Value = head.get(name, "")
    if not isinstance(value, (int, Decimal)):
        raise BadReceipt(field=name, value=value)
    return Money.of(value, "CNY")


def _as_text(block: Block) -> dict[str, str]:
    return {name: write_value(value) for name, value in block.items()}
