"""CODECO (through a gate) and COARRI (off or onto a ship): what a terminal reports of containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fondaco.kernel.edifact.envelope import message
from fondaco.kernel.edifact.groups import Group, Message
from fondaco.kernel.edifact.syntax import Segment, segment
from fondaco.kernel.edifact.times import dtm, moment_of

# BGM document codes (data element 1001): what happened, as DCSA's equipment event codes say it.
_EVENTS = {
    ("CODECO", "34"): "GTIN", ("CODECO", "36"): "GTOT",
    ("COARRI", "44"): "DISC", ("COARRI", "46"): "LOAD", ("COARRI", "98"): "DISC", ("COARRI", "270"): "LOAD",
}  # fmt: skip
_DOCUMENTS = {
    ("CODECO", "GTIN"): "34", ("CODECO", "GTOT"): "36", ("COARRI", "DISC"): "98", ("COARRI", "LOAD"): "270",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EquipmentMove:
    """One container's move. `event` is DCSA's code (empty where the message's document code is not known),
    `size_type` ISO 6346's, `full` data element 8169 (5 laden, 4 empty), `gross_kg` None where not weighed.
    """

    event: str
    number: str
    size_type: str
    full: bool | None
    at: datetime | None
    location: str
    reference: str
    gross_kg: int | None = None
    seals: tuple[str, ...] = ()
    vessel: str = ""
    voyage: str = ""


def equipment_moves(one: Message) -> list[EquipmentMove]:
    """The containers of a CODECO or COARRI message. EdiUnreadable where the table does not allow the message."""
    root = one.grouped()
    bgm = root.first("BGM")
    event = _EVENTS.get((one.kind, bgm.get(0) if bgm else ""), "")
    main = next((g for g in root.groups if g.name == "SG2"), None)
    return [_move(group, event, main) for group in root.groups if group.segments[0].tag == "EQD"]


def write_moves(
    kind: Literal["CODECO", "COARRI"],
    moves: Sequence[EquipmentMove],
    *,
    reference: str,
    number: str,
    party: str,
    at: datetime,
) -> list[Segment]:
    """A CODECO or COARRI message of moves that share their event, vessel and voyage; `party` is the carrier's code."""
    first = moves[0]
    body = [segment("BGM", _DOCUMENTS[kind, first.event], number, "9"), dtm("137", at)]
    if first.vessel or first.voyage:
        body.append(segment("TDT", "20", first.voyage, "1", "", "", "", "", ("", "", "", first.vessel)))
    body.append(segment("NAD", "CF", (party, "160", "20")))
    for move in moves:
        body += _write(move, kind)
    body.append(segment("CNT", ("16", str(len(moves)))))
    return message(kind, "D.21A", reference, body)


def _write(move: EquipmentMove, kind: str) -> Iterator[Segment]:
    full = {True: "5", False: "4", None: ""}[move.full]
    yield segment("EQD", "CN", move.number, (move.size_type, "102", "5"), "", "", full)
    if move.reference:
        yield segment("RFF", ("BN", move.reference))
    if move.at and kind == "CODECO":
        yield dtm("7", move.at)
    if move.location:
        yield segment("LOC", "165", (move.location, "139", "6"))
    if move.at and kind == "COARRI":
        yield dtm("203", move.at)
    if move.gross_kg is not None:
        yield segment("MEA", "AAE", "G", ("KGM", str(move.gross_kg)))
    for seal in move.seals:
        yield segment("SEL", seal, "CA")


def _move(group: Group, event: str, main: Group | None) -> EquipmentMove:
    eqd = group.segments[0]
    inner = [g for g in group.groups if g.segments[0].tag == "LOC"]
    place = group.first("LOC") or (inner[0].segments[0] if inner else None)
    when = group.first("DTM") or next((g.first("DTM") for g in inner if g.first("DTM")), None)
    journey = main.segments[0] if main else None
    return EquipmentMove(
        event=event,
        number=eqd.get(1),
        size_type=eqd.get(2),
        full={"5": True, "4": False}.get(eqd.get(5)),
        at=moment_of(when),
        location=place.get(1) if place else "",
        reference=next((rff.get(0, 1) for rff in group.all("RFF")), ""),
        gross_kg=next((_whole(m.get(2, 1)) for m in group.all("MEA") if m.get(2) == "KGM"), None),
        seals=tuple(sel.get(0) for sel in group.all("SEL")),
        vessel=journey.get(7, 3) if journey else "",
        voyage=journey.get(1) if journey else "",
    )


def _whole(text: str) -> int | None:
    return round(float(text)) if text.replace(".", "", 1).isdigit() else None
