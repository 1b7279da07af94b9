"""Parked receipts as the receipts they were, and those that wait for a declaration to get its number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.declaration_codes import find_code
from fondaco.platforms.window.domain.messages.gacc.receipts import TAX_BILL, vocabulary_of
from fondaco.platforms.window.models import ParkedReceipt

_VOCABULARIES = ("cds", "gacc", "edifact")
_BY = "window"


def receipt_of(row: ParkedReceipt, lrn: str, *, reason: str = "") -> Receipt:
    """A parked receipt as one of the declaration `lrn`, with what a tax bill charges."""
    raw = {**row.raw, "AttachedFrom": row.reference}
    duty, tax = _charged(row)
    why = reason.strip()[:500] or row.detail
    vocabulary = vocabulary_in(row.code, row.raw)
    return Receipt(lrn, row.code, row.issued_at, vocabulary, "", "", why, duty, tax, raw)


def vocabulary_in(code: str, raw: Mapping[str, Any]) -> str:
    """The vocabulary that a receipt names or its message has; else the first that knows the code."""
    message = str(raw.get("message", ""))
    if message.startswith("CEB"):
        return vocabulary_of(message[3:6])
    if raw.get("Vocabulary"):
        return str(raw["Vocabulary"])
    if "edifact" in raw:
        return "edifact"
    return next((one for one in _VOCABULARIES if find_code(code, vocabulary=one)), "cds")


def take_waiting(numbers: Mapping[str, str], *, now: datetime) -> list[Receipt]:
    """The receipts parked under numbers that customs has meanwhile given (number: LRN); they are resolved by that.

    In the caller's transaction. A tax bill or a summary's result may come before the answer that gives the number.
    """
    rows = list(
        ParkedReceipt.objects.filter(
            reference__in=list(numbers), why="unknown-reference", resolved_at__isnull=True
        )
        .select_for_update()
        .order_by("issued_at", "id")
    )
    for row in rows:
        row.resolved_at, row.resolved_by = now, _BY
        row.resolution = f"taken up by {numbers[row.reference]}, which has got this number"
    ParkedReceipt.objects.bulk_update(rows, ["resolved_at", "resolved_by", "resolution"])
    return [receipt_of(row, numbers[row.reference]) for row in rows]


def _charged(row: ParkedReceipt) -> tuple[int | None, int | None]:
    """Duty and tax of a parked tax bill in fen; nothing of any other receipt, or where it cannot be read."""
    if row.code != TAX_BILL:
        return None, None
    try:
        duty, vat, excise = (
            Money.of(Decimal(str(row.raw[name])), "CNY").minor
            for name in ("customsTax", "valueAddedTax", "consumptionTax")
        )
    except (KeyError, InvalidOperation):
        return None, None
    return duty, vat + excise
