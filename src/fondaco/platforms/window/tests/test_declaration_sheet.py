"""A declaration as CSV and XLSX: read back as it was, safe to open, and faults named by their cell."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import Phase, given, settings

from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.sheet import (
    SheetRefused,
    SheetUnreadable,
    read_sheet,
    write_csv,
    write_xlsx,
)
from fondaco.platforms.window.tests.declared_samples import CLOCK, any_declared, plain

EVIL = ('=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "'=1", "''", "\tx")


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(any_declared())
def test_what_is_written_for_a_person_reads_back(one: Declared) -> None:
    assert read_sheet(write_csv(one)) == one


def test_a_workbook_reads_back_and_so_do_texts_that_look_like_formulas() -> None:
    for text in EVIL[:-1]:
        one = plain(items=(replace(CLOCK, description=text, gross_g=1000),), carrier=text)
        assert read_sheet(write_xlsx(one)) == one
        assert read_sheet(write_csv(one)) == one


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_can_be_run_as_a_formula(text: str) -> None:
    one = plain(carrier=text, exporter=replace(plain().exporter, name=text))
    cells = [cell for row in csv.reader(io.StringIO(write_csv(one).decode("utf-8-sig"))) for cell in row]
    run = [
        cell
        for cell in cells
        if cell.startswith(("=", "+", "-", "@", "\t")) and not cell.lstrip("+").isdigit()
    ]
    assert run == []
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(one))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}


def test_people_may_move_rows_and_use_semicolons() -> None:
    lines = write_csv(plain()).decode("utf-8-sig").splitlines()
    head, goods = lines[: lines.index("")], lines[lines.index("") :]
    moved = "\r\n".join([head[0], *reversed(head[1:]), *goods])
    assert read_sheet(moved.encode()) == plain()
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(csv.reader(lines))
    assert read_sheet(out.getvalue().encode()) == plain()


def test_cells_that_cannot_be_read_are_all_named() -> None:
    text = write_csv(plain()).decode("utf-8-sig")
    wrong = (
        text.replace("Freight,5.00", "Freight,5.001")
        .replace("2026-11-20", "20/11/26")
        .replace(",12.50", ",12 50")
    )
    with pytest.raises(SheetRefused) as caught:
        read_sheet(wrong.encode())
    assert [fault.path for fault in caught.value.faults] == ["Freight", "Invoice of", "goods[2]/Value"]


@pytest.mark.parametrize("raw", [b"", b"a,b\n1,2\n", b"PK\x03\x04rubbish", b"\xff\xfe", b"x" * 4_200_000])
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(SheetUnreadable):
        read_sheet(raw)


def test_a_control_character_is_not_written() -> None:
    with pytest.raises(SheetRefused) as caught:
        write_xlsx(plain(carrier="a\x01b"))
    assert caught.value.field == "Carrier"
