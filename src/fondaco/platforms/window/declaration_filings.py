"""Recorded declarations with their goods, as what goes into messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.platforms.window.adapters.message_forms import forms_by_mode
from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.models import Declaration, DeclarationEvent, DeclarationItem, MatchVerdict

_ITEM_FIELDS = ("number", "hs_code", "description", "origin", "quantity", "net_g", "gross_g", "value_minor")
_COPIED = (
    "version", "lrn", "kind", "country", "authority_id", "seller_id", "buyer_id", "regime", "reference",
    "currency", "invoice_total_minor", "freight_minor", "insurance_minor", "discount_minor",
    "estimated_duty_minor", "estimated_tax_minor", "incoterm", "invoice_number", "invoiced_on", "packages",
    "package_kind", "procedure", "gross_g", "declarant", "exporter", "importer", "transport",
)  # fmt: skip


def filings_of(rows: Sequence[Declaration], *, now: datetime) -> list[Filing]:
    """`rows` with their goods, as what goes into messages; `now` stands where nothing was sent yet."""
    modes = _modes(rows)
    found = []
    for row, items in _with_items(rows):
        mode, statistics = modes.get(row.id, ("", ""))
        found.append(replace(_filing(row, items, now=now), mode=mode, statistics=statistics))
    return found


def payments_of(rows: Sequence[Declaration]) -> dict[UUID, str]:
    """The provider's number of what was paid, as the documents of each declaration's order named it when they were matched."""
    known = MatchVerdict.objects.house().filter(order_id__in=[row.order_id for row in rows])
    found = {
        (order, part): number
        for order, part, number in known.values_list("order_id", "part", "transaction_id")
    }
    return {row.id: number for row in rows if (number := found.get((row.order_id, row.part)))}


def _modes(rows: Sequence[Declaration]) -> dict[UUID, tuple[str, str]]:
    """Mode and statistics of those of `rows` that go to an office where the form depends on the mode."""
    asked = [row.id for row in rows if (row.country, row.kind) in forms_by_mode()]
    if not asked:
        return {}
    drafted: Any = DeclarationEvent.objects.filter(declaration_id__in=asked, code="drafted")
    named = dict(drafted.values_list("declaration_id", "raw__mode__mode"))
    statistics = {mode.code: mode.statistics[:1] for mode in mode_book().modes}
    return {key: (code, statistics.get(code, "")) for key, code in named.items() if code}


def _with_items(rows: Sequence[Declaration]) -> Iterator[tuple[Declaration, list[DeclarationItemDTO]]]:
    items: dict[UUID, list[DeclarationItemDTO]] = {row.id: [] for row in rows}
    found = DeclarationItem.objects.filter(declaration_id__in=list(items)).order_by(
        "declaration_id", "number"
    )
    for owner, *values in found.values_list("declaration_id", *_ITEM_FIELDS):
        items[owner].append(DeclarationItemDTO(*values))
    return ((row, items[row.id]) for row in rows)


def _filing(row: Declaration, items: list[DeclarationItemDTO], *, now: datetime) -> Filing:
    copied: dict[str, Any] = {name: getattr(row, name) for name in _COPIED}
    return Filing(id=row.id, issued_at=row.submitted_at or now, items=items, **copied)
