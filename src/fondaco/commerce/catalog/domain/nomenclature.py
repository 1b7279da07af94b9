"""The Harmonized System as a file: code, text, level."""

from __future__ import annotations

import csv
from pathlib import Path


def official_texts(path: Path, *, least: int = 6) -> dict[str, str]:
    """Code of at least `least` digits to its text; empty where there is no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return {row["hscode"]: row["description"] for row in rows if int(row["level"]) >= least}
