"""The carton assortment, read from data/logistics/cartons.csv."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from fondaco.systems.logistics.domain.dto import Carton


def read_cartons(path: Path) -> tuple[Carton, ...]:
    """The cartons of a CSV file, smallest first; sides in mm, masses in g."""
    with path.open(newline="", encoding="utf-8") as file:
        cartons = [_carton(row) for row in csv.DictReader(file)]
    return tuple(sorted(cartons, key=lambda c: (c.inner_volume_mm3, c.code)))


@cache
def house_cartons() -> tuple[Carton, ...]:
    """Our own assortment."""
    return read_cartons(data_folder() / "cartons.csv")


def data_folder() -> Path:
    """`data/logistics` of this checkout."""
    return Path(__file__).resolve().parents[5] / "data" / "logistics"


def _carton(row: dict[str, str]) -> Carton:
    a, b, c = sorted((int(row[f"inner_{side}_mm"]) for side in ("length", "width", "height")), reverse=True)
    wall = 2 * int(row["wall_mm"])
    return Carton(
        code=row["code"],
        inner_mm=(a, b, c),
        outer_mm=(a + wall, b + wall, c + wall),
        tare_g=int(row["tare_g"]),
        max_contents_g=int(row["max_contents_g"]),
    )
