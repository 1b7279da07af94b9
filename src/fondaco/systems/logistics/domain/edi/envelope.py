"""Messages put into an interchange to send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fondaco.systems.logistics.domain.edi.syntax import Delimiters, Segment, Written, segment, write


def message(kind: str, release: str, reference: str, body: Sequence[Segment]) -> list[Segment]:
    """`body` between its UNH and UNT; `release` such as "D.21A"."""
    version, number = release.split(".")
    head = segment("UNH", reference, (kind, version, number, "UN"))
    return [head, *body, segment("UNT", str(len(body) + 2), reference)]


def interchange(
    messages: Sequence[Sequence[Segment]], *, sender: str, recipient: str, reference: str, at: datetime
) -> bytes:
    """An interchange in syntax level UNOC, version 3, with a UNA and no line ends."""
    moment = at.astimezone(UTC)
    head = segment("UNB", ("UNOC", "3"), sender, recipient, (f"{moment:%y%m%d}", f"{moment:%H%M}"), reference)
    segments = [
        head,
        *(one for each in messages for one in each),
        segment("UNZ", str(len(messages)), reference),
    ]
    return write(Written(segments, Delimiters(), has_una=True, tail="", codec="latin-1"))


def readable(text: str) -> str:
    """`text` in what UNOC can carry (Latin-1); other letters become question marks, which are released."""
    return text.encode("latin-1", "replace").decode("latin-1")
