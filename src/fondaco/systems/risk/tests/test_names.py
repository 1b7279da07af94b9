"""Names made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fondaco.systems.risk.domain.names import (
    DIACRITIC,
    INVISIBLE,
    LEGAL_FORM,
    LOOKALIKE,
    TRANSLITERATED,
    WIDTH,
    normalise,
)
from fondaco.systems.risk.engine import legal_forms


@pytest.mark.parametrize(
    ("written", "core", "note"),
    [
        ("O\u200bBSIDIAN  H\u0435ron Trading, F.Z.E.", "obsidian heron trading", INVISIBLE),
        ("H\u0435r\u043en", "heron", LOOKALIKE),
        ("Ｏｂｓｉｄｉａｎ", "obsidian", WIDTH),
        ("𝐎𝐛𝐬𝐢𝐝𝐢𝐚𝐧", "obsidian", WIDTH),
        ("Société Générale S.A.", "societe generale", DIACRITIC),
        ("Øystein Łukasz", "oystein lukasz", TRANSLITERATED),
        ("Щербак-Йотова", "shcherbak yotova", TRANSLITERATED),
        ("ΠΑΠΑΔΟΠΟΥΛΟΣ", "papadopoulos", TRANSLITERATED),
        ("حسین موسوی", "hsyn mwswy", TRANSLITERATED),
        ("김정은", "gimjeongeun", TRANSLITERATED),
        ("FABERLIC EUROPE Sp. z o.o.", "faberlic europe", LEGAL_FORM),
        ("蓝界半导体演示有限公司", "蓝界半导体演示", LEGAL_FORM),
        ('ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ "БАЙ"', "bay", LEGAL_FORM),
        ("0sama Bin Laden", "osama bin laden", LOOKALIKE),
    ],
)
def test_what_disguises_a_name_is_undone_and_noted(written: str, core: str, note: str) -> None:
    found = normalise(written, forms=legal_forms())
    assert " ".join(found.core) == core
    assert note in found.notes


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("CH’OE SO’K MIN", "choe sok min"),
        ("J.-C. Juncker", "j c juncker"),
        ("AT&T", "at and t"),
        ("Ltd", "ltd"),
    ],
)
def test_punctuation(written: str, words: str) -> None:
    assert " ".join(normalise(written, forms=legal_forms()).words) == words


@pytest.mark.parametrize("written", ["", "   ", "...", "\u200b\u200b", "\x00"])
def test_a_name_without_letters_has_no_words(written: str) -> None:
    assert normalise(written, forms=legal_forms()).words == ()


@given(st.text(max_size=200))
def test_any_text_normalises_and_again_to_the_same_words(text: str) -> None:
    once = normalise(text, forms=legal_forms())
    assert all(word and word == word.strip() for word in once.words)
    assert set(once.core) <= set(once.words) or not once.words or not once.words[-1].isascii()


@given(st.lists(st.sampled_from("zorvan quellmarch ilmarine vosk heron".split()), min_size=1, max_size=5))
def test_the_order_of_words_does_not_matter_to_the_key(words: list[str]) -> None:
    forms = legal_forms()
    there, back = (
        normalise(" ".join(words), forms=forms),
        normalise(", ".join(reversed(words)).upper(), forms=forms),
    )
    assert there.key == back.key
