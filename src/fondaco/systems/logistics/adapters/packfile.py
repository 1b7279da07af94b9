"""Orders to pack and boxes to pack them in, as CSV files; the answer as another.

Items: order, quantity, article, width, length, depth (mm), weight (g). Boxes: name, outer width, length, depth,
empty weight, inner width, length, depth, greatest weight. A first row of titles is skipped. The answer:
order_id, boxes_used.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fondaco.kernel.errors import Refused
from fondaco.kernel.files import whole_file
from fondaco.systems.logistics.domain.dto import Carton, Packing, PackItem, PackRequest
from fondaco.systems.logistics.domain.packing import THOROUGH, Effort, pack_many

_BATCH = 50
_ITEM_NUMBERS = ("quantity", "width", "length", "depth", "weight")
_BOX_NUMBERS = (
    "outer width", "outer length", "outer depth", "empty weight", "inner width", "inner length", "inner depth",
    "greatest weight",
)  # fmt: skip


class PackFileUnreadable(Refused):
    code = "pack-file-unreadable"
    title = "The file of articles or boxes cannot be read."
    remedy = (
        "Items need order, quantity, article, width, length, depth, weight; boxes need name, outer width, length,"
        " depth, empty weight, inner width, length, depth, greatest weight: whole millimetres and grams."
    )


@dataclass(frozen=True, slots=True)
class PackFileReport:
    """What a batch came to. `incomplete` names orders that the boxes cannot hold whole, with the first reason."""

    orders: int
    boxes: int
    proofs: dict[str, int]
    incomplete: tuple[tuple[str, str], ...]


def pack_files(
    items: Path,
    *,
    boxes: Path,
    out: Path,
    keep_flat: bool = False,
    effort: Effort = THOROUGH,
    on_progress: Callable[[int, int], None] | None = None,
) -> PackFileReport:
    """Pack every order of `items` into `boxes` and write `out`, one row per order in the order of the file.

    An order that cannot be packed whole gets an empty count. PackFileUnreadable before anything is written.
    """
    requests, cartons = read_orders(items, keep_flat=keep_flat), read_boxes(boxes)
    packings: list[Packing] = []
    for start in range(0, len(requests), _BATCH):
        packings += pack_many(requests[start : start + _BATCH], boxes=cartons, effort=effort)
        if on_progress:
            on_progress(len(packings), len(requests))
    _write(out, packings)
    return _report(packings)


def read_orders(path: Path, *, keep_flat: bool = False) -> list[PackRequest]:
    """The orders of an items file. One article with two sizes or weights counts as two articles."""
    orders: dict[str, dict[tuple[object, ...], int]] = {}
    for line, row in _rows(path, 7):
        numbers = _numbers(path, line, [row[1], *row[3:7]], _ITEM_NUMBERS)
        kinds = orders.setdefault(row[0], {})
        kind = (row[2], *numbers[1:])
        kinds[kind] = kinds.get(kind, 0) + numbers[0]
    return [PackRequest(order, tuple(_items(kinds, keep_flat=keep_flat))) for order, kinds in orders.items()]


def read_boxes(path: Path) -> tuple[Carton, ...]:
    """The boxes of a boxes file; the greatest weight includes the box's own."""
    cartons = []
    for line, row in _rows(path, 9):
        outer_w, outer_l, outer_d, tare, wide, long, deep, most = _numbers(path, line, row[1:9], _BOX_NUMBERS)
        cartons.append(Carton(row[0], (wide, long, deep), (outer_w, outer_l, outer_d), tare, most - tare))
    if not cartons:
        raise PackFileUnreadable("It holds no box.", field="boxes", value=path.name)
    return tuple(cartons)


def _items(kinds: dict[tuple[object, ...], int], *, keep_flat: bool) -> Iterator[PackItem]:
    seen: dict[str, int] = {}
    for (name, wide, long, deep, mass), quantity in kinds.items():
        sku = str(name)
        seen[sku] = seen.get(sku, 0) + 1
        label = sku if seen[sku] == 1 else f"{sku}#{seen[sku]}"
        yield PackItem(
            label,
            quantity,
            int(str(mass)),
            int(str(wide)),
            int(str(long)),
            int(str(deep)),
            keep_upright=keep_flat,
        )


def _rows(path: Path, width: int) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for line, row in enumerate(csv.reader(file), 1):
                if not any(cell.strip() for cell in row) or (line == 1 and not _is_number(row[-1])):
                    continue
                if len(row) < width:
                    raise PackFileUnreadable(
                        f"{path.name}, line {line}: {width} columns are needed.", field="line", value=line
                    )
                yield line, [cell.strip() for cell in row]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise PackFileUnreadable(str(exc), field="file", value=path.name) from exc


def _numbers(path: Path, line: int, cells: Sequence[str], names: Sequence[str]) -> list[int]:
    for cell, name in zip(cells, names, strict=True):
        if not _is_number(cell):
            raise PackFileUnreadable(
                f"{path.name}, line {line}: the {name} is not a whole number.", field=name, value=cell
            )
    return [int(cell) for cell in cells]


def _is_number(cell: str) -> bool:
    return cell.strip().isascii() and cell.strip().isdigit()


def _write(out: Path, packings: Sequence[Packing]) -> None:
    try:
        with whole_file(out) as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("order_id", "boxes_used"))
            writer.writerows((p.reference, "" if why_incomplete(p) else len(p.parcels)) for p in packings)
    except OSError as exc:
        raise PackFileUnreadable(str(exc), field="out", value=out.name) from exc


def why_incomplete(packing: Packing) -> str:
    """Why the boxes do not hold the whole order; empty where they do."""
    if packing.unpackable:
        return f"{packing.unpackable[0].sku}: {packing.unpackable[0].code}"
    own = next((p for p in packing.parcels if p.method == "own"), None)
    return f"{own.contents[0][0]}: fits no box" if own else ""


def _report(packings: Sequence[Packing]) -> PackFileReport:
    proofs: dict[str, int] = {}
    for packing in packings:
        proofs[packing.proof] = proofs.get(packing.proof, 0) + 1
    whole = [p for p in packings if not why_incomplete(p)]
    incomplete = tuple((p.reference, why) for p in packings if (why := why_incomplete(p)))
    return PackFileReport(len(packings), sum(len(p.parcels) for p in whole), proofs, incomplete)
