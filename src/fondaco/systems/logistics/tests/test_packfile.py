"""Packing from files: the formats, what is refused, and the real orders beside BoxPacker's answers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.conf import settings

from fondaco.systems.logistics.adapters.packfile import read_boxes, read_orders
from fondaco.systems.logistics.public import PackFileUnreadable, pack_files

BOXES = "Small,110,110,60,20,100,100,50,1020\nLarge,320,220,120,50,300,200,100,5050\n"
DATA = Path(settings.ROOT).parent / "shared" / "data" / "packing"


def files(folder: Path, items: str, boxes: str = BOXES) -> tuple[Path, Path, Path]:
    (folder / "items.csv").write_text(items, encoding="utf-8")
    (folder / "boxes.csv").write_text(boxes, encoding="utf-8")
    return folder / "items.csv", folder / "boxes.csv", folder / "out.csv"


def test_a_file_of_orders_gets_a_file_of_counts(tmp_path: Path) -> None:
    items, boxes, out = files(tmp_path, "A,1,cup,90,90,40,300\nB,2,tray,290,190,60,900\nA,1,lid,90,90,9,50\n")
    report = pack_files(items, boxes=boxes, out=out)
    assert out.read_text() == "order_id,boxes_used\nA,1\nB,2\n"
    assert (report.orders, report.boxes, report.proofs, report.incomplete) == (2, 3, {"proved": 2}, ())


def test_titles_a_mark_and_blank_lines_are_read_over(tmp_path: Path) -> None:
    text = "\ufefforder,quantity,article,width,length,depth,weight\nA,1,cup,90,90,40,300\n\n"
    items, _, _ = files(tmp_path, text)
    (request,) = read_orders(items)
    assert [(i.sku, i.quantity, i.mass_g, i.sides_mm) for i in request.items] == [
        ("cup", 1, 300, (90, 90, 40))
    ]


def test_a_boxs_own_mass_counts_against_its_limit(tmp_path: Path) -> None:
    _, boxes, _ = files(tmp_path, "")
    assert [(b.code, b.max_contents_g, b.tare_g) for b in read_boxes(boxes)] == [
        ("Small", 1_000, 20),
        ("Large", 5_000, 50),
    ]


def test_an_order_that_fits_no_box_is_named_and_left_empty(tmp_path: Path) -> None:
    items, boxes, out = files(tmp_path, "A,1,mast,900,20,20,300\nB,1,cup,90,90,40,300\n")
    report = pack_files(items, boxes=boxes, out=out)
    assert out.read_text() == "order_id,boxes_used\nA,\nB,1\n"
    assert report.incomplete == (("A", "mast: fits no box"),)


@pytest.mark.parametrize(
    ("items", "boxes", "field"),
    [
        ("A,1,cup,90,90,forty,300\n", BOXES, "depth"),
        ("A,1,cup,90\n", BOXES, "line"),
        ("A,-1,cup,90,90,40,300\n", BOXES, "quantity"),
        ("A,1,cup,90,90,40,300\n", "", "boxes"),
        ("A,1,cup,90,90,40,300\n", "Small,1,1,1,1,x,1,1,1\n", "inner width"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_written(
    tmp_path: Path, items: str, boxes: str, field: str
) -> None:
    asked, given, out = files(tmp_path, items, boxes)
    with pytest.raises(PackFileUnreadable) as caught:
        pack_files(asked, boxes=given, out=out)
    assert caught.value.field == field
    assert not out.exists()


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")
def test_real_orders_take_no_more_boxes_than_boxpackers_answers(tmp_path: Path) -> None:
    lines = (DATA / "items_dev.csv").read_text().splitlines(keepends=True)[:1500]
    items, _, out = files(tmp_path, "".join(lines))
    pack_files(items, boxes=DATA / "boxes.csv", out=out)
    with (DATA / "expected_dev.csv").open(newline="") as file:
        expected = {row[0]: int(row[4]) for row in csv.reader(file)}
    used = {order: int(count) for order, count in list(csv.reader(out.open(newline="")))[1:-1]}
    assert len(used) > 250
    assert [order for order, count in used.items() if count > expected[order]] == []
