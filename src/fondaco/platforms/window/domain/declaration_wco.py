"""The canonical declaration as a message: JSON with the class and element names of the WCO Data Model 3.

Rendering is strict and complete; the agency's answer is read liberally by the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO, kilograms

TYPE_CODES = {"export": "EX", "import": "IM"}


@dataclass(frozen=True, slots=True)
class Filing:
    """Everything of a recorded declaration that goes into its message.

    `mode` and `statistics` (the first letter of what its mode says of statistics) are there where an office has
    modes that go in different forms; else empty.
    """

    id: UUID
    version: int
    lrn: str
    kind: str
    country: str
    authority_id: UUID
    seller_id: UUID
    buyer_id: UUID
    regime: str
    reference: str
    issued_at: datetime
    currency: str
    invoice_total_minor: int
    freight_minor: int
    insurance_minor: int
    discount_minor: int
    estimated_duty_minor: int
    estimated_tax_minor: int
    incoterm: str
    invoice_number: str
    invoiced_on: date | None
    packages: int
    package_kind: str
    procedure: str
    gross_g: int
    declarant: Mapping[str, Any]
    exporter: Mapping[str, Any]
    importer: Mapping[str, Any]
    transport: Mapping[str, Any]
    items: Sequence[DeclarationItemDTO]
    mode: str = ""
    statistics: str = ""


def render_filing(filing: Filing, *, key: str) -> dict[str, Any]:
    """`filing` as the WCO-named JSON object of a message; `key` is the idempotency key it travels under."""
    return {
        "IdempotencyKey": key,
        "FunctionCode": "9",
        "FunctionalReferenceID": filing.lrn,
        "VersionID": str(filing.version),
        "TypeCode": TYPE_CODES[filing.kind],
        "IssueDateTime": filing.issued_at.isoformat(),
        "DeclarationOfficeID": filing.country,
        "AuthorityID": str(filing.authority_id),
        "GoodsItemQuantity": len(filing.items),
        "InvoiceAmount": _amount(filing.invoice_total_minor, filing),
        "TotalGrossMassMeasure": _mass(filing.gross_g),
        "TotalPackageQuantity": filing.packages,
        "Declarant": _party(filing.declarant),
        "Exporter": _party(filing.exporter),
        "DutyTaxFee": [
            {"TypeCode": code, "Payment": {"TaxAssessedAmount": _amount(minor, filing)}}
            for code, minor in (("A00", filing.estimated_duty_minor), ("B00", filing.estimated_tax_minor))
        ],
        "GoodsShipment": _shipment(filing),
    }


def _shipment(filing: Filing) -> dict[str, Any]:
    invoiced = filing.invoiced_on.isoformat() if filing.invoiced_on else None
    return {
        "TransactionNatureCode": filing.regime,
        "UCR": {"TraderAssignedReferenceID": filing.reference},
        "Seller": {"ID": str(filing.seller_id)},
        "Buyer": {"ID": str(filing.buyer_id)},
        "Importer": _party(filing.importer),
        "ExportCountry": {"ID": filing.exporter.get("country", "")},
        "Destination": {"CountryCode": filing.importer.get("country", "")},
        "TradeTerms": {"ConditionCode": filing.incoterm},
        "Invoice": {"ID": filing.invoice_number, "IssueDateTime": invoiced},
        "CustomsValuation": {
            "FreightChargeAmount": _amount(filing.freight_minor, filing),
            "ChargeDeduction": [
                {"ChargesTypeCode": code, "OtherChargeDeductionAmount": _amount(minor, filing)}
                for code, minor in (("AK", filing.insurance_minor), ("102", filing.discount_minor))
                if minor
            ],
        },
        "Consignment": _consignment(filing),
        "Packaging": {"QuantityQuantity": filing.packages, "TypeCode": filing.package_kind},
        "GovernmentAgencyGoodsItem": [_item(item, filing) for item in filing.items],
    }


def _consignment(filing: Filing) -> dict[str, Any]:
    transport = filing.transport
    return {
        "TransportContractDocument": {"ID": transport.get("tracking", ""), "TypeCode": "740"},
        "Carrier": {"Name": transport.get("carrier", ""), "ID": transport.get("carrier_id") or None},
        "BorderTransportMeans": {"ModeCode": transport.get("mode", "")},
    }


def _item(item: DeclarationItemDTO, filing: Filing) -> dict[str, Any]:
    return {
        "SequenceNumeric": item.number,
        "Commodity": {
            "Description": item.description,
            "Classification": {"ID": item.hs_code, "IdentificationTypeCode": "TSP"},
            "GoodsMeasure": {
                "GrossMassMeasure": _mass(item.gross_g),
                "NetNetWeightMeasure": _mass(item.net_g),
                "TariffQuantity": {"value": item.quantity, "unitCode": "NMB"},
            },
            "InvoiceLine": {"ItemChargeAmount": _amount(item.value_minor, filing)},
        },
        "Origin": {"CountryCode": item.origin},
        "GovernmentProcedure": {"CurrentCode": filing.procedure},
    }


def _amount(minor: int, filing: Filing) -> dict[str, str]:
    return {"value": str(Money(minor, filing.currency).amount), "currencyID": filing.currency}


def _mass(grams: int) -> dict[str, str]:
    return {"value": kilograms(grams), "unitCode": "KGM"}


def _party(party: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: party.get(key, "") for key in ("identifier", "name", "line", "city", "postcode", "country")}
    return {
        "ID": known["identifier"],
        "Name": known["name"],
        "Address": {
            "Line": known["line"],
            "CityName": known["city"],
            "PostcodeID": known["postcode"],
            "CountryCode": known["country"],
        },
        "Communication": [{"ID": text} for text in (party.get("phone"), party.get("email")) if text],
    }


def read_amount(body: Mapping[str, Any]) -> Money:
    """The money of an amount element such as {"value": "12.50", "currencyID": "EUR"}."""
    return Money.exactly(str(body["value"]), str(body["currencyID"]))
