"""Distances by sea beside searoute, whose lanes they share: how far apart, how fast.

    .venv/bin/python -m bench.sea [PAIRS]

lookup_us: one port-to-port answer from the table, mean over 200,000 (the table of the run's ports is made
before, as a deployment has it on disk). peer_ms: searoute 1.6 on each pair of ports, in the same process, its
graph loaded before. median_diff_pct: between our kilometres and searoute's on the same pairs.

What flatters: searoute searches each time and also returns the line; our table answers only the distance (a line
costs us a search too, see search_ms). What does not: searoute snaps to the nearest node and leaves the way to it
out, we count what lies beyond a harbour's 25 km. Beside, figures of published tables are printed.
"""

from __future__ import annotations

import statistics
import sys
import time
from random import Random

from bench._runner import result
from fondaco.systems.logistics.domain.sea.distance import SeaDistances, compute_table
from fondaco.systems.logistics.domain.sea.passages import OPEN
from fondaco.systems.logistics.domain.sea.ports import sea_port, sea_ports
from fondaco.systems.logistics.domain.sea.voyages import Sea, SeaPair, Voyage

NM = 1.852
# Usual figures of distance tables (NGA Pub. 151 and carriers' pages), nautical miles.
PUBLISHED = {
    ("CNSHA", "NLRTM"): 10_525, ("SGSIN", "NLRTM"): 8_290, ("USNYC", "NLRTM"): 3_345, ("USLAX", "CNSHA"): 5_700,
    ("DEHAM", "USLAX"): 8_034, ("DEHAM", "SGSIN"): 8_573, ("DEHAM", "ZACPT"): 6_439, ("SAJED", "DEHAM"): 4_335,
}  # fmt: skip
LOOKUPS = 200_000


def main(number: int) -> None:
    """Compare `number` pairs of container ports, drawn with a fixed seed."""
    draw = Random(7)
    terminals = sorted(port.locode for port in sea_ports().values() if port.terminal)
    ports = draw.sample(terminals, 60)
    pairs = [tuple(draw.sample(ports, 2)) for _ in range(number)]
    table = compute_table(ports, closed=OPEN)
    ours = [table.km(a, b) for a, b in pairs]
    theirs, peer_ms = _searoute(pairs)
    differences = [100 * abs(a / b - 1) for a, b in zip(ours, theirs, strict=True) if b > 0]
    _show_published()
    print(f"p95 of the difference {statistics.quantiles(differences, n=20)[-1]:.2f} %")
    print(f"search_ms {_search_ms(pairs):.1f}")
    result(
        {
            "lookup_us": _lookup_us(ports, pairs),
            "peer_ms": peer_ms,
            "median_diff_pct": statistics.median(differences),
        }
    )


def _lookup_us(ports: list[str], pairs: list[tuple[str, ...]]) -> float:
    sea = SeaDistances()
    sea.keep(OPEN, compute_table(ports, closed=OPEN))
    began = time.perf_counter()
    for at in range(LOOKUPS):
        origin, destination = pairs[at % len(pairs)]
        sea.km(origin, destination)
    return (time.perf_counter() - began) / LOOKUPS * 1e6


def _search_ms(pairs: list[tuple[str, ...]]) -> float:
    sea, asked = Sea(), [SeaPair(_at(a), _at(b)) for a, b in pairs[:20]]
    began = time.perf_counter()
    found = sea.voyages(asked)
    assert all(isinstance(one, Voyage) for one in found)
    return (time.perf_counter() - began) / len(asked) * 1e3


def _searoute(pairs: list[tuple[str, ...]]) -> tuple[list[float], float]:
    import searoute

    searoute.searoute([0.0, 50.0], [4.0, 52.0])
    began = time.perf_counter()
    found = [searoute.searoute(list(_at(a)), list(_at(b)))["properties"]["length"] for a, b in pairs]
    return found, (time.perf_counter() - began) / len(pairs) * 1e3


def _show_published() -> None:
    import searoute

    for (a, b), nm in PUBLISHED.items():
        ours = Sea().voyage(_at(a), _at(b)).km / NM
        peer = searoute.searoute(list(_at(a)), list(_at(b)))["properties"]["length"] / NM
        print(
            f"{a} {b}: published {nm:>6} ours {ours:>7.0f} ({100 * (ours / nm - 1):+.1f} %)"
            f" searoute {peer:>7.0f} ({100 * (peer / nm - 1):+.1f} %)"
        )


def _at(locode: str) -> tuple[float, float]:
    port = sea_port(locode)
    return port.lon, port.lat


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
