"""UN/EDIFACT: interchanges read and written byte for byte, and four messages of carriage as typed facts."""

from __future__ import annotations

from fondaco.kernel.edifact import EdiUnreadable, Group, Interchange, Message, Segment, interchange
from fondaco.systems.logistics.domain.edi.equipment import EquipmentMove, equipment_moves, write_moves
from fondaco.systems.logistics.domain.edi.iftmin import (
    InstructedParcel,
    Instruction,
    read_instruction,
    write_instruction,
)
from fondaco.systems.logistics.domain.edi.iftsta import IftstaStatus, statuses, write_statuses
from fondaco.systems.logistics.domain.edi.tables import read_interchange
from fondaco.systems.logistics.domain.edi.view import EdiView, read_edi

__all__ = [
    "EdiUnreadable",
    "EdiView",
    "EquipmentMove",
    "Group",
    "IftstaStatus",
    "InstructedParcel",
    "Instruction",
    "Interchange",
    "Message",
    "Segment",
    "equipment_moves",
    "interchange",
    "read_edi",
    "read_instruction",
    "read_interchange",
    "statuses",
    "write_instruction",
    "write_moves",
    "write_statuses",
]
