"""The messages that are known here: their layouts, and the rules beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fondaco.platforms.window.domain.messages.edifact import cuscar, cusdec, cusres, itmatt
from fondaco.platforms.window.domain.messages.edifact.engine import (
    Envelope,
    Facts,
    Reading,
    Rules,
    read_messages,
    render_messages,
)
from fondaco.platforms.window.domain.messages.edifact.layout import Layout
from fondaco.platforms.window.domain.messages.edifact.tables import TABLES

LAYOUTS: Mapping[str, Layout] = {
    "CUSDEC": cusdec.LAYOUT,
    "CUSRES": cusres.LAYOUT,
    "CUSCAR": cuscar.LAYOUT,
    "ITMATT": itmatt.LAYOUT,
}
RULES: Mapping[str, Rules] = {
    "CUSDEC": cusdec.check_sums,
    "CUSRES": cusres.check_answer,
    "CUSCAR": cuscar.check_counts,
    "ITMATT": itmatt.check_items,
}


def render(kind: str, batch: Sequence[Facts], *, envelope: Envelope) -> bytes:
    """An interchange of messages of one kind. EdifactRefused with every fault, by its segment and data element."""
    return render_messages(batch, layout=LAYOUTS[kind], tables=TABLES, rules=RULES[kind], envelope=envelope)


def read(data: bytes) -> list[Reading]:
    """Every message of an interchange with its faults. EdiUnreadable where segments cannot be told apart."""
    return read_messages(data, layouts=LAYOUTS, tables=TABLES, rules=RULES)
