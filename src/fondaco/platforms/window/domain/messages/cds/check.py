"""A CDS message against the schema's limits and the rules of the completion guide beside them.

Level "schema": HMRC's gateway would refuse the XML. Level "rule": the declaration would be rejected (DMSREJ)
or is not one that CDS can assess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from fondaco.platforms.window.domain.messages.cds.spec import CdsBook, Element
from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, Node
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused

MOST_ITEMS = 99
_MOMENT = re.compile(r"20\d{6}(\d{6}(Z|[-+]\d\d))?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_LRN = re.compile(r"\S{1,22}")
_DIGITS = {8: "eight digits of the Combined Nomenclature", 6: "six digits of the Harmonized System"}
_NUMERIC = frozenset({"amount", "quantity", "measure", "numeric"})


class CdsRefused(MessageRefused):
    """A CDS message that is not sent; `faults` lists everything wrong with it, the first one is shown."""

    code = "cds-message-refused"
    title = "The Customs Declaration Service would refuse this message."


def check_message(message: CdsMessage, *, book: CdsBook) -> tuple[Fault, ...]:
    """Everything wrong with `message`, schema first."""
    faults: list[Fault] = []
    for root in message.roots:
        faults += _check(root, root.name, root.name, book)
    if message.kind == "DEC" and message.roots[0].get("FunctionCode") == "9":
        faults += _rules(message.roots[0])
    return tuple(faults)


def _check(node: Node, path: str, told: str, book: CdsBook) -> Iterator[Fault]:
    element = book.elements[path]
    if element.kind != "group":
        yield from _value(element, node, told)
        return
    yield from _children(node, path, told, book)
    seen: Counter[str] = Counter()
    for child in node.children:
        seen[child.name] += 1
        below = book.elements.get(f"{path}/{child.name}")
        if below is not None:
            place = f"{told}/{child.name}" + (f"[{seen[child.name]}]" if below.most != 1 else "")
            yield from _check(child, below.path, place, book)


def _children(node: Node, path: str, told: str, book: CdsBook) -> Iterator[Fault]:
    """Which children there may be, how often, and in which order."""
    allowed = book.children.get(path, ())
    order = {child.name: place for place, child in enumerate(allowed)}
    counts = Counter(child.name for child in node.children)
    for name in counts:
        if name not in order:
            yield _fault(
                f"{told}/{name}", "unknown-element", name, "CDS has no such element here.", "Leave it out."
            )
    for element in allowed:
        if counts[element.name] < element.least:
            yield _fault(f"{told}/{element.name}", "missing", "", "It is missing.", "Fill it in.")
        if element.most is not None and counts[element.name] > element.most:
            problem = f"It is there {counts[element.name]} times."
            yield _fault(
                f"{told}/{element.name}", "too-many", "", problem, f"Give it {element.most} times at most."
            )
    known = [order[child.name] for child in node.children if child.name in order]
    if known != sorted(known):
        yield _fault(
            told, "order", "", "The elements are not in the schema's order.", "Follow WCO_DEC_2_DMS.xsd."
        )


def _value(element: Element, node: Node, told: str) -> Iterator[Fault]:
    text = node.text
    if element.kind == "datetime":
        moment = node.first("DateTimeString")
        if (
            moment is None
            or not _MOMENT.fullmatch(moment.text)
            or moment.attribute("formatCode") not in {"102", "304"}
        ):
            remedy = "Give DateTimeString as 20261122 (102) or 20261122090000Z (304)."
            yield _fault(told, "time", moment.text if moment else "", "There is no such moment.", remedy)
        return
    if node.children:
        yield _fault(
            told, "unknown-element", node.children[0].name, "A value has no elements.", "Leave them out."
        )
    if element.kind in _NUMERIC:
        yield from _number(element, text, told)
        return
    if element.length is not None and len(text) > element.length:
        yield _fault(told, "length", text, f"{len(text)} characters.", f"Use {element.length} at most.")
    if element.form == "filled" and not text:
        yield _fault(told, "empty", text, "There is nothing here.", "Fill it in, or leave the element out.")
    if element.form == "letters" and not re.fullmatch("[a-zA-Z]*", text):
        yield _fault(told, "letters", text, "Only letters belong here.", "Use a code of letters.")
    if element.form == "digits" and not re.fullmatch("[0-9]*", text):
        yield _fault(told, "digits", text, "Only digits belong here.", "Use a code of digits.")
    if element.codes and text not in element.codes:
        yield _fault(
            told, "code", text, "This code is not in the list.", f"Use {' or '.join(element.codes)}."
        )


def _number(element: Element, text: str, told: str) -> Iterator[Fault]:
    if not _NUMBER.fullmatch(text):
        yield _fault(told, "not-a-number", text, "This is no number.", "Write digits, with a point.")
        return
    _, digits, exponent = Decimal(text).normalize().as_tuple()
    decimals = max(0, -int(exponent))
    whole = max(0, len(digits) + int(exponent))
    if element.fraction is not None and decimals > element.fraction:
        yield _fault(
            told, "decimals", text, f"{decimals} decimals.", f"Round to {element.fraction} decimals."
        )
    elif element.digits is not None and whole + decimals > element.digits:
        yield _fault(told, "digits", text, f"{whole + decimals} digits.", f"Use {element.digits} at most.")


def _rules(root: Node) -> Iterator[Fault]:
    """The rules of the completion guide that hold for every declaration with goods."""
    items = list(root.all("GoodsShipment/GovernmentAgencyGoodsItem"))
    yield from _header(root, items)
    imported = root.get("TypeCode").startswith(("IM", "CO"))
    for place, item in enumerate(items, start=1):
        told = f"Declaration/GoodsShipment/GovernmentAgencyGoodsItem[{place}]"
        if item.get("SequenceNumeric") != str(place):
            yield _rule(
                f"{told}/SequenceNumeric", "sequence", item.get("SequenceNumeric"), f"Number it {place}."
            )
        if not item.get("Commodity/Description"):
            yield _rule(f"{told}/Commodity/Description", "empty", "", "Describe the goods (D.E. 6/8).")
        if not item.get("GovernmentProcedure/CurrentCode"):
            yield _rule(
                f"{told}/GovernmentProcedure/CurrentCode", "empty", "", "Give the procedure (D.E. 1/10)."
            )
        yield from _commodity(item, told, imported=imported)


def _header(root: Node, items: list[Node]) -> Iterator[Fault]:
    if not _LRN.fullmatch(root.get("FunctionalReferenceID")):
        remedy = "Use 1 to 22 characters without blanks (D.E. 2/5)."
        yield _rule("Declaration/FunctionalReferenceID", "lrn", root.get("FunctionalReferenceID"), remedy)
    if not re.fullmatch("(IM|EX|CO)[A-Z]", root.get("TypeCode")):
        yield _rule(
            "Declaration/TypeCode", "type", root.get("TypeCode"), "Use IMA, IMD, EXA, EXD … (D.E. 1/1, 1/2)."
        )
    counted = root.get("GoodsItemQuantity")
    if not items or len(items) > MOST_ITEMS:
        remedy = f"Give 1 to {MOST_ITEMS} goods items."
        yield _rule("Declaration/GoodsShipment/GovernmentAgencyGoodsItem", "items", str(len(items)), remedy)
    elif counted and counted != str(len(items)):
        yield _rule("Declaration/GoodsItemQuantity", "items", counted, f"There are {len(items)} goods items.")
    for name in ("Declarant",):
        if not (root.get(f"{name}/ID") or root.get(f"{name}/Name")):
            yield _rule(f"Declaration/{name}", "party", "", "Name the declarant, by EORI where there is one.")


def _commodity(item: Node, told: str, *, imported: bool) -> Iterator[Fault]:
    """The commodity code: six digits suffice in the super reduced data set, imports else want ten."""
    codes = {c.get("IdentificationTypeCode"): c.get("ID") for c in item.all("Commodity/Classification")}
    place = f"{told}/Commodity/Classification[1]/ID"
    extra = {p.get("CurrentCode") for p in item.all("GovernmentProcedure")}
    simple = bool(extra & {"1H7", "1CS"}) or not codes
    cn = codes.get("TSP", "")
    wanted = 6 if simple else 8
    if codes and not re.fullmatch(rf"\d{{{wanted},8}}", cn):
        yield _rule(place, "commodity", cn, f"Give the {_DIGITS[wanted]} (D.E. 6/14).")
    if imported and not simple and not re.fullmatch(r"\d{2}", codes.get("TRC", "")):
        remedy = "Give the two digits after the eighth as TRC (D.E. 6/15)."
        yield _rule(f"{told}/Commodity/Classification[2]/ID", "taric", codes.get("TRC", ""), remedy)


def _rule(path: str, code: str, value: str, remedy: str) -> Fault:
    return Fault(path, code, "CDS would reject the declaration.", remedy, value[:80], "rule")


def _fault(path: str, code: str, value: str, problem: str, remedy: str) -> Fault:
    return Fault(path, code, problem, remedy, value[:80], "schema")
