"""From the rows of a table to books of orders, in two passes and bounded memory.

The first pass counts the rows of each order number, so that the second knows when an order is
whole wherever its rows stand; it also learns each stock code's usual title and last price, and the
last date of the file. One refused row refuses its whole order: an order that enters without one of
its lines would be declared, charged and shipped wrongly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from fondaco.commerce.orders.domain import cells as c
from fondaco.commerce.orders.domain.book import (
    WITH_ORDER,
    BookProduct,
    BuyerRow,
    ParsedBook,
    RejectedRow,
)  # fmt: skip
from fondaco.commerce.orders.domain.mapping import (
    AUTO_SHIFT,
    GOODS,
    SAMPLE,
    STATED_FACTS,
    ColumnMapping,
)  # fmt: skip
from fondaco.commerce.orders.domain.orders import Assembled, Assembler, Refusal, buyer_of
from fondaco.commerce.orders.domain.rows import Line, RowReader
from fondaco.kernel.errors import RowError

Rows = Callable[[], Iterator[tuple[int, list[str]]]]
Progress = Callable[[int, int], None]
CHUNK_ROWS = 10_000


@dataclass(slots=True)
class Index:
    """What one pass over the file learns."""

    rows: int = 0
    lines_of: Counter[str] = field(default_factory=Counter)
    titles: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    prices: dict[str, str] = field(default_factory=dict)
    last: datetime | None = None

    def title_of(self, sku: str) -> str:
        """The title most often given to `sku`, the earliest of equals; empty where none is given."""
        found = self.titles.get(sku)
        return found.most_common(1)[0][0] if found else ""


@dataclass(slots=True)
class Reading:
    """A file being read: `index` is what is known beforehand, `chunks()` the orders."""

    mapping: ColumnMapping
    headings: tuple[str, ...]
    rows: Rows
    index: Index
    shift_weeks: int
    reader: RowReader

    def chunks(
        self, *, chunk_rows: int = CHUNK_ROWS, on_progress: Progress | None = None
    ) -> Iterator[ParsedBook]:
        """Books of whole orders, about `chunk_rows` rows each; a product or buyer appears once."""
        collector = _Collector(self)
        waiting: dict[str, list[tuple[int, list[str]]]] = defaultdict(list)
        at, lines_of, ref_of = self.reader.index_of("order") or 0, self.index.lines_of, c.Memo(_ref)
        for number, (row, cells) in enumerate(self.rows(), start=1):
            ref = ref_of[cells[at]] if at < len(cells) else ""
            rows = waiting[ref]
            rows.append((row, cells))
            if not ref or len(rows) == lines_of[ref]:
                collector.take(ref, waiting.pop(ref))
            if collector.book.rows >= chunk_rows:
                yield collector.hand_over()
                if on_progress:
                    on_progress(number, self.index.rows)
        yield collector.hand_over()
        if on_progress:
            on_progress(self.index.rows, self.index.rows)

    def book(self) -> ParsedBook:
        """The whole file as one book."""
        whole = ParsedBook(shift_weeks=self.shift_weeks, rows=self.index.rows)
        for part in self.chunks():
            whole.orders.extend(part.orders)
            whole.returns.extend(part.returns)
            whole.products.extend(part.products)
            whole.buyers.extend(part.buyers)
            whole.rejects.extend(part.rejects)
        return whole


def start_reading(
    rows: Rows,
    *,
    headings: Sequence[str],
    mapping: ColumnMapping,
    now: datetime,
    shift_weeks: int | None = None,
) -> Reading:
    """Make the first pass. `shift_weeks` overrides the mapping's shift. MissingColumns, BadFile."""
    unshifted = RowReader(mapping, headings=headings, latest=now)
    index = _index(rows, unshifted)
    weeks = shift_weeks if shift_weeks is not None else _weeks(mapping, index, now)
    reader = RowReader(mapping, headings=headings, latest=now - timedelta(weeks=weeks))
    return Reading(mapping, tuple(headings), rows, index, weeks, reader)


def _index(rows: Rows, reader: RowReader) -> Index:
    index, width = Index(), len(reader.headings)
    at = {name: reader.index_of(name) for name in ("order", "sku", "title", "unit_price", "ordered_at")}
    order, sku, price, when = (at[name] or 0 for name in ("order", "sku", "unit_price", "ordered_at"))
    title, dates, named = at["title"], set[str](), Counter[tuple[str, str]]()
    ref_of, lines_of, prices = c.Memo(_ref), index.lines_of, index.prices
    for _, cells in rows():
        index.rows += 1
        lines_of[ref_of[cells[order]] if order < len(cells) else ""] += 1
        if len(cells) == width:
            code = cells[sku]
            if title is not None:
                named[code, cells[title]] += 1
            prices[code] = cells[price]
            dates.add(cells[when])
    index.last = _last(dates, reader)
    for (code, text), count in named.items():
        if usable := _usable_title(text):
            index.titles[code.strip()][usable] += count
    return index


