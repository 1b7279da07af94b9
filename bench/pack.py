"""Packing of real orders beside BoxPacker's published answers: `python -m bench.pack [ORDERS]`.

The 2,982 orders and the boxes of ../shared/data/packing, each packed alone in one warm process with the effort
that the command line uses; BoxPacker's answers are those that its own test suite keeps (free rotation,
column 5, as here). Every placement is checked again by `domain.checking`, which shares no code with the packer.
The time is per order, search, proof and check included. What flatters us: BoxPacker also spreads weight, which
we do not; 2,845 of the orders fit one box and are easy for both. packvium, the best open packer in Python,
runs beside us on the first 300 orders.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import Any

from bench._runner import ROOT, result
from fondaco.systems.logistics.adapters.packfile import read_boxes, read_orders
from fondaco.systems.logistics.domain.checking import faults
from fondaco.systems.logistics.domain.dto import Carton, PackRequest
from fondaco.systems.logistics.domain.packing import THOROUGH, pack_many

DATA = ROOT.parent / "shared" / "data" / "packing"
PEER_ORDERS = 300


def main(count: int | None) -> int:
    """Pack, compare, print."""
    if not DATA.exists():
        print(f"bench.pack needs {DATA}, which is not here.")
        return 1
    requests, boxes = read_orders(DATA / "items_dev.csv")[:count], read_boxes(DATA / "boxes.csv")
    expected = _expected(DATA / "expected_dev.csv")
    pack_many(requests[:1], boxes=boxes, effort=THOROUGH)
    taken: list[float] = []
    used: dict[str, int] = {}
    proofs: dict[str, int] = {}
    invalid = 0
    for request in requests:
        began = time.perf_counter()
        (packing,) = pack_many([request], boxes=boxes, effort=THOROUGH)
        taken.append(time.perf_counter() - began)
        used[request.reference] = len(packing.parcels)
        proofs[packing.proof] = proofs.get(packing.proof, 0) + 1
        invalid += bool(packing.unpackable or faults(request, packing, boxes) or not _all_placed(packing))
    worse = sum(used[o] > expected[o] for o in used)
    better = sum(used[o] < expected[o] for o in used)
    taken.sort()
    print(
        f"{len(used)} orders, {better} with fewer boxes than BoxPacker, {worse} with more; proofs: {proofs}"
    )
    print(f"p50 {_at(taken, 0.5):.2f} ms, p99 {_at(taken, 0.99):.1f} ms, longest {_at(taken, 1):.0f} ms")
    _packvium(requests[:PEER_ORDERS], boxes, used)
    result({
        "boxes": sum(used.values()), "peer_boxes": sum(expected[o] for o in used), "worse_orders": worse,
        "p95_ms": _at(taken, 0.95), "invalid": invalid,
    })  # fmt: skip
    return 0


def _expected(path: Path) -> dict[str, int]:
    """BoxPacker's boxes per order with free rotation."""
    with path.open(newline="") as file:
        return {row[0]: int(row[4]) for row in csv.reader(file)}


def _all_placed(packing: Any) -> bool:
    return all(len(p.placements) == sum(n for _, n in p.contents) for p in packing.parcels)


def _at(sorted_seconds: list[float], share: float) -> float:
    return 1000 * sorted_seconds[max(0, int(len(sorted_seconds) * share) - 1)]


def _packvium(requests: list[PackRequest], boxes: tuple[Carton, ...], used: dict[str, int]) -> None:
    """packvium `fast` over the same orders, for the eye."""
    import packvium

    # packvium wraps `dataclass`, which hides its constructors from type checkers.
    pv: Any = packvium

    containers = [
        pv.Container(id=c.code, inner_dimensions=pv.Dimensions.mm(*c.inner_mm),
                     max_payload=pv.Weight.of(c.max_contents_g, "g"))
        for c in boxes
    ]  # fmt: skip
    total, short, taken = 0, 0, []
    for request in requests:
        items = [
            pv.Item(id=i.sku, dimensions=pv.Dimensions.mm(*i.sides_mm), weight=pv.Weight.of(i.mass_g, "g"),
                    quantity=i.quantity)
            for i in request.items
        ]  # fmt: skip
        began = time.perf_counter()
        answer = pv.Packer(pv.PackingConfig.fast()).pack(items, containers)
        taken.append(time.perf_counter() - began)
        total += len(answer.containers)
        short += bool(answer.unpacked)
    ours = sum(used[r.reference] for r in requests)
    taken.sort()
    print(f"packvium fast, {len(requests)} of them: {total} boxes (ours {ours}), units left out in {short} orders, p50 {_at(taken, 0.5):.1f} ms,"
          f" p95 {_at(taken, 0.95):.1f} ms")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else None))
