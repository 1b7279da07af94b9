"""Typst as the typesetter: one warm compiler per template, fonts from packages.

Latin, Greek and Cyrillic, Arabic, and Chinese-Japanese-Korean come from font packages installed with
Fondaco (Noto, SIL OFL 1.1); other scripts from fonts of the system, where there are any.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

import typst

TEMPLATES: Final = Path(__file__).parents[1] / "templates"
_PACKAGES: Final = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic", "noto_cjk_sans_jp_regular")
_SCRIPT_FONTS: Final = {
    "latin": ("Noto Sans", "DejaVu Sans", "Libertinus Serif"),
    "arabic": ("Noto Sans Arabic", "Noto Naskh Arabic", "DejaVu Sans"),
    "cjk": ("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans SC"),
}
_LANGUAGE_SCRIPT: Final = {
    "ar": "arabic",
    "fa": "arabic",
    "ur": "arabic",
    "zh": "cjk",
    "ja": "cjk",
    "ko": "cjk",
}


@dataclass(frozen=True, slots=True)
class FontReport:
    """Which font prints each script; an empty name means that its languages fall back to English."""

    script: str
    font: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Warm:
    compiler: typst.Compiler
    lock: Lock


@cache
def fonts() -> typst.Fonts:
    """The packaged fonts first, then those of the system."""
    folders = [str(location) for name in _PACKAGES for location in _locations(name)]
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=list(folders))


def _locations(package: str) -> list[str]:
    spec = find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec else []


@cache
def font_report() -> tuple[FontReport, ...]:
    """For `fondaco doctor`: the font of each script, and what to install where one is missing."""
    families = set(fonts().families())
    chosen = {s: next((f for f in names if f in families), "") for s, names in _SCRIPT_FONTS.items()}
    remedy = (
        "Install the packages of requirements.lock again, or the system's fonts-noto-core and fonts-noto-cjk."
    )
    return tuple(FontReport(script, font, "" if font else remedy) for script, font in chosen.items())


def printable(language: str) -> bool:
    """Is there a font for the script of `language`?"""
    script = _LANGUAGE_SCRIPT.get(language, "latin")
    return any(report.script == script and report.font for report in font_report())


def typeset(template: str, sheet: dict[str, Any], *, dated: date) -> bytes:
    """The PDF that `template` makes of `sheet`; equal input gives equal bytes."""
    warm = _warm(template)
    families = [report.font for report in font_report() if report.font]
    inputs = {"sheet": json.dumps({**sheet, "fonts": families}, ensure_ascii=False)}
    with warm.lock:
        made = warm.compiler.compile(
            format="pdf",
            sys_inputs=inputs,
            timestamp=datetime.combine(dated, time(), tzinfo=UTC),
            pdf_tags=template != "label",
        )
    return cast(bytes, made)  # the PDF format gives one byte string


@cache
def _warm(template: str) -> _Warm:
    path = TEMPLATES / f"{template}.typ"
    return _Warm(
        typst.Compiler(input=str(path), root=str(TEMPLATES), font_paths=fonts(), ignore_system_fonts=True),
        Lock(),
    )
