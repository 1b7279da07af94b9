"""A UK declaration as what its data elements mean, read off the tree of its message.

The comments name the data elements (D.E.) of the UK Trade Tariff, volume 3 for CDS. What is not a number
where one belongs stays text and is told by the validator; reading never refuses a declaration for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from fondaco.platforms.window.domain.messages.cds.tree import Node, decimal_of

_PREFERENTIAL = "2"  # Origin/TypeCode: 1 is D.E. 5/15, 2 is D.E. 5/16


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a currency, exactly as declared."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Charge:
    """An addition or deduction (D.E. 4/9): its code (AK, BA ...) and amount."""

    code: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What the trader declares of one tax (D.E. 4/3 to 4/8); mostly only its type and method of payment."""

    kind: str
    method: str
    base: Amount | None
    quantity: Decimal | None
    unit: str
    rate: Decimal | None
    assessed: Amount | None
    payable: Amount | None


@dataclass(frozen=True, slots=True)
class CdsItem:
    """One goods item of a UK declaration."""

    sequence: str
    cn: str  # D.E. 6/14, eight digits
    taric: str  # D.E. 6/15, two digits
    additional_codes: tuple[str, ...]  # D.E. 6/16 TARIC and 6/17 national: VATZ, X413 ...
    description: str
    origins: tuple[str, ...]  # D.E. 5/15, and whatever is not marked as 5/16
    requested: str  # D.E. 1/10
    previous: str
    procedures: tuple[str, ...]  # D.E. 1/11
    preference: str  # D.E. 4/17
    quota: str  # D.E. 8/1
    price: Amount | None  # D.E. 4/14
    net_kg: Decimal | None
    supplementary: Decimal | None  # D.E. 6/2
    valuation_method: str  # D.E. 4/16
    charges: tuple[Charge, ...]  # D.E. 4/9
    statements: tuple[str, ...]  # D.E. 2/2
    documents: tuple[str, ...]  # D.E. 2/3
    fiscal_roles: tuple[str, ...]  # D.E. 3/40
    taxes: tuple[TaxLine, ...]
    package_kinds: tuple[str, ...] = ()
    preferential_origin: str = ""  # D.E. 5/16

    @property
    def code(self) -> str:
        """The ten-digit commodity code."""
        return f"{self.cn}{self.taric}"


@dataclass(frozen=True, slots=True)
class CdsDeclaration:
    """A UK declaration: header and goods items."""

    function: str
    lrn: str
    mrn: str
    kind: str  # D.E. 1/1 and 1/2: IMA, IMZ, EXD ...
    accepted_on: date | None
    terms: str  # D.E. 4/1
    charges: tuple[Charge, ...]
    rates: tuple[tuple[str, Decimal], ...]  # D.E. 4/15: units of the currency for one pound
    fiscal_roles: tuple[str, ...]
    statements: tuple[str, ...]
    items: tuple[CdsItem, ...]

    @property
    def is_import(self) -> bool:
        return self.kind.startswith(("IM", "CO"))


def read_declaration(root: Node) -> CdsDeclaration:
    """The declaration that `root` (the element Declaration) says."""
    shipment = root.first("GoodsShipment") or Node("GoodsShipment")
    return CdsDeclaration(
        function=root.get("FunctionCode"),
        lrn=root.get("FunctionalReferenceID"),
        mrn=root.get("ID"),
        kind=root.get("TypeCode"),
        accepted_on=_day(root.get("AcceptanceDateTime/DateTimeString")),
        terms=shipment.get("TradeTerms/ConditionCode"),
        charges=tuple(_charges(shipment)),
        rates=tuple(_rates(root)),
        fiscal_roles=_texts(shipment, "DomesticDutyTaxParty/RoleCode"),
        statements=_texts(root, "AdditionalInformation/StatementCode"),
        items=tuple(_item(node) for node in shipment.all("GovernmentAgencyGoodsItem")),
    )


