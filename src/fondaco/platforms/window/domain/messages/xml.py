"""Reading XML that strangers send: bounded, without entities, DTDs or the network.

OWASP's XML rules in short: a document type is refused, whatever it declares; nothing is fetched; size and
depth are bounded (libxml2 stops at a depth of 256). Comments are dropped, so that no comment can split a
value in two.
"""

from __future__ import annotations

from lxml import etree

from fondaco.kernel.errors import Refused

MOST_BYTES = 16 * 1024 * 1024  # a hundred lists of 99 lines each take about 8 MB


class MalformedXml(Refused):
    code = "malformed-xml"
    title = "This is not well-formed XML."
    remedy = "Write the message again with an XML library; the detail names line and column."


class OversizedXml(Refused):
    code = "oversized-xml"
    title = "The message is too large."
    remedy = "Send at most 100 orders in a message, and at most 16 MB."


class EntitiesRefused(Refused):
    code = "xml-entities-refused"
    title = "The message brings its own document type or entities."
    remedy = "Leave out <!DOCTYPE …>; write special characters as &amp; &lt; &gt; or as numbers."


def read_xml(raw: bytes, *, most: int = MOST_BYTES) -> etree._Element:
    """The root element of `raw`. Raises OversizedXml, EntitiesRefused or MalformedXml."""
    if len(raw) > most:
        raise OversizedXml(f"{len(raw)} bytes, at most {most}", field="message")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise EntitiesRefused(field="message")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise MalformedXml(str(fault)[:300], field="message") from fault
    if root.getroottree().docinfo.internalDTD is not None:  # a document type in another encoding
        raise EntitiesRefused(field="message")
    return root


def local_name(element: etree._Element) -> str:
    """The name of `element` without its namespace."""
    return etree.QName(element).localname


def elements(parent: etree._Element) -> list[etree._Element]:
    """The child elements of `parent`; processing instructions are passed over."""
    return list(parent.iterchildren("*"))
