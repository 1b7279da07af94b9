"""The tables of UK declarations, read from data/window/cds_*.csv and uk_*.csv."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from fondaco.platforms.window.domain.assessment_types import (
    AdditionalProcedure,
    Charged,
    Procedure,
    Rate,
    Rules,
)
from fondaco.platforms.window.domain.messages.cds.build import CdsProfile
from fondaco.platforms.window.domain.messages.cds.spec import CdsBook, read_cds_book

_TABLES = (
    "cds_procedures", "cds_additional_procedures", "cds_charges", "cds_measures", "cds_preferences",
    "uk_excise", "uk_vat",
)  # fmt: skip


@cache
def cds_rules() -> Rules:
    """The rules of assessment as they stand in data/window."""
    return Rules(
        procedures=tuple(Procedure(**cast("Any", row)) for row in _rows("cds_procedures")),
        additional={row["code"]: _additional(row) for row in _rows("cds_additional_procedures")},
        charges={
            row["code"]: Charged(row["code"], int(row["sign"]), cast("Any", row["into"]), row["text"])
            for row in _rows("cds_charges")
        },
        measures=tuple(_rate(row) for row in _rows("cds_measures")),
        preferences=tuple(_rate(row) for row in _rows("cds_preferences")),
        excise=tuple(_rate(row) for row in _rows("uk_excise")),
        vat={row["prefix"]: (Decimal(row["percent"]), row["text"]) for row in _rows("uk_vat")},
        versions={name: _fingerprint(name) for name in _TABLES},
    )


@cache
def cds_book() -> CdsBook:
    """Every element of the messages, from data/window/cds_elements.csv."""
    return read_cds_book(_rows("cds_elements"))


@cache
def cds_profile() -> CdsProfile:
    """Place, office and payment of this installation's UK declarations, or invented ones to try with."""
    path = Path(settings.ROOT) / "data" / "window" / "cds_profile.json"
    return CdsProfile(**json.loads(path.read_text(encoding="utf-8")))


def _additional(row: dict[str, str]) -> AdditionalProcedure:
    told: dict[str, Any] = dict(row)
    limit, without = told.pop("limit"), told.pop("without")
    return AdditionalProcedure(
        **told, limit=Decimal(limit) if limit else None, without=tuple(without.split())
    )


def _rate(row: dict[str, str]) -> Rate:
    """A rate of a row; columns that a table does not have leave the rate open there."""
    first, _, last = row.get("chapters", "").partition("-")
    return Rate(
        jurisdiction=row.get("jurisdiction", "uk"),
        code=row.get("code", ""),
        origins=tuple(row.get("origin", "*").split()),
        preference=row.get("preference", "*"),
        type=row.get("tax_type", ""),
        expression=row["expression"],
        since=_day(row.get("from", "")),
        until=_day(row.get("to", "")),
        source=row.get("source") or row.get("text", ""),
        chapters=(first, last or "99"),
        without=tuple(row.get("without", "").split()),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _path(name: str) -> Path:
    return Path(settings.ROOT) / "data" / "window" / f"{name}.csv"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with _path(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _fingerprint(name: str) -> str:
    return hashlib.sha256(_path(name).read_bytes()).hexdigest()[:12]
