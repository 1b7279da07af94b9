"""What CDS messages are made of: every element of DEC and RES with its limits, as data.

The table (data/window/cds_elements.csv) is our own subset of HMRC's schema "DMS:2": paths, order, occurrence,
lengths, and the WCO's numbers by which CDS points at an element in its answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fondaco.platforms.window.domain.messages.cds.tree import Node

ValueKind = Literal["group", "code", "id", "text", "amount", "quantity", "measure", "numeric", "datetime"]


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `most` None is without limit; `tag` is the WCO's number of the class or element."""

    path: str
    least: int
    most: int | None
    kind: ValueKind
    length: int | None
    digits: int | None
    fraction: int | None
    form: Literal["", "filled", "letters", "digits"]
    codes: tuple[str, ...]
    tag: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class CdsBook:
    """The elements by path, and the children of each path in the schema's order."""

    elements: Mapping[str, Element]
    children: Mapping[str, Sequence[Element]]

    def arrange(self, node: Node, path: str) -> Node:
        """`node` with its children in the schema's order; what the schema does not know comes last."""
        order = {child.name: place for place, child in enumerate(self.children.get(path, ()))}
        children = sorted(node.children, key=lambda child: order.get(child.name, len(order)))
        arranged = tuple(self.arrange(child, f"{path}/{child.name}") for child in children)
        return Node(node.name, node.text, node.attributes, arranged)

    def point(self, pointers: Iterable[tuple[str, str, str]]) -> str:
        """The path that CDS points at: (sequence, section, tag) from the declaration down; "" if unknown."""
        path = told = ""
        for sequence, section, tag in pointers:
            step = self._child(path, section) if section else None
            if step is not None:
                path = f"{path}/{step.name}".strip("/")
                many = step.most != 1 and sequence
                told = f"{told}/{step.name}".strip("/") + (f"[{sequence}]" if many else "")
            leaf = self._child(path, tag) if tag else None
            if leaf is not None:
                told = f"{told}/{leaf.name}"
        return told

    def _child(self, path: str, tag: str) -> Element | None:
        if not path:
            return self.elements["Declaration"] if tag == "42A" else None
        return next((child for child in self.children.get(path, ()) if child.tag == tag), None)


def read_cds_book(rows: Iterable[Mapping[str, str]]) -> CdsBook:
    """The book from the rows of cds_elements.csv."""
    elements = {root: Element(root, 1, 1, "group", None, None, None, "", (), tag) for root, tag in _ROOTS}
    elements |= {element.path: element for element in map(_element, rows)}
    children: dict[str, list[Element]] = {}
    for element in elements.values():
        above = element.path.rpartition("/")[0]
        if above:
            children.setdefault(above, []).append(element)
    return CdsBook(elements, children)


_ROOTS = (("Declaration", "42A"), ("Response", "07B"))


def _element(row: Mapping[str, str]) -> Element:
    return Element(
        path=row["path"],
        least=int(row["least"]),
        most=None if row["most"] == "*" else int(row["most"]),
        kind=row["kind"],  # type: ignore[arg-type] # our own table
        length=_number(row["length"]),
        digits=_number(row["digits"]),
        fraction=_number(row["fraction"]),
        form=row["form"],  # type: ignore[arg-type]
        codes=tuple(row["codes"].split()),
        tag=row["tag"],
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
