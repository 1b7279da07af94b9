"""Messages put into an interchange to send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fondaco.kernel.edifact.syntax import Delimiters, Segment, Written, segment, write


def message(kind: str, release: str, reference: str, body: Sequence[Segment]) -> list[Segment]:
    """`body` between its UNH and UNT; `release` such as "D.21A"."""
    version, number = release.split(".")
    head = segment("UNH", reference, (kind, version, number, "UN"))
    return [head, *body, segment("UNT", str(len(body) + 2), reference)]


def interchange(
    messages: Sequence[Sequence[Segment]], *, sender: str, recipient: str, reference: str, at: datetime
) -> bytes:
    """An interchange with a UNA and no line ends: syntax level UNOC version 3, or UNOY version 4 (UTF-8) where
    Latin-1 has not all its letters.
    """
    moment = at.astimezone(UTC)
    inside = [one for each in messages for one in each]
    level, codec = (("UNOC", "3"), "latin-1") if _is_latin(inside) else (("UNOY", "4"), "utf-8")
    head = segment("UNB", level, sender, recipient, (f"{moment:%y%m%d}", f"{moment:%H%M}"), reference)
    segments = [head, *inside, segment("UNZ", str(len(messages)), reference)]
    return write(Written(segments, Delimiters(), has_una=True, tail="", codec=codec))


def readable(text: str) -> str:
    """`text` in what UNOC can carry (Latin-1); other letters become question marks, which are released."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _is_latin(segments: Sequence[Segment]) -> bool:
    return all(max(element, default="") <= "\xff" for one in segments for element in one.elements)
