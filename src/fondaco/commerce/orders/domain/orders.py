"""From the rows of one order number to an order, a credit note, or a refusal of all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fondaco.commerce.orders.domain.book import BookLine, BookOrder, BookReturn
from fondaco.commerce.orders.domain.mapping import (
    CARRIAGE,
    DISCOUNT,
    FEE,
    GOODS,
    MANUAL,
    SAMPLE,
    SHIP_FIELDS,
)  # fmt: skip
from fondaco.commerce.orders.domain.rows import Line, shifted

MAX_LINES = 10_000
_TRAVELS = frozenset({GOODS, SAMPLE})


class Refusal(Exception):
    """Why the rows of an order cannot be taken, and which of our fields, in which row, shows it."""

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str,
        *,
        field: str = "order",
        row: int | None = None,
        value: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy
        self.field, self.row, self.value = field, row, value


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the rows of one order number came to."""

    order: BookOrder | None = None
    credit: BookReturn | None = None


def _untitled(_sku: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Assembler:
    """Builds orders out of checked lines. `title_of` gives the usual title of a stock code."""

    shift_weeks: int
    credit_prefix: str
    title_of: Callable[[str], str] = _untitled

    def assemble(self, lines: Sequence[Line]) -> Assembled:
        """The order or credit note of `lines` (all of one number); Refusal where they make none."""
        _check_agreement(lines)
        _check_trade(lines)
        credit = bool(self.credit_prefix) and lines[0].ref.startswith(self.credit_prefix)
        if credit:
            _check_signs(lines)
            return Assembled(credit=self._credit(lines))
        kept = [x for x in lines if x.quantity > 0 or x.kind == DISCOUNT]
        back = [x for x in lines if x.quantity < 0 and x.kind != DISCOUNT]
        return Assembled(
            order=self._order(kept) if kept else None, credit=self._credit(back) if back else None
        )

    def _order(self, lines: Sequence[Line]) -> BookOrder:
        sums = _sums(lines)
        made = tuple(self._line(x, x.quantity) for x in lines)
        head = lines[0]
        return BookOrder(
            source_ref=head.ref, buyer=buyer_of(head), destination=head.country,
            ordered_at=shifted(head.when, self.shift_weeks), original_ordered_at=shifted(head.when, 0),
            currency=head.currency, lines=made,
            goods_minor=sums[GOODS], carriage_minor=sums[CARRIAGE], discount_minor=sums[DISCOUNT],
            other_minor=sums[MANUAL] + sums[FEE],
            ship_to=ship_to(lines), content_hash=content_hash(head, made),
            rows=tuple(x.row for x in lines),
        )  # fmt: skip

    def _credit(self, lines: Sequence[Line]) -> BookReturn:
        made = tuple(self._line(x, -x.quantity) for x in lines)
        head = lines[0]
        return BookReturn(
            source_ref=head.ref, buyer=buyer_of(head), origin=head.country,
            returned_at=shifted(head.when, self.shift_weeks), original_returned_at=shifted(head.when, 0),
            currency=head.currency, lines=made,
            value_minor=sum(x.quantity * x.unit_minor for x in made),
            content_hash=content_hash(head, made), rows=tuple(x.row for x in lines),
        )  # fmt: skip

    def _line(self, line: Line, quantity: int) -> BookLine:
        title = line.title or self.title_of(line.sku) or ("" if line.kind in _TRAVELS else line.sku)
        if not title:
            raise Refusal(
                "missing-title", "No row of the file says what this is.", "Describe the goods.", field="title", row=line.row,
            )  # fmt: skip
        return BookLine(line.kind, line.sku, title, quantity, line.unit_minor)


def buyer_of(line: Line) -> str:
    """The buyer's reference; an order without one has a buyer of its own, so that strangers share nothing."""
    return line.buyer or f"guest-{line.ref}"


def ship_to(lines: Sequence[Line]) -> Mapping[str, str]:
    """The address that the first row with one gives."""
    for line in lines:
        found = {name.removeprefix("ship_"): line.more[name] for name in SHIP_FIELDS if name in line.more}
        if found:
            return {**found, "country": line.country}
    return {"country": lines[0].country}


def content_hash(head: Line, lines: Sequence[BookLine]) -> str:
    """A digest of what the file says, dates unshifted, so that a later re-import finds it unchanged."""
    address = sorted((name, value) for name, value in head.more.items() if name in SHIP_FIELDS)
    told = (head.ref, buyer_of(head), head.country, head.currency, shifted(head.when, 0).isoformat())
    return digest_of(told, lines=lines, address=address)


def digest_of(
    told: Sequence[str], *, lines: Sequence[BookLine], address: Sequence[tuple[str, str]] = ()
) -> str:
    """Thirty-two hexadecimal digits that stand for the content of an order."""
    text = repr((told, [tuple(line) for line in lines], list(address)))
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def _sums(lines: Sequence[Line]) -> dict[str, int]:
    sums = dict.fromkeys((GOODS, SAMPLE, CARRIAGE, DISCOUNT, MANUAL, FEE), 0)
    for line in lines:
        sums[line.kind] += line.quantity * line.unit_minor
    sums[DISCOUNT] = -sums[DISCOUNT]
    if sums[DISCOUNT] < 0:
        raise Refusal(
            "bad-discount",
            "A discount must lessen the order.",
            "Give the discount a negative quantity.",
            field="quantity",
        )
    if not any(line.kind in _TRAVELS for line in lines):
        raise Refusal(
            "no-goods", "Nothing in this order travels: it holds only charges.",
            "Add its goods, or book the charge where the goods are.", field="sku",
        )  # fmt: skip
    if sums[DISCOUNT] > sums[GOODS] + sums[CARRIAGE] + sums[MANUAL] + sums[FEE]:
        raise Refusal(
            "negative-total",
            "The discount is larger than the order.",
            "Mend the discount.",
            field="unit_price",
        )
    return sums


def _check_agreement(lines: Sequence[Line]) -> None:
    head = lines[0]
    if len(lines) > MAX_LINES:
        raise Refusal("too-many-lines", f"More than {MAX_LINES} lines.", "Split the order.")
    same, when = (head.buyer, head.country, head.currency), head.when
    for line in lines:
        if (line.buyer, line.country, line.currency) != same:
            _refuse_mixture(head, line)
        if line.when is not when and abs((line.when - when).total_seconds()) > 86_400:
            raise Refusal(
                "mixed-order",
                "Rows of this order are more than a day apart.",
                "Give each order its own number, or mend the date.",
                field="ordered_at",
                row=line.row,
                value=line.when.isoformat(),
            )


def _refuse_mixture(head: Line, line: Line) -> None:
    name = next(n for n in ("buyer", "country", "currency") if getattr(line, n) != getattr(head, n))
    raise Refusal(
        "mixed-order",
        f"Rows of this order disagree on the {name}.",
        "Give each order its own number, or mend the row.",
        field=name,
        row=line.row,
        value=str(getattr(line, name)),
    )


def _check_trade(lines: Sequence[Line]) -> None:
    """Books also hold what is no sale: stock corrections and fees between the seller and others."""
    if lines[0].buyer:
        return
    if not any(line.unit_minor for line in lines):
        raise Refusal(
            "stock-adjustment", "Neither a buyer nor a price: a correction of stock, not a sale.",
            "Leave it out, or name the buyer.", field="buyer",
        )  # fmt: skip
    if lines[0].quantity < 0 and not any(line.kind in _TRAVELS for line in lines):
        raise Refusal(
            "not-trade", "Neither a buyer nor goods: a booking of fees, not a credit note.",
            "Leave it out, or name the buyer.", field="buyer",
        )  # fmt: skip


def _check_signs(lines: Sequence[Line]) -> None:
    for line in lines:
        if line.quantity > 0:
            raise Refusal(
                "credit-note-sign", "A credit note gives back; its quantities are negative.",
                "Put a minus sign, or give the sale a number of its own.", field="quantity", row=line.row, value=str(line.quantity),
            )  # fmt: skip
