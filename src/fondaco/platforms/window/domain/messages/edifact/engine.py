"""Messages rendered from facts and read back to facts by their layout: strict one way, liberal the other.

Facts are a dictionary of texts by slot name; a block of many is a list of such dictionaries under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fondaco.kernel.edifact import (
    EdiUnreadable,
    Group,
    Message,
    Segment,
    Tables,
    interchange,
    message,
    read_interchange,
    segment,
)
from fondaco.platforms.window.domain.messages.edifact.layout import Block, Layout, Literal, Row, Slot
from fondaco.platforms.window.domain.messages.edifact.values import fault_of
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused

Facts = dict[str, Any]
Rules = Callable[[Facts], Iterator[Fault]]


class EdifactRefused(MessageRefused):
    """A message that is not rendered; `faults` lists everything wrong with it, the first one is shown."""

    code = "edifact-message-refused"
    title = "The receiver would refuse this EDIFACT message."


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends an interchange to whom, under which number, and when."""

    sender: str
    recipient: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """One message as read: its facts and everything found wrong with it."""

    kind: str
    release: str
    reference: str
    facts: Facts
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults


def render_messages(
    batch: Sequence[Facts], *, layout: Layout, tables: Tables, rules: Rules, envelope: Envelope
) -> bytes:
    """An interchange of one message for each of `batch`. EdifactRefused with every fault; nothing is cut off."""
    faults = [fault for facts in batch for fault in check_facts(facts, layout=layout, rules=rules)]
    if faults:
        raise EdifactRefused(faults)
    version = layout.release
    messages = [
        message(layout.kind, version, str(number), list(_segments(layout.body, facts)))
        for number, facts in enumerate(batch, 1)
    ]
    raw = interchange(
        messages,
        sender=envelope.sender,
        recipient=envelope.recipient,
        reference=envelope.reference,
        at=envelope.at,
    )
    for one in read_interchange(raw, tables=tables).messages:
        one.grouped()  # the table's own word on order, repetition and what is mandatory
    return raw


def read_messages(
    data: bytes, *, layouts: Mapping[str, Layout], tables: Tables, rules: Mapping[str, Rules]
) -> list[Reading]:
    """Every message of an interchange, read liberally. EdiUnreadable only where segments cannot be told apart."""
    troubles: list[EdiUnreadable] = []
    found = read_interchange(data, tables=tables, strict=False, faults=troubles)
    envelope = [_structural(trouble) for trouble in troubles]
    readings = [_read(one, layouts=layouts, rules=rules) for one in found.messages]
    if envelope and readings:
        first = readings[0]
        whole = (*envelope, *first.faults)
        readings[0] = Reading(first.kind, first.release, first.reference, first.facts, whole)
    return readings


def check_facts(facts: Facts, *, layout: Layout, rules: Rules) -> Iterator[Fault]:
    """Everything wrong with the facts of one message, in the order of its segments."""
    yield from _check_block(layout.body, facts, path=layout.kind)
    yield from rules(facts)


def _read(one: Message, *, layouts: Mapping[str, Layout], rules: Mapping[str, Rules]) -> Reading:
    layout = layouts.get(one.kind)
    if layout is None:
        remedy = f"Send one of {', '.join(layouts)}."
        fault = Fault(one.kind, "unknown-message", "This message is not read here.", remedy, one.kind)
        return Reading(one.kind, one.release, one.reference, {}, (fault,))
    troubles: list[EdiUnreadable] = []
    root = one.grouped(faults=troubles)
    strange: list[Fault] = []
    facts = _facts(layout.body, root, path=layout.kind, strange=strange)
    faults = [_structural(trouble) for trouble in troubles]
    faults += [*strange, *check_facts(facts, layout=layout, rules=rules[one.kind])]
    return Reading(one.kind, one.release, one.reference, facts, tuple(faults))


def _structural(trouble: EdiUnreadable) -> Fault:
    facts = trouble.facts
    path = f"{facts.get('tag') or 'segment'}[{facts.get('segment')}]"
    return Fault(path, "structure", trouble.detail, trouble.remedy, str(facts.get("tag", "")))


# --- writing -----------------------------------------------------------------------------------------------


def _segments(block: Block, facts: Facts) -> Iterator[Segment]:
    for place, part in enumerate(block.parts):
        if isinstance(part, Row):
            if _filled(part, facts) or (place == 0 and block.group):  # a group begins with its first segment
                yield segment(part.tag, *_elements(part, facts))
            continue
        for inner in _instances(part, facts):
            yield from _segments(part, inner)


