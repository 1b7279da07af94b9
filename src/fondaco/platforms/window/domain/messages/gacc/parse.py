"""Reading GACC messages: liberal. Whatever is well-formed and names a CEB message is read; faults are told.

The published samples themselves break the published schema (order of elements, a root of another name), so
order, namespace and unknown elements never stop the reading; they are reported, and the bytes are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.messages.gacc.checks import check_message, entry_path
from fondaco.platforms.window.domain.messages.gacc.spec import (
    MOST_SUBSCRIBERS,
    NAMESPACE,
    SIGNATURE,
    SUBSCRIBE,
    TRANSFER,
    Block,
    Book,
    Entry,
    Fault,
    Field,
    Message,
    Reading,
    Shape,
    Value,
)
from fondaco.platforms.window.domain.messages.gacc.values import read_value
from fondaco.platforms.window.domain.messages.xml import elements, local_name, read_xml

_IN_CEB = f"{{{NAMESPACE}}}"
_ROOT = re.compile(r"CEB(\d{3})Message")


class NotCeb(Refused):
    code = "not-a-gacc-message"
    title = "This is no message of China's cross-border e-commerce system."
    remedy = "The root element must be CEB followed by three digits and Message, such as CEB311Message."


def parse_message(raw: bytes, *, book: Book) -> Reading:
    """The message in `raw`, and everything wrong with it.

    Raises MalformedXml, OversizedXml, EntitiesRefused, or NotCeb for another document; a message number that
    GACC does not have is NotCeb too.
    """
    root = read_xml(raw)
    shape, named = _shape_of(root, book)
    faults = [*named, *_order_faults(root, shape, book=book)]
    children = elements(root)
    blocks = {name: [c for c in children if local_name(c) == name] for name in (TRANSFER, SUBSCRIBE)}
    transfers = [_read_block(c, _fields(book, shape, TRANSFER)) for c in blocks[TRANSFER]]
    message = Message(
        number=shape.number,
        guid=root.get("guid", ""),
        entries=tuple(_read_entry(c, shape, book) for c in children if local_name(c) == shape.entry),
        transfer=transfers[0] if transfers else None,
        subscribe=tuple(_read_block(c, _fields(book, shape, SUBSCRIBE)) for c in blocks[SUBSCRIBE]),
        version=root.get("version", ""),
    )
    faults += check_message(message, book=book)
    signed = any(local_name(child) == SIGNATURE for child in children)
    if shape.signature == "required" and not signed:
        path = f"/{shape.root}/{SIGNATURE}"
        faults.append(Fault(path, "unsigned", "This message must be signed.", "Sign it."))
    return Reading(message, tuple(faults), signed, raw)


def _shape_of(root: etree._Element, book: Book) -> tuple[Shape, list[Fault]]:
    """The message by its root element, or else by its first entry; a receipt under another root is known."""
    name = local_name(root)
    found = _ROOT.fullmatch(name)
    faults = []
    if etree.QName(root).namespace != NAMESPACE:
        faults.append(Fault(f"/{name}", "namespace", "The namespace is wrong.", f"Use {NAMESPACE}."))
    if "version" not in root.attrib:
        faults.append(Fault(f"/{name}/@version", "missing", "The version is missing.", "Write 1.0."))
    if found and found[1] in book.shapes:
        return book.shapes[found[1]], faults
    inner = {local_name(child) for child in elements(root)}
    for shape in book.shapes.values():
        if not shape.tail and shape.entry in inner and name.startswith("CEB"):
            remedy = f"Name the root {shape.root}."
            return shape, [Fault(f"/{name}", "root", "The root has another name.", remedy), *faults]
    raise NotCeb(field="message", value=name)


def _fields(book: Book, shape: Shape, block: str) -> tuple[Field, ...]:
    return book.blocks.get((shape.side, block), ())


def _read_entry(element: etree._Element, shape: Shape, book: Book) -> Entry:
    fields = _fields(book, shape, shape.head)
    if not shape.wrapped:
        return Entry(_read_block(element, fields))
    children = elements(element)
    heads = [_read_block(c, fields) for c in children if local_name(c) == shape.head]
    lines = _fields(book, shape, shape.line)
    return Entry(
        heads[0] if heads else {},
        tuple(_read_block(c, lines) for c in children if shape.line and local_name(c) == shape.line),
    )


def _read_block(element: etree._Element, fields: Iterable[Field]) -> Block:
    known = {field.name: field for field in fields}
    block: dict[str, Value] = {}
    for child in elements(element):
        name = local_name(child)
        text = "".join(str(part) for part in child.itertext())
        field = known.get(name)
        block.setdefault(name, read_value(field, text) if field else text)
    return block


def _order_faults(root: etree._Element, shape: Shape, *, book: Book) -> Iterator[Fault]:
    """Elements out of place, repeated or nested where the schema has one value."""
    path = f"/{shape.root}"
    expected = [(shape.entry, shape.entries_max or 10**9)]
    expected += [(name, MOST_SUBSCRIBERS if name == SUBSCRIBE else 1) for name, _ in shape.tail]
    yield from _misplaced(root, expected, path=path)
    place = 0
    for child in elements(root):
        name = local_name(child)
        if name == shape.entry:
            place += 1
            yield from _entry_order(child, shape, path=entry_path(shape, place), book=book)
        elif name in {TRANSFER, SUBSCRIBE}:
            yield from _block_order(child, _fields(book, shape, name), path=f"{path}/{name}")


def _entry_order(element: etree._Element, shape: Shape, *, path: str, book: Book) -> Iterator[Fault]:
    if not shape.wrapped:
        yield from _block_order(element, _fields(book, shape, shape.head), path=path)
        return
    expected = [(shape.head, 1), *([(shape.line, 10**9)] if shape.line else [])]
    yield from _misplaced(element, expected, path=path)
    line = 0
    for child in elements(element):
        name = local_name(child)
        line += name == shape.line
        at = f"{path}/{name}[{line}]" if name == shape.line else f"{path}/{name}"
        yield from _block_order(child, _fields(book, shape, name), path=at)


def _block_order(element: etree._Element, fields: Sequence[Field], *, path: str) -> Iterator[Fault]:
    yield from _misplaced(element, [(field.name, 1) for field in fields], path=path, told=True)
    for child in element.iter(etree.ProcessingInstruction, etree.Element):
        if (child is not element and child.getparent() is not element) or not isinstance(child.tag, str):
            at = f"{path}/{local_name(element)}"
            yield Fault(at, "nested", "A value holds other elements.", "Write the value alone.")
            return


def _misplaced(
    parent: etree._Element, expected: Sequence[tuple[str, int]], *, path: str, told: bool = False
) -> Iterator[Fault]:
    """Children that are unknown (unless `told` of elsewhere), too many, or not in the order `expected`."""
    ranks = {name: rank for rank, (name, _) in enumerate(expected)}
    counts: dict[str, int] = {}
    furthest = -1
    for child in elements(parent):
        name = local_name(child)
        rank = ranks.get(name)
        if rank is None:
            if not told:
                yield Fault(f"{path}/{name}", "unknown", "There is no such element here.", "Leave it out.")
            continue
        if name != SIGNATURE and not child.tag.startswith(_IN_CEB):
            yield Fault(f"{path}/{name}", "namespace", "The namespace is wrong.", f"Use {NAMESPACE}.")
        counts[name] = counts.get(name, 0) + 1
        if counts[name] == expected[rank][1] + 1 and expected[rank][1] == 1:
            yield Fault(f"{path}/{name}", "repeated", "This element is there twice.", "Leave one out.")
        if rank < furthest:
            after = expected[furthest][0]
            yield Fault(f"{path}/{name}", "order", f"This comes after {after}.", f"Move it before {after}.")
        furthest = max(furthest, rank)
