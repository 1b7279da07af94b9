"""UN/EDIFACT (ISO 9735): interchanges read and written byte for byte, whatever their messages are about."""

from __future__ import annotations

from fondaco.kernel.edifact.envelope import interchange, message, readable
from fondaco.kernel.edifact.groups import Faults, Group, Interchange, Message, read_interchange
from fondaco.kernel.edifact.syntax import EdiUnreadable, Segment, segment
from fondaco.kernel.edifact.tables import Tables
from fondaco.kernel.edifact.times import dtm, moment_of

__all__ = [
    "EdiUnreadable",
    "Faults",
    "Group",
    "Interchange",
    "Message",
    "Segment",
    "Tables",
    "dtm",
    "interchange",
    "message",
    "moment_of",
    "read_interchange",
    "readable",
    "segment",
]
