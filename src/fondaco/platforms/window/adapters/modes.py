"""The table of supervision modes, read from data/window/modes.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.platforms.window.domain.modes import ModeBook, read_modes


@cache
def mode_book() -> ModeBook:
    """Every supervision mode that is known."""
    path = Path(settings.ROOT) / "data" / "window" / "modes.toml"
    return read_modes(tomllib.loads(path.read_text(encoding="utf-8")))
