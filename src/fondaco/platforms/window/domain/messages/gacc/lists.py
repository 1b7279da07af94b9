"""GACC messages as the receiving side reads them: lists (603, 621), and the orders, payments and waybills.

A list becomes the same canonical body as one lodged in JSON. Its documents came before it, in messages of
their own from the shop (303, 311), the payment firm (403, 411) and the carrier (505, 511): a list names its
order by orderNo and its waybill by logisticsNo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window.domain.messages.gacc.papers import EXPORT, lrn_of
from fondaco.platforms.window.domain.messages.gacc.spec import Block, Entry, Fault

DocumentKind = Literal["order", "payment", "waybill"]
LISTS: Mapping[str, str] = {"603": "export", "621": "import"}
DOCUMENTS: Mapping[str, DocumentKind] = {
    "303": "order", "311": "order", "403": "payment", "411": "payment", "505": "waybill", "511": "waybill",
}  # fmt: skip
_KILOGRAM = "035"
_PLACE = re.compile(r"/CEB\d{3}Message/\w+\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class TradePaper:
    """An order, payment or waybill; `number` is the order's, of a waybill its own."""

    kind: DocumentKind
    number: str
    fields: Mapping[str, Any]
    lines: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Codes:
    """ISO codes by customs' own, of currencies and countries."""

    currencies: Mapping[str, str]
    countries: Mapping[str, str]

    @classmethod
    def of(cls, table: Mapping[tuple[str, str], str]) -> Codes:
        """The reverse of the table that messages are written with."""
        return cls(
            {code: iso for (kind, iso), code in table.items() if kind == "currency"},
            {code: iso for (kind, iso), code in table.items() if kind == "country"},
        )


def faults_by_entry(faults: Iterable[Fault]) -> tuple[dict[int, list[Fault]], list[Fault]]:
    """Faults of single entries by their place (from 1), and those of the whole message."""
    single: dict[int, list[Fault]] = {}
    whole = []
    for fault in faults:
        if found := _PLACE.match(fault.path):
            single.setdefault(int(found[1]), []).append(fault)
        else:
            whole.append(fault)
    return single, whole


def paper_of(entry: Entry, *, number: str) -> TradePaper:
    """The document that an entry of a message `number` of `DOCUMENTS` is."""
    kind, head = DOCUMENTS[number], entry.head
    name = "logisticsNo" if kind == "waybill" else "orderNo"
    fields = {key: str(value) for key, value in head.items()}
    return TradePaper(kind, str(head.get(name, ""))[:60], fields, _lines(entry.lines))


def body_of(
    entry: Entry, *, number: str, codes: Codes, papers: Mapping[tuple[str, str], TradePaper]
) -> dict[str, Any]:
    """The canonical body of a list; `papers` are the documents known, by kind and number."""
    head, side = entry.head, LISTS[number]
    currency = codes.currencies.get(_currency(entry), _currency(entry))
    values = [_minor(line, "totalPrice", currency) for line in entry.lines]
    order_number, tracking = str(head.get("orderNo", "")), str(head.get("logisticsNo", ""))
    order = papers.get(("order", order_number))
    order_body = _order(order, currency) if order else None
    return {
        "lrn": lrn_of(str(head.get("copNo", "")), side=side),
        "kind": side,
        "regime": str(head.get("tradeMode", "")),
        "country": "CN",
        "currency": currency,
        **_parties(head, side=side, codes=codes),
        "items": _items(entry, values, side=side, codes=codes),
        "invoice_total_minor": sum(values),
        "freight_minor": _minor(head, "freight", currency),
        "insurance_minor": _minor(head, "insuredFee", currency),
        "duty_minor": 0,
        "tax_minor": order_body["tax_minor"] if order_body else 0,
        "discount_minor": order_body["discount_minor"] if order_body else 0,
        "transport": {"tracking": tracking, "carrier": str(head.get("logisticsName", "")),
                      "mode": str(head.get("trafMode", "5"))},
        "packages": int(_number(head, "packNo")) or 1,
        "order_number": order_number,
        "order": order_body,
        "payment": _payment(papers.get(("payment", order_number)), currency),
        "waybill": _waybill(papers.get(("waybill", tracking)), entry, order_number),
    }  # fmt: skip


def _currency(entry: Entry) -> str:
    """Imports name the currency in the head, exports on each line."""
    line = entry.lines[0] if entry.lines else {}
    return str(entry.head.get("currency") or line.get("currency") or entry.head.get("fCurrency") or "")


