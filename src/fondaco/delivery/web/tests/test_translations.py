"""Every string is in Chinese, with the same figures in it; the catalogues hold what the pages show."""

from __future__ import annotations

import re
from functools import cache

import polib
import pytest

from fondaco.delivery.web.translating import COMPLETE, LOCALE, PARTIAL, texts

_SLOT = re.compile(r"%\(\w+\)\d*[sd]")


@cache
def book_of(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


@pytest.fixture(scope="module")
def shown() -> set[tuple[str, str]]:
    return set(texts())


def said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", [*COMPLETE, *PARTIAL])
def test_the_catalogue_holds_exactly_what_the_pages_show(language: str, shown: set[tuple[str, str]]) -> None:
    held = {(entry.msgid, entry.msgid_plural) for entry in book_of(language)}
    assert (shown - held, held - shown) == (set(), set()), "python -m fondaco.delivery.web.translating"


@pytest.mark.parametrize("language", COMPLETE)
def test_nothing_is_left_untranslated(language: str) -> None:
    assert [entry.msgid for entry in book_of(language) if not all(said(entry))] == []


@pytest.mark.parametrize("language", [*COMPLETE, *PARTIAL])
def test_figures_stand_in_the_translation_too(language: str) -> None:
    wrong = []
    for entry in book_of(language):
        allowed = {tuple(sorted(_SLOT.findall(text))) for text in (entry.msgid, entry.msgid_plural) if text}
        if (
            entry.msgid_plural and language in PARTIAL
        ):  # Arabic says "one order" and "two orders" without a figure
            allowed.add(())
        wrong += [
            entry.msgid for text in said(entry) if text and tuple(sorted(_SLOT.findall(text))) not in allowed
        ]
    assert wrong == []
