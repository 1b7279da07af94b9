"""Declarations for GACC messages: from real orders of ../shared/data, and a small one written here.

The order file has no tariff codes, weights, addresses or identity numbers: these are stand-ins worked out
from the order's own number, and nobody's.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import (
    DeclarationItemDTO,
    GoodsItem,
    fit_items,
    local_reference,
)
from fondaco.platforms.window.domain.declaration_wco import Filing

ORDERS = Path(settings.SHARED_DATA) / "orders" / "online_retail_crossborder.csv.gz"
GACC = Path(settings.SHARED_DATA) / "customs" / "gacc_ceb_202205"
_SPACE = UUID("0b0f53c9-5f60-4a5c-8d6c-0a6c0f5a7a11")
_CODES = ("4819100000", "6911101900", "9505100000", "3926400000", "7013490000", "4202220000", "8306299000")
_COUNTRIES = dict(
    zip(
        "Germany|France|EIRE|Spain|Netherlands|Belgium|Switzerland|Portugal|Australia|Norway|Italy|Finland|Cyprus|"
        "Sweden|Austria|Denmark|Japan|Poland|Israel|USA|Hong Kong|Singapore|Iceland|Canada|Greece|Malta|"
        "United Arab Emirates|RSA|Lebanon|Lithuania|Brazil|Czech Republic|Bahrain|Saudi Arabia".split("|"),
        "DE FR IE ES NL BE CH PT AU NO IT FI CY SE AT DK JP PL IL US HK SG IS CA GR MT AE ZA LB LT BR CZ BH "
        "SA".split(),
        strict=True,
    )
)
_YUAN = Decimal("9.2")  # a rate to try with


def real_filings(kind: str = "export", *, limit: int | None = None) -> Iterator[Filing]:
    """The positive orders of the real file in its order, as exports in GBP or imports in CNY."""
    return islice((_filing(number, rows, kind) for number, rows in _orders().items()), limit)


def small_filing(kind: str = "export", **changes: Any) -> Filing:
    """One declaration of two goods."""
    rows = [
        {"Description": "ALARM CLOCK", "Quantity": "24", "UnitPrice": "3.75", "StockCode": "22728"},
        {"Description": "MUG", "Quantity": "3", "UnitPrice": "1.10", "StockCode": "22729"},
    ]
    shared = {"InvoiceDate": "2010-12-01 08:45", "CustomerID": "12583", "Country": "France"}
    return replace(_filing("536370", [row | shared for row in rows], kind), **changes)


def _orders() -> dict[str, list[dict[str, str]]]:
    """The lines of every order that is worth something; credit notes and free goods are left out."""
    orders: dict[str, list[dict[str, str]]] = {}
    with gzip.open(ORDERS, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["InvoiceNo"].startswith("C"):
                orders.setdefault(row["InvoiceNo"], []).append(row)
    worth = {number: [row for row in rows if _pence(row) > 0] for number, rows in orders.items()}
    return {number: rows for number, rows in worth.items() if rows}


def _pence(row: dict[str, str]) -> int:
    return Money.of(Decimal(row["UnitPrice"]) * int(row["Quantity"]), "GBP").minor


def _filing(number: str, rows: list[dict[str, str]], kind: str) -> Filing:
    currency = "CNY" if kind == "import" else "GBP"
    items = fit_items([_item(place, row, currency) for place, row in enumerate(rows, start=1)])
    total = sum(item.value.minor for item in items)
    order, country = uuid5(_SPACE, number), _COUNTRIES.get(rows[0]["Country"], "ZZ")
    gross = sum(item.gross_g for item in items)
    buyer = {
        "name": f"Customer {rows[0]['CustomerID'] or number}", "country": country, "line": f"Street {number}",
        "city": rows[0]["Country"], "postcode": number, "phone": f"+00 {number}",
        "identifier": f"TEST{number.rjust(14, '0')}",
    }  # fmt: skip
    house = {"name": "Gift wholesaler", "country": "CN" if kind == "export" else "GB"}
    return Filing(
        id=order, version=1, lrn=local_reference(order, kind=kind, version=1), kind=kind, country="CN",
        authority_id=order, seller_id=order, buyer_id=order, regime="9610", reference=number,
        issued_at=datetime.strptime(rows[0]["InvoiceDate"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC),
        currency=currency, invoice_total_minor=total, freight_minor=500, insurance_minor=0,
        discount_minor=0, estimated_duty_minor=0, estimated_tax_minor=total // 11 if kind == "import" else 0,
        incoterm="DDP", invoice_number=number, invoiced_on=None, packages=1, package_kind="CT",
        procedure="", gross_g=gross, declarant=house, exporter=house, importer=buyer,
        transport={"tracking": f"L{number}", "carrier": "post", "mode": "5"},
        items=[_row(item) for item in items],
    )  # fmt: skip


def _item(place: int, row: dict[str, str], currency: str) -> GoodsItem:
    pence = _pence(row) if currency == "GBP" else int(_pence(row) * _YUAN)
    digest = hashlib.sha256(row["StockCode"].encode()).digest()
    net = int(row["Quantity"]) * (20 + digest[1])
    return GoodsItem(
        place, _CODES[digest[0] % len(_CODES)], row["Description"].strip() or row["StockCode"], "CN",
        int(row["Quantity"]), net, net * 11 // 10, Money(pence, currency),
    )  # fmt: skip


def _row(item: GoodsItem) -> DeclarationItemDTO:
    return DeclarationItemDTO(
        item.goods_item_no, item.hs_code or "", item.description, item.origin or "", item.quantity, item.net_g,
        item.gross_g, item.value.minor,
    )  # fmt: skip