def _parties(head: Block, *, side: str, codes: Codes) -> dict[str, Any]:
    abroad = codes.countries.get(str(head.get("country", "")), "ZZ")
    agent = {
        "name": str(head.get("agentName", "")),
        "country": "CN",
        "identifier": str(head.get("agentCode", "")),
    }
    shop = {"name": str(head.get("ebcName", "")), "identifier": str(head.get("ebcCode", ""))}
    if side == EXPORT:
        buyer = {"name": f"{head.get('ebpName', '')} {head.get('orderNo', '')}".strip(), "country": abroad}
        return {"declarant": agent, "exporter": {**shop, "country": "CN"}, "importer": buyer}
    buyer = {
        "name": str(head.get("buyerName", "")), "country": "CN", "identifier": str(head.get("buyerIdNumber", "")),
        "line": str(head.get("consigneeAddress", ""))[:200], "phone": str(head.get("buyerTelephone", "")),
    }  # fmt: skip
    return {"declarant": agent, "exporter": {**shop, "country": abroad}, "importer": buyer}


def _items(entry: Entry, values: Sequence[int], *, side: str, codes: Codes) -> list[dict[str, Any]]:
    net = _net(entry, values)
    packaging = max(_grams(entry.head, "grossWeight") - sum(net), 0)
    more = split_minor(packaging, net)
    return [
        {
            "hs_code": str(line.get("gcode", "")),
            "description": str(line.get("gname", "")),
            "origin": "CN" if side == EXPORT else codes.countries.get(str(line.get("country", "")), "ZZ"),
            "quantity": _whole(line, "qty"),
            "net_g": net[place],
            "gross_g": net[place] + more[place],
            "value_minor": values[place],
        }
        for place, line in enumerate(entry.lines)
    ]


def _net(entry: Entry, values: Sequence[int]) -> list[int]:
    """Grams of each line: its legal quantity in kilograms, or its share of the whole by value."""
    if all(str(line.get("unit1", "")) == _KILOGRAM for line in entry.lines):
        return [max(_grams(line, "qty1"), 1) for line in entry.lines]
    weights = [max(value, 1) for value in values]
    return [max(part, 1) for part in split_minor(_grams(entry.head, "netWeight"), weights)]


def _order(paper: TradePaper, currency: str) -> dict[str, Any]:
    """An order; exports (303) name no tax, discount or consignee, and what was paid follows from the rest."""
    fields = paper.fields
    parts = {name: _minor(fields, key, currency) for name, key in (
        ("goods_minor", "goodsValue"), ("freight_minor", "freight"), ("tax_minor", "taxTotal"),
        ("discount_minor", "discount"),
    )}  # fmt: skip
    due = parts["goods_minor"] + parts["freight_minor"] + parts["tax_minor"] - parts["discount_minor"]
    paid = _minor(fields, "acturalPaid", currency) if "acturalPaid" in fields else max(due, 0)
    return {
        "number": paper.number, **parts, "paid_minor": paid, "consignee": fields.get("consignee") or "-",
        "phone": fields.get("consigneeTelephone", ""), "address": fields.get("consigneeAddress", ""),
        "buyer_id": fields.get("buyerIdNumber") or "-", "lines": list(paper.lines),
    }  # fmt: skip


def _payment(paper: TradePaper | None, currency: str) -> dict[str, Any] | None:
    if paper is None:
        return None
    fields = paper.fields
    return {
        "order_number": paper.number,
        "transaction_id": fields.get("payTransactionId") or fields.get("payNo", ""),
        "amount_minor": _minor(fields, "amountPaid" if "amountPaid" in fields else "charge", currency),
        "payer_id": fields.get("payerIdNumber") or "-",
    }


def _waybill(paper: TradePaper | None, entry: Entry, order_number: str) -> dict[str, Any] | None:
    """A waybill; exports (505) name neither order nor consignee. The list's own lines stand on it."""
    if paper is None:
        return None
    fields = paper.fields
    return {
        "order_number": fields.get("orderNo") or order_number, "tracking": paper.number,
        "carrier": fields.get("logisticsName") or "-", "consignee": fields.get("consignee") or "-",
        "phone": fields.get("consigneeTelephone", ""), "address": fields.get("consigneeAddress", ""),
        "packages": int(_number(fields, "packNo")), "lines": list(_lines(entry.lines)),
    }  # fmt: skip


def _lines(lines: Sequence[Block]) -> tuple[tuple[int, str, int], ...]:
    """Number and quantity of each line: what order and list must have one to one."""
    return tuple((int(_number(line, "gnum")), "", _whole(line, "qty")) for line in lines)


def _number(block: Mapping[str, Any], name: str) -> Decimal:
    try:
        return Decimal(str(block.get(name) or 0))
    except ArithmeticError:
        return Decimal(0)


def _whole(block: Mapping[str, Any], name: str) -> int:
    return int(_number(block, name).to_integral_value(ROUND_CEILING))


def _minor(block: Mapping[str, Any], name: str, currency: str) -> int:
    return Money.of(_number(block, name), currency).minor


def _grams(block: Mapping[str, Any], name: str) -> int:
    return int(_number(block, name) * 1000)
