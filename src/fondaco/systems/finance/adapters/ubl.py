"""An invoice as UBL 2.1 XML in the syntax binding of EN 16931 (CEN/TS 16931-3-2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.iso20022 import xml_bytes
from fondaco.systems.finance.domain.einvoice import (
    SPECIFICATION,
    Invoice,
    InvoiceLine,
    InvoiceParty,
    VatGroup,
)

if TYPE_CHECKING:
    from lxml import etree

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMES = {
    None: f"{_UBL}Invoice-2",
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
}
_NET_OFF = "97"  # UNCL 4461: clearing between partners


def render_ubl(invoice: Invoice) -> bytes:
    """The XML of `invoice`, elements in the order of the UBL 2.1 schema."""
    from lxml import etree

    root = etree.Element(f"{{{_NAMES[None]}}}Invoice", nsmap=_NAMES)  # type: ignore[arg-type]
    for name, text in (
        ("CustomizationID", SPECIFICATION),
        ("ID", invoice.number),
        ("IssueDate", invoice.issued_on.isoformat()),
        ("DueDate", invoice.due_on.isoformat()),
        ("InvoiceTypeCode", invoice.type_code),
        ("Note", invoice.note),
        ("DocumentCurrencyCode", invoice.currency),
    ):
        _basic(root, name, text)
    period = _group(root, "InvoicePeriod")
    _basic(period, "StartDate", invoice.period[0].isoformat())
    _basic(period, "EndDate", invoice.period[1].isoformat())
    _party(root, "AccountingSupplierParty", invoice.seller)
    _party(root, "AccountingCustomerParty", invoice.buyer)
    _basic(_group(root, "PaymentMeans"), "PaymentMeansCode", _NET_OFF)
    _taxes(root, invoice)
    _totals(root, invoice)
    for line in invoice.lines:
        _line(root, line)
    return xml_bytes(root)


def _party(root: etree._Element, name: str, party: InvoiceParty) -> None:
    node = _group(_group(root, name), "Party")
    _basic(_group(node, "PartyName"), "Name", party.name)
    address = _group(node, "PostalAddress")
    _basic(address, "StreetName", party.street)
    _basic(address, "CityName", party.city)
    _basic(address, "PostalZone", party.postcode)
    _basic(_group(address, "Country"), "IdentificationCode", party.country)
    if party.vat_id:
        tax = _group(node, "PartyTaxScheme")
        _basic(tax, "CompanyID", party.vat_id)
        _basic(_group(tax, "TaxScheme"), "ID", "VAT")
    legal = _group(node, "PartyLegalEntity")
    _basic(legal, "RegistrationName", party.name)
    _basic(legal, "CompanyID", party.legal_id)


def _taxes(root: etree._Element, invoice: Invoice) -> None:
    total = _group(root, "TaxTotal")
    _amount(total, "TaxAmount", invoice.vat)
    for group in invoice.groups:
        part = _group(total, "TaxSubtotal")
        _amount(part, "TaxableAmount", group.taxable)
        _amount(part, "TaxAmount", group.tax)
        _category(part, "TaxCategory", group)


def _category(node: etree._Element, name: str, of: VatGroup | InvoiceLine) -> None:
    category = _group(node, name)
    _basic(category, "ID", of.category)
    if of.category != "O":
        _basic(category, "Percent", _plain(of.rate))
    if isinstance(of, VatGroup):
        _basic(category, "TaxExemptionReason", of.reason)
    _basic(_group(category, "TaxScheme"), "ID", "VAT")


def _totals(root: etree._Element, invoice: Invoice) -> None:
    node = _group(root, "LegalMonetaryTotal")
    _amount(node, "LineExtensionAmount", invoice.net)
    _amount(node, "TaxExclusiveAmount", invoice.net)
    _amount(node, "TaxInclusiveAmount", invoice.gross)
    _amount(node, "PrepaidAmount", invoice.paid)
    if invoice.rounding:
        _amount(node, "PayableRoundingAmount", invoice.rounding)
    _amount(node, "PayableAmount", invoice.due)


def _line(root: etree._Element, line: InvoiceLine) -> None:
    node = _group(root, "InvoiceLine")
    _basic(node, "ID", line.number)
    _basic(node, "InvoicedQuantity", _plain(line.quantity)).set("unitCode", "C62")
    _amount(node, "LineExtensionAmount", line.net)
    item = _group(node, "Item")
    _basic(item, "Name", line.name)
    _category(item, "ClassifiedTaxCategory", line)
    price = _basic(_group(node, "Price"), "PriceAmount", _plain(line.price))
    price.set("currencyID", line.net.currency)


def _group(parent: etree._Element, name: str) -> etree._Element:
    from lxml import etree

    return etree.SubElement(parent, f"{{{_NAMES['cac']}}}{name}")


def _basic(parent: etree._Element, name: str, text: str) -> etree._Element:
    """A new element with `text`; an empty one is left out, as the standard wants."""
    from lxml import etree

    node = etree.Element(f"{{{_NAMES['cbc']}}}{name}")
    if text:
        node.text = text
        parent.append(node)
    return node


def _amount(parent: etree._Element, name: str, amount: Money) -> None:
    _basic(parent, name, str(amount.amount)).set("currencyID", amount.currency)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