def _usable_title(cell: str) -> str:
    """The title in a cell; empty where it would be refused, so that no other row borrows a bad one."""
    try:
        return c.text_of(cell, most=300, name="title", required=False)
    except c.BadCell:
        return ""


def _last(dates: set[str], reader: RowReader) -> datetime | None:
    """The last usable date; unusable ones are refused row by row in the second pass."""
    last = None
    position = reader.index_of("ordered_at")
    convert = next(convert for index, convert in reader.converters if index == position)
    for text in dates:
        try:
            moment: datetime = convert(text)
        except c.BadCell:
            continue
        last = moment if last is None or moment > last else last
    return last


def _weeks(mapping: ColumnMapping, index: Index, now: datetime) -> int:
    if mapping.shift != AUTO_SHIFT:
        return int(mapping.shift)
    if index.last is None:
        return 0
    weeks = (now - index.last) // timedelta(weeks=1)
    # Local time moves with the clocks in spring and autumn: never let that push the last order past now.
    return weeks if c.utc(index.last + timedelta(weeks=weeks)) <= now else weeks - 1


def _ref(cell: str) -> str:
    return " ".join(cell[:100].split())


class _Collector:
    """Gathers whole orders into the book being made."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._assembler = Assembler(
            reading.shift_weeks, reading.mapping.credit_prefix, reading.index.title_of
        )
        self._products, self._buyers = set[str](), set[str]()
        self.book = self._blank()

    def hand_over(self) -> ParsedBook:
        """The book made so far; a blank one is begun."""
        done, self.book = self.book, self._blank()
        return done

    def take(self, ref: str, rows: list[tuple[int, list[str]]]) -> None:
        """Add the order made of `rows`, or refuse all of them."""
        self.book.rows += len(rows)
        read = self.reading.reader.read
        results = [(row, cells, read(row, cells)) for row, cells in rows]
        lines = [found for _, _, found in results if isinstance(found, Line)]
        errors = {row: found for row, _, found in results if isinstance(found, list)}
        if not errors:
            try:
                self._accept(lines, self._assembler.assemble(lines))
                return
            except Refusal as refusal:
                errors = self._errors_of(refusal, rows)
        self._refuse(ref, rows, errors)

    def _accept(self, lines: Sequence[Line], made: Assembled) -> None:
        if made.order:
            self.book.orders.append(made.order)
        if made.credit:
            self.book.returns.append(made.credit)
        if (buyer := buyer_of(lines[0])) not in self._buyers:
            self._buyers.add(buyer)
            self.book.buyers.append(BuyerRow(buyer, lines[0].country))
        for line in lines:
            if line.kind in (GOODS, SAMPLE) and line.sku not in self._products:
                self._products.add(line.sku)
                self.book.products.append(self._product(line))

    def _product(self, line: Line) -> BookProduct:
        index = self.reading.index
        unit = self._last_price(index.prices.get(line.sku, ""), line)
        stated = {name: line.more[name] for name in STATED_FACTS if name in line.more}
        return BookProduct(line.sku, index.title_of(line.sku) or line.title, unit, line.currency, stated)

    def _last_price(self, text: str, line: Line) -> int:
        try:
            price: Decimal = c.price_of(text, decimal_comma=self.reading.mapping.decimal_comma)
            return c.minor_of(price, currency=line.currency) if price > 0 else line.unit_minor
        except c.BadCell:
            return line.unit_minor

    def _errors_of(
        self, refusal: Refusal, rows: Sequence[tuple[int, list[str]]]
    ) -> dict[int, list[RowError]]:
        row = refusal.row or rows[0][0]
        bad = c.BadCell(refusal.code, refusal.message, refusal.remedy)
        return {row: [self.reading.reader.error(row, refusal.field, refusal.value, bad)]}

    def _refuse(
        self, ref: str, rows: Sequence[tuple[int, list[str]]], errors: Mapping[int, list[RowError]]
    ) -> None:
        first = min(errors)
        for row, cells in rows:
            own = errors.get(row) or [_with_order(row, first)]
            kept = dict(zip(self.reading.headings, (_cut(cell) for cell in cells), strict=False))
            self.book.rejects.append(RejectedRow(row, ref[:80], kept, tuple(own)))

    def _blank(self) -> ParsedBook:
        return ParsedBook(shift_weeks=self.reading.shift_weeks)


def _with_order(row: int, first: int) -> RowError:
    return RowError(
        row,
        "",
        "",
        WITH_ORDER,
        f"Row {first} of the same order was refused.",
        "Mend that row; keep this one.",
    )


def _cut(cell: str) -> str:
    """A refused cell as it is kept: a giant one only by its beginning; PostgreSQL keeps no NUL."""
    return (cell if len(cell) <= 1000 else f"{cell[:200]}…").replace("\x00", "\ufffd")
