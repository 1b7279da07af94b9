"""The classifier: what it knows untaught, what it learns, when it abstains, and that it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fondaco.commerce.catalog.adapters import training
from fondaco.commerce.catalog.adapters.classifier import HsClassifier
from fondaco.commerce.catalog.adapters.training import (
    fit_classifier,
    knowledge_of,
    load_classifier,
    read_jsonl,
)
from fondaco.commerce.catalog.classifying import classify_file
from fondaco.commerce.catalog.domain.errors import BadListing, NoNomenclature
from fondaco.commerce.catalog.domain.listing import Listing, listing_of
from fondaco.commerce.catalog.domain.nomenclature import official_texts

OWN = Path(settings.ROOT) / "data" / "catalog"
OFFICIAL = {
    "6912": "Tableware, kitchenware and toilet articles of ceramics other than porcelain",
    "691200": "Ceramic tableware",
    "4202": "Trunks, suitcases, handbags",
    "420292": "Bags with outer surface of plastics or textile materials",
    "9503": "Toys",
    "950300": "Tricycles, dolls, other toys",
    "8517": "Telephones",
    "851762": "Machines for the reception, conversion and transmission of data",
}
KINDS = {"691200": "ceramic mug {} handmade pottery cup for coffee and tea kitchen",
         "420292": "canvas shopping bag {} large tote for groceries reusable eco",
         "950300": "plush toy {} soft teddy bear for children birthday present"}  # fmt: skip
COLOURS = "red blue green white black pink grey brown gold lilac".split()


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [
        {"product_name": text.format(colour), "hs_code": f"{code}1234", "product_attributes": {"Origin": "x"}}
        for code, text in KINDS.items()
        for colour in COLOURS
    ]


@pytest.fixture(scope="module")
def machine(rows: list[dict[str, Any]]) -> HsClassifier:
    return fit_classifier(knowledge_of(OWN / "trade_words.csv", OWN / "materials.csv", OFFICIAL), rows)


def test_it_tells_what_it_was_shown_and_doubts_what_it_was_not(machine: HsClassifier) -> None:
    known, short, blank = machine.guess(
        ["ceramic coffee mug purple handmade pottery cup for tea in the kitchen", "mug", "???"]
    )
    assert (known.hs6, short.hs6) == ("691200", "691200")
    assert known.confidence > 0.8
    assert short.confidence < 0.35
    assert blank.confidence == 0
    assert known.evidence["trained_on"] == 30
    assert known.evidence["phrase"] in ("ceramic cup", "ceramic mug")
    assert any("pottery cup" in title for title in known.evidence["alike"])


def test_only_codes_of_the_nomenclature_are_answered() -> None:
    untaught = fit_classifier(knowledge_of(OWN / "trade_words.csv", OWN / "materials.csv", OFFICIAL), [])
    (guess,) = untaught.suggest([Listing("wireless bluetooth adapter receiver", ("Electronics",))])
    assert guess.hs6 == "851762"
    assert {c.hs6 for c in guess.candidates} <= {code for code in OFFICIAL if len(code) == 6}
    assert [c.share for c in guess.candidates] == sorted((c.share for c in guess.candidates), reverse=True)


def test_it_learns_from_what_a_person_confirmed_and_stays_as_it_was(machine: HsClassifier) -> None:
    title = "zorvan quellmarch ilmarine heirloom"
    before = machine.guess([title])[0]
    wiser = machine.taught([Listing("zorvan quellmarch ilmarine classic")], ["420292"])
    after = wiser.guess([title])[0]
    assert after.hs6 == "420292"
    assert {c.hs6: c.share for c in after.candidates}["420292"] > 0.4
    assert machine.guess([title])[0] == before
    assert machine.taught([Listing("of no known code")], ["999999"]) is machine


def test_without_listings_the_trade_words_answer_with_low_confidence() -> None:
    known = knowledge_of(OWN / "trade_words.csv", OWN / "materials.csv", {})
    (guess,) = fit_classifier(known, []).guess(
        ["women human hair wig lace front remy body wave long brazilian hair natural black"]
    )
    assert guess.hs6 == "670420"
    assert 0 < guess.confidence <= 0.3
    assert len(guess.candidates) == 5


def test_every_trade_word_has_a_code_of_the_nomenclature() -> None:
    path = settings.SHARED_DATA / "tariff" / "hs2022_nomenclature.csv"
    official = official_texts(path, least=4)
    if not official:
        pytest.skip("the nomenclature is not here")
    codes = [line.split(",")[0] for line in (OWN / "trade_words.csv").read_text().splitlines()[1:]]
    assert len(codes) > 1400
    assert [code for code in codes if code not in official] == []
    assert len(codes) == len(set(codes))


def test_it_is_fitted_once_and_kept(tmp_path: Path, rows: list[dict[str, Any]], monkeypatch: Any) -> None:
    listings = tmp_path / "listings.jsonl"
    listings.write_text("\n".join(map(json.dumps, rows)))
    asked: dict[str, Any] = {
        "trade_words": OWN / "trade_words.csv", "materials": OWN / "materials.csv", "official": OFFICIAL,
        "listings": listings, "folder": tmp_path / "models",
    }  # fmt: skip
    first = load_classifier(**asked)
    monkeypatch.setattr(training, "fit_classifier", lambda *_: pytest.fail("fitted twice"))
    again = load_classifier(**asked)
    assert len(list((tmp_path / "models").iterdir())) == 1
    assert first.guess(["red teddy bear plush toy"]) == again.guess(["red teddy bear plush toy"])


def test_a_file_is_answered_line_by_line(tmp_path: Path, machine: HsClassifier, monkeypatch: Any) -> None:
    from fondaco.commerce.catalog import classifying

    monkeypatch.setattr(classifying, "trained", lambda: machine)
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    names = ["plush teddy bear", "陶瓷杯", "canvas tote bag"]
    source.write_text("\n".join(json.dumps({"product_name": name}) for name in names), encoding="utf-8")
    report = classify_file(source, out=out)
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [a["product_name"] for a in answers] == names
    assert [a["codes"][0] for a in answers] == ["950300", answers[1]["codes"][0], "420292"]
    assert (report.listings, report.trained_on, answers[1]["confidence"]) == (3, 30, 0)
    source.write_text('{"product_name": "mug"}\n{"name": "no such field"}')
    out.unlink()
    with pytest.raises(BadListing, match="listing 2"):
        classify_file(source, out=out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("row", "field"),
    [({}, "product_name"), ({"product_name": 7}, "product_name"),
     ({"product_name": "x", "product_attributes": "text"}, "product_attributes")],
)  # fmt: skip
def test_a_row_that_is_no_listing_is_refused(row: dict[str, Any], field: str) -> None:
    with pytest.raises(BadListing) as problem:
        listing_of(row)
    assert problem.value.field == field


def test_malformed_lines_and_empty_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadListing) as problem:
        read_jsonl(b'{"product_name": "x"}\n\n[1]\n')
    assert (problem.value.field, problem.value.value) == ("line", 3)
    with pytest.raises(BadListing):
        read_jsonl(b"{")
    empty = tmp_path / "words.csv"
    empty.write_text("hs,words\n")
    with pytest.raises(NoNomenclature):
        knowledge_of(empty, OWN / "materials.csv", {})
