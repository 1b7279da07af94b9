"""Segments into the groups of their message's table, and the envelope around the messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fondaco.kernel.edifact.syntax import (
    EdiUnreadable,
    Segment,
    Written,
    read,
    write,
)
from fondaco.kernel.edifact.tables import Level, Shape, Tables

# Where the faults of a liberal reading go; without it the first fault is raised.
Faults = list[EdiUnreadable] | None


@dataclass(slots=True)
class Group:
    """A group's own segments in order, and the groups inside it in order. The message itself is the outermost."""

    name: str
    segments: list[Segment] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def first(self, tag: str) -> Segment | None:
        """Its first segment of that tag."""
        return next((s for s in self.segments if s.tag == tag), None)

    def all(self, tag: str) -> list[Segment]:
        """Its segments of that tag."""
        return [s for s in self.segments if s.tag == tag]

    def walk(self) -> Iterator[Group]:
        """Itself and every group inside it."""
        yield self
        for group in self.groups:
            yield from group.walk()


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what its UNH says, its segments from UNH to UNT, and where the UNH stands in the file (from 1).

    `tables` are those that its segments are grouped by.
    """

    kind: str
    release: str
    reference: str
    segments: Sequence[Segment]
    start: int
    tables: Tables

    def grouped(self, *, faults: Faults = None) -> Group:
        """Its segments in groups. EdiUnreadable where the message's table does not allow the order; with a list of
        `faults`, what is wrong goes there, a segment that has no place is passed over, and the rest is read.
        """
        level = self.tables.level(self.kind)
        if level is None:
            raise _wrong(self.start, self.segments[0], f"{self.kind} is not a message that is read here.")
        key = (self.kind, *[one.tag for one in self.segments])
        if (shape := self.tables.shapes.get(key)) is not None:
            return _filled(shape, self.segments)
        known = len(faults or ())
        group = _grouped(self, level, faults)
        if len(faults or ()) == known and len(self.segments) <= _LONGEST_SHAPE:
            self.tables.remember(key, _shape(group, {id(one): n for n, one in enumerate(self.segments)}))
        return group


@dataclass(frozen=True, slots=True)
class Interchange:
    """An interchange as read, with its messages; `bytes()` gives back the file as it came."""

    sender: str
    recipient: str
    reference: str
    messages: Sequence[Message]
    written: Written

    def bytes(self) -> bytes:
        return write(self.written)


def read_interchange(
    data: bytes, *, tables: Tables, strict: bool = True, faults: Faults = None
) -> Interchange:
    """The interchange in a file: envelope counts and references agree; with `strict`, the characters belong
    to its syntax level too. EdiUnreadable otherwise. With a list of `faults`, wrong counts and references go there.
    """
    written = read(data, strict=strict)
    segments = written.segments
    head, tail = segments[0], segments[-1]
    if head.tag != "UNB":
        raise _wrong(1, head, "An interchange begins with UNB.")
    if tail.tag != "UNZ":
        raise _wrong(len(segments), tail, "An interchange ends with UNZ.")
    if tail.get(1) != head.get(4):
        _report(_wrong(len(segments), tail, f"Its reference is not that of the UNB ({head.get(4)})."), faults)
    messages = list(_messages(segments, tables, faults))
    counted = sum(s.tag == "UNG" for s in segments) or len(messages)
    if tail.get(0) != str(counted):
        _report(_wrong(len(segments), tail, f"It counts {tail.get(0)}, there are {counted}."), faults)
    return Interchange(head.get(1), head.get(2), head.get(4), messages, written)


def _messages(segments: Sequence[Segment], tables: Tables, faults: Faults) -> Iterator[Message]:
    start = -1
    for place, one in enumerate(segments):
        tag = one.tag
        if tag == "UNH":
            if start >= 0:
                raise _wrong(place + 1, one, "The message before has no UNT.")
            start = place
        elif tag == "UNT":
            if start < 0:
                raise _wrong(place + 1, one, "No UNH belongs to it.")
            yield _message(segments, start, place, tables, faults)
            start = -1
        elif start < 0 and tag not in {"UNB", "UNG", "UNE", "UNZ"}:
            raise _wrong(place + 1, one, "It stands outside a message.")
    if start >= 0:
        raise _wrong(start + 1, segments[start], "The message has no UNT.")


def _message(segments: Sequence[Segment], start: int, end: int, tables: Tables, faults: Faults) -> Message:
    head, tail = segments[start], segments[end]
    count = end - start + 1
    if tail.get(0) != str(count):
        _report(_wrong(end + 1, tail, f"It counts {tail.get(0)} segments, there are {count}."), faults)
    if tail.get(1) != head.get(0):
        _report(_wrong(end + 1, tail, f"Its reference is not that of the UNH ({head.get(0)})."), faults)
    release = f"{head.get(1, 1)}.{head.get(1, 2)}"
    return Message(head.get(1, 0), release, head.get(0), segments[start : end + 1], start + 1, tables)


_LONGEST_SHAPE = 400


def _shape(group: Group, place: dict[int, int]) -> Shape:
    inside = tuple(_shape(one, place) for one in group.groups)
    return group.name, tuple(place[id(one)] for one in group.segments), inside


def _filled(shape: Shape, segments: Sequence[Segment]) -> Group:
    name, own, inside = shape
    return Group(name, [segments[place] for place in own], [_filled(one, segments) for one in inside])


@dataclass(slots=True)
class _Open:
    """A group being filled: where in its level the last segment stood and how often that item came."""

    group: Group
    level: Level
    place: int = 0
    count: int = 0


def _grouped(message: Message, level: Level, faults: Faults) -> Group:
    root = Group(message.kind)
    stack = [_Open(root, level)]
    for offset, one in enumerate(message.segments):
        _take(stack, one, message.start + offset, faults)
    while stack:
        _close(stack.pop(), message.start + len(message.segments) - 1, message.segments[-1], faults)
    return root


def _take(stack: list[_Open], one: Segment, number: int, faults: Faults) -> None:
    """Put the segment where the innermost open level that knows it next has room for it."""
    depth = len(stack) - 1
    while (found := _next_place(stack[depth], one.tag)) < 0:
        if depth == 0:
            _report(_wrong(number, one, _no_place(stack, one.tag)), faults)
            return
        depth -= 1
    while len(stack) - 1 > depth:
        _close(stack.pop(), number, one, faults)
    top = stack[-1]
    _advance(top, found, number, one, faults)
    item = top.level.items[found]
    if item.level is None:
        top.group.segments.append(one)
    else:
        group = Group(item.name, [one])
        top.group.groups.append(group)
        stack.append(_Open(group, item.level, 0, 1))


def _next_place(top: _Open, tag: str) -> int:
    """Where in the level the tag stands next and may come once more; -1 where nowhere."""
    found = top.level.follow[top.place].get(tag, -1)
    if found == top.place and top.count >= top.level.items[found].most:
        return top.level.follow[found + 1].get(tag, -1)
    return found


def _no_place(stack: list[_Open], tag: str) -> str:
    for top in stack:
        item = top.level.items[top.place]
        if item.tag == tag and top.count >= item.most:
            return f"{item.name} may come {item.most} times at most."
    return "The message's table has no place for it here."


def _advance(top: _Open, found: int, number: int, one: Segment, faults: Faults) -> None:
    if found == top.place and top.count:
        top.count += 1
        return
    due = top.level.must[top.place + (1 if top.count else 0)]
    if due < found:
        _report(_wrong(number, one, f"{top.level.items[due].name} is missing before it."), faults)
    top.place, top.count = found, 1


def _close(top: _Open, number: int, one: Segment, faults: Faults) -> None:
    due = top.level.must[top.place + 1]
    if due < len(top.level.items):
        _report(_wrong(number, one, f"{top.level.items[due].name} is missing before it."), faults)


def _report(problem: EdiUnreadable, faults: Faults) -> None:
    if faults is None:
        raise problem
    faults.append(problem)


def _wrong(number: int, one: Segment, reason: str) -> EdiUnreadable:
    return EdiUnreadable(
        f"Segment {number} ({one.tag}), position 0: {reason}",
        field="segment", value=number, segment=number, position=0, tag=one.tag,
    )  # fmt: skip
