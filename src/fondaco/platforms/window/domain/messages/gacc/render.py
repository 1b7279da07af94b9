"""Rendering GACC messages: strict, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from fondaco.platforms.window.domain.messages.gacc.checks import check_message
from fondaco.platforms.window.domain.messages.gacc.spec import (
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
    MessageRefused,
    Shape,
)
from fondaco.platforms.window.domain.messages.gacc.values import write_value
from fondaco.platforms.window.domain.messages.xmldsig import Signer, sign

_PREFIX = {"ceb": NAMESPACE}


def render_message(message: Message, *, book: Book, signer: Signer | None = None) -> bytes:
    """`message` as UTF-8 XML, signed where there is a signer.

    Raises MessageRefused with every fault, the first one named by its path: what the official schema or a
    rule beside it forbids, or a signature that the message must bear.
    """
    shape = book.shape(message.number)
    faults = [*check_message(message, book=book), *_signature_faults(shape, signer)]
    if faults:
        raise MessageRefused(faults)
    root = etree.Element(_tag(shape.root), nsmap=_PREFIX)
    root.set("guid", message.guid)
    root.set("version", message.version)
    for entry in message.entries:
        _add_entry(root, entry, shape, book=book)
    if message.transfer is not None:
        _add_block(root, TRANSFER, message.transfer, fields=book.fields(shape, TRANSFER))
    for block in message.subscribe:
        _add_block(root, SUBSCRIBE, block, fields=book.fields(shape, SUBSCRIBE))
    if signer is not None:
        sign(root, signer=signer)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _signature_faults(shape: Shape, signer: Signer | None) -> list[Fault]:
    path = f"/{shape.root}/{SIGNATURE}"
    if signer is None and shape.signature == "required":
        return [Fault(path, "unsigned", "This message must be signed.", "Give a key and its certificate.")]
    if signer is not None and not shape.signature:
        return [Fault(path, "unknown", "This message bears no signature.", "Render it without a key.")]
    return []


def _add_entry(root: etree._Element, entry: Entry, shape: Shape, *, book: Book) -> None:
    head = book.fields(shape, shape.head)
    if not shape.wrapped:
        _add_block(root, shape.entry, entry.head, fields=head)
        return
    parent = etree.SubElement(root, _tag(shape.entry))
    _add_block(parent, shape.head, entry.head, fields=head)
    for line in entry.lines:
        _add_block(parent, shape.line, line, fields=book.fields(shape, shape.line))


def _add_block(parent: etree._Element, name: str, block: Block, *, fields: Sequence[Field]) -> None:
    element = etree.SubElement(parent, _tag(name))
    for field in fields:
        if field.name in block:
            etree.SubElement(element, _tag(field.name)).text = write_value(block[field.name])


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
