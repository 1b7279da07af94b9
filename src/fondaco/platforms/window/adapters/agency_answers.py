"""What agencies answer, read from any of the languages they write in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fondaco.platforms.window.adapters.cds import cds_book
from fondaco.platforms.window.adapters.gacc import gacc_book
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.cds.responses import read_responses
from fondaco.platforms.window.domain.messages.cds.responses import to_receipt as cds_receipt
from fondaco.platforms.window.domain.messages.cds.tree import read_message
from fondaco.platforms.window.domain.messages.edifact import book as edifact
from fondaco.platforms.window.domain.messages.edifact import cusres
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.receipts import (
    SUMMARY_RESULT,
    TAX_BILL,
    bill_receipt,
    read_answers,
    read_results,
    read_tax_bills,
    result_receipt,
    to_note,
)
from fondaco.platforms.window.domain.messages.gacc.receipts import to_receipt as gacc_receipt

# GACC's receipts name no lane: what is looked at is red, what a person reviews is yellow.
_GACC_LANES = {"500": "red", "300": "yellow"}


def receipts_in(form: str, text: str) -> list[Receipt]:
    """The receipts in an agency's message; each keeps the message as it came. Raises what reading it raises."""
    return _READERS[form](text.encode())


def _gacc(raw: bytes) -> list[Receipt]:
    message = parse_message(raw, book=gacc_book()).message
    if message.number == SUMMARY_RESULT:
        found = [result_receipt(one, reference=one.summary_number) for one in read_results(message)]
    elif message.number == TAX_BILL:
        found = [bill_receipt(one, reference=one.list_number) for one in read_tax_bills(message)]
    else:
        answers = read_answers(message, book=gacc_book())
        found = [receipt for answer in answers if (receipt := gacc_receipt(answer) or to_note(answer))]
    return [
        replace(one, lane=_GACC_LANES.get(one.code, ""), raw={**one.raw, "xml": raw.decode()})
        for one in found
    ]


def _cds(raw: bytes) -> list[Receipt]:
    return [cds_receipt(one, raw=raw) for one in read_responses(read_message(raw), book=cds_book())]


def _edifact(raw: bytes) -> list[Receipt]:
    found = [receipt for one in edifact.read(raw) for receipt in cusres.receipts_of(one)]
    return [replace(one, raw={**one.raw, "edifact": raw.decode()}) for one in found]


_READERS: Mapping[str, Callable[[bytes], list[Receipt]]] = {"gacc": _gacc, "cds": _cds, "edifact": _edifact}
