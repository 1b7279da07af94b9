"""A CDS message as a tree of plain elements: read liberally, written strictly.

CDS speaks the WCO Data Model 3.6 in HMRC's profile "DMS:2": a MetaData envelope with a Declaration (DEC) or
one or more Responses (RES) inside. HMRC's own samples come with the envelope, inside a gateway's request
around it, bare, and, for notifications, without any namespace; all of these are read. An element of a
namespace that is not the WCO's is refused: it would be somebody else's message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal

from lxml import etree

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.messages.xml import local_name, read_xml

MOST_BYTES = 8 * 1024 * 1024  # 99 items with 99 documents each stay below 5 MB
Kind = Literal["DEC", "RES"]

METADATA = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
NAMESPACES: dict[Kind, str] = {
    "DEC": "urn:wco:datamodel:WCO:DEC-DMS:2",
    "RES": "urn:wco:datamodel:WCO:RES-DMS:2",
}
# DateTimeString and what else is typed comes in a namespace of its own in each message.
TYPES: dict[Kind, str] = {
    "DEC": "urn:wco:datamodel:WCO:Declaration_DS:DMS:2",
    "RES": "urn:wco:datamodel:WCO:Response_DS:DMS:2",
}
_ROOTS: dict[str, Kind] = {"Declaration": "DEC", "Response": "RES"}
_MOST_DEPTH = 8  # gateway request > detail > MetaData > Declaration, and room


class NotCds(Refused):
    code = "not-a-cds-message"
    title = "This is no message of the Customs Declaration Service."
    remedy = "Give a WCO DEC or RES message: MetaData with a Declaration or a Response inside."


class WrongNamespace(Refused):
    code = "cds-namespace"
    title = "The message is in another namespace than that of the Customs Declaration Service."
    remedy = "Use urn:wco:datamodel:WCO:DEC-DMS:2 for declarations and RES-DMS:2 for responses."


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its name, text, the attributes that carry meaning (currencyID, unitCode, formatCode)."""

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = field(default=())

    def all(self, path: str) -> Iterator[Node]:
        """Every element at `path` (names parted by "/") below this one, in order."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, path: str) -> Node | None:
        """The first element at `path`."""
        return next(self.all(path), None)

    def get(self, path: str) -> str:
        """The text of the first element at `path`; "" where there is none."""
        found = self.first(path)
        return found.text if found is not None else ""

    def number(self, path: str) -> Decimal | None:
        """The number at `path`; None where there is none, or no number."""
        return decimal_of(self.get(path))

    def attribute(self, name: str) -> str:
        """The attribute `name`; "" where there is none."""
        return dict(self.attributes).get(name, "")


def decimal_of(text: str) -> Decimal | None:
    """`text` as a finite number, or None."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@dataclass(frozen=True, slots=True)
class CdsMessage:
    """A message as read: DEC has one root (the declaration), RES one per response."""

    kind: Kind
    roots: tuple[Node, ...]


def read_message(raw: bytes) -> CdsMessage:
    """The declaration or responses in `raw`.

    MalformedXml, OversizedXml, EntitiesRefused, NotCds, WrongNamespace.
    """
    found = _roots(read_xml(raw, most=MOST_BYTES), _MOST_DEPTH)
    if not found:
        raise NotCds(field="message")
    kind = _ROOTS[local_name(found[0])]
    for element in found:
        _check_namespace(element)
    return CdsMessage(kind, tuple(_node(element) for element in found))


def write_message(message: CdsMessage) -> bytes:
    """`message` as XML in the WCO's namespaces, UTF-8, in its envelope."""
    spaces: dict[str | None, str] = {
        "md": METADATA,
        None: NAMESPACES[message.kind],
        "ds": TYPES[message.kind],
    }
    envelope = etree.Element(f"{{{METADATA}}}MetaData", nsmap=spaces)  # type: ignore[arg-type] # None is xmlns
    for name, text in _head(message.kind):
        etree.SubElement(envelope, f"{{{METADATA}}}{name}").text = text
    for root in message.roots:
        _append(envelope, root, message.kind)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _head(kind: Kind) -> tuple[tuple[str, str], ...]:
    return (
        ("WCODataModelVersionCode", "3.6"),
        ("WCOTypeName", kind),
        ("ResponsibleCountryCode", "GB"),
        ("ResponsibleAgencyName", "HMRC"),
        ("AgencyAssignedCustomizationVersionCode", "v2.1"),
    )


def _append(parent: etree._Element, node: Node, kind: Kind) -> None:
    space = TYPES[kind] if node.name == "DateTimeString" else NAMESPACES[kind]
    element = etree.SubElement(parent, f"{{{space}}}{node.name}", dict(node.attributes))
    if node.text:
        element.text = node.text
    for child in node.children:
        _append(element, child, kind)


def _roots(element: etree._Element, depth: int) -> list[etree._Element]:
    """The declaration or the responses nearest to the root."""
    if local_name(element) in _ROOTS:
        return [element]
    if not depth:
        return []
    found = [root for child in element.iterchildren("*") for root in _roots(child, depth - 1)]
    names = {local_name(root) for root in found}
    return found if len(names) <= 1 else []


def _check_namespace(element: etree._Element) -> None:
    """Refuse foreign elements; a response may carry the declaration's namespace inside, or none at all."""
    ours = {None, *NAMESPACES.values(), *TYPES.values()}
    for inner in element.iter("*"):
        space = etree.QName(inner).namespace
        if space not in ours:
            raise WrongNamespace(field=local_name(inner), value=space)


def _node(element: etree._Element) -> Node:
    return Node(
        local_name(element),
        (element.text or "").strip(),
        tuple((str(k), str(v)) for k, v in element.attrib.items() if not str(k).startswith("{")),
        tuple(_node(child) for child in element.iterchildren("*")),
    )
