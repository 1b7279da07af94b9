"""What the law of each country does to goods: rows for a table, classes for a map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.charts import INFO, NOTHING, SOFT, STOP, WAIT, class_map, numeric_code
from fondaco.systems.risk.public import EFFECTS, Finding, GoodsVerdict

SHOWN: Final = ("prohibited", "restricted", "document", "agency")
# Class of the map and stand-in colour, the mildest first; class 0 stands for no rule known.
_PALETTE: Final = (NOTHING, SOFT, INFO, WAIT, STOP)
_CLASS: Final = {"none": 0, "agency": 1, "document": 2, "restricted": 3, "prohibited": 4}
_COLOUR: Final = ("--map-0", "--map-1", "--info", "--wait", "--stop")
_WORDS: Final[dict[str, str | Promise]] = {
    "prohibited": _l("Prohibited"),
    "restricted": _l("Needs a licence"),
    "document": _l("Needs papers"),
    "agency": _l("An agency may look"),
    "none": _l("No rule known"),
}
KINDS: Final[dict[str, str | Promise]] = {
    "rule": _l("Law of the destination"),
    "embargo": _l("Embargo"),
    "high-priority": _l("Common high-priority list"),
    "dual-use": _l("Dual use"),
    "agency": _l("Partner agency"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fits, in words; `look` names its badge."""

    finding: Finding
    kind: str
    look: str


@dataclass(frozen=True, slots=True)
class Row:
    """A country with the rules that fit there, gravest first."""

    verdict: GoodsVerdict
    reasons: tuple[Reason, ...]
    coming: tuple[Reason, ...]

    @property
    def first(self) -> Reason | None:
        return self.reasons[0] if self.reasons else None


def compliance_world(verdicts: Sequence[GoodsVerdict]) -> SafeString:
    """The world map of effects."""
    numbers = {numeric_code(verdict.destination): _CLASS[verdict.effect] for verdict in verdicts}
    classes = {number: step for number, step in numbers.items() if number and step}
    return class_map(
        classes,
        palette=_PALETTE,
        label=_("World map of what the law does to the goods; the table has the reasons"),
    )


def legend_of() -> list[tuple[str, str | Promise]]:
    """Colour and meaning of each class, the gravest first."""
    return [(_COLOUR[_CLASS[effect]], _WORDS[effect]) for effect in EFFECTS]


def rows_of(verdicts: Sequence[GoodsVerdict]) -> list[Row]:
    """The countries where some rule fits or will, the gravest first."""
    rows = [
        Row(v, tuple(map(_reason, v.findings)), tuple(map(_reason, v.coming)))
        for v in verdicts
        if v.findings or v.coming
    ]
    return sorted(rows, key=lambda row: (EFFECTS.index(row.verdict.effect), row.verdict.destination))


def shown_rows(rows: Sequence[Row], *, show: str, to: str) -> list[Row]:
    """The rows of one effect, or of one country, or all."""
    if to:
        return [row for row in rows if row.verdict.destination == to]
    return [row for row in rows if not show or row.verdict.effect == show]


def counts_of(rows: Sequence[Row]) -> list[tuple[str, str | Promise, int]]:
    """How many countries each effect has."""
    counted = Counter(row.verdict.effect for row in rows)
    return [(effect, _WORDS[effect], counted[effect]) for effect in EFFECTS if counted[effect]]


def _reason(finding: Finding) -> Reason:
    look = "licensed" if finding.licence else finding.rule.effect
    return Reason(finding, str(KINDS[finding.rule.kind]), look)