def _instances(block: Block, facts: Facts) -> list[Facts]:
    """The facts of each occurrence of a block: a list of its own, or those around it if it says anything."""
    if block.many:
        listed: list[Facts] = facts.get(block.name, [])
        return listed
    return [facts] if _present(block, facts) else []


def _present(block: Block, facts: Facts) -> bool:
    """Whether anything is said in a block that does not repeat."""
    return any(
        any(facts.get(slot.name) for slot in part.slots) if isinstance(part, Row) else _present(part, facts)
        for part in block.parts
    )


def _filled(row: Row, facts: Facts) -> bool:
    slots = row.slots
    return not slots or any(facts.get(slot.name) for slot in slots)


def _elements(row: Row, facts: Facts) -> list[list[str]]:
    written: list[list[str]] = []
    for element in row.elements:
        parts: list[str] = []
        for part in element:
            parts += [part.text] if isinstance(part, Literal) else _pieces(part, facts.get(part.name, ""))
        written.append(parts)
    return written


def _pieces(slot: Slot, value: str) -> list[str]:
    if slot.parts == 1:
        return [value]
    cut = [value[start : start + slot.most] for start in range(0, len(value), slot.most)]
    return cut + [""] * (slot.parts - len(cut))


# --- reading -----------------------------------------------------------------------------------------------


def _facts(block: Block, group: Group, *, path: str, strange: list[Fault]) -> Facts:
    facts: Facts = {}
    free = list(group.segments)
    for part in block.parts:
        if isinstance(part, Row):
            found = next((one for one in free if _matches(part, one)), None)
            if found is not None:
                free.remove(found)
                _keep(facts, _slots_of(part, found, path=path, strange=strange))
            elif not part.slots:
                remedy = f"Add the segment {part.label}."
                strange.append(Fault(f"{path}/{part.label}", "missing", "It is missing.", remedy))
            continue
        inner = [
            one for one in group.groups if one.name == part.group and _matches(part.trigger, one.segments[0])
        ]
        if part.many:
            facts[part.name] = [
                _facts(part, one, path=f"{path}/{part.name}[{n}]", strange=strange)
                for n, one in enumerate(inner, 1)
            ]
        elif inner:
            _keep(facts, _facts(part, inner[0], path=path, strange=strange))
    return facts


def _keep(facts: Facts, found: Facts) -> None:
    """Add what was found; what is known already stays."""
    for name, value in found.items():
        if not facts.get(name):
            facts[name] = value


def _matches(row: Row, one: Segment) -> bool:
    if row.tag != one.tag:
        return False
    return all(
        one.get(place, at) == part.text
        for place, at, part in row.cells()
        if isinstance(part, Literal) and part.key
    )


def _slots_of(row: Row, one: Segment, *, path: str, strange: list[Fault]) -> Facts:
    facts: Facts = {}
    for place, at, part in row.cells():
        if isinstance(part, Slot):
            facts[part.name] = "".join(one.get(place, at + offset) for offset in range(part.parts))
        elif not part.key and part.text and one.get(place, at) != part.text:
            told = one.get(place, at)
            where = f"{path}/{row.label}/{place + 1}.{at + 1}"
            strange.append(
                Fault(where, "literal", "Another value is meant here.", f"Write {part.text}.", told)
            )
    return facts


# --- checking ----------------------------------------------------------------------------------------------


def _check_block(block: Block, facts: Facts, *, path: str) -> Iterator[Fault]:
    for part in block.parts:
        if isinstance(part, Row):
            yield from _check_row(part, facts, path=path)
        elif part.many:
            for number, inner in enumerate(facts.get(part.name, []), 1):
                yield from _check_block(part, inner, path=f"{path}/{part.name}[{number}]")
        elif _present(part, facts) or any(slot.required for slot in part.trigger.slots):
            yield from _check_block(part, facts, path=path)


def _check_row(row: Row, facts: Facts, *, path: str) -> Iterator[Fault]:
    for slot in row.slots:
        at = f"{path}/{row.label}/{slot.element}"
        value = facts.get(slot.name) or ""
        if not value:
            if slot.required:
                yield Fault(at, "missing", f"{slot.name} is missing.", "Fill it in.")
        elif wrong := fault_of(slot, value):
            code, problem, remedy = wrong
            yield Fault(at, code, problem, remedy, value[:80])
