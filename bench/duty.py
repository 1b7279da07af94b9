"""How much of the real tariffs is read, and whether a line that is not read is ever priced.

    .venv/bin/python -m bench.duty

Needs ../shared/data/tariff. hts10_resolved: ten-digit US lines that come to a General rate, their own or
that of the eight digits above. priced_unread: lines whose text is not read and that the engine priced all
the same; it must be 0. goldens: sums published by authorities and the press (data/window/goldens), asked of
the engine on the full tariffs, exact where every published amount agrees to the last unit; goldens_worked of
them have every figure published, the rest follow from a published rate or limit. flips: changes of law where
the engine is right on the last day of the old rule and on the first of the new.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

from bench._assess import count_exact_cases
from bench.landed import books
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_types import LandedLine, LandedRequest
from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.domain.tariff_book import TariffBook, TariffMeasure
from fondaco.platforms.window.goldens import read_flips, read_goldens, try_golden
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tariff_files import ReleaseRows, read_uk_eu, read_us_hts

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("FONDACO_DATA", ROOT.parent / "shared" / "data")) / "tariff"
ON = date(2025, 9, 15)


def _duties(release: ReleaseRows) -> list[TariffMeasure]:
    """The base duties of a tariff; preferences stand beside them and are not counted."""
    return [measure for measure in release.measures if measure.kind == "mfn"]


def _read(release: ReleaseRows) -> float:
    texts = [measure.duty is not None for measure in _duties(release)]
    return round(100 * sum(texts) / len(texts), 3)


def _priced_unread(release: ReleaseRows, destination: str) -> int:
    """Unread lines of a tariff that the engine would still price."""
    book = TariffBook.of(release.measures, versions={})
    engine = LandedEngine(RegimeBook.of(read_regimes(ROOT / "data" / "window" / "regimes")), book, "max")
    value = Money.of(5000, "USD")
    priced = 0
    for measure in _duties(release):
        if measure.duty is None:
            line = LandedLine("1", "x", "x", measure.code, "MX", 1, value, 1000)
            request = LandedRequest(
                "1", ON, "CN", destination, "DDP", (line,), Money(0, "USD"), Money(0, "USD")
            )
            priced += engine.quote(request, rates=lambda _a, _b, _c: Decimal(1)).status == "priced"
    return priced


def _published() -> dict[str, int]:
    """How many published sums and dated changes of law come out exactly."""
    engine, folder = books(), ROOT / "data" / "window" / "goldens"
    tried = [try_golden(golden, engine) for golden in read_goldens(folder)]
    flips = read_flips(folder)
    turned = [try_golden(side, engine) for flip in flips for side in (flip.before, flip.after)]
    for one in tried + turned:
        for fault in one.faults:
            print(f"{one.golden.id}: {fault}")
    wrong = {one.golden.id for one in turned if one.faults}
    return {
        "goldens_exact": sum(not one.faults for one in tried),
        "goldens": len(tried),
        "goldens_worked": sum(one.golden.kind == "worked" and not one.faults for one in tried),
        "flips": sum(flip.id not in wrong for flip in flips),
    }


def _assessed() -> dict[str, int]:
    """HMRC's cases, whole declarations through our assessment (bench/_assess.py)."""
    exact, cases = count_exact_cases(FOLDER.parent)
    return {"cases_exact": exact, "cases": cases}


def main() -> int:
    """Read the three tariffs and print the shares."""
    if not FOLDER.exists():
        print(f"{FOLDER} is not here: nothing to measure.")
        return 1
    us = read_us_hts(FOLDER / "us_hts_2026_rev4.csv.gz")
    uk, eu = (read_uk_eu(FOLDER / "uk_eu_mfn_tariff_2021.csv.gz", where) for where in ("uk", "eu"))
    rated = {measure.code for measure in _duties(us)}
    ten = [line.code for line in us.lines if len(line.code) == 10]
    unread = {(rel.jurisdiction, m.code) for rel in (us, uk, eu) for m in _duties(rel) if m.duty is None}
    result = {
        "hts_lines": len(_duties(us)),
        "hts_read_pct": _read(us),
        "uk_read_pct": _read(uk),
        "eu_read_pct": _read(eu),
        "hts10_lines": len(ten),
        "hts10_resolved": sum(code in rated or code[:8] in rated for code in ten),
        "unread": len(unread),
        "priced_unread": _priced_unread(us, "US") + _priced_unread(uk, "GB") + _priced_unread(eu, "DE"),
        **_published(),
        **_assessed(),
    }
    print("RESULT", json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
