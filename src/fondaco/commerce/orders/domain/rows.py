"""One row of a file: read by a mapping into a checked line, or into its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
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
        self._special = {sku.casefold(): kind for sku, kind in mapping.special_skus.items()}
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
        values: dict[str, Any] = {}
        errors: list[RowError] = []
        for name, index, convert in self.converters:
            try:
                values[name] = convert(cells[index])
            except c.BadCell as bad:
                errors.append(self._error(row, index, cells[index], bad))
        return errors or self._line(row, values)

    def error(self, row: int, name: str, value: str, bad: c.BadCell) -> RowError:
        """`bad` as an error of the column that holds our field `name`."""
        return RowError(
            row, self.mapping.columns.get(name, name), value[:80], bad.code, bad.message, bad.remedy
        )

    def _line(self, row: int, v: dict[str, Any]) -> Line | list[RowError]:
        currency = v.get("currency") or self.mapping.currency
        price = v["unit_price"]
        kind = self._special.get(v["sku"].casefold()) or (GOODS if price else SAMPLE)
        try:
            unit = self._unit_minor(price, currency)
        except c.BadCell as bad:
            return [self.error(row, "unit_price", str(price), bad)]
        more = {name: v[name] for name in self._more if v.get(name)} if self._more else {}
        return Line(
            row, v["order"], kind, v["sku"], v.get("title", ""), v["quantity"], unit, v["ordered_at"],
            v.get("buyer", ""), v["country"], currency, more,
        )  # fmt: skip

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

    def _make_converters(self) -> list[tuple[str, int, c.Converter]]:
        made = []
        for name, heading in self.mapping.columns.items():
            memo: c.Memo[Any] = c.Memo(self._converter(name))
            made.append((name, self.headings.index(heading), memo.__getitem__))
        known = {
            "order",
            "sku",
            "title",
            "quantity",
            "unit_price",
            "ordered_at",
            "buyer",
            "country",
            "currency",
        }
        self._more = tuple(name for name, _, _ in made if name not in known)
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

    def _error(self, row: int, index: int, cell: str, bad: c.BadCell) -> RowError:
        return RowError(row, self.headings[index], cell[:80], bad.code, bad.message, bad.remedy)

    def _ragged(self, row: int, found: int) -> RowError:
        message = f"The row has {found} cells, the heading {len(self.headings)}."
        return RowError(row, "", "", "ragged-row", message, "Quote cells that hold the separator.")


def shifted(moment: datetime, weeks: int) -> datetime:
    """`moment` moved by whole weeks of local time, in UTC."""
    return c.utc(moment + timedelta(weeks=weeks))
