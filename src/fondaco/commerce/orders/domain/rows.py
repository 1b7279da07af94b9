"""One row of a file: read by a mapping into a checked line, or into its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fondaco.commerce.orders.domain import cells as c
from fondaco.commerce.orders.domain.errors import MissingColumns
from fondaco.commerce.orders.domain.mapping import GOODS, SAMPLE, SHIP_FIELDS, ColumnMapping
from fondaco.kernel.errors import RowError


class Line(NamedTuple):
    """A row that can be used; `when` is the file's own moment, in the mapping's time zone."""

    row: int
    ref: str
    kind: str
    sku: str
    title: str
    quantity: int
    unit_minor: int
    when: datetime
    buyer: str
    country: str
    currency: str
    more: Mapping[str, str]


# The fields that every line has, in the order in which they are read.
_FIRST = ("order", "sku", "quantity", "unit_price", "ordered_at", "country", "title", "buyer", "currency")
_NO_MORE: Mapping[str, str] = MappingProxyType({})


def _nothing(_cell: str) -> str:
    return ""


class RowReader:
    """Reads rows of one table by one mapping. MissingColumns where the table does not fit it.

    `latest` is the last moment that a date of the file may have (now, less the shift).
    """

    def __init__(self, mapping: ColumnMapping, *, headings: Sequence[str], latest: datetime) -> None:
        self.mapping, self.headings = mapping.checked(), tuple(headings)
        absent = sorted(h for h in mapping.columns.values() if h not in self.headings)
        if absent:
            raise MissingColumns(", ".join(absent), field="columns", value=absent)
        self._latest = latest
        special = {sku.casefold(): kind for sku, kind in mapping.special_skus.items()}
        self._special = c.Memo(lambda sku: special.get(sku.casefold(), ""))
        self._more = tuple(name for name in mapping.columns if name not in _FIRST)
        self.converters = self._make_converters()
        self._minor: dict[tuple[Any, str], int] = {}

    def index_of(self, name: str) -> int | None:
        """The position of our field `name` in a row, None where the mapping has no such column."""
        heading = self.mapping.columns.get(name)
        return self.headings.index(heading) if heading else None

    def read(self, row: int, cells: Sequence[str]) -> Line | list[RowError]:
        """The line in `cells`, or everything that is wrong with it."""
        if len(cells) != len(self.headings):
            return [self._ragged(row, len(cells))]
        try:
            values = [convert(cells[index]) for index, convert in self.converters]
        except c.BadCell:
            return self._errors(row, cells)
        return self._line(row, values)

    def error(self, row: int, name: str, value: str, bad: c.BadCell) -> RowError:
        """`bad` as an error of the column that holds our field `name`."""
        return RowError(
            row, self.mapping.columns.get(name, name), value[:80], bad.code, bad.message, bad.remedy
        )

    def _errors(self, row: int, cells: Sequence[str]) -> list[RowError]:
        """Everything that is wrong with the row, in the order of its columns."""
        errors = []
        for index, convert in sorted(self.converters, key=itemgetter(0)):
            try:
                convert(cells[index])
            except c.BadCell as bad:
                column = self.headings[index]
                errors.append(RowError(row, column, cells[index][:80], bad.code, bad.message, bad.remedy))
        return errors

    def _line(self, row: int, values: Sequence[Any]) -> Line | list[RowError]:
        ref, sku, quantity, price, when, country, title, buyer, currency, *rest = values
        currency = currency or self.mapping.currency
        try:
            unit = self._unit_minor(price, currency)
        except c.BadCell as bad:
            return [self.error(row, "unit_price", str(price), bad)]
        kind = self._special[sku] or (GOODS if price else SAMPLE)
        more = (
            {name: value for name, value in zip(self._more, rest, strict=True) if value} if rest else _NO_MORE
        )
        return Line(row, ref, kind, sku, title, quantity, unit, when, buyer, country, currency, more)

    def _unit_minor(self, price: Any, currency: str) -> int:
        key = (price, currency)
        found = self._minor.get(key)
        if found is None:
            if price < 0:
                raise c.BadCell(
                    "negative-price", "A unit price cannot be negative.",
                    "Give the quantity the minus sign, for a credit note.",
                )  # fmt: skip
            found = self._minor[key] = c.minor_of(price, currency=currency)
        return found

    def _make_converters(self) -> list[tuple[int, c.Converter]]:
        """Index of the cell and converter of each field: first those of `_FIRST`, then what else is mapped."""
        made = []
        for name in (*_FIRST, *self._more):
            index = self.index_of(name)
            convert = _nothing if index is None else c.Memo(self._converter(name)).__getitem__
            made.append((index or 0, convert))
        return made

    def _converter(self, name: str) -> c.Converter:
        aliases = {alias.casefold(): code for alias, code in self.mapping.countries.items()}
        makers: dict[str, c.Converter] = {
            "order": partial(c.text_of, most=64, name="order"),
            "sku": partial(c.text_of, most=64, name="sku"),
            "title": partial(c.text_of, most=300, name="title", required=False),
            "buyer": partial(c.text_of, most=64, name="buyer", required=False),
            "quantity": c.quantity_of,
            "unit_price": partial(c.price_of, decimal_comma=self.mapping.decimal_comma),
            "ordered_at": self._moment,
            "country": partial(c.country_of, aliases=aliases),
            "currency": lambda cell: c.currency_of(cell) if cell.strip() or not self.mapping.currency else "",
            "origin": lambda cell: c.country_of(cell, aliases=aliases) if cell.strip() else "",
            "hs_code": c.hs_code_of,
        }
        if name in SHIP_FIELDS:
            return partial(c.text_of, most=200, name=name, required=False)
        return makers.get(name, c.measure_of)

    def _moment(self, cell: str) -> datetime:
        zone = ZoneInfo(self.mapping.timezone)
        moment = c.moment_of(cell, formats=self.mapping.date_formats, zone=zone)
        if moment > self._latest:
            raise c.BadCell("future-date", "The date lies in the future.", "Mend the date.")
        return moment

    def _ragged(self, row: int, found: int) -> RowError:
        message = f"The row has {found} cells, the heading {len(self.headings)}."
        return RowError(row, "", "", "ragged-row", message, "Quote cells that hold the separator.")


def shifted(moment: datetime, weeks: int) -> datetime:
    """`moment` moved by whole weeks of local time, in UTC."""
    return c.utc(moment + timedelta(weeks=weeks))