def _item(node: Node) -> CdsItem:
    commodity = node.first("Commodity") or Node("Commodity")
    codes = [(c.get("IdentificationTypeCode"), c.get("ID")) for c in commodity.all("Classification")]
    origins = [(o.get("TypeCode"), o.get("CountryCode")) for o in node.all("Origin") if o.get("CountryCode")]
    procedures = list(node.all("GovernmentProcedure"))
    main = next((p for p in procedures if p.get("PreviousCode")), procedures[0] if procedures else Node(""))
    return CdsItem(
        sequence=node.get("SequenceNumeric"),
        cn=next((code for kind, code in codes if kind in {"TSP", ""}), ""),
        taric=next((code for kind, code in codes if kind == "TRC"), ""),
        additional_codes=tuple(code for kind, code in codes if kind not in {"TSP", "TRC", ""}),
        description=commodity.get("Description"),
        origins=tuple(country for kind, country in origins if kind != _PREFERENTIAL),
        requested=main.get("CurrentCode")[:2],
        previous=main.get("PreviousCode") or main.get("CurrentCode")[2:4],
        procedures=tuple(p.get("CurrentCode") for p in procedures if p is not main),
        preference=commodity.get("DutyTaxFee/DutyRegimeCode"),
        quota=commodity.get("DutyTaxFee/QuotaOrderID"),
        price=_amount(commodity.first("InvoiceLine/ItemChargeAmount")),
        net_kg=commodity.number("GoodsMeasure/NetNetWeightMeasure"),
        supplementary=commodity.number("GoodsMeasure/TariffQuantity"),
        valuation_method=node.get("CustomsValuation/MethodCode"),
        charges=tuple(_charges(node)),
        statements=_texts(node, "AdditionalInformation/StatementCode"),
        documents=tuple(d.get("CategoryCode") + d.get("TypeCode") for d in node.all("AdditionalDocument")),
        fiscal_roles=_texts(node, "DomesticDutyTaxParty/RoleCode"),
        taxes=tuple(_tax(tax) for tax in commodity.all("DutyTaxFee")),
        package_kinds=_texts(node, "Packaging/TypeCode"),
        preferential_origin=next((country for kind, country in origins if kind == _PREFERENTIAL), ""),
    )


def _tax(node: Node) -> TaxLine:
    quantity = node.first("SpecificTaxBaseQuantity")
    return TaxLine(
        kind=node.get("TypeCode"),
        method=node.get("Payment/MethodCode"),
        base=_amount(node.first("AdValoremTaxBaseAmount")),
        quantity=decimal_of(quantity.text) if quantity else None,
        unit=quantity.attribute("unitCode") if quantity else "",
        rate=node.number("TaxRateNumeric"),
        assessed=_amount(node.first("Payment/TaxAssessedAmount")),
        payable=_amount(node.first("Payment/PaymentAmount")),
    )


def _charges(node: Node) -> Iterator[Charge]:
    for charge in node.all("CustomsValuation/ChargeDeduction"):
        amount = _amount(charge.first("OtherChargeDeductionAmount"))
        if amount is not None:
            yield Charge(charge.get("ChargesTypeCode"), amount)


def _rates(root: Node) -> Iterator[tuple[str, Decimal]]:
    for exchange in (*root.all("CurrencyExchange"), *root.all("GoodsShipment/CurrencyExchange")):
        rate = exchange.number("RateNumeric")
        if rate:
            yield exchange.get("CurrencyTypeCode"), rate


def _texts(node: Node, path: str) -> tuple[str, ...]:
    return tuple(found.text for found in node.all(path) if found.text)


def _amount(node: Node | None) -> Amount | None:
    value = decimal_of(node.text) if node is not None else None
    return None if node is None or value is None else Amount(value, node.attribute("currencyID") or "GBP")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day of the declaration
    except ValueError:
        return None
