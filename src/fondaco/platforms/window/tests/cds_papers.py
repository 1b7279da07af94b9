"""UK declarations for tests: built piece by piece, assessed on the published tariff, shown as short rows."""

from __future__ import annotations

from datetime import date

from fondaco.platforms.window.assessing import _file_book, assess_cds, assessment_as_json
from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, Node, write_message

TODAY = date(2026, 11, 22)


def assessed(raw, **more):
    return assessment_as_json(assess_cds(raw, today=TODAY, book=_file_book(), **more))


def leaves(name, **fields):
    return Node(name, children=tuple(Node(field, str(text)) for field, text in fields.items()))


def pounds(name, amount, currency="GBP"):
    return Node(name, str(amount), (("currencyID", currency),))


def charge(code, amount, currency="GBP"):
    money = pounds("OtherChargeDeductionAmount", amount, currency)
    return Node("ChargeDeduction", children=(Node("ChargesTypeCode", code), money))


def goods(
    price=1000, *, code="8510900000", procedure="4000", extra=("000",), preference="100", origin="US", **more
):
    """One goods item; `more`: number, currency, codes, company, taxes, charges, statements, net, units, preferential."""
    commodity = (
        leaves("Classification", ID=code[:8], IdentificationTypeCode="TSP"),
        leaves("Classification", ID=code[8:], IdentificationTypeCode="TRC"),
        *(leaves("Classification", ID=c, IdentificationTypeCode="GN") for c in more.get("codes", ())),
        *(leaves("Classification", ID=c, IdentificationTypeCode="TRA") for c in more.get("company", ())),
        leaves("DutyTaxFee", DutyRegimeCode=preference),
        *more.get("taxes", ()),
        leaves("GoodsMeasure", **_measures(more)),
        Node("InvoiceLine", children=(pounds("ItemChargeAmount", price, more.get("currency", "GBP")),)),
    )
    return Node(
        "GovernmentAgencyGoodsItem",
        children=(
            Node("SequenceNumeric", str(more.get("number", 1))),
            *(leaves("AdditionalInformation", StatementCode=c) for c in more.get("statements", ())),
            Node("Commodity", children=commodity),
            Node("CustomsValuation", children=tuple(more.get("charges", ()))),
            leaves("GovernmentProcedure", CurrentCode=procedure[:2], PreviousCode=procedure[2:]),
            *(leaves("GovernmentProcedure", CurrentCode=c) for c in extra),
            leaves("Origin", CountryCode=origin, TypeCode="1"),
            *(leaves("Origin", CountryCode=c, TypeCode="2") for c in more.get("preferential", ())),
        ),
    )


def _measures(more):
    told = {"NetNetWeightMeasure": more.get("net", 2000), "TariffQuantity": more.get("units", 100)}
    return {name: value for name, value in told.items() if value is not None}


def tax(kind, *, method="", quantity=None, unit="", amount=None):
    """A tax line (D.E. 4/3 to 4/8) as a trader declares it."""
    children = []
    if quantity is not None:
        children.append(Node("SpecificTaxBaseQuantity", str(quantity), (("unitCode", unit),)))
    children.append(Node("TypeCode", kind))
    payment = [Node("MethodCode", method)] if method else []
    payment += [pounds("PaymentAmount", amount)] if amount is not None else []
    return Node("DutyTaxFee", children=(*children, Node("Payment", children=tuple(payment))))


def declared(*items, kind="IMA", function="9", shipment=(), root=()):
    children = (
        Node("FunctionCode", function), Node("FunctionalReferenceID", "T1"), Node("TypeCode", kind), *root,
        Node("GoodsShipment", children=(*shipment, *items)),
    )  # fmt: skip
    return write_message(CdsMessage("DEC", (Node("Declaration", children=children),)))


def lines(*items, more=None, **header):
    answer = assessed(declared(*items, **header), **(more or {}))
    return [
        (e["type"], e["base"], e["rate"], e["relief"], e["payable"], e["status"]) for e in answer["lines"]
    ]


def reasons(*items, **header):
    return [
        line["reason"] and line["reason"]["code"] for line in assessed(declared(*items, **header))["lines"]
    ]
