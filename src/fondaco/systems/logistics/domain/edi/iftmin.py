"""IFTMIN: the instruction to a carrier for one consignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fondaco.kernel.edifact.envelope import message, readable
from fondaco.kernel.edifact.groups import Group, Message
from fondaco.kernel.edifact.syntax import Segment, segment
from fondaco.kernel.edifact.times import dtm, moment_of


@dataclass(frozen=True, slots=True)
class InstructedParcel:
    """One package: its number, sides in millimetres, gross mass in grams."""

    number: str
    length_mm: int
    width_mm: int
    height_mm: int
    mass_g: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """What an IFTMIN says of a consignment. The consignee's lines are name, street, city, postcode, country."""

    number: str
    service: str
    ready_at: datetime | None
    origin: str
    destination: str
    consignor: str
    consignee: tuple[str, str, str, str, str]
    parcels: tuple[InstructedParcel, ...]


def write_instruction(one: Instruction, *, reference: str, at: datetime) -> list[Segment]:
    """An IFTMIN message (D.00B) with one goods item for each package."""
    name, street, city, postcode, country = (readable(text)[:35] for text in one.consignee)
    mass = sum(parcel.mass_g for parcel in one.parcels)
    body = [
        segment("BGM", "340", one.number, "9"),
        dtm("137", at),
        *([dtm("10", one.ready_at)] if one.ready_at else []),
        segment("FTX", "TRA", "", "", readable(one.service)[:256]),
        segment("CNT", ("7", _kilos(mass), "KGM")),
        segment("CNT", ("11", str(len(one.parcels)))),
        segment("LOC", "5", (one.origin, "162", "5")),
        segment("LOC", "8", (one.destination, "162", "5")),
        segment("RFF", ("CU", one.number)),
        segment("NAD", "CZ", "", "", readable(one.consignor)[:35]),
        segment("NAD", "CN", "", "", name, street, city, "", postcode, country),
    ]
    for place, parcel in enumerate(one.parcels, 1):
        body += _package(place, parcel)
    return message("IFTMIN", "D.00B", reference, body)


def read_instruction(one: Message) -> Instruction:
    """What an IFTMIN message says. EdiUnreadable where the table does not allow the message."""
    root = one.grouped()
    bgm, text = root.first("BGM"), root.first("FTX")
    consignor, consignee = _party(root, "CZ"), _party(root, "CN")
    return Instruction(
        number=bgm.get(1) if bgm else "",
        service=text.get(3) if text else "",
        ready_at=moment_of(next((d for d in root.all("DTM") if d.get(0) == "10"), None)),
        origin=_place(root, "5"),
        destination=_place(root, "8"),
        consignor=consignor.get(3) if consignor else "",
        consignee=_lines(consignee),
        parcels=tuple(_parcel(group) for group in root.groups if group.name == "SG18"),
    )


def _package(place: int, parcel: InstructedParcel) -> Iterator[Segment]:
    yield segment("GID", str(place), ("1", "CT"))
    yield segment("MEA", "AAE", "G", ("KGM", _kilos(parcel.mass_g)))
    sides = (str(parcel.length_mm), str(parcel.width_mm), str(parcel.height_mm))
    yield segment("DIM", "1", ("MMT", *sides))
    yield segment("PCI", "33E")
    yield segment("GIN", "BJ", parcel.number)


def _parcel(group: Group) -> InstructedParcel:
    inner = {g.segments[0].tag: g for g in reversed(group.groups)}
    dim = inner["DIM"].segments[0] if "DIM" in inner else segment("DIM")
    mea = inner["MEA"].segments[0] if "MEA" in inner else segment("MEA")
    gin = inner["PCI"].first("GIN") if "PCI" in inner else None
    long, wide, high = (_number(dim.get(1, side)) for side in (1, 2, 3))
    mass_g = round(_number(mea.get(2, 1)) * 1000)
    return InstructedParcel(gin.get(1) if gin else "", round(long), round(wide), round(high), mass_g)


def _number(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdecimal() else 0.0


def _party(root: Group, role: str) -> Segment | None:
    parties: Sequence[Group] = [g for g in root.groups if g.name == "SG11"]
    return next((g.segments[0] for g in parties if g.segments[0].get(0) == role), None)


def _lines(nad: Segment | None) -> tuple[str, str, str, str, str]:
    if nad is None:
        return "", "", "", "", ""
    return nad.get(3), nad.get(4), nad.get(5), nad.get(7), nad.get(8)


def _place(root: Group, qualifier: str) -> str:
    places = (g.segments[0] for g in root.groups if g.name == "SG1")
    return next((loc.get(1) for loc in places if loc.get(0) == qualifier), "")


def _kilos(mass_g: int) -> str:
    return f"{mass_g / 1000:.3f}"
