"""A UK declaration as the receiving side takes it: the canonical body of a list, and which message it is.

The comments of `build` name the data elements; this reads them back, from whoever wrote them. A party that is
named by its EORI alone is known by that number. Amendments (TypeCode COR) and cancellations (INV) come with
FunctionCode 13 and the reference of the declaration they are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window.domain.messages.cds.tree import Node, decimal_of

Wish = Literal["lodge", "amend", "cancel"]
_WAYBILLS = frozenset({"740", "741", "705", "703", "787"})  # D.E. 2/1: air, sea and house waybills, lists
_FREIGHT = "AK"


def wish_of(root: Node) -> Wish:
    """What the sender of a DEC message wants."""
    if root.get("FunctionCode") != "13":
        return "lodge"
    return "cancel" if root.get("TypeCode") == "INV" else "amend"


def body_of(root: Node) -> dict[str, Any]:
    """The canonical body of a declaration; what lacks is left out or empty, for the check of lists to name."""
    shipment = root.first("GoodsShipment") or Node("GoodsShipment")
    kind = "export" if root.get("TypeCode").startswith("EX") else "import"
    goods = list(shipment.all("GovernmentAgencyGoodsItem"))
    currency = _currency(root, goods)
    values = [_minor(one.first("Commodity/InvoiceLine/ItemChargeAmount"), currency) for one in goods]
    total = root.first("InvoiceAmount")
    terms = shipment.get("TradeTerms/ConditionCode")
    return {
        "lrn": root.get("FunctionalReferenceID"),
        "kind": kind,
        "regime": _regime(goods, kind),
        "country": "GB",
        "currency": currency,
        **_parties(root, shipment, kind),
        "items": _items(root, goods, values),
        "invoice_total_minor": _minor(total, currency) if total else sum(values),
        "freight_minor": _freight(root, shipment, currency),
        "transport": {
            "tracking": _tracking(shipment, goods) or root.get("FunctionalReferenceID"),
            "carrier": root.get("BorderTransportMeans/Name") or "-",
            "mode": root.get("BorderTransportMeans/ModeCode") or "5",
        },
        "packages": _whole(root.get("TotalPackageQuantity")) or 1,
        "order_number": shipment.get("UCR/TraderAssignedReferenceID"),
        **({"incoterm": terms} if terms else {}),
    }


def _regime(goods: Sequence[Node], kind: str) -> str:
    """Full import (H1), super reduced set (H7), export (B1): the data sets of appendix 21."""
    if kind == "export":
        return "B1"
    codes = {code.get("CurrentCode") for one in goods for code in one.all("GovernmentProcedure")}
    return "H7" if "1H7" in codes else "H1"


def _currency(root: Node, goods: Sequence[Node]) -> str:
    told = [
        root.first("InvoiceAmount"),
        *(one.first("Commodity/InvoiceLine/ItemChargeAmount") for one in goods),
    ]
    return next((code for one in told if one and (code := one.attribute("currencyID"))), "GBP")


def _parties(root: Node, shipment: Node, kind: str) -> dict[str, Any]:
    abroad = shipment.get("ExportCountry/ID") or "GB"
    importer = (shipment.first("Consignee") if kind == "export" else None) or shipment.first("Importer")
    exporter = root.first("Exporter") or shipment.first("Exporter") or shipment.first("Consignor")
    bound = shipment.get("Destination/CountryCode") or "GB"
    return {
        "declarant": _party(root.first("Declarant"), "GB"),
        "exporter": _party(exporter, "GB" if kind == "export" else abroad),
        "importer": _party(importer, bound if kind == "export" else "GB"),
    }


def _party(node: Node | None, country: str) -> dict[str, str]:
    if node is None:
        return {"name": "", "country": country}
    number = node.get("ID")
    told = {
        "name": node.get("Name") or number,
        "country": node.get("Address/CountryCode") or number[:2] or country,
        "identifier": number,
        "line": node.get("Address/Line"),
        "city": node.get("Address/CityName"),
        "postcode": node.get("Address/PostcodeID"),
    }
    return {name: text for name, text in told.items() if text or name == "name"}


def _items(root: Node, goods: Sequence[Node], values: Sequence[int]) -> list[dict[str, Any]]:
    gross = _masses(root.get("TotalGrossMassMeasure"), goods, values)
    return [
        {
            "hs_code": _code(one),
            "description": one.get("Commodity/Description"),
            "origin": one.get("Origin/CountryCode"),
            "quantity": _whole(one.get("Commodity/GoodsMeasure/TariffQuantity")) or 1,
            "net_g": _grams(one.get("Commodity/GoodsMeasure/NetNetWeightMeasure")) or mass,
            "gross_g": mass,
            "value_minor": value,
        }
        for one, value, mass in zip(goods, values, gross, strict=True)
    ]


def _masses(total: str, goods: Sequence[Node], values: Sequence[int]) -> list[int]:
    """Each item's gross mass: as declared or, where one has none, its share of the whole by value."""
    told = [_grams(one.get("Commodity/GoodsMeasure/GrossMassMeasure")) for one in goods]
    if all(told):
        return told
    return [max(part, 1) for part in split_minor(_grams(total), [max(value, 1) for value in values])]


def _code(item: Node) -> str:
    parts = {
        code.get("IdentificationTypeCode"): code.get("ID") for code in item.all("Commodity/Classification")
    }
    return f"{parts.get('TSP', '')}{parts.get('TRC', '')}"


def _freight(root: Node, shipment: Node, currency: str) -> int:
    places = (root, shipment, *shipment.all("GovernmentAgencyGoodsItem"))
    return sum(
        _minor(charge.first("OtherChargeDeductionAmount"), currency)
        for place in places
        for charge in place.all("CustomsValuation/ChargeDeduction")
        if charge.get("ChargesTypeCode") == _FREIGHT
    )


def _tracking(shipment: Node, goods: Sequence[Node]) -> str:
    places = (shipment, *goods)
    papers = (paper for place in places for paper in place.all("PreviousDocument"))
    return next((paper.get("ID")[:60] for paper in papers if paper.get("TypeCode") in _WAYBILLS), "")


def _minor(node: Node | None, currency: str) -> int:
    value = decimal_of(node.text) if node is not None else None
    return 0 if value is None else Money.of(value, currency).minor


def _grams(text: str) -> int:
    value = decimal_of(text)
    return 0 if value is None else int((value * 1000).to_integral_value(ROUND_CEILING))


def _whole(text: str) -> int:
    value = decimal_of(text)
    return 0 if value is None else int(Decimal(value).to_integral_value(ROUND_CEILING))
