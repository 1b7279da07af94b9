"""The one shape in which a page shows why a figure is what it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from fondaco.kernel.money import Money

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done, with what, giving what, by which rule of which source."""

    label: Text
    result: Any = None
    inputs: str = ""
    source: str = ""
    rule: str = ""

    @property
    def is_money(self) -> bool:
        return isinstance(self.result, Money)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a figure is what it is: its steps, what is missing, the versions it came from."""

    title: Text
    figure: Any = None
    summary: Text = ""
    steps: tuple[Step, ...] = ()
    missing: tuple[Step, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def is_money(self) -> bool:
        return isinstance(self.figure, Money)
