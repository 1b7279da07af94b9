"""The trained classifier: what it learns, when it abstains, and that it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fondaco.commerce.catalog.adapters.classifier import load_classifier
from fondaco.commerce.catalog.knowledge import nomenclature_texts

KINDS = {"691200": "ceramic mug {} handmade pottery cup for coffee and tea kitchen",
         "420292": "canvas shopping bag {} large tote for groceries reusable eco",
         "950300": "plush toy {} soft teddy bear for children birthday present"}  # fmt: skip


@pytest.fixture
def listings(tmp_path: Path) -> Path:
    path = tmp_path / "listings.jsonl"
    lines = [
        json.dumps({"product_name": text.format(colour), "hs_code": f"{code}1234"})
        for code, text in KINDS.items()
        for colour in "red blue green white black pink grey brown gold lilac".split()
    ]
    path.write_text("\n".join(lines))
    return path


def test_it_tells_what_it_was_shown_and_doubts_what_it_was_not(listings: Path, tmp_path: Path) -> None:
    machine = load_classifier(listings, {"691200": "Ceramic tableware"}, folder=tmp_path / "models")
    assert machine is not None
    known, short, blank = machine.guess(
        ["ceramic coffee mug purple handmade pottery cup for tea in the kitchen", "mug", "???"]
    )
    assert known is not None
    assert short is not None
    assert (known.hs6, short.hs6, blank) == ("691200", "691200", None)
    assert known.confidence > 0.8
    assert short.confidence < 0.35
    assert known.evidence["trained_on"] == 30


def test_it_is_fitted_once_and_kept(listings: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from fondaco.commerce.catalog.adapters import classifier

    folder = tmp_path / "models"
    first = load_classifier(listings, {}, folder=folder)
    monkeypatch.setattr(classifier, "_fit", lambda *_: pytest.fail("fitted twice"))
    again = load_classifier(listings, {}, folder=folder)
    assert first is not None
    assert again is not None
    assert len(list(folder.iterdir())) == 1
    titles = ["red teddy bear plush toy for children"]
    assert first.guess(titles) == again.guess(titles)


def test_without_listings_there_is_none(tmp_path: Path) -> None:
    assert load_classifier(tmp_path / "absent", {}, folder=tmp_path) is None


@pytest.mark.realdata
def test_on_real_listings_its_confidence_means_what_it_says(tmp_path: Path) -> None:
    """Trained on five sixths of the listings, judged on the rest: sure answers are mostly right."""
    lines = (settings.SHARED_DATA / "classify" / "hscodecomp_dev_432.jsonl").read_text().splitlines()
    train, test = tmp_path / "train.jsonl", [json.loads(line) for i, line in enumerate(lines) if i % 6 == 0]
    train.write_text("\n".join(line for i, line in enumerate(lines) if i % 6))
    machine = load_classifier(train, nomenclature_texts(), folder=tmp_path / "models")
    assert machine is not None
    guesses = machine.guess([row["product_name"] for row in test])
    sure = [
        (g.hs6 == row["hs_code"][:6])
        for g, row in zip(guesses, test, strict=True)
        if g and g.confidence >= 0.5
    ]
    assert len(sure) >= 5
    assert sum(sure) / len(sure) >= 0.5
