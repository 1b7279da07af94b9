"""IFTSTA: what a carrier reports of consignments and of containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fondaco.kernel.edifact.envelope import message
from fondaco.kernel.edifact.groups import Group, Message
from fondaco.kernel.edifact.syntax import Segment, segment
from fondaco.kernel.edifact.times import dtm, moment_of


@dataclass(frozen=True, slots=True)
class IftstaStatus:
    """One status: its code (UNECE Recommendation 24), when (None: not said), where and of what.

    `reference` is the consignment's or the container's number as the carrier wrote it; `category` is
    data element 9015, `text` the free text that came with it.
    """

    code: str
    at: datetime | None
    location: str
    reference: str
    category: str = ""
    text: str = ""


def statuses(one: Message) -> list[IftstaStatus]:
    """Every status of an IFTSTA message, in its order. EdiUnreadable where the table does not allow the message."""
    root = one.grouped()
    return [*_of_consignments(root), *_of_equipment(root)]


def write_statuses(
    items: Sequence[IftstaStatus], *, reference: str, number: str, at: datetime
) -> list[Segment]:
    """An IFTSTA message (D.21A) with one CNI group for each reference in turn."""
    body = [segment("BGM", "23", number, "9"), dtm("137", at)]
    last = None
    count = 0
    for item in items:
        if item.reference != last:
            count += 1
            last = item.reference
            body.append(segment("CNI", str(count), item.reference))
        body += _status(item)
    return message("IFTSTA", "D.21A", reference, body)


def _status(item: IftstaStatus) -> Iterator[Segment]:
    yield segment("STS", item.category or "1", item.code)
    if item.at:
        yield dtm("334", item.at)
    if item.text:
        yield segment("FTX", "AAI", "", "", item.text)
    if item.location:
        yield segment("LOC", "175", (item.location, "139", "6"))


def _of_consignments(root: Group) -> Iterator[IftstaStatus]:
    for consignment in (g for g in root.groups if g.name == "SG15"):
        cni = consignment.segments[0]
        for group in (g for g in consignment.groups if g.name == "SG16"):
            yield _read(group, cni.get(1) or _reference(group.all("RFF")) or _reference(_header(root)))


def _of_equipment(root: Group) -> Iterator[IftstaStatus]:
    for equipment in (g for g in root.groups if g.name == "SG5"):
        for group in (g for g in equipment.groups if g.name == "SG8"):
            yield _read(group, equipment.segments[0].get(1))


def _read(group: Group, reference: str) -> IftstaStatus:
    sts, place, text = group.segments[0], group.first("LOC"), group.first("FTX")
    return IftstaStatus(
        code=sts.get(1),
        at=moment_of(group.first("DTM")),
        location=place.get(1) or place.get(1, 3) if place else "",
        reference=reference,
        category=sts.get(0),
        text=" ".join(filter(None, text.components(3))) if text and len(text.elements) > 3 else "",
    )


def _header(root: Group) -> list[Segment]:
    return [group.segments[0] for group in root.groups if group.name == "SG1"]


def _reference(references: Sequence[Segment]) -> str:
    return next((rff.get(0, 1) for rff in references if rff.get(0, 1)), "")
