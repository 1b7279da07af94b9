"""What a title tells, and what the hints make of it."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from fondaco.commerce.catalog.domain.enrich import Enricher, Guess
from fondaco.commerce.catalog.domain.errors import BadFact
from fondaco.commerce.catalog.domain.facts import CARGO_CLASSES, checked_value
from fondaco.commerce.catalog.domain.hints import Hints, hint_of
from fondaco.commerce.catalog.domain.titles import count_in, origin_stated, size_factor, words_of
from fondaco.commerce.catalog.knowledge import _country_code, hints, nomenclature


def plain(classifier: Any = None, hs6: Any = frozenset()) -> Enricher:
    return Enricher(hints(), classifier, hs6, _country_code)


def facts(title: str, **more: Any) -> dict[str, str]:
    return {p.field: p.value for p in plain().propose([title], **more)[0]}


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", ["white", "hanging", "heart", "tlight", "holder"]),
        ("SET OF 6 T-LIGHTS", ["set", "of", "tlight"]),
        ("Boxes, berries & dishes", ["box", "berry", "dish"]),
        ("GLASS DRESS IRIS", ["glass", "dress", "iris"]),
        ("", []),
    ],
)
def test_words_are_lower_and_singular(title: str, words: list[str]) -> None:
    assert words_of(title) == words


@pytest.mark.parametrize(
    ("title", "count"),
    [
        ("SET OF 6 MUGS", 6), ("SET/4 BADGES", 4), ("SET 12 CANDLES", 12), ("S/3 BOWLS", 3), ("PACK OF 20 NAPKINS", 20),
        ("12 PENCILS TUBE", 12), ("PAIR OF GLOVES", 2), ("MUG", 1), ("1950'S MUG", 1), ("4 PIECE SET", 4),
        ("SET OF 999 PINS", 144),
    ],
)  # fmt: skip
def test_counts_are_read(title: str, count: int) -> None:
    assert count_in(title) == count


def test_sizes_scale_the_mass() -> None:
    assert size_factor(words_of("LARGE MUG")) == (1.6, "large")
    assert size_factor(words_of("JUMBO BAG RED")) == (1.0, "")
    assert int(facts("MINI MUG")["mass_g"]) < int(facts("MUG")["mass_g"]) < int(facts("LARGE MUG")["mass_g"])
    assert int(facts("SET OF 6 MUGS")["mass_g"]) == 6 * int(facts("MUG")["mass_g"])


def test_an_origin_is_taken_from_the_title_before_the_default() -> None:
    assert origin_stated("SCARF MADE IN INDIA") == "INDIA"
    assert facts("SCARF MADE IN INDIA", default_origin="CN")["origin"] == "IN"
    assert facts("SCARF MADE IN SRI LANKA BY HAND", default_origin="CN")["origin"] == "LK"
    assert facts("SCARF MADE IN HEAVEN", default_origin="CN")["origin"] == "CN"
    assert "origin" not in facts("SCARF")


@pytest.mark.parametrize(
    ("title", "hs6"),
    [
        ("ALARM CLOCK BAKELIKE PINK", "910511"), ("WHITE HANGING HEART T-LIGHT HOLDER", "940550"),
        ("SPACEBOY LUNCH BOX", "392410"), ("LUNCH BAG RED RETROSPOT", "420292"), ("JUMBO BAG APPLES", "420292"),
        ("SET/2 RED RETROSPOT TEA TOWELS", "630291"), ("PACK OF 20 SKULL PAPER NAPKINS", "481830"),
        ("VINTAGE HEADS AND TAILS CARD GAME", "950440"), ("PLASTERS IN TIN CIRCUS PARADE", "300510"),
        ("FRENCH PAISLEY CUSHION COVER", "630492"), ("HAND WARMER UNION JACK", "382499"),
        ("ROUND CAKE TIN VINTAGE GREEN", "732399"), ("CHRISTMAS TREE BAUBLE", "950510"),
        ("VANILLA SCENT CANDLE JEWELLED BOX", "340600"), ("PINK BUTTERFLY HAIR CLIP", "961519"),
        ("DOORMAT UNION FLAG", "570220"), ("PARTY BUNTING", "630790"), ("RED TOADSTOOL LED NIGHT LIGHT", "940521"),
    ],
)  # fmt: skip
def test_gift_ware_is_classified(title: str, hs6: str) -> None:
    assert facts(title)["hs_code"] == hs6


def test_each_proposal_says_why() -> None:
    (proposals,) = plain().propose(["RED MUG"], default_origin="CN")
    by_field = {p.field: p for p in proposals}
    assert by_field["hs_code"].evidence["words"] == ["mug"]
    assert by_field["hs_code"].evidence["by"] == "hint"
    assert by_field["origin"].evidence == {"by": "mapping", "note": "Stated by the mapping for all goods."}
    assert all(0 < p.confidence <= 1 for p in proposals)


def test_an_unknown_thing_gets_a_mass_but_no_code() -> None:
    found = facts("XYZZY PLUGH")
    assert "hs_code" not in found
    assert found["mass_g"] == "300"


class Sure:
    def guess(self, titles: Any) -> list[Guess | None]:
        return [
            Guess("999999" if "odd" in t else "691200", 0.2 if "weak" in t else 0.8, {"by": "classifier"})
            for t in titles
        ]


def test_the_classifier_is_asked_only_where_the_hints_are_silent() -> None:
    machine = plain(Sure(), frozenset({"691200", "420292"}))
    found = machine.propose(["XYZZY", "JUMBO BAG", "weak XYZZY", "odd XYZZY"])
    codes = [next((p.value for p in ps if p.field == "hs_code"), None) for ps in found]
    assert codes == ["691200", "420292", None, None]


def test_the_hints_table_is_sound() -> None:
    with (settings.ROOT / "data" / "catalog" / "hints.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) > 300
    for number, row in enumerate(rows, start=2):
        hint = hint_of(number, row)
        assert hint.groups, row
        assert min(hint.mass_g, *hint.size_mm) > 0, row
        assert 0 < hint.confidence <= 1, row
        assert row["counted"] in ("unit", "pack"), row
        assert set(hint.cargo_classes) <= CARGO_CLASSES, row
        assert checked_value("hs_code", hint.hs6) == hint.hs6


@pytest.mark.realdata
def test_every_code_of_the_hints_is_in_the_nomenclature() -> None:
    assert {h.hs6 for h in hints().hints} <= nomenclature()


def test_earlier_hints_win() -> None:
    base = {"hs6": "691200", "mass_g": "1", "length_mm": "1", "width_mm": "1", "height_mm": "1", "counted": "unit",
            "confidence": "0.5", "cargo_class": "", "kind": ""}  # fmt: skip
    table = Hints(
        [hint_of(2, {**base, "words": "cup !paper"}), hint_of(3, {**base, "words": "cup|mug paper|foil"})]
    )
    assert [
        hit[0].number if hit else None for hit in map(table.find, (["cup"], ["paper", "cup"], ["mug"]))
    ] == [2, 3, None]


@given(st.text(max_size=200))
def test_no_title_breaks_the_enricher(title: str) -> None:
    (proposals,) = plain().propose([title], default_origin="CN")
    for proposal in proposals:
        assert checked_value(proposal.field, proposal.value) == proposal.value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hs_code", "12345"), ("hs_code", "69120"), ("hs_code", "１２３４５６"), ("hs_code", "999999"), ("origin", "XX"),
        ("origin", "China"), ("mass_g", "0"), ("mass_g", "-5"), ("mass_g", "1.5"), ("mass_g", "1" * 9),
        ("length_mm", "x"), ("cargo_class", "explosive"), ("cargo_class", ""), ("colour", "red"),
    ],
)  # fmt: skip
def test_bad_facts_are_refused(field: str, value: str) -> None:
    with pytest.raises(BadFact):
        checked_value(field, value, hs6=frozenset({"691200"}))
