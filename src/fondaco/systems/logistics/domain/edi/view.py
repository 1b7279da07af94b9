"""An interchange as facts to look at: one line for each status, container or instructed consignment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from fondaco.kernel.edifact import Message
from fondaco.systems.logistics.domain.edi.equipment import equipment_moves
from fondaco.systems.logistics.domain.edi.iftmin import read_instruction
from fondaco.systems.logistics.domain.edi.iftsta import statuses
from fondaco.systems.logistics.domain.edi.tables import read_interchange


@dataclass(frozen=True, slots=True)
class EdiFact:
    """`what` is a status code, an equipment event or a service; `subject` the number that it is about."""

    subject: str
    what: str
    at: datetime | None
    location: str


@dataclass(frozen=True, slots=True)
class EdiMessage:
    kind: str
    release: str
    reference: str
    facts: tuple[EdiFact, ...]


@dataclass(frozen=True, slots=True)
class EdiView:
    """A sound interchange. `kinds` counts its messages by type."""

    sender: str
    recipient: str
    reference: str
    kinds: dict[str, int]
    messages: tuple[EdiMessage, ...]


def read_edi(data: bytes) -> EdiView:
    """What an EDI file says. EdiUnreadable at its first fault."""
    found = read_interchange(data)
    messages = tuple(EdiMessage(m.kind, m.release, m.reference, _facts(m)) for m in found.messages)
    kinds = dict(Counter(message.kind for message in messages))
    return EdiView(found.sender, found.recipient, found.reference, kinds, messages)


def _facts(one: Message) -> tuple[EdiFact, ...]:
    if one.kind == "IFTSTA":
        return tuple(EdiFact(s.reference, s.code, s.at, s.location) for s in statuses(one))
    if one.kind == "IFTMIN":
        order = read_instruction(one)
        return (EdiFact(order.number, order.service, order.ready_at, order.destination),)
    return tuple(EdiFact(m.number, m.event, m.at, m.location) for m in equipment_moves(one))
