"""HMRC's golden cases as declarations: what the JSON holds, written as a CDS message, and how lines compare.

The JSON keeps the goods items and the tax lines that HMRC computed, not the whole declarations. Three things
that decide the tax are therefore read off HMRC's own answer and declared as a trader would have done:
the statement that goods go to Northern Ireland (EU tax types in the answer), a VAT account that is postponed
(VAT assessed, nothing to pay, no relief), and zero-rated VAT where it is declared rather than in the tariff.
Taxes that are not by value (base empty) and of which the JSON has no quantity are declared with HMRC's
amount. A case that was amended before it was assessed (DMSREQ among its notifications) has the price that
HMRC's base shows. Everything else, rates above all, is ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, Node, write_message

FILE = Path("customs") / "cds_golden_cases_dev_25.json"
_EU = {"A50", "A70", "A80", "B05"}
# Moves from Great Britain, as HMRC's scenario texts say; NIREM: not at risk.
_DOMESTIC = {"TT_IM028a": (), "TT_IM040a": (), "TT_IM041a": (), "TT_IM186a": (), "TT_IM203a": ("NIREM",)}
_VAT_CODES = {"TT_IM097a": "VATZ", "TT_IM203a": "VATZ"}

Case = Mapping[str, Any]


def read_cases(folder: Path) -> list[Case]:
    """The golden cases of the shared data; none where it is not there."""
    path = folder / FILE
    found: list[Case] = json.loads(path.read_text()) if path.exists() else []
    return found


def fees_of(case: Case) -> list[dict[str, str]]:
    """The tax lines that HMRC computed, without stray blanks; the file repeats empty ones as null."""
    return [{k: (v or "").strip() for k, v in fee.items()} for fee in case["fees"] if fee["type"] != "MDC"]


def as_declaration(case: Case) -> bytes:
    """The declaration of a case as XML."""
    items = tuple(_item(case, item) for item in case["items"])
    header = (
        _leaf("FunctionCode", "9"),
        _leaf("FunctionalReferenceID", case["case"]),
        _leaf("TypeCode", case["decl_type"]),
        _leaf("GoodsItemQuantity", str(len(items))),
    )
    terms = (Node("TradeTerms", children=(_leaf("ConditionCode", "CIF"),)),)
    party = (_group("DomesticDutyTaxParty", ID="GB553202734", RoleCode="FR1"),) if _postponed(case) else ()
    shipment = Node("GoodsShipment", children=(*party, *items, *terms))
    return write_message(CdsMessage("DEC", (Node("Declaration", children=(*header, shipment)),)))


def compare(case: Case, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """How our lines differ from HMRC's ad-valorem lines, to the penny; a tax of ours that HMRC has not."""
    left = list(lines)
    faults = []
    for fee in fees_of(case):
        if not fee["base"]:
            continue
        wanted = {"base": fee["base"], "rate": fee["rate"], "relief": fee["deduct"], "payable": fee["pay"]}
        same = [line for line in left if line["type"] == fee["type"]]
        hit = next((line for line in same if all(line[k] == v for k, v in wanted.items())), None)
        if hit is None:
            faults.append(f"{fee['type']}: HMRC {wanted}, ours {same}")
        else:
            left.remove(hit)
    named = {fee["type"] for fee in fees_of(case)}
    faults += [
        f"{line['type']}: ours alone"
        for line in left
        if line["payable"] not in {"0.00", None} and line["type"] not in named
    ]
    return faults


def _item(case: Case, item: Case) -> Node:
    main, *more = item["proc"]
    procedures = [_group("GovernmentProcedure", CurrentCode=main[0], PreviousCode=main[1])]
    procedures += [_group("GovernmentProcedure", CurrentCode=code) for code, _ in more]
    return Node(
        "GovernmentAgencyGoodsItem",
        children=(
            _leaf("SequenceNumeric", item["seq"]),
            *(_group("AdditionalInformation", StatementCode=code) for code in _statements(case)),
            Node("Commodity", children=tuple(_commodity(case, item))),
            _group("CustomsValuation", MethodCode="1"),
            *procedures,
            *(_group("Origin", CountryCode=country, TypeCode="1") for country in item["origin"]),
        ),
    )


def _commodity(case: Case, item: Case) -> Iterator[Node]:
    yield _leaf("Description", item["desc"])
    yield _group("Classification", ID=item["cn8"], IdentificationTypeCode="TSP")
    yield _group("Classification", ID=item["taric"], IdentificationTypeCode="TRC")
    if case["case"] in _VAT_CODES:
        yield _group("Classification", ID=_VAT_CODES[case["case"]], IdentificationTypeCode="GN")
    yield _group("DutyTaxFee", DutyRegimeCode=item["pref"][0])
    for fee in fees_of(case):
        if not fee["base"]:
            yield _declared(fee)
    measures = {
        "GrossMassMeasure": item["gross"],
        "NetNetWeightMeasure": item["net"],
        "TariffQuantity": item["supp"],
    }
    yield _group("GoodsMeasure", **{name: text for name, text in measures.items() if text})
    price = Node("ItemChargeAmount", _price(case, item), (("currencyID", "GBP"),))
    yield Node("InvoiceLine", children=(price,))


def _declared(fee: Mapping[str, str]) -> Node:
    """A tax that is not by value: its type, and the amount for the case that no quantity gives it."""
    amount = (("currencyID", "GBP"),)
    payment = Node("Payment", children=(Node("PaymentAmount", fee["pay"], amount),))
    return Node("DutyTaxFee", children=(_leaf("TypeCode", fee["type"]), payment))


def _statements(case: Case) -> tuple[str, ...]:
    if case["case"] in _DOMESTIC:
        return ("NIDOM", *_DOMESTIC[case["case"]])
    if any(fee["type"] in _EU for fee in fees_of(case)):
        return ("NIIMP",)
    return ("OVR01",) if any(fee["spec"] for fee in fees_of(case)) else ()


def _postponed(case: Case) -> bool:
    vat = [fee for fee in fees_of(case) if fee["type"] == "B00"]
    return any(Decimal(f["assessed"]) and not Decimal(f["pay"]) and not Decimal(f["deduct"]) for f in vat)


def _price(case: Case, item: Case) -> str:
    """The declared price; after an amendment the one that HMRC's duty base shows."""
    amended = any("DMSREQ" in name for name in case["notifications"])
    bases = [fee["base"] for fee in fees_of(case) if fee["type"] == "A00" and fee["base"]]
    return bases[0] if amended and bases else str(item["value"])


def _leaf(name: str, text: str) -> Node:
    return Node(name, text)


def _group(name: str, **fields: str) -> Node:
    return Node(name, children=tuple(Node(field, text) for field, text in fields.items()))
