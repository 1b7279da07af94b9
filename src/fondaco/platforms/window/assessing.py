"""Assessing a UK declaration: the message read, the tariff of the day found, every tax line worked out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.cds import cds_rules
from fondaco.platforms.window.cds_messages import render_cds_of
from fondaco.platforms.window.domain.assessment import Bench, assess_declaration
from fondaco.platforms.window.domain.assessment_types import (
    AssessedItem,
    AssessedLine,
    Assessment,
    Unpriced,
    Why,
)
from fondaco.platforms.window.domain.messages.cds.tree import NotCds, read_message
from fondaco.platforms.window.domain.messages.cds.view import read_declaration
from fondaco.platforms.window.domain.tariff_book import TariffBook
from fondaco.platforms.window.models import TariffRelease
from fondaco.platforms.window.tariff_files import fingerprint, read_compact, read_uk_eu
from fondaco.platforms.window.tariff_load import OWN, tariff_book

__all__ = [
    "AssessedItem",
    "AssessedLine",
    "Assessment",
    "assess_cds",
    "assess_own_declaration",
    "assessment_as_json",
]
_BOTH = ("uk", "eu")
_FILE = settings.SHARED_DATA / "tariff" / "uk_eu_mfn_tariff_2021.csv.gz"


def assess_cds(
    raw: bytes,
    *,
    today: date,
    on: date | None = None,
    rates: Mapping[str, Decimal] | None = None,
    book: TariffBook | None = None,
) -> Assessment:
    """The tax lines of the UK import declaration `raw` (XML), by its acceptance date or `on`.

    `rates` are units of a currency for one pound, for what the declaration does not state (D.E. 4/15).
    Raises what reading raises, NotAnImport, NotAnOriginal, NoGoods.
    """
    message = read_message(raw)
    if message.kind != "DEC" or len(message.roots) != 1:
        raise NotCds("A response is no declaration.", field="message", value=message.kind)
    declaration = read_declaration(message.roots[0])
    known = dict(rates or {})

    def exchange(currency: str) -> Decimal | None:
        return 1 / known[currency] if known.get(currency) else None

    bench = Bench(cds_rules(), book or _book(), on or declaration.accepted_on, today, exchange)
    return assess_declaration(declaration, bench=bench)


def assess_own_declaration(scope: Scope, declaration_id: UUID, *, now: datetime) -> Assessment:
    """The tax lines of a declaration of ours as it would be lodged with CDS, on the day `now`.

    NotFound outside `scope`; NotForCds, CdsRefused; NotAnImport.
    """
    return assess_cds(render_cds_of(scope, declaration_id, now=now), today=now.date(), on=now.date())


def assessment_as_json(assessment: Assessment) -> dict[str, Any]:
    """An assessment with decimal strings; `lines` is one row per goods item and tax."""
    return {
        "declaration": assessment.lrn,
        "type": assessment.kind,
        "on": assessment.on.isoformat() if assessment.on else None,
        "currency": "GBP",
        "complete": assessment.complete,
        "items": [_item(item) for item in assessment.items],
        "lines": [_line(line) for line in assessment.lines],
        "totals": {
            **{name: _text(assessment.total(name)) for name in ("assessed", "relief", "payable")},
            "postponed": _text(
                sum(
                    (line.assessed or Decimal(0) for line in assessment.lines if line.status == "postponed"),
                    Decimal(0),
                )
            ),
            "open": sum(line.reason is not None for line in assessment.lines),
        },
    }


def _item(item: AssessedItem) -> dict[str, Any]:
    return {
        "item": item.item,
        "commodity": item.commodity,
        "origin": item.origin,
        "procedure": item.procedure,
        "additional": list(item.additional),
        "preference": item.preference,
        "tariff": item.tariff,
        "value": _text(item.value),
        "notes": [_why(note) for note in item.notes],
    }


def _line(line: AssessedLine) -> dict[str, Any]:
    return {
        "item": line.item,
        "type": line.type,
        "base": _text(line.base),
        "rate": _text(line.rate),
        "relief": _text(line.relief),
        "payable": _text(line.payable),
        "assessed": _text(line.assessed),
        "status": line.status,
        "method": line.method,
        "explanation": [_why(step) for step in line.explanation],
        "reason": _reason(line.reason),
    }


def _why(step: Why) -> dict[str, str]:
    return {"code": step.code, "text": step.text, "rule": step.rule}


def _reason(reason: Unpriced | None) -> dict[str, str] | None:
    if reason is None:
        return None
    return {"code": reason.code, "detail": reason.detail, "remedy": reason.remedy}


def _text(amount: Decimal | None) -> str | None:
    """A decimal with two places, as CDS writes amounts and rates."""
    return None if amount is None else str(amount.quantize(Decimal("0.01")))


def _book() -> TariffBook:
    """The UK's and the EU's tariff: the published file, unless the tables hold a later one.

    Without a database or with nothing loaded the file is all there is; the command runs like that too.
    """
    try:
        full = TariffRelease.objects.filter(dataset="mfn", jurisdiction__in=_BOTH)
        held = dict(full.values_list("jurisdiction", "sha256"))
    except DatabaseError:
        held = {}
    if set(held) != set(_BOTH) or (_FILE.exists() and set(held.values()) == {fingerprint(_FILE)}):
        return _file_book()
    return _table_book(tuple(sorted(held.items())))


@lru_cache(maxsize=1)
def _table_book(_held: tuple[tuple[str, str], ...]) -> TariffBook:
    """The tariffs of the tables, read again when another release is loaded."""
    return tariff_book()


@cache
def _file_book() -> TariffBook:
    """The published file of both tariffs; our compact table of six digits where it is not there."""
    if _FILE.exists():
        releases = [read_uk_eu(_FILE, jurisdiction) for jurisdiction in _BOTH]
    else:
        releases = [read_compact(OWN / "duties_hs6.csv", jurisdiction) for jurisdiction in _BOTH]
    return TariffBook.of((m for release in releases for m in release.measures), versions={})
