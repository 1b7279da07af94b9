"""UN/EDIFACT syntax (ISO 9735 versions 1 to 4): bytes to segments and back, byte for byte.

A segment keeps its elements as they were written, release characters included, and takes them apart when asked:
so what was read is written back as it came, also where a writer released more than it had to, and what
nobody asks for costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from fondaco.kernel.errors import Refused

# Syntax identifiers (UNB S001/0001) and the encodings they stand for.
_CODECS = {
    "UNOA": "latin-1", "UNOB": "latin-1", "UNOC": "latin-1", "UNOD": "iso8859-2", "UNOE": "iso8859-5",
    "UNOF": "iso8859-7", "UNOG": "iso8859-3", "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9", "UNOY": "utf-8",
}  # fmt: skip
# Levels A and B allow these and the delimiters; level A has no small letters. Any UNA may add its own.
_ALPHABETS = {
    "UNOA": re.compile(r"""[^A-Z0-9 .,\-()/='+:?!"%&*;<>\x1c-\x1f\r\n]"""),
    "UNOB": re.compile(r"""[^A-Za-z0-9 .,\-()/='+:?!"%&*;<>\x1c-\x1f\r\n]"""),
}
_RELEASED = str.maketrans({mark: f"?{mark}" for mark in "?:+'"})
_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")


class EdiUnreadable(Refused):
    """A fault of an interchange. `segment` counts from 1 in the file (the UNA not counted), `position` in characters."""

    code = "edi-unreadable"
    title = "The EDI file is not a sound interchange."
    remedy = "Ask the sender to mend the named segment and send the interchange again; nothing was taken in."


class Delimiters(NamedTuple):
    """What separates components, elements and segments, marks decimals and releases the next character."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    reserved: str = " "
    terminator: str = "'"

    @property
    def una(self) -> str:
        return "UNA" + "".join(self)


_USUAL = Delimiters()


class Segment(NamedTuple):
    """One segment: its tag, its elements as written, and line ends before it."""

    tag: str
    elements: list[str]
    delimiters: Delimiters = _USUAL
    lead: str = ""

    def get(self, element: int, component: int = 0) -> str:
        """A component by its place (0 for the first after the tag), empty where it is left out."""
        if element >= len(self.elements):
            return ""
        parts = self.components(element)
        return parts[component] if component < len(parts) else ""

    def components(self, element: int) -> list[str]:
        """An element's components without release characters."""
        text, d = self.elements[element], self.delimiters
        if d.release == " " or d.release not in text:
            return text.split(d.component)
        return [_bare(part, d.release) for part in _parted(text, d, d.component)]


class Written(NamedTuple):
    """An interchange as read: segments from UNB to UNZ and what stood around them."""

    segments: list[Segment]
    delimiters: Delimiters
    has_una: bool
    tail: str
    codec: str


def segment(tag: str, *elements: str | Sequence[str]) -> Segment:
    """A segment to write, with the usual delimiters; a bare string is an element of one component."""
    parts = [[e] if isinstance(e, str) else list(e) for e in elements]
    while parts and not any(parts[-1]):
        parts.pop()
    return Segment(tag, [_joined(part) for part in parts])


def read(data: bytes, *, strict: bool = True) -> Written:
    """The segments of an interchange. EdiUnreadable with the segment and position at fault; with `strict` also
    for the first character that its syntax level (UNOA, UNOB) does not have.
    """
    level = _level(data)
    try:
        text = data.decode(_CODECS[level])
    except UnicodeDecodeError as exc:
        raise _fault(1, exc.start, f"Not {_CODECS[level]} as the UNB says.") from exc
    has_una = text.startswith("UNA")
    delimiters = Delimiters(*text[3:9]) if has_una and len(text) >= 9 else _USUAL
    if len({d for d in delimiters if d != " "}) + delimiters.count(" ") < 6:
        raise _fault(1, 3, "The UNA gives two roles to one character.", tag="UNA")
    body = text[9:] if has_una else text
    *chunks, tail = _parted(body, delimiters, delimiters.terminator)
    if strict and level in _ALPHABETS:
        _check_alphabet(chunks, level)
    segments = _segments(chunks, delimiters)
    if tail.strip():
        raise _fault(len(segments) + 1, len(text) - len(tail), "The last segment is not terminated.")
    if not segments:
        raise _fault(1, 0, "There is no segment in it.")
    return Written(segments, delimiters, has_una, tail, _CODECS[level])


def write(written: Written) -> bytes:
    """The bytes of an interchange; of one that was read, the same bytes."""
    una = written.delimiters.una if written.has_una else ""
    return (una + render(written.segments) + written.tail).encode(written.codec)


def render(segments: Iterable[Segment]) -> str:
    """Segments as text, each with its terminator."""
    return "".join([f"{lead}{d[1].join([tag, *elements])}{d[5]}" for tag, elements, d, lead in segments])


def _segments(chunks: Sequence[str], d: Delimiters) -> list[Segment]:
    segments = []
    element, release = d.element, d.release
    for number, chunk in enumerate(chunks, 1):
        lead = ""
        if chunk[:1] in "\r\n ":
            bare = chunk.lstrip("\r\n ")
            lead, chunk = chunk[: len(chunk) - len(bare)], bare  # noqa: PLW2901
        tag, *elements = chunk.split(element) if release not in chunk else _parted(chunk, d, element)
        if not _is_tag(tag):
            raise _fault(number, 0, "A segment begins with a tag of three capitals or digits.", tag=tag[:6])
        segments.append(Segment(tag, elements, d, lead))
    return segments


def _parted(text: str, d: Delimiters, mark: str) -> list[str]:
    """`text` split at each `mark` that is not released; release characters stay."""
    pieces = text.split(mark)
    if d.release == " " or d.release not in text:
        return pieces
    whole: list[str] = []
    held = ""
    for piece in pieces:
        held += piece
        if (len(held) - len(held.rstrip(d.release))) % 2:
            held += mark
        else:
            whole.append(held)
            held = ""
    return [*whole, held] if held else whole


def _bare(text: str, release: str) -> str:
    return re.sub(re.escape(release) + "(.)", r"\1", text, flags=re.DOTALL)


@lru_cache(1024)
def _is_tag(tag: str) -> bool:
    return _TAG.fullmatch(tag) is not None


def _joined(parts: Sequence[str]) -> str:
    kept = len(parts)
    while kept > 1 and not parts[kept - 1]:
        kept -= 1
    return ":".join([part.translate(_RELEASED) for part in parts[:kept]])


def _check_alphabet(chunks: Sequence[str], level: str) -> None:
    for number, chunk in enumerate(chunks, 1):
        if found := _ALPHABETS[level].search(chunk):
            reason = f"{found.group()!r} is not a character of {level}; send it as UNOC or UNOY."
            raise _fault(number, found.start(), reason, tag=chunk.strip().split("+")[0][:3])


def _level(data: bytes) -> str:
    """The syntax level that the UNB names."""
    found = re.search(rb"UNB[^A-Z](UNO[A-Z])", data[:200])
    level = found.group(1).decode() if found else ""
    if level not in _CODECS:
        raise _fault(1, 0, f"It does not begin with a UNB of a known syntax level ({', '.join(_CODECS)}).")
    return level


def _fault(number: int, position: int, reason: str, *, tag: str = "") -> EdiUnreadable:
    where = f"Segment {number}{f' ({tag})' if tag else ''}, position {position}: {reason}"
    return EdiUnreadable(where, field="segment", value=number, segment=number, position=position, tag=tag)
