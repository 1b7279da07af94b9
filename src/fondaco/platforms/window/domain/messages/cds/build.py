"""A declaration of ours as a CDS message: imports into the United Kingdom, exports out of it.

Imports of at most 135 pounds become the super reduced data set (category H7: additional procedures C07 and
1H7), which takes six digits of the commodity code; all others are full declarations (H1, procedure 4000) and
want ten. Exports are full pre-lodged declarations (B1, procedure 1040). Goods are declared before they arrive
(additional declaration type D). The comments name the data elements of the UK Trade Tariff, volume 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO, kilograms
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.messages.cds.spec import CdsBook
from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, Node

UNITED_KINGDOM = frozenset({"GB", "XI"})
LOW_VALUE = Money(135_00, "GBP")
_EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")


class NotForCds(Refused):
    code = "not-for-cds"
    title = "This declaration is not one for the Customs Declaration Service."
    remedy = "Declare imports into, or exports out of, the United Kingdom."


@dataclass(frozen=True, slots=True)
class CdsProfile:
    """What stands on every UK declaration of this installation (data/window/cds_profile.json).

    `location` is where goods are presented (D.E. 5/23, without the leading GBAU), `exit_office` that of
    exports, `representation` 1 to 3 (D.E. 3/21), `method` how duty is paid (D.E. 4/8), `deferment` the account.
    """

    location: str
    exit_office: str
    representation: str
    method: str
    deferment: str = ""
    postponed_vat: str = ""


def build_declaration(filing: Filing, *, profile: CdsProfile, book: CdsBook) -> CdsMessage:
    """The DEC message of `filing`, arranged as the schema wants; NotForCds where it concerns no UK office."""
    if filing.country not in UNITED_KINGDOM:
        raise NotForCds(field="country", value=filing.country)
    parts = _import if filing.kind == "import" else _export
    root = Node("Declaration", children=(*_header(filing, profile), *parts(filing, profile)))
    return CdsMessage("DEC", (book.arrange(root, "Declaration"),))


def is_low_value(filing: Filing) -> bool:
    """Whether an import may use the super reduced data set: at most 135 pounds, in pounds, under no procedure of its own."""
    return filing.currency == "GBP" and filing.invoice_total_minor <= LOW_VALUE.minor and not filing.procedure


def _header(filing: Filing, profile: CdsProfile) -> Iterator[Node]:
    yield Node("FunctionCode", "9")
    yield Node("FunctionalReferenceID", filing.lrn)  # D.E. 2/5
    yield Node("TypeCode", "IMD" if filing.kind == "import" else "EXD")  # D.E. 1/1 and 1/2
    yield Node("GoodsItemQuantity", str(len(filing.items)))  # D.E. 1/9
    yield _money("InvoiceAmount", filing.invoice_total_minor, filing.currency)  # D.E. 4/11
    yield Node("TotalGrossMassMeasure", kilograms(filing.gross_g), (("unitCode", "KGM"),))
    yield Node("TotalPackageQuantity", str(filing.packages))  # D.E. 6/18
    yield _party("Declarant", filing.declarant)  # D.E. 3/17, 3/18
    yield _group("Agent", FunctionCode=profile.representation)  # D.E. 3/21
    yield _group("BorderTransportMeans", ModeCode=_mode(filing))  # D.E. 7/4


def _import(filing: Filing, profile: CdsProfile) -> Iterator[Node]:
    yield _party("Exporter", filing.exporter)
    if profile.deferment:
        yield _group("AdditionalDocument", CategoryCode="1", ID=profile.deferment, TypeCode="DAN")  # D.E. 2/6
    yield Node("GoodsShipment", children=tuple(_import_shipment(filing, profile)))


def _import_shipment(filing: Filing, profile: CdsProfile) -> Iterator[Node]:
    low = is_low_value(filing)
    yield Node("TransactionNatureCode", "1")  # D.E. 8/5
    yield Node("Consignment", children=(Node("ContainerCode", "0"), _location(profile)))
    yield _group("Destination", CountryCode="GB")  # D.E. 5/8
    yield _group("ExportCountry", ID=str(filing.exporter.get("country", "")))  # D.E. 5/14
    yield _party("Importer", filing.importer)  # D.E. 3/15, 3/16
    yield from _shipment(filing)
    if not low:
        yield _group("TradeTerms", ConditionCode=filing.incoterm, LocationID=f"GB{profile.location[:3]}")
    if profile.postponed_vat:
        yield _group("DomesticDutyTaxParty", ID=profile.postponed_vat, RoleCode="FR1")  # D.E. 3/40
    for item, price in _priced(filing):
        parts = _import_item(item, filing, profile, price=price, low=low)
        yield Node("GovernmentAgencyGoodsItem", children=tuple(parts))
    freight = filing.freight_minor + filing.insurance_minor
    if freight and not low:
        yield Node("CustomsValuation", children=(_freight(freight, filing.currency),))


def _import_item(
    item: DeclarationItemDTO, filing: Filing, profile: CdsProfile, *, price: int, low: bool
) -> Iterator[Node]:
    yield from _item(item, filing)
    yield Node(
        "Commodity", children=tuple(_commodity(item, filing, price=price, duty=_duty(profile, low=low)))
    )
    requested = filing.procedure or "4000"  # such as 6110F01: returned goods
    yield _group("GovernmentProcedure", CurrentCode=requested[:2], PreviousCode=requested[2:4])  # D.E. 1/10
    for code in ("C07", "1H7") if low else (requested[4:] or "000",):  # D.E. 1/11
        yield _group("GovernmentProcedure", CurrentCode=code)
    yield _group("CustomsValuation", MethodCode="1")  # D.E. 4/16
    if not low:
        yield _group("ValuationAdjustment", AdditionCode="0000")  # D.E. 4/13


def _export(filing: Filing, profile: CdsProfile) -> Iterator[Node]:
    yield _party("Exporter", filing.exporter)
    yield _group("ExitOffice", ID=profile.exit_office)  # D.E. 5/12
    yield Node("GoodsShipment", children=tuple(_export_shipment(filing, profile)))


def _export_shipment(filing: Filing, profile: CdsProfile) -> Iterator[Node]:
    yield Node("TransactionNatureCode", "1")
    yield _party("Consignee", filing.importer)  # D.E. 3/9
    yield Node("Consignment", children=(Node("ContainerCode", "0"), _location(profile)))
    yield _group("Destination", CountryCode=str(filing.importer.get("country", "")))
    yield _group("ExportCountry", ID="GB")
    yield from _shipment(filing)
    for item, price in _priced(filing):
        children = (
            *_item(item, filing),
            Node("Commodity", children=tuple(_commodity(item, filing, price=price, duty=()))),
            _group("GovernmentProcedure", CurrentCode="10", PreviousCode="40"),
            _group("GovernmentProcedure", CurrentCode="000"),
            _money("StatisticalValueAmount", price, filing.currency),  # D.E. 8/6
        )
        yield Node("GovernmentAgencyGoodsItem", children=children)


def _shipment(filing: Filing) -> Iterator[Node]:
    """What imports and exports share: the order as UCR and the waybill as transport document."""
    if filing.reference:
        yield _group("UCR", TraderAssignedReferenceID=filing.reference[:35])  # D.E. 2/4
    tracking = str(filing.transport.get("tracking", ""))
    if tracking:
        yield _group("PreviousDocument", CategoryCode="Z", ID=tracking[:70], TypeCode="740", LineNumeric="1")


def _item(item: DeclarationItemDTO, filing: Filing) -> Iterator[Node]:
    yield Node("SequenceNumeric", str(item.number))
    if filing.invoice_number:  # D.E. 2/3: N935, the invoice
        day = f"/{filing.invoiced_on:%d.%m.%Y}" if filing.invoiced_on else ""
        yield _group(
            "AdditionalDocument", CategoryCode="N", ID=f"{filing.invoice_number}{day}"[:70], TypeCode="935"
        )
    if item.origin:
        yield _group("Origin", CountryCode=item.origin, TypeCode="1")  # D.E. 5/15
    yield _group(
        "Packaging",
        SequenceNumeric="1",
        MarksNumbersID=str(filing.transport.get("tracking", "") or filing.lrn)[:512],
        QuantityQuantity=str(filing.packages if item.number == 1 else 0),
        TypeCode=filing.package_kind,
    )


def _priced(filing: Filing) -> Iterator[tuple[DeclarationItemDTO, int]]:
    """Each item with its price; a discount on the whole is taken off by value."""
    values = [item.value_minor for item in filing.items]
    shares = split_minor(filing.discount_minor, values) if filing.discount_minor else [0] * len(values)
    for item, share in zip(filing.items, shares, strict=True):
        yield item, item.value_minor - share


def _commodity(
    item: DeclarationItemDTO, filing: Filing, *, price: int, duty: tuple[Node, ...]
) -> Iterator[Node]:
    code = item.hs_code or ""
    yield Node("Description", item.description[:512])
    yield _group("Classification", ID=code[:8], IdentificationTypeCode="TSP")
    if len(code) >= 10:
        yield _group("Classification", ID=code[8:10], IdentificationTypeCode="TRC")
    yield from duty
    measures = (
        Node("GrossMassMeasure", kilograms(item.gross_g)),
        Node("NetNetWeightMeasure", kilograms(item.net_g)),
        Node("TariffQuantity", str(item.quantity)),
    )
    yield Node("GoodsMeasure", children=measures)
    yield Node("InvoiceLine", children=(_money("ItemChargeAmount", price, filing.currency),))


def _duty(profile: CdsProfile, *, low: bool) -> tuple[Node, ...]:
    """Preference 100 and how duty and VAT are paid; nothing is due on the super reduced set."""
    regime = Node("DutyRegimeCode", "100")
    if low:
        return (Node("DutyTaxFee", children=(regime,)),)
    payment = _group("Payment", MethodCode=profile.method)
    return (
        Node("DutyTaxFee", children=(regime, Node("TypeCode", "A00"), payment)),
        Node("DutyTaxFee", children=(Node("TypeCode", "B00"), payment)),
    )


def _freight(minor: int, currency: str) -> Node:
    """Transport and insurance to the border, an addition to the prices (D.E. 4/9, AK)."""
    money = _money("OtherChargeDeductionAmount", minor, currency)
    return Node("ChargeDeduction", children=(Node("ChargesTypeCode", "AK"), money))


def _location(profile: CdsProfile) -> Node:
    """Where the goods are presented (D.E. 5/23): a designated place (A) by its UN/LOCODE (U)."""
    address = _group("Address", TypeCode="U", CountryCode="GB")
    return Node("GoodsLocation", children=(Node("Name", profile.location), Node("TypeCode", "A"), address))


def _party(name: str, party: Mapping[str, Any]) -> Node:
    """A party by its EORI, else by name and address."""
    identifier = str(party.get("identifier", ""))
    if _EORI.fullmatch(identifier):
        return _group(name, ID=identifier)
    told = {key: str(party.get(key, "")) for key in ("name", "city", "country", "line", "postcode")}
    address = _group(
        "Address",
        CityName=told["city"][:35],
        CountryCode=told["country"],
        Line=told["line"][:70],
        PostcodeID=told["postcode"][:9],
    )
    return Node(name, children=(Node("Name", told["name"][:70]), address))


def _mode(filing: Filing) -> str:
    mode = str(filing.transport.get("mode", "") or "5")
    return mode[:1]


def _money(name: str, minor: int, currency: str) -> Node:
    amount: Decimal = Money(minor, currency).amount
    return Node(name, f"{amount:f}", (("currencyID", currency),))


def _group(name: str, **fields: str) -> Node:
    return Node(name, children=tuple(Node(field, text) for field, text in fields.items() if text))
