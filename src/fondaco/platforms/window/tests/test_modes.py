"""Supervision modes: every country has one open to all, dates flip, and nobody is put into one by silence."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration_states import State
from fondaco.platforms.window.domain.modes import BadModes, OrderFacts, choose_mode, is_excise, read_modes

TABLE = tomllib.loads((settings.ROOT / "data" / "window" / "modes.toml").read_text(encoding="utf-8"))
BOOK = read_modes(TABLE)
TODAY = date(2026, 11, 22)
PARCEL = OrderFacts(
    "import", "FR", TODAY, Money(4250, "EUR"), 1000, b2c=True, licence=False, excise=False, postal=False,
    incoterm="DDP", origins=frozenset({"CN"}), eori=True,
)  # fmt: skip


def at_par(base: str, quote: str, on: date) -> Decimal:
    if "KPW" in {base, quote}:
        raise NotFound(field="currency", value=base)
    return {("EUR", "GBP"): Decimal("0.86"), ("USD", "CNY"): Decimal("7.1")}.get((base, quote), Decimal(1))


def chosen(**facts: object) -> str:
    return choose_mode(replace(PARCEL, **facts), book=BOOK, rates=at_par).chosen.mode.code


def test_every_mode_says_where_it_is_from_and_which_states_it_passes() -> None:
    assert len(BOOK.modes) >= 35
    for mode in BOOK.modes:
        assert mode.source, mode.code
        assert mode.checked_on <= TODAY
        assert mode.confidence in {"A", "B", "C"}
        assert set(mode.states) <= set(State), mode.code
        assert mode.documents, mode.code
        assert mode.tax, mode.code
        assert mode.valid_to is None or mode.valid_from < mode.valid_to


@pytest.mark.parametrize("direction", ["import", "export"])
@pytest.mark.parametrize("country", ["CN", "FR", "GB", "US", "AU", "BR", "KR", "NO", "JP"])
def test_goods_of_which_nothing_is_known_still_have_a_full_procedure(country: str, direction: str) -> None:
    facts = OrderFacts(direction, country, TODAY)
    choice = choose_mode(facts, book=BOOK, rates=at_par)
    assert choice.chosen.reasons == ()
    assert all(one.against for one in choice.refused)


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("EU-H7", {}),
        ("EU-H7-IOSS", {"schemes": frozenset({"IOSS"})}),
        ("EU-H7-IOSS-relief", {"schemes": frozenset({"IOSS"}), "on": date(2026, 6, 30)}),
        ("EU-H7-relief", {"on": date(2026, 6, 30)}),
        ("EU-H7-gift", {"b2c": False, "gift": True, "value": Money(4500, "EUR")}),
        ("EU-H1-DDP", {"b2c": False, "gift": True, "value": Money(4501, "EUR")}),
        ("EU-H7-SA", {"schemes": frozenset({"SA"})}),
        ("EU-H7", {"value": Money(15000, "EUR")}),
        ("EU-H1-DDP", {"value": Money(15001, "EUR")}),
        ("EU-H6", {"value": Money(15001, "EUR"), "postal": True}),
        ("EU-H1-DDP", {"excise": True}),
        ("EU-H1", {"b2c": False, "eori": False}),
        ("EU-H1", {"b2c": False, "incoterm": "DAP"}),
        ("GB-H1-135", {"country": "GB", "schemes": frozenset({"UK135"})}),
        ("GB-BIRDS", {"country": "GB", "schemes": frozenset({"UK135", "BIRDS"})}),
        ("GB-LVBI", {"country": "GB", "schemes": frozenset({"LVBI"}), "on": date(2022, 9, 30)}),
        ("GB-H1", {"country": "GB", "schemes": frozenset({"LVBI"}), "on": date(2022, 10, 1)}),
        ("GB-H1", {"country": "GB", "value": Money(20000, "GBP"), "schemes": frozenset({"UK135"})}),
        ("US-86-all", {"country": "US", "on": date(2025, 5, 1)}),
        ("US-11", {"country": "US", "on": date(2025, 5, 2)}),
        ("US-86", {"country": "US", "on": date(2025, 8, 28), "origins": frozenset({"VN"})}),
        ("US-11", {"country": "US", "on": date(2025, 8, 29), "origins": frozenset({"VN"})}),
        ("US-01", {"country": "US", "value": Money(250001, "USD")}),
        ("US-13-mail", {"country": "US", "postal": True}),
        ("CN-9610-import", {"country": "CN", "schemes": frozenset({"CBEC"})}),
        ("CN-1210-import", {"country": "CN", "schemes": frozenset({"CBEC"}), "stock": "bonded"}),
        ("CN-1239", {"country": "CN", "schemes": frozenset({"CBEC"}), "stock": "bonded-a"}),
        ("CN-postal", {"country": "CN", "postal": True}),
        ("CN-0110-import", {"country": "CN", "value": Money(500001, "CNY"), "schemes": frozenset({"CBEC"})}),
        ("CN-9610", {"direction": "export", "country": "CN", "export_duty": False, "rebate": False}),
        ("CN-9610-summary", {"direction": "export", "country": "CN", "export_duty": False, "rebate": True}),
        ("CN-9710", {"direction": "export", "country": "CN", "b2c": False}),
        ("CN-9710-list", {"direction": "export", "country": "CN", "b2c": False, "export_duty": False,
                          "value": Money(500000, "CNY")}),
        ("CN-9710", {"direction": "export", "country": "CN", "b2c": False, "export_duty": False,
                     "value": Money(500001, "CNY")}),
        ("CN-9810-list", {"direction": "export", "country": "CN", "stock": "overseas", "export_duty": False,
                          "value": Money(500000, "CNY")}),
        ("CN-0110-export", {"direction": "export", "country": "CN", "b2c": False, "on": date(2020, 6, 30)}),
        ("CN-9810", {"direction": "export", "country": "CN", "stock": "overseas"}),
        ("CN-1210-export", {"direction": "export", "country": "CN", "stock": "bonded"}),
        ("CN-1039", {"direction": "export", "country": "CN", "stock": "market"}),
        ("US-NOEEI", {"direction": "export", "country": "US"}),
        ("standard-import", {"country": "BR"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_an_order_gets_the_narrowest_mode_that_it_fits(code: str, facts: dict[str, object]) -> None:
    assert chosen(**facts) == code


def test_a_refused_mode_says_what_is_asked_and_what_was_told() -> None:
    choice = choose_mode(replace(PARCEL, value=Money(20000, "EUR")), book=BOOK, rates=at_par)
    refused = {one.mode.code: one.against for one in choice.refused}
    (limit,) = refused["EU-H7"]
    assert (limit.what, limit.held, limit.asked, limit.told) == ("value", False, "150.00 EUR", "200.00 EUR")
    assert choice.as_record()["mode"] == "EU-H1-DDP"
    assert choice.as_record()["refused"]["EU-H7"][0]["told"] == "200.00 EUR"
    assert [one.mode.code for one in choice.also] == ["EU-H1"]


def test_what_is_not_known_holds_a_simplified_mode_back() -> None:
    for unknown in ({"licence": None}, {"value": None}, {"value": Money(1, "KPW")}, {"b2c": None}):
        choice = choose_mode(replace(PARCEL, **unknown), book=BOOK, rates=at_par)  # type: ignore[arg-type]
        assert choice.chosen.mode.regime == "H1"
        against = next(one for one in choice.refused if one.mode.code == "EU-H7").against
        assert [reason.held for reason in against] == [None]


def test_alcohol_tobacco_and_perfume_are_excise_goods() -> None:
    assert is_excise(["610910", "330300"])
    assert is_excise(["2402209000"])
    assert not is_excise(["330499", "2201"])


def test_a_table_with_a_wrong_entry_is_refused_by_name() -> None:
    entry = {**TABLE["mode"][0], "when": {"colour": "red"}}
    with pytest.raises(BadModes) as caught:
        read_modes({"mode": [entry]})
    assert caught.value.value == "CN-1210-export"
    with pytest.raises(BadModes, match="twice"):
        read_modes({"mode": [TABLE["mode"][0], TABLE["mode"][0]]})
