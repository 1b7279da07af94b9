"""What a GACC message is made of: fields, blocks and messages as data, and a message as read or to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from fondaco.kernel.errors import NotFound, Refused

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
TRANSFER, SUBSCRIBE, SIGNATURE = "BaseTransfer", "BaseSubscribe", "Signature"
MOST_SUBSCRIBERS = 5

Value = str | int | Decimal
Block = Mapping[str, Value]
Level = Literal["schema", "rule"]


@dataclass(frozen=True, slots=True)
class Field:
    """One element: `least` and `most` are lengths of text, `digits` and `fraction` bound a number."""

    name: str
    required: bool
    kind: Literal["text", "decimal", "int"]
    least: int
    most: int | None
    digits: int | None
    fraction: int | None
    collapse: bool
    default: str
    fixed: str
    form: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One message: its entries, the blocks of an entry, and what follows them, (name, required) in order.

    `head` equals `entry` where an entry has no lines and carries its fields itself.
    """

    number: str
    side: str
    entry: str
    head: str
    line: str
    entries_max: int | None
    lines_min: int
    lines_max: int | None
    tail: tuple[tuple[str, bool], ...]

    @property
    def root(self) -> str:
        """The name of the root element."""
        return f"CEB{self.number}Message"

    @property
    def wrapped(self) -> bool:
        """Whether an entry holds a head block (and lines) rather than fields."""
        return self.head != self.entry

    @property
    def signature(self) -> Literal["", "optional", "required"]:
        """Whether the message may or must be signed."""
        for name, required in self.tail:
            if name == SIGNATURE:
                return "required" if required else "optional"
        return ""


class UnknownMessage(NotFound):
    code = "gacc-message-unknown"
    title = "GACC has no such message."
    remedy = "Give the three digits of a CEB message, such as 303 or 621."


@dataclass(frozen=True, slots=True)
class Book:
    """All messages by number and all blocks by side and name."""

    shapes: Mapping[str, Shape]
    blocks: Mapping[tuple[str, str], tuple[Field, ...]]

    def shape(self, number: str) -> Shape:
        """The message `number`; UnknownMessage where there is none."""
        if number not in self.shapes:
            raise UnknownMessage(field="kind", value=number)
        return self.shapes[number]

    def fields(self, shape: Shape, block: str) -> tuple[Field, ...]:
        """The fields of a block in the order the schema wants."""
        return self.blocks[shape.side, block]


@dataclass(frozen=True, slots=True)
class Entry:
    """One order, list, payment … of a message: its fields and its lines."""

    head: Block
    lines: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `transfer` names the sender at the electronic port, absent in receipts."""

    number: str
    guid: str
    entries: tuple[Entry, ...]
    transfer: Block | None = None
    subscribe: tuple[Block, ...] = ()
    version: str = "1.0"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place. `level`: "schema" breaks the official schema, "rule" a rule beside it."""

    path: str
    code: str
    problem: str
    remedy: str
    value: str = ""
    level: Level = "schema"


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it was read, with everything found wrong in it and its bytes as they came."""

    message: Message
    faults: tuple[Fault, ...]
    signed: bool
    raw: bytes = field(repr=False)

    @property
    def sound(self) -> bool:
        """Whether the message keeps the official schema (rules beside it may still be broken)."""
        return all(fault.level != "schema" for fault in self.faults)


class MessageRefused(Refused):
    """A message that is not rendered; `faults` lists everything wrong with it, the first one is shown."""

    code = "gacc-message-refused"
    title = "Customs would refuse this message."

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        more = f" ({len(self.faults) - 1} more faults)" if len(self.faults) > 1 else ""
        detail = f"{first.problem} {first.remedy}{more}"
        super().__init__(detail, field=first.path, value=first.value or None, remedy=first.remedy)


def read_book(fields: Iterable[Mapping[str, str]], messages: Iterable[Mapping[str, str]]) -> Book:
    """The book from the rows of gacc_fields.csv and gacc_messages.csv."""
    blocks: dict[tuple[str, str], list[Field]] = {}
    for row in fields:
        blocks.setdefault((row["side"], row["block"]), []).append(_field(row))
    shapes = {row["message"]: _shape(row) for row in messages}
    return Book(shapes, {key: tuple(rows) for key, rows in blocks.items()})


def _field(row: Mapping[str, str]) -> Field:
    kind = row["type"]
    return Field(
        name=row["field"],
        required=row["required"] == "1",
        kind="decimal" if kind == "decimal" else "int" if kind == "int" else "text",
        least=int(row["min"] or 0),
        most=_number(row["max"]),
        digits=_number(row["digits"]),
        fraction=_number(row["fraction"]),
        collapse=row["collapse"] == "1",
        default=row["default"],
        fixed=row["fixed"],
        form=row["form"],
        codes=tuple(row["codes"].split("|")) if row["codes"] else (),
    )


def _shape(row: Mapping[str, str]) -> Shape:
    return Shape(
        number=row["message"],
        side=row["side"],
        entry=row["entry"],
        head=row["head"],
        line=row["line"],
        entries_max=_number(row["entries_max"]),
        lines_min=int(row["lines_min"] or 0),
        lines_max=_number(row["lines_max"]),
        tail=tuple((name.rstrip("?"), not name.endswith("?")) for name in row["tail"].split()),
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
