"""Collect every string that pages show, and renew the catalogues: `python -m fondaco.delivery.web.translating`.

Needs no gettext installed. A string that is new arrives untranslated; a test refuses that for Chinese.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from django.utils.translation.template import templatize

HERE = Path(__file__).parent
SOURCES = HERE.parents[1]
LOCALE = HERE / "locale"
COMPLETE = ("zh_Hans",)
PARTIAL = ("ar",)
_PLURALS = {
    "zh_Hans": "nplurals=1; plural=0;",
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5;",
}
# Lazy and plain names under which the code calls gettext.
_KEYWORDS: dict[str, Any] = {
    "_": None, "_l": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
}  # fmt: skip
_CALLED = re.compile(rf"\b(?:{'|'.join(_KEYWORDS)})\(")


@dataclass(frozen=True, slots=True)
class Text:
    """A string to be translated, its plural form where it has one, and the file it stands in."""

    text: str
    plural: str
    place: str


def texts() -> dict[tuple[str, str], Text]:
    """Every string of the code and the templates, by (text, plural)."""
    found: dict[tuple[str, str], Text] = {}
    for path in sorted([*SOURCES.rglob("*.py"), *(HERE / "templates").rglob("*.html")]):
        if {"tests", "migrations"} & set(path.parts):
            continue
        source, place = path.read_text(), str(path.relative_to(SOURCES))
        if path.suffix == ".html":
            # templatize keeps the template's indentation, at which Python's tokenizer would stumble
            source = "\n".join(line.strip() for line in templatize(source, origin=place).splitlines())
        for text in [*_texts_in(source, place), *_errors_in(source, place)]:
            found.setdefault((text.text, text.plural), text)
    return found


def _errors_in(source: str, place: str) -> Iterator[Text]:
    """The titles and remedies of the facts that a room refuses with: a page says them by gettext."""
    if not place.endswith(".py") or "title" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        said = _constants(node) if isinstance(node, ast.ClassDef) else {}
        if "code" in said:
            yield from (Text(said[name], "", place) for name in ("title", "remedy") if said.get(name))


def _constants(made: ast.ClassDef) -> dict[str, str]:
    """The texts given to names in the body of a class."""
    found = {}
    for node in made.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
            found[target.id] = value.value
    return found


def update(language: str) -> tuple[int, int]:
    """Bring the catalogue of `language` up to date; (strings, untranslated)."""
    import polib

    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    known = {(e.msgid, e.msgid_plural): e for e in polib.pofile(str(path))} if path.exists() else {}
    book = polib.POFile(wrapwidth=110)
    book.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Language": language,
        "Plural-Forms": _PLURALS[language],
    }
    for key, text in texts().items():
        entry = known.get(key) or polib.POEntry(msgid=text.text, msgid_plural=text.plural)
        entry.occurrences = [(text.place, "")]
        if text.plural and not entry.msgstr_plural:
            entry.msgstr_plural = {0: ""}
        entry.flags = ["python-format"] if "%(" in text.text else []
        book.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))
    return len(book), len(book.untranslated_entries())


def _texts_in(source: str, place: str) -> Iterator[Text]:
    from babel.messages.extract import extract_python

    if not _CALLED.search(source):
        return
    for found in extract_python(BytesIO(source.encode()), _KEYWORDS, (), {}):
        name, said = str(found[1]), cast("str | tuple[str | None, ...] | None", found[2])
        parts = [part for part in ((said,) if isinstance(said, str) else said or ()) if part]
        if parts:
            plural = parts[1] if name.startswith("ngettext") and len(parts) > 1 else ""
            yield Text(parts[0], plural, place)


if __name__ == "__main__":
    for name in (*COMPLETE, *PARTIAL):
        print(name, "{} strings, {} untranslated".format(*update(name)))  # noqa: T201 - a command
