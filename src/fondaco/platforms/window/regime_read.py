"""Reading the regime files; knows no database."""

from __future__ import annotations

import tomllib
from pathlib import Path

from fondaco.platforms.window.domain.regime import BadRegime, Regime, RegimeBook, regime_of
from fondaco.platforms.window.domain.regime_files import entries_of


def read_regimes(folder: Path) -> list[Regime]:
    """Every regime of the files in `folder`; BadRegime names the entry that is wrong or overlaps."""
    found: list[Regime] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as exc:
            raise BadRegime(str(exc), field=path.name) from exc
        found += [regime_of(entry) for entry in entries_of(document)]
    RegimeBook.of(found)
    return found
