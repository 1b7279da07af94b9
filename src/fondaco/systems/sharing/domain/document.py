"""The frozen content of a trade document: what the flow hands over, and what is kept for good.

Nothing in it is derived again later: a document printed in three years shows these figures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any, Final

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money

_NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")
CATEGORIES: Final = ("gift", "papers", "sale_of_goods", "commercial_sample", "returned_goods", "other")


class BadDocument(Refused):
    code = "bad-document"
    title = "This document cannot be made from what was given."
    remedy = "Give the parties, at least one line and amounts in one currency."


@dataclass(frozen=True, slots=True)
class Party:
    """A party as printed: name, address lines (street first), country code, identifiers by kind."""

    name: str
    address: tuple[str, ...] = ()
    country: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One kind of goods. `value` is of the whole line; `net_g` its net mass in grams."""

    sku: str
    description: str
    quantity: int
    value: Money
    net_g: int = 0
    hs_code: str = ""
    origin: str = ""
    unit_value: Money | None = None


@dataclass(frozen=True, slots=True)
class DocumentParcel:
    """A parcel: outer sides in millimetres, gross mass in grams, contents as (sku, quantity)."""

    tracking: str
    length_mm: int
    width_mm: int
    height_mm: int
    gross_g: int
    contents: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """The sums of the order, all in one currency; None is not printed."""

    goods: Money
    total: Money
    freight: Money | None = None
    insurance: Money | None = None
    discount: Money | None = None
    duty: Money | None = None
    tax: Money | None = None
    fees: Money | None = None


@dataclass(frozen=True, slots=True)
class DocumentData:
    """Everything any document of one order may show."""

    number: str
    issued_on: date
    order_number: str
    seller: Party
    buyer: Party
    lines: tuple[DocumentLine, ...]
    totals: DocumentTotals
    parcels: tuple[DocumentParcel, ...] = ()
    incoterm: str = ""
    incoterm_place: str = ""
    carrier: str = ""
    service: str = ""
    declaration_ref: str = ""
    category: str = "sale_of_goods"
    comments: str = ""
    is_demo: bool = False

    def __post_init__(self) -> None:
        moneys = [line.value for line in self.lines] + [m for m in _moneys(self.totals) if m is not None]
        if not self.lines or len({m.currency for m in moneys}) > 1:
            raise BadDocument("Lines are missing, or amounts are in several currencies.", field="lines")
        if self.category not in CATEGORIES:
            raise BadDocument(field="category", value=self.category)

    @property
    def currency(self) -> str:
        return self.totals.total.currency

    @property
    def net_g(self) -> int:
        return sum(line.net_g for line in self.lines)

    @property
    def gross_g(self) -> int:
        return sum(parcel.gross_g for parcel in self.parcels)

    def as_json(self) -> dict[str, Any]:
        """This content as plain JSON data, without characters that no database keeps (NUL, lone surrogates)."""
        data: dict[str, Any] = _storable(self)
        return data

    @property
    def snapshot_hash(self) -> str:
        """SHA-256 of the content: another content is another document."""
        return content_hash(self.as_json())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DocumentData:
        """Read back what `as_json` gave."""
        plain = {
            k: v
            for k, v in data.items()
            if k not in ("issued_on", "seller", "buyer", "lines", "totals", "parcels")
        }
        return cls(
            **plain,
            issued_on=date.fromisoformat(data["issued_on"]),
            seller=_party(data["seller"]),
            buyer=_party(data["buyer"]),
            lines=tuple(_line(line) for line in data["lines"]),
            totals=DocumentTotals(**{k: _money(v) for k, v in data["totals"].items()}),  # type: ignore[arg-type]
            parcels=tuple(
                DocumentParcel(**{**p, "contents": tuple((c[0], c[1]) for c in p["contents"])})
                for p in data["parcels"]
            ),
        )


def content_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 of a content as `DocumentData.as_json` gives it."""
    return sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _storable(value: Any) -> Any:
    """`value` as JSON data: dataclasses as objects, days in ISO 8601, texts without what cannot be kept."""
    if isinstance(value, str):
        return _NOT_STORABLE.sub("", value)
    if isinstance(value, tuple):
        return [_storable(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _storable(getattr(value, name)) for name in _names(type(value))}
    return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _moneys(totals: DocumentTotals) -> list[Money | None]:
    return [getattr(totals, each.name) for each in fields(totals)]


def _money(data: Mapping[str, Any] | None) -> Money | None:
    return Money(data["minor"], data["currency"]) if data is not None else None


def _party(data: Mapping[str, Any]) -> Party:
    pairs = tuple((kind, number) for kind, number in data["identifiers"])
    return Party(**{**data, "address": tuple(data["address"]), "identifiers": pairs})


def _line(data: Mapping[str, Any]) -> DocumentLine:
    return DocumentLine(**{**data, "value": _money(data["value"]), "unit_value": _money(data["unit_value"])})
