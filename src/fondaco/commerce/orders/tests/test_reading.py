"""Rows into orders: what is taken, what is refused and why."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.commerce.orders.adapters.tables import open_table
from fondaco.commerce.orders.domain.book import ParsedBook
from fondaco.commerce.orders.domain.countries import country_code
from fondaco.commerce.orders.domain.errors import MissingColumns
from fondaco.commerce.orders.domain.mapping import ONLINE_RETAIL, BadMapping, ColumnMapping, guess_columns
from fondaco.commerce.orders.domain.reading import start_reading
from fondaco.commerce.orders.importing import read_orders
from fondaco.commerce.orders.tests.conftest import HEADINGS, MAPPING, NOW, csv_bytes, row


def read(*rows: list[str], mapping: ColumnMapping = MAPPING, **more: Any) -> ParsedBook:
    return read_orders(io.BytesIO(csv_bytes(rows, **more)), mapping=mapping, now=NOW)


def codes(book: ParsedBook) -> list[str]:
    return [error.code for reject in book.rejects for error in reject.errors]


def test_a_good_order_is_read_to_the_penny() -> None:
    book = read(
        row(), row(SKU="POST", Title="Postage", Qty="1", Price="6.00"), row(SKU="TOY", Title="Toy", Price="0")
    )
    (order,) = book.orders
    assert (order.source_ref, order.buyer, order.destination, order.currency) == ("A1", "B1", "DE", "GBP")
    assert (order.goods_minor, order.carriage_minor, order.discount_minor, order.other_minor) == (
        500,
        600,
        0,
        0,
    )
    assert [(x.kind, x.sku, x.quantity, x.unit_minor) for x in order.lines] == [
        ("goods", "MUG", 2, 250), ("carriage", "POST", 1, 600), ("sample", "TOY", 2, 0),
    ]  # fmt: skip
    assert order.ordered_at == order.original_ordered_at == datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
    assert book.rejects == []
    assert [p.sku for p in book.products] == ["MUG", "TOY"]
    assert [(b.reference, b.country) for b in book.buyers] == [("B1", "DE")]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Qty", "two", "bad-quantity"), ("Qty", "", "bad-quantity"), ("Qty", "0", "bad-quantity"),
        ("Qty", "1.5", "bad-quantity"), ("Qty", "1_000", "bad-quantity"), ("Qty", "1e3", "bad-quantity"),
        ("Qty", "1000001", "absurd-quantity"), ("Qty", "-1000001", "absurd-quantity"),
        ("Qty", "9" * 30, "bad-quantity"), ("Qty", "٣", "bad-quantity"),
        ("Price", "free", "bad-price"), ("Price", "", "bad-price"), ("Price", "1,50", "bad-price"),
        ("Price", "NaN", "bad-price"), ("Price", "Infinity", "bad-price"), ("Price", "1e9", "bad-price"),
        ("Price", "£2", "bad-price"), ("Price", "-1.00", "negative-price"), ("Price", "1.005", "too-precise"),
        ("Price", "100000001", "absurd-price"),
        ("Date", "yesterday", "bad-date"), ("Date", "", "bad-date"), ("Date", "2026-02-30", "bad-date"),
        ("Date", "0001-01-01", "bad-date"), ("Date", "2026-11-22 09:01", "future-date"),
        ("Date", "2210-01-01", "future-date"),
        ("Country", "Unspecified", "unknown-country"), ("Country", "", "unknown-country"),
        ("Country", "ZZ", "unknown-country"), ("Country", "x" * 5000, "unknown-country"),
        ("SKU", "", "missing-sku"), ("SKU", "x" * 65, "text-too-long"), ("SKU", "=1+1", "formula"),
        ("Title", "@SUM(A1)", "formula"), ("Title", "+cmd|' /C calc'!A0", "formula"),
        ("Title", "-2+3", "formula"), ("Title", "\t=1", "formula"), ("Title", "bell\x07", "bad-text"),
        ("Title", "x" * 301, "text-too-long"), ("Title", "x" * 40_000, "cell-too-long"),
        ("Buyer", "=HYPERLINK(1)", "formula"), ("Order", "", "missing-order"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_refused_by_name(column: str, value: str, code: str) -> None:
    book = read(row(**{column: value}), row(Order="A2"))
    (reject,) = book.rejects
    (error,) = reject.errors
    assert (error.code, error.row, error.column) == (code, 2, column)
    assert error.message
    assert error.remedy
    assert len(error.value) <= 80
    assert [o.source_ref for o in book.orders] == ["A2"]


def test_every_bad_cell_of_a_row_is_named_at_once() -> None:
    book = read(row(Qty="x", Price="y", Country="zz"))
    assert codes(book) == ["bad-quantity", "bad-price", "unknown-country"]


def test_one_bad_row_refuses_its_whole_order_and_no_other() -> None:
    book = read(row(), row(SKU="TOY", Qty="x"), row(Order="A2"), row(SKU="CUP"))
    assert [(r.row, r.errors[0].code) for r in book.rejects] == [
        (2, "with-order"),
        (3, "bad-quantity"),
        (5, "with-order"),
    ]
    assert [o.source_ref for o in book.orders] == ["A2"]
    assert book.rejected_orders == {"bad-quantity": 1}
    assert [p.sku for p in book.products] == ["MUG"]


def test_an_order_is_whole_wherever_its_rows_stand() -> None:
    book = read(row(), row(Order="A2"), row(SKU="TOY", Title="Toy"))
    assert {o.source_ref: len(o.lines) for o in book.orders} == {"A1": 2, "A2": 1}


@pytest.mark.parametrize(
    ("second", "code", "column"),
    [
        ({"Buyer": "B2"}, "mixed-order", "Buyer"),
        ({"Country": "FR"}, "mixed-order", "Country"),
        ({"Date": "2026-11-03 10:00"}, "mixed-order", "Date"),
        ({"SKU": "DISC", "Qty": "1", "Price": "1.00"}, "bad-discount", "Qty"),
        ({"SKU": "DISC", "Qty": "-1", "Price": "9.00"}, "negative-total", "Price"),
    ],
)
def test_an_order_that_contradicts_itself_is_refused(second: dict[str, str], code: str, column: str) -> None:
    book = read(row(), row(**second))
    assert book.orders == []
    own = [e for r in book.rejects for e in r.errors if e.code != "with-order"]
    assert [(e.code, e.column) for e in own] == [(code, column)]
    assert len(book.rejects) == 2


def test_a_discount_lessens_the_order() -> None:
    (order,) = read(row(Qty="10"), row(SKU="DISC", Qty="-1", Price="3.00")).orders
    assert (order.goods_minor, order.discount_minor) == (2500, 300)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SKU": "POST"}, "no-goods"),
        ({"Buyer": "", "Price": "0"}, "stock-adjustment"),
        ({"Buyer": "", "Price": "0", "Qty": "-5"}, "stock-adjustment"),
        ({"Order": "C1", "Buyer": "", "SKU": "FEE", "Qty": "-1"}, "not-trade"),
        ({"Order": "C1"}, "credit-note-sign"),
    ],
)
def test_what_is_no_trade_is_refused(changes: dict[str, str], code: str) -> None:
    book = read(row(**changes))
    assert codes(book) == [code]
    assert (book.orders, book.returns, book.products, book.buyers) == ([], [], [], [])


def test_a_credit_note_becomes_a_return() -> None:
    book = read(row(Order="C9", Qty="-3"))
    (note,) = book.returns
    assert (note.source_ref, note.value_minor, note.origin, note.buyer) == ("C9", 750, "DE", "B1")
    assert [(x.sku, x.quantity) for x in note.lines] == [("MUG", 3)]
    assert book.orders == []


def test_negative_lines_of_a_sale_become_a_return_of_the_same_number() -> None:
    book = read(row(Qty="5"), row(SKU="CUP", Title="Cup", Qty="-1"))
    assert (book.orders[0].goods_minor, book.returns[0].value_minor) == (1250, 250)
    assert book.orders[0].source_ref == book.returns[0].source_ref == "A1"


def test_a_nameless_buyer_is_a_guest_of_that_order_alone() -> None:
    book = read(row(Buyer=""), row(Order="A2", Buyer=""))
    assert [b.reference for b in book.buyers] == ["guest-A1", "guest-A2"]


def test_a_missing_title_is_taken_from_the_other_rows_of_the_file() -> None:
    book = read(row(Title=""), row(Order="A2"), row(Order="A3"), row(Order="A4", Title="Rde mug"))
    assert book.orders[0].lines[0].title == "Red mug"
    assert [p.title for p in book.products] == ["Red mug"]


def test_a_title_that_no_row_gives_is_missing_and_a_bad_one_is_never_borrowed() -> None:
    book = read(row(Title=""), row(Order="A2", Title="=cmd()"), row(Order="A3", Title="=cmd()"))
    assert codes(book) == ["missing-title", "formula", "formula"]


def test_a_leading_apostrophe_says_that_a_cell_is_text() -> None:
    (order,) = read(row(Title="'=not a formula")).orders
    assert order.lines[0].title == "=not a formula"


def test_rows_of_another_width_are_refused() -> None:
    book = read(row()[:-1], [*row(Order="A2"), "more"], row(Order="A3"))
    assert codes(book) == ["ragged-row", "ragged-row"]
    assert [o.source_ref for o in book.orders] == ["A3"]


def test_currencies_have_their_own_decimals() -> None:
    mapping = replace(MAPPING, columns={**MAPPING.columns, "currency": "Currency"}, currency="")
    headings = [*HEADINGS, "Currency"]
    book = read(
        [*row(Price="250"), "JPY"], [*row(Order="A2", Price="2.5"), "jpy"], [*row(Order="A3"), "XXX"],
        [*row(Order="A4"), "GBP2"], [*row(Order="A5"), ""], mapping=mapping, headings=headings,
    )  # fmt: skip
    assert book.orders[0].goods_minor == 500
    assert codes(book)[0] == "too-precise"
    assert codes(book)[-2:] == ["unknown-currency", "unknown-currency"]


def test_dates_move_by_whole_weeks_to_just_before_now() -> None:
    auto = replace(MAPPING, shift="auto")
    book = read(row(Date="2011-12-09 12:50"), row(Order="A2", Date="2010-12-01 08:26"), mapping=auto)
    assert book.shift_weeks == 780
    last, first = book.orders
    assert last.ordered_at == datetime(2026, 11, 20, 12, 50, tzinfo=UTC)
    assert last.original_ordered_at == datetime(2011, 12, 9, 12, 50, tzinfo=UTC)
    assert first.ordered_at.weekday() == first.original_ordered_at.weekday()
    assert (last.ordered_at - first.ordered_at) == (last.original_ordered_at - first.original_ordered_at)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 20)))
@settings(max_examples=60, deadline=None)
def test_the_last_order_is_never_in_the_future_nor_a_week_away(moment: datetime) -> None:
    auto = replace(MAPPING, shift="auto", timezone="Europe/London")
    (order,) = read(row(Date=moment.isoformat(sep=" ", timespec="minutes")), mapping=auto).orders
    assert timedelta(0) <= NOW - order.ordered_at <= timedelta(weeks=1, hours=1)


def test_local_time_is_read_in_the_zone_of_the_mapping() -> None:
    (order,) = read(row(Date="2026-07-01 10:00"), mapping=replace(MAPPING, timezone="Europe/London")).orders
    assert order.ordered_at == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def test_formats_and_decimal_commas_are_as_stated() -> None:
    mapping = replace(MAPPING, date_formats=("%d/%m/%Y",), decimal_comma=True)
    (order,) = read(row(Date="02/11/2026", Price="2,50"), mapping=mapping).orders
    assert (order.ordered_at.date().isoformat(), order.goods_minor) == ("2026-11-02", 500)
    assert codes(read(row(Date="02/11/2026", Price="1.000,00"), mapping=mapping)) == ["bad-price"]


def test_facts_that_the_file_states_go_with_the_product() -> None:
    mapping = replace(
        MAPPING, columns={**MAPPING.columns, "hs_code": "HS", "mass_g": "Grams", "origin": "Made"}
    )
    headings = [*HEADINGS, "HS", "Grams", "Made"]
    book = read(
        [*row(), "6912.00", "350", "China"], [*row(Order="A2"), "69", "0", "Nowhere"], [*row(Order="A3"), "", "", ""],
        mapping=mapping, headings=headings,
    )  # fmt: skip
    assert book.products[0].stated == {"hs_code": "691200", "mass_g": "350", "origin": "CN"}
    assert codes(book) == ["bad-hs-code", "bad-measure", "unknown-country"]


def test_chunks_hold_the_same_orders_as_the_whole() -> None:
    rows = [row(Order=f"A{i % 40}", SKU=f"S{i}", Title="Thing") for i in range(200)]
    with open_table(io.BytesIO(csv_bytes(rows))) as table:
        reading = start_reading(table.rows, headings=table.headings, mapping=MAPPING, now=NOW)
        parts, whole = list(reading.chunks(chunk_rows=17)), reading.book()
    assert len(parts) > 3
    assert [o for part in parts for o in part.orders] == whole.orders
    assert [p for part in parts for p in part.products] == whole.products
    assert sum(part.rows for part in parts) == whole.rows == 200


def test_the_same_order_has_the_same_digest_and_any_change_another() -> None:
    digest = read(row()).orders[0].content_hash
    assert read(row(), row(Order="A2")).orders[0].content_hash == digest
    for change in (
        {"Qty": "3"},
        {"Price": "2.51"},
        {"Country": "FR"},
        {"Buyer": "B9"},
        {"Date": "2026-11-01 10:01"},
    ):
        assert read(row(**change)).orders[0].content_hash != digest
    assert read(row(), mapping=replace(MAPPING, shift=-2)).orders[0].content_hash == digest


_LINE = st.tuples(st.sampled_from(["MUG", "CUP", "POST"]), st.integers(1, 500), st.integers(0, 99_999))


@given(st.lists(st.lists(_LINE, min_size=1, max_size=6), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_no_penny_is_lost_between_file_and_book(orders: list[list[tuple[str, int, int]]]) -> None:
    rows = [
        row(Order=f"A{i}", SKU=sku, Qty=str(quantity), Price=f"{minor // 100}.{minor % 100:02d}")
        for i, lines in enumerate(orders)
        for sku, quantity, minor in lines
    ]
    book = read(*rows)
    taken = {o.source_ref: o.goods_minor + o.carriage_minor for o in book.orders}
    for i, lines in enumerate(orders):
        if any(sku != "POST" for sku, _, _ in lines):
            assert taken[f"A{i}"] == sum(quantity * minor for _, quantity, minor in lines)
        else:
            assert f"A{i}" not in taken
    assert len(book.orders) + sum(book.rejected_orders.values()) == len(orders)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"columns": {"order": "Order"}}, "sku"),
        ({"currency": ""}, "currency"),
        ({"currency": "ABC"}, "currency"),
        ({"special_skus": {"X": "goods"}}, "special_skus"),
        ({"shift": "soon"}, "shift"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"columns": {**MAPPING.columns, "colour": "Colour"}}, "colour"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Exception, match=field) as caught:
        replace(MAPPING, **changes).checked()
    assert caught.value.field == field  # type: ignore[attr-defined]


def test_a_mapping_survives_being_kept() -> None:
    assert ColumnMapping.from_dict(ONLINE_RETAIL.as_dict()) == ONLINE_RETAIL
    with pytest.raises(BadMapping):
        ColumnMapping.from_dict({"name": "x", "columns": {}, "surprise": 1})


def test_a_file_without_the_mapped_columns_is_refused() -> None:
    with pytest.raises(MissingColumns, match="Country"):
        read(row()[:-1], headings=HEADINGS[:-1])


def test_headings_are_recognised_by_name() -> None:
    found = guess_columns(
        ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "Country"]
    )
    assert found["order"] == "InvoiceNo"
    assert found["sku"] == "StockCode"
    assert found["unit_price"] == "UnitPrice"
    assert "currency" not in found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"), ("DEU", "DE"), ("Germany", "DE"), (" united  kingdom ", "GB"), ("UK", "GB"), ("USA", "US"),
        ("Czech Republic", "CZ"), ("South Korea", "KR"), ("Hong Kong", "HK"), ("EIRE", "IE"), ("European Community", None),
        ("", None),
    ],
)  # fmt: skip
def test_countries_by_code_and_name(text: str, code: str | None) -> None:
    assert country_code(text) == code
