"""Readers of published lists: UN XML, OFAC SDN/ALT/ADD, BIS denied persons, our demonstration list.

Each refuses (BadList) what does not look like its list: a document type or entity in XML, another
number of columns, no entries, more than 256 MB unpacked.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from lxml import etree

from fondaco.systems.risk.domain.lists import BadList, Entry, ListedAlias, ParsedList

MAX_BYTES: Final = 256 * 1024 * 1024
_NOTHING: Final = "-0-"
_US = "US public domain"


def read_lists(folder: Path, *, known: Collection[str] = ()) -> list[ParsedList]:
    """Every list found in `folder` (plain or .gz); none where the folder holds none of them.

    A list whose SHA-256 is among `known` is passed over unread.
    """
    found = [reader(folder, known) for reader in (_un_list, _ofac_list, _bis_list)]
    return [parsed for parsed in found if parsed is not None]


def read_demo_list(path: Path) -> ParsedList:
    """The demonstration list of invented names."""
    data = _unpacked(path)
    rows = csv.DictReader(io.StringIO(data.decode("utf-8")))
    entries = tuple(
        Entry(
            reference=row["reference"],
            kind=row["kind"],
            names=tuple(ListedAlias(n) for n in (row["name"], *filter(None, row["aliases"].split("|")))),
            programme=row["programme"],
            remarks=row["remarks"],
        )
        for row in rows
    )
    digest = sha256(data).hexdigest()
    return ParsedList(
        "demo", "Demonstration list (invented names)", path.name, "Apache-2.0", digest, entries, None, True
    )


def _unpacked(path: Path) -> bytes:
    """The content of a plain or gzip file, at most MAX_BYTES."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as exc:
        raise BadList(str(exc)[:200], field="file", value=path.name) from exc
    if len(data) > MAX_BYTES:
        raise BadList("The file is larger than 256 MB unpacked.", field="file", value=path.name)
    return data


def _find(folder: Path, *names: str) -> Path | None:
    candidates = [folder / (name + ending) for name in names for ending in ("", ".gz")]
    return next((path for path in candidates if path.is_file()), None)


# --- UN ------------------------------------------------------------------------------------------


def _un_list(folder: Path, known: Collection[str]) -> ParsedList | None:
    path = _find(folder, "un_consolidated.xml", "consolidated.xml")
    data = _unpacked(path) if path else b""
    return read_un(data, file=path.name) if path and sha256(data).hexdigest() not in known else None


def read_un(data: bytes, *, file: str) -> ParsedList:
    """The UN Security Council consolidated list (XML). No entity is ever expanded."""
    root = _xml_root(data, file)
    entries = tuple(_un_entry(node) for node in root.iter("INDIVIDUAL", "ENTITY"))
    if root.tag != "CONSOLIDATED_LIST" or not entries:
        raise BadList("There is no CONSOLIDATED_LIST with entries.", field="file", value=file)
    generated = _iso_date((root.get("dateGenerated") or "")[:10])
    title, source = "UN Security Council consolidated list", f"United Nations Security Council, {file}"
    return ParsedList(
        "un", title, source, "UN public list", sha256(data).hexdigest(), _unique(entries), generated
    )


