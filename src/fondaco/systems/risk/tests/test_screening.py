"""Screening against the demonstration list, and what a result explains."""

from __future__ import annotations

from datetime import date

import pytest

from fondaco.systems.risk.adapters.lists import read_demo_list
from fondaco.systems.risk.domain.screening import ListedName, NameIndex, ScreenRequest, ScreenResult, screen
from fondaco.systems.risk.engine import DATA, legal_forms, thresholds

ON = date(2026, 11, 22)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    entries = read_demo_list(DATA / "demo_list.csv").entries
    names = [ListedName("demo", e.reference, n.name, e.kind, n.weak) for e in entries for n in e.names]
    names.append(
        ListedName("dpl", "EXPIRED", "Gone Fishing Tackle", "organisation", expires_on=date(2026, 11, 21))
    )
    names.append(ListedName("un", "WEAK", "Merridew Halloran", "individual", weak=True))
    names.append(ListedName("un", "ONE", "Quixalor", "organisation"))
    return NameIndex.build(names, forms=legal_forms(), version="v1")


def ask(index: NameIndex, name: str, country: str = "") -> ScreenResult:
    return screen([ScreenRequest("r", name, country)], index, thresholds=thresholds(), on=ON)[0]


@pytest.mark.parametrize(
    "name",
    [
        "Zorvan Quellmarch",
        "QUELLMARCH, Zorvan",
        "Zorvan Quelmarch",  # a letter dropped
        "Zorvan Quelllmarch",  # a letter doubled
        "Zorvan Quellmrach",  # two letters swapped
        "Z\u043erv\u0430n Quellm\u0430rch",  # Cyrillic look-alikes
        "Zor\u200bvan Quell\u00admarch",  # invisible characters
        "Zórvàn Quëllmärch",
        "ZorvanQuellmarch",
        "Зорван Куэллмарч",
        "Obsidian Heron Trading",
        "Obsidian Heron Trading L.L.C.",
        "Heron Obsidian Trading Co., Ltd.",
        "Ilmarine Threnody Wosk",
        "Ильмарина Воск",
        "Kestrelgate Marine Logistics",
        "Kestrel Gate Marine Logistics Ltd",
        "Nordlicht Präzision Exportkontor",
        "Blue Perimeter Semiconductors",
        "蓝界半导体演示",
        "Ferrante U. Dellamorra",
    ],
)
def test_disguises_of_a_listed_name_hit(index: NameIndex, name: str) -> None:
    result = ask(index, name)
    assert result.outcome == "hit"
    assert result.score >= 88
    assert result.matches[0].list == "demo"


@pytest.mark.parametrize(
    "name",
    [
        "Maria Schmidt",
        "Zorvan",
        "Heron Books",
        "Obsidian Trading",
        "Tamsin Brown",
        "山田 太郎",
        "Blue Ltd",
        "Marine Ltd",
    ],
)
def test_other_names_are_clear(index: NameIndex, name: str) -> None:
    assert ask(index, name).outcome == "clear"


def test_a_hit_says_which_words_agree_and_what_was_undone(index: NameIndex) -> None:
    match = ask(index, "Obsidiаn Herron Trading", "AE").matches[0]
    assert (match.entry, match.name) == ("DEMO-003", "Obsidian Heron Trading FZE")
    assert match.explanation["undone"] == ["look-alike-letters"]
    assert match.explanation["threshold"] == 88
    assert [(w["asked"], w["listed"], w["how"]) for w in match.explanation["words"]] == [
        ("obsidian", "obsidian", "same"),
        ("trading", "trading", "same"),
        ("herron", "heron", "variant"),
    ]


def test_an_expired_entry_counts_only_without_a_day(index: NameIndex) -> None:
    request = [ScreenRequest("r", "Gone Fishing Tackle")]
    assert screen(request, index, thresholds=thresholds(), on=ON)[0].outcome == "clear"
    assert screen(request, index, thresholds=thresholds(), on=date(2026, 11, 21))[0].outcome == "hit"
    assert screen(request, index, thresholds=thresholds(), on=None)[0].outcome == "hit"


def test_weak_aliases_and_single_words_need_a_closer_likeness(index: NameIndex) -> None:
    assert ask(index, "Merridew Halloran").outcome == "hit"
    assert ask(index, "Merridev Hallorin").outcome == "clear"
    assert ask(index, "Quixalor").outcome == "hit"
    assert ask(index, "Quixalar").outcome == "clear"


@pytest.mark.parametrize(
    ("name", "reason"), [("", "empty-name"), ("?!", "empty-name"), ("a" * 10_000, "name-too-long")]
)
def test_a_name_that_cannot_be_read_goes_to_a_person(index: NameIndex, name: str, reason: str) -> None:
    result = ask(index, name)
    assert (result.outcome, result.reason, result.matches) == ("hit", reason, ())
    assert len(result.name) <= 1000


def test_padding_does_not_hide_a_name(index: NameIndex) -> None:
    assert ask(index, "Zorvan Quellmarch" + " padding" * 1000).outcome == "hit"


def test_results_come_in_the_order_asked_and_an_empty_list_clears(index: NameIndex) -> None:
    names = ["Zorvan Quellmarch", "Maria Schmidt", "Quixalor"]
    found = screen([ScreenRequest(n, n) for n in names], index, thresholds=thresholds(), on=ON)
    assert [r.reference for r in found] == names
    bare = NameIndex.build([], forms=legal_forms(), version="none")
    assert ask(bare, "Zorvan Quellmarch").outcome == "clear"
