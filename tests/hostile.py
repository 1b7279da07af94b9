"""Files that no importer may take: each breaks a rule of its own, and none of them is worth a stack trace."""

from __future__ import annotations

import gzip
import io
import random
import zipfile

_LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol" * 10) for n in range(9)
)


def _packed(name: str, size: int) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr(name, bytes(size))
    return raw.getvalue()


def files() -> dict[str, bytes]:
    """What is wrong with each file, and the file."""
    return {
        "nothing in it": b"",
        "random bytes": random.Random(20261122).randbytes(4096),
        "broken UTF-8": b"name,price\n\xc3\x28\xff,1\n",
        "UTF-16": "name,price\nspoon,1\n".encode("utf-16"),
        "NUL characters": b"name,price\n\x00\x00,1\n",
        "a cell of 10 MB": b"name,price\n" + b"x" * 10_000_000 + b",1\n",
        "an open quote": b'name,price\n"' + b"x\n" * 500,
        "formulas": b"=cmd|' /C calc'!A0,@SUM(A1)\n+1+1,-2+3\n",
        "the same column twice": b"name,name\na,b\n",
        "entities that multiply": b'<?xml version="1.0"?><!DOCTYPE a [' + _LAUGHS + b"]><a>&l8;</a>",
        "an entity from outside": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "XML without an end": b"<a>" * 50_000,
        "another XML": b'<?xml version="1.0"?><invoice xmlns="urn:of:another"><id>1</id></invoice>',
        "JSON without an end": b"[" * 100_000,
        "JSON of another kind": b'{"a": [1, null, true, {"b": "\\ud800\\u0000"}]}',
        "absurd numbers": b'[{"quantity": 1e999999, "price": -' + b"9" * 5000 + b"}]",
        "a workbook that unpacks without end": _packed("xl/worksheets/sheet1.xml", 48 * 1024 * 1024),
        "half a workbook": _packed("xl/worksheets/sheet1.xml", 1000)[:200],
        "a gzip that unpacks without end": gzip.compress(bytes(32 * 1024 * 1024), 1),
        "half an interchange": b"UNA:+.? 'UNB+UNOC:3+A+B+261122:0900+1'UNH+1+IFTSTA:D:96B:UN'BGM+77",
        "another interchange": b"UNB+UNOC:3+A+B+261122:0900+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'UNT+3+1'UNZ+1+1'",
    }