def _xml_root(data: bytes, file: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadList("The file declares a document type or entities.", field="file", value=file)
    try:
        root = etree.fromstring(data, parser)
        if root.getroottree().docinfo.internalDTD is not None:
            raise BadList("The file declares a document type.", field="file", value=file)
        return root
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise BadList(str(exc)[:200], field="file", value=file) from exc


def _un_entry(node: etree._Element) -> Entry:
    parts = [_text(node, f"{which}_NAME") for which in ("FIRST", "SECOND", "THIRD", "FOURTH")]
    aliases = [(_text(a, "ALIAS_NAME"), _text(a, "QUALITY")) for a in node.iter(f"{node.tag}_ALIAS")]
    original = _text(node, "NAME_ORIGINAL_SCRIPT")
    names = [ListedAlias(" ".join(filter(None, parts))), *([ListedAlias(original)] if original else [])]
    names += [
        ListedAlias(piece, quality.casefold() == "low") for text, quality in aliases for piece in _split(text)
    ]
    if not _text(node, "REFERENCE_NUMBER") or not names[0].name:
        raise BadList("An entry has no reference number or no name.", field="line", value=node.sourceline)
    places = [v.text or "" for v in node.iterfind("NATIONALITY/VALUE")]
    places += [c.text or "" for c in node.iterfind(f"{node.tag}_ADDRESS/COUNTRY")]
    return Entry(
        reference=_text(node, "REFERENCE_NUMBER"),
        kind="individual" if node.tag == "INDIVIDUAL" else "organisation",
        names=tuple(dict.fromkeys(names)),
        programme=_text(node, "UN_LIST_TYPE"),
        countries=tuple(dict.fromkeys(p.strip() for p in places if p.strip())),
        listed_on=_iso_date(_text(node, "LISTED_ON")[:10]),
        remarks=_text(node, "COMMENTS1"),
    )


def _text(node: etree._Element, tag: str) -> str:
    return " ".join((node.findtext(tag) or "").split())


def _split(text: str) -> list[str]:
    """The UN writes several aliases into one field, separated by semicolons."""
    return [piece.strip() for piece in text.split(";") if piece.strip()]


# --- OFAC ----------------------------------------------------------------------------------------

_OFAC_KINDS: Final = {"individual": "individual", "vessel": "vessel", "aircraft": "aircraft"}


def _ofac_list(folder: Path, known: Collection[str]) -> ParsedList | None:
    sdn = _find(folder, "ofac_sdn.csv", "sdn.csv")
    if sdn is None:
        return None
    alt, add = _find(folder, "ofac_alt.csv", "alt.csv"), _find(folder, "ofac_add.csv", "add.csv")
    main, alias, place = (_unpacked(path) if path else b"" for path in (sdn, alt, add))
    if _ofac_digest(main, alias, place) in known:
        return None
    return read_ofac(main, alias, place, file=sdn.name)


def _ofac_digest(sdn: bytes, alt: bytes, add: bytes) -> str:
    return sha256(sdn + b"\0" + alt + b"\0" + add).hexdigest()


def read_ofac(sdn: bytes, alt: bytes = b"", add: bytes = b"", *, file: str) -> ParsedList:
    """OFAC's specially designated nationals with their aliases and countries (three CSV files)."""
    names: dict[str, list[ListedAlias]] = {}
    for row in _rows(alt, 5, "ALT"):
        names.setdefault(row[0], []).append(ListedAlias(row[3]))
    countries: dict[str, list[str]] = {}
    for row in _rows(add, 6, "ADD"):
        countries.setdefault(row[0], []).append(row[4])
    entries = tuple(
        Entry(
            reference=row[0],
            kind=_OFAC_KINDS.get(row[2], "organisation"),
            names=tuple(dict.fromkeys((ListedAlias(row[1]), *names.get(row[0], ())))),
            programme=row[3],
            countries=tuple(dict.fromkeys(filter(None, countries.get(row[0], ())))),
            remarks=row[11],
        )
        for row in _rows(sdn, 12, file)
    )
    if not entries:
        raise BadList("There are no entries.", field="file", value=file)
    digest = _ofac_digest(sdn, alt, add)
    title, source = (
        "OFAC specially designated nationals",
        "US Treasury, Office of Foreign Assets Control, " + file,
    )
    return ParsedList("ofac-sdn", title, source, _US, digest, _unique(entries))


def _rows(data: bytes, width: int, file: str) -> Iterator[list[str]]:
    """Rows of an OFAC file; its end-of-file mark is passed over, another width refused."""
    for number, row in enumerate(_csv(data, file, ","), start=1):
        cells = ["" if c.strip() == _NOTHING else " ".join(c.split()) for c in row]
        if not any(cells) or cells == ["\x1a"] or row == ["\x1a"]:
            continue
        if len(cells) != width or not cells[0].isdigit():
            detail = f"{file}, row {number}: {width} columns beginning with a number are expected, not {len(cells)}."
            raise BadList(detail, field="row", value=number)
        if cells[1]:
            yield cells


def _csv(data: bytes, file: str, delimiter: str) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as exc:
        raise BadList(str(exc), field="file", value=file) from exc


# --- BIS -----------------------------------------------------------------------------------------

_BIS_COLUMNS: Final = (
    "Name Street_Address City State Country Postal_Code Effective_Date Expiration_Date Standard_Order "
    "Last_Update Action FR_Citation"
).split()


def _bis_list(folder: Path, known: Collection[str]) -> ParsedList | None:
    path = _find(folder, "bis_dpl.txt", "dpl.txt")
    data = _unpacked(path) if path else b""
    return read_bis(data, file=path.name) if path and sha256(data).hexdigest() not in known else None


def read_bis(data: bytes, *, file: str) -> ParsedList:
    """The Bureau of Industry and Security's denied persons (tab-separated); orders expire."""
    rows = _csv(data, file, "\t")
    if (header := next(rows, [])) != _BIS_COLUMNS:
        raise BadList("The columns are not those of the denied persons list.", field="header", value=header)
    entries: list[Entry] = []
    for number, row in enumerate(rows, start=2):
        if len(row) != len(_BIS_COLUMNS):
            raise BadList(f"Row {number} has {len(row)} columns.", field="row", value=number)
        entries.append(_bis_entry(dict(zip(_BIS_COLUMNS, map(str.strip, row), strict=True))))
    if not entries:
        raise BadList("There are no entries.", field="file", value=file)
    title, source = "BIS denied persons list", f"US Bureau of Industry and Security, {file}"
    generated = max((d for r in entries if (d := r.listed_on)), default=None)
    return ParsedList("bis-dpl", title, source, _US, sha256(data).hexdigest(), _unique(entries), generated)


def _bis_entry(row: dict[str, str]) -> Entry:
    name = " ".join(row["Name"].split())
    return Entry(
        reference=name[:200],
        kind="organisation",
        names=(ListedAlias(name),),
        programme="DPL",
        countries=(row["Country"],) if row["Country"] else (),
        listed_on=_us_date(row["Effective_Date"]),
        expires_on=_us_date(row["Expiration_Date"]),
        remarks=row["FR_Citation"],
    )


def _unique(entries: Iterator[Entry] | tuple[Entry, ...] | list[Entry]) -> tuple[Entry, ...]:
    """One entry per reference: several rows of one party are one party."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        known = merged.get(entry.reference)
        merged[entry.reference] = known.merged(entry) if known else entry
    return tuple(merged.values())


def _iso_date(text: str) -> date | None:
    return _date(text, "%Y-%m-%d")


def _us_date(text: str) -> date | None:
    return _date(text, "%m/%d/%Y")


def _date(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).date()
    except ValueError:
        return None
