"""Measured on the real lists and labelled names; skipped where the shared data is absent."""

from __future__ import annotations

import csv
import gzip
import random
import time
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from fondaco.systems.risk.adapters.lists import read_lists
from fondaco.systems.risk.domain.names import normalise
from fondaco.systems.risk.domain.screening import (
    ListedName,
    NameIndex,
    ScreenRequest,
    ScreenResult,
    compare,
    screen,
)
from fondaco.systems.risk.engine import legal_forms, thresholds

FOLDER: Path = settings.SHARED_DATA / "screening"
ON = date(2026, 11, 22)

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def index() -> NameIndex:
    names = [
        ListedName(parsed.code, e.reference, n.name, e.kind, n.weak, expires_on=e.expires_on)
        for parsed in read_lists(FOLDER)
        for e in parsed.entries
        for n in e.names
    ]
    return NameIndex.build(names, forms=legal_forms(), version="real")


def ask(index: NameIndex, names: list[str]) -> list[ScreenResult]:
    return screen([ScreenRequest(n, n) for n in names], index, thresholds=thresholds(), on=ON)


def test_listed_names_are_found(index: NameIndex) -> None:
    with (FOLDER / "screening_positives_un_untreated.csv").open(encoding="utf-8") as stream:
        names = [row["full_name"] for row in csv.DictReader(stream)]
    hits = sum(r.outcome == "hit" for r in ask(index, names))
    assert hits / len(names) >= 0.985


def test_names_that_must_not_match_are_clear_and_quickly_so(index: NameIndex) -> None:
    with gzip.open(FOLDER / "screening_negatives_global.csv.gz", "rt", encoding="utf-8") as stream:
        names = random.Random(7).sample([row["full_name"] for row in csv.DictReader(stream)], 5000)
    started = time.process_time()
    false = [r.name for r in ask(index, names) if r.outcome == "hit"]
    seconds = time.process_time() - started
    assert len(false) / len(names) <= 0.001, false
    assert len(names) / seconds >= 700  # 1,000 and more on a quiet machine; a loaded one shares its cores


def test_labelled_pairs(index: NameIndex) -> None:
    with (FOLDER / "name_pairs_dev_500.csv").open(encoding="utf-8") as stream:
        pairs = list(csv.DictReader(stream))
    counted = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for pair in pairs:
        one, two = (normalise(pair[key], forms=legal_forms()) for key in ("name1", "name2"))
        person = pair["schema"] == "Person"
        words = (one.words, two.words) if person else (one.core, two.core)
        said = compare(*words, thresholds=thresholds()).score >= thresholds().hit
        counted[said, pair["is_match"] == "true"] += 1
    f1 = 2 * counted[True, True] / (2 * counted[True, True] + counted[True, False] + counted[False, True])
    assert f1 >= 0.79, counted
