"""From an uploaded file to a plain CSV on disk, unpacked under strict limits.

The source is copied to a temporary folder first, so that it can be read twice in bounded memory
and nothing is stored before the whole of it has been seen.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fondaco.commerce.orders.domain.errors import BadEncoding, BadFile, FileBomb

MAX_BYTES = 512 * 1024 * 1024
MAX_RATIO = 300
_RATIO_FREE = 16 * 1024 * 1024
_BLOCK = 1 << 20
_XZ_MEMORY = 256 * 1024 * 1024

_GZIP, _XZ, _ZIP, _OLE = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file unpacked to `path`; `format` is csv, xlsx or json; `sha256` is of the bytes as given."""

    path: Path
    format: str
    sha256: str


def spool(source: Path | BinaryIO, *, folder: Path, file_format: str | None = None) -> Spooled:
    """Copy and unpack `source` into `folder`. BadFile or FileBomb where it breaks a limit."""
    raw = folder / "raw"
    if isinstance(source, Path):
        with source.open("rb") as opened:
            sha256 = _copy(opened, raw)
    else:
        sha256 = _copy(source, raw)
    path = _unpacked(raw, folder / "plain")
    return Spooled(path=path, format=file_format or _format_of(path), sha256=sha256)


def detect_encoding(path: Path) -> str:
    """The text encoding of a CSV: by its byte order mark, else UTF-8, else Windows-1252.

    BadEncoding for anything else, binary data included.
    """
    with path.open("rb") as opened:
        head = opened.read(4)
    if head.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "cp1252"]
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise BadEncoding(f"Tried {', '.join(candidates)}.", field="file")


def _copy(source: BinaryIO, target: Path) -> str:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        while block := source.read(_BLOCK):
            size += len(block)
            if size > MAX_BYTES:
                raise BadFile("It is larger than 512 MB.", field="file")
            digest.update(block)
            out.write(block)
    if not size:
        raise BadFile("It is empty.", field="file")
    return digest.hexdigest()


def _unpacked(raw: Path, target: Path) -> Path:
    with raw.open("rb") as opened:
        head = opened.read(6)
    if head.startswith(_GZIP):
        blocks = _gunzip(raw)
    elif head.startswith(_XZ):
        blocks = _unxz(raw)
    else:
        return raw
    _write_capped(blocks, target=target, packed=raw.stat().st_size)
    return target


def _write_capped(blocks: Iterator[bytes], *, target: Path, packed: int) -> None:
    cap = min(MAX_BYTES, max(_RATIO_FREE, packed * MAX_RATIO))
    size = 0
    try:
        with target.open("wb") as out:
            for block in blocks:
                size += len(block)
                if size > cap:
                    raise FileBomb(f"More than {cap} bytes out of {packed}.", field="file")
                out.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as exc:
        raise BadFile(f"It is damaged: {exc}", field="file") from exc
    if not size:
        raise BadFile("It is empty.", field="file")


def _gunzip(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as opened:
        while block := opened.read(_BLOCK):
            yield block


def _unxz(path: Path) -> Iterator[bytes]:
    unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    with path.open("rb") as opened:
        while not unpacker.eof:
            data = opened.read(_BLOCK) if unpacker.needs_input else b""
            if unpacker.needs_input and not data:
                raise EOFError("the file ends too early")
            yield unpacker.decompress(data, max_length=_BLOCK)


def _format_of(path: Path) -> str:
    with path.open("rb") as opened:
        head = opened.read(4096)
    if head.startswith(_ZIP):
        return "xlsx"
    if head.startswith(_OLE):
        raise BadFile("It is an old .xls or a protected workbook; save it as .xlsx.", field="file")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    return "json" if text[:1] in (b"[", b"{") else "csv"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    try:
        with path.open("rb") as opened:
            while block := opened.read(_BLOCK):
                if "\x00" in decoder.decode(block):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
