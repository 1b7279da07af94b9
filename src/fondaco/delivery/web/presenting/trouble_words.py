"""Troubles of consignments in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.presenting.carriage import milestone_word
from fondaco.delivery.web.templatetags.fondaco import day_text
from fondaco.systems.logistics.public import TroubleView

TITLES = {
    "late": _l("Late"), "customs": _l("Held by customs"), "silent": _l("Silent too long"), "returned": _l("Returned"),
    "failed": _l("Delivery failed"), "lost": _l("Lost or damaged"),
}  # fmt: skip
ICONS = {"late": "clock-alert", "customs": "stamp", "silent": "circle-question-mark", "returned": "undo-2",
         "failed": "triangle-alert", "lost": "package-x"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """One trouble: its row, its title, what shows it."""

    row: TroubleView
    title: str
    icon: str
    text: str


def trouble_lines(rows: Iterable[TroubleView]) -> list[TroubleLine]:
    """Troubles in words."""
    return [
        TroubleLine(
            row, str(TITLES.get(row.kind, row.kind)), ICONS.get(row.kind, "triangle-alert"), _text(row)
        )
        for row in rows
    ]


def _text(row: TroubleView) -> str:
    told = row.numbers
    if row.kind == "late":
        return _("Expected by %(when)s.") % {"when": _when(told.get("expected_by"))}
    if row.kind == "silent":
        return _("Last heard of on %(when)s.") % {"when": _when(told.get("last_heard"))}
    if row.kind == "failed":
        return _("%(n)s attempts, the last on %(when)s.") % {
            "n": told.get("attempts"),
            "when": _when(told.get("since")),
        }
    word = f"{milestone_word(str(told['code']))}: " if told.get("code") else ""
    return word + _("since %(when)s.") % {"when": _when(told.get("since"))} if told.get("since") else word


def _when(value: object) -> str:
    return day_text(datetime.fromisoformat(value).date()) if isinstance(value, str) else "–"
