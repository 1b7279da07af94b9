"""From frozen content to what a template prints: texts and labels, no arithmetic but sums of mass."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from fondaco.kernel.money import Money
from fondaco.systems.sharing.domain.barcodes import code128_svg, qr_svg
from fondaco.systems.sharing.domain.document import (
    CATEGORIES,
    DocumentData,
    DocumentLine,
    DocumentParcel,
    Party,
)

RIGHT_TO_LEFT: Final = frozenset({"ar", "he", "fa", "ur"})
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ARABIC_HEBREW: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LONG_RUN: Final = re.compile(r"\S{25,}")
_NOT_CODE128: Final = re.compile(r"[^\x20-\x7e]")

Labels = Mapping[str, Mapping[str, str]]


def sheet(
    kind: str, data: DocumentData, *, languages: Sequence[str], labels: Labels, countries: Mapping[str, str]
) -> dict[str, Any]:
    """Everything the template of `kind` prints, as JSON data."""
    digest = data.snapshot_hash[:16]
    return {
        "kind": kind,
        "languages": [{"code": code, "rtl": code in RIGHT_TO_LEFT} for code in languages],
        "labels": {key: _texts(texts, languages) for key, texts in labels.items()},
        "number": clean(data.number, 60),
        "date": data.issued_on.isoformat(),
        "order": clean(data.order_number, 60),
        "seller": _party(data.seller, countries),
        "buyer": _party(data.buyer, countries),
        "lines": [_line(n, line) for n, line in enumerate(data.lines, 1)],
        "sums": _sums(data),
        "goods": money_text(data.totals.goods),
        "freight": money_text(data.totals.freight) if data.totals.freight else "",
        "total": money_text(data.totals.total),
        "currency": data.currency,
        "net": kg_text(data.net_g),
        "gross": kg_text(data.gross_g),
        "parcels": [_parcel(n, parcel, data) for n, parcel in enumerate(data.parcels, 1)],
        "incoterm": clean(f"{data.incoterm} {data.incoterm_place}".strip(), 80),
        "carrier": clean(data.carrier, 60),
        "service": clean(data.service, 60),
        "declaration_ref": clean(data.declaration_ref, 60),
        "categories": [{"key": key, "chosen": key == data.category} for key in CATEGORIES],
        "comments": clean(data.comments, 400),
        "demo": data.is_demo,
        "qr": qr_svg(
            f"{plain(data.number, 60)}|{plain(data.order_number, 60)}|{money_text(data.totals.total)}|{digest}"
        ),
        "digest": digest,
    }


def _texts(texts: Mapping[str, str], languages: Sequence[str]) -> list[str]:
    """A label in each language; right-to-left ones isolated, so that figures beside them keep their order."""
    found = [(code, texts[code]) for code in languages if texts.get(code)]
    return [f"\u2067{text}\u2069" if code in RIGHT_TO_LEFT else text for code, text in found]


def clean(text: str, limit: int = 160) -> str:
    """`text` on one line, at most `limit` characters, with places to break in very long words."""
    short = plain(text, limit)
    broken = _LONG_RUN.sub(lambda m: "\u200b".join(re.findall(".{1,12}", m.group())), short)
    return f"\u2068{broken}\u2069" if _ARABIC_HEBREW.search(broken) else broken


def plain(text: str, limit: int) -> str:
    """`text` on one line without control characters, at most `limit` characters."""
    line = " ".join(_UNPRINTABLE.sub("", text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def money_text(money: Money) -> str:
    """Like 12,345.60 EUR: decimals of the currency, thousands apart by a comma."""
    return f"{money.amount:,} {money.currency}"


def kg_text(grams: int) -> str:
    """Grams as kilograms with three decimals."""
    return f"{Decimal(grams).scaleb(-3):.3f}"


def _party(party: Party, countries: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": clean(party.name, 120),
        "address": [clean(line, 90) for line in party.address[:5] if line.strip()],
        "code": party.country,
        "country": countries.get(party.country, party.country),
        "identifiers": [{"kind": clean(k, 20), "number": clean(v, 40)} for k, v in party.identifiers[:5]],
        "phone": clean(party.phone, 40),
        "email": clean(party.email, 80),
    }


def _line(number: int, line: DocumentLine) -> dict[str, Any]:
    return {
        "number": number,
        "sku": clean(line.sku, 40),
        "description": clean(line.description, 180),
        "quantity": f"{line.quantity:,}",
        "unit": f"{line.unit_value.amount:,}" if line.unit_value is not None else "",
        "value": f"{line.value.amount:,}",
        "net": kg_text(line.net_g),
        "hs": clean(line.hs_code, 14),
        "origin": clean(line.origin, 2),
    }


def _sums(data: DocumentData) -> list[dict[str, str]]:
    names = ("goods", "discount", "freight", "insurance", "duty", "tax", "fees")
    found = [(name, getattr(data.totals, name)) for name in names]
    return [{"key": name, "text": money_text(money)} for name, money in found if money is not None]


def _parcel(number: int, parcel: DocumentParcel, data: DocumentData) -> dict[str, Any]:
    titles = {line.sku: line.description for line in data.lines}
    sides = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    tracking = _NOT_CODE128.sub("", parcel.tracking)[:30]
    return {
        "number": number,
        "tracking": tracking,
        "barcode": code128_svg(tracking) if tracking else "",
        "qr": qr_svg(f"{tracking}|{plain(data.order_number, 60)}|{number}/{len(data.parcels)}"),
        "sides": " × ".join(f"{Decimal(side) / 10:.1f}" for side in sides),
        "gross": kg_text(parcel.gross_g),
        "contents": [
            {
                "sku": clean(sku, 40),
                "description": clean(titles.get(sku, ""), 120),
                "quantity": f"{quantity:,}",
            }
            for sku, quantity in parcel.contents
        ],
    }
