"""Files of every kind, the hostile ones included."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fondaco.commerce.orders.adapters import files
from fondaco.commerce.orders.adapters.tables import open_table
from fondaco.commerce.orders.domain.errors import BadEncoding, BadFile, DuplicateColumns, FileBomb
from fondaco.commerce.orders.importing import preview_import, read_orders
from fondaco.commerce.orders.tests.conftest import HEADINGS, MAPPING, NOW, csv_bytes, row


def table_of(data: bytes) -> tuple[tuple[str, ...], list[list[str]], str, str]:
    with open_table(io.BytesIO(data)) as table:
        return table.headings, [cells for _, cells in table.rows()], table.encoding, table.format


def workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found_and_told(encoding: str, found: str) -> None:
    data = "Order;Título\nA1;Café – crème €\n".encode(encoding)
    assert table_of(data) == (("Order", "Título"), [["A1", "Café – crème €"]], found, "csv")


@pytest.mark.parametrize(
    "data",
    [
        b"Order,SKU\nA\x81\xff\n",
        b"\xef\xbb\xbfOrder\n\xff\xfe\n",
        b"Order\n\x00\x00\x01\n",
        b"\xff\xfeO\x00r"[:5],
    ],
)
def test_text_in_no_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(BadEncoding):
        table_of(data)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(mark: str) -> None:
    assert table_of(f"A{mark}B\n1{mark}2\n".encode())[1] == [["1", "2"]]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, lambda data: data])
def test_packed_files_are_unpacked(pack: Any) -> None:
    assert (
        read_orders(io.BytesIO(pack(csv_bytes([row()]))), mapping=MAPPING, now=NOW).orders[0].goods_minor
        == 500
    )


def test_rows_keep_their_number_over_blank_lines_and_line_breaks_in_cells() -> None:
    data = b'A,B\n\n"two\nlines",x\n,\n1,2\n'
    with open_table(io.BytesIO(data)) as table:
        assert list(table.rows()) == [(3, ["two\nlines", "x"]), (5, ["1", "2"])]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (gzip.compress(b"", mtime=0), "empty"), (b"\n1,2\n", "headings"), (b"\xd0\xcf\x11\xe0rest", "old .xls"),
        (gzip.compress(csv_bytes([row()]))[:-9], "damaged"), (lzma.compress(csv_bytes([row()]))[:-9], "damaged"),
        (b"PK\x03\x04 not a workbook", "damaged"), (b'A,B\n1,"open\n', "Row"), (b'A,B\n"a"x,2\n', "Row"),
        (b"[1, 2]", "list of objects"), (b"[{]", "Not JSON"), (b'[{"a": NaN}]', "Not JSON"),
        (b'[{"a": 1, "a": 2}]', "twice"), (b"[" * 100_000, "Not JSON"), (b'{"orders": 3}', "list of objects"),
        (b'[{"a": "\xff"}]', "Not JSON"), (b'[{"Order": "A", "lines": [3]}]', "A line must be"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        table_of(data)


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(DuplicateColumns, match="SKU"):
        table_of(b"Order,SKU,SKU\n1,2,3\n")


def test_a_file_of_headings_only_is_refused() -> None:
    with pytest.raises(BadFile, match="no rows"):
        read_orders(io.BytesIO(csv_bytes([])), mapping=MAPPING, now=NOW)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_bomb_is_stopped_before_it_fills_the_disk(pack: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "_RATIO_FREE", 1 << 20)
    with pytest.raises(FileBomb):
        table_of(pack(b"A,B\n" + b"0" * (32 << 20)))


def test_a_file_beyond_the_size_limit_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    with pytest.raises(BadFile, match="larger"):
        table_of(csv_bytes([row()] * 50))


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "members",
    [
        {"xl/worksheets/sheet1.xml": b"0" * (64 << 20)},
        {"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><lolz>&lol;</lolz>'},
        {f"part{i}": b"x" for i in range(5001)},
    ],
)
def test_a_workbook_bomb_is_refused_unopened(members: dict[str, bytes]) -> None:
    with pytest.raises(FileBomb):
        table_of(zipped(members))


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(BadFile, match="damaged"):
        table_of(zipped({"hello.txt": b"hello"}))


def test_a_workbook_is_read_like_its_csv() -> None:
    cells = ["A1", 84029.0, "Red mug", 2, datetime(2026, 11, 1, 10, 0), 2.5, 12583, "DE"]
    book = read_orders(io.BytesIO(workbook([HEADINGS, cells])), mapping=MAPPING, now=NOW)
    (order,) = book.orders
    assert (order.lines[0].sku, order.goods_minor, order.buyer) == ("84029", 500, "12583")
    assert order.ordered_at.isoformat() == "2026-11-01T10:00:00+00:00"


def test_a_sum_of_floats_in_a_workbook_is_the_price_it_shows() -> None:
    cells = ["A1", "MUG", "Red mug", 1, "2026-11-01", 0.1 + 0.2, "B1", "DE"]
    book = read_orders(io.BytesIO(workbook([HEADINGS, cells])), mapping=MAPPING, now=NOW)
    assert book.orders[0].goods_minor == 30


def test_truth_values_and_errors_in_a_workbook_are_refused_by_cell() -> None:
    book = read_orders(
        io.BytesIO(workbook([HEADINGS, ["A1", "MUG", "Mug", True, "2026-11-01", "#REF!", "B1", "DE"]])),
        mapping=MAPPING, now=NOW,
    )  # fmt: skip
    assert [e.code for e in book.rejects[0].errors] == ["bad-quantity", "bad-price"]


def test_json_comes_flat_or_as_orders_with_lines() -> None:
    shared = {"Order": "A1", "Date": "2026-11-01", "Buyer": 77, "Country": "DE"}
    line = {"SKU": "MUG", "Title": "Red mug", "Qty": 2, "Price": 2.5}
    flat, nested = [{**shared, **line}], {"orders": [{**shared, "lines": [line, {**line, "SKU": "CUP"}]}]}
    assert (
        read_orders(io.BytesIO(json.dumps(flat).encode()), mapping=MAPPING, now=NOW).orders[0].goods_minor
        == 500
    )
    assert (
        read_orders(io.BytesIO(json.dumps(nested).encode()), mapping=MAPPING, now=NOW).orders[0].goods_minor
        == 1000
    )


def test_wrong_types_in_json_are_refused_by_cell() -> None:
    record = {
        "Order": ["A"],
        "SKU": {"a": 1},
        "Title": True,
        "Qty": 1e400,
        "Date": None,
        "Price": "2",
        "Buyer": None,
        "Country": 3,
    }
    text = json.dumps(record).replace("Infinity", "1e400")
    book = read_orders(io.BytesIO(f"[{text}]".encode()), mapping=MAPPING, now=NOW)
    assert [e.code for e in book.rejects[0].errors] == [
        "bad-text", "bad-text", "bad-text", "bad-quantity", "bad-date", "unknown-country",
    ]  # fmt: skip


def test_a_lone_surrogate_in_json_does_no_harm() -> None:
    line = json.dumps({**dict(zip(HEADINGS, row(), strict=True)), "Title": "mug \ud800"})
    assert (
        read_orders(io.BytesIO(f"[{line}]".encode()), mapping=MAPPING, now=NOW).orders[0].lines[0].title
        == "mug ?"
    )


def test_a_cell_of_ten_megabytes_is_one_bad_row() -> None:
    data = csv_bytes([row(Title="x" * 10_000_000), row(Order="A2")])
    book = read_orders(io.BytesIO(data), mapping=MAPPING, now=NOW)
    assert [(r.row, r.errors[0].code) for r in book.rejects] == [(2, "cell-too-long")]
    assert len(book.rejects[0].cells["Title"]) < 1000
    assert [o.source_ref for o in book.orders] == ["A2"]


def test_the_preview_shows_twenty_rows_and_their_errors() -> None:
    rows = [row(Order=f"A{i}", Qty="x" if i == 3 else "2") for i in range(30)]
    shown = preview_import(io.BytesIO(csv_bytes(rows)), mapping=MAPPING, now=NOW)
    assert (len(shown.rows), shown.total_rows, shown.format, shown.encoding) == (20, 30, "csv", "utf-8")
    assert shown.rows[0].values["unit_minor"] == "250"
    assert [e.code for e in shown.rows[3].errors] == ["bad-quantity"]
    guessed = preview_import(io.BytesIO(csv_bytes(rows)), mapping=None, now=NOW)
    assert guessed.guessed == {
        "order": "Order", "sku": "SKU", "title": "Title", "quantity": "Qty", "ordered_at": "Date",
        "unit_price": "Price", "buyer": "Buyer", "country": "Country",
    }  # fmt: skip


def test_a_file_may_be_given_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_bytes([row()]))
    assert len(read_orders(path, mapping=MAPPING, now=NOW).orders) == 1
