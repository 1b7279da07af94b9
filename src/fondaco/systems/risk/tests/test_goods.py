"""May these goods go there? The evaluator, the tables of data/risk, licences."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.ids import new_id
from fondaco.kernel.models import AuditEvent, OutboxEvent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.risk.domain.goods import EFFECTS, assess, code_ranges, words_condition, words_of
from fondaco.systems.risk.engine import DATA
from fondaco.systems.risk.goods import groups, rule_book
from fondaco.systems.risk.models import GoodsLicence
from fondaco.systems.risk.public import (
    BadGoods,
    BadLicence,
    GoodsItem,
    GoodsVerdict,
    LicenceDraft,
    LicenceNotFound,
    assess_goods,
    goods_map,
    licences_of,
    record_licence,
    withdraw_licence,
)

ON = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
VAPE = GoodsItem("Disposable vape pod kit", "854340", origin="CN", exporter="CN")


def verdict(item: GoodsItem, to: str, on: date = ON) -> GoodsVerdict:
    return assess(item, to, on=on, book=rule_book())


@pytest.mark.parametrize(
    ("item", "to", "effect", "rule"),
    [
        (VAPE, "SG", "prohibited", "sg-vapes"),
        (VAPE, "IN", "prohibited", "in-vapes"),
        (VAPE, "GB", "prohibited", "gb-vapes"),
        (GoodsItem("Mint chewing gum 60 pieces", "170410"), "SG", "prohibited", "sg-gum"),
        (GoodsItem("Foldable camera drone 4k", "880622"), "IN", "prohibited", "in-drones"),
        (GoodsItem("Foldable camera drone 4k", "880622"), "AE", "restricted", "ae-drones"),
        (GoodsItem("Butterfly knife trainer balisong steel", "821193"), "GB", "prohibited", "gb-offensive"),
        (GoodsItem("Wooden baby walker with wheels", "950300"), "CA", "prohibited", "ca-baby-walker"),
        (GoodsItem("Pampas grass seed", "120999"), "DE", "prohibited", "eu-invasive"),
        (GoodsItem("Cigars", "240210", origin="CU"), "US", "prohibited", "us-cuba"),
        (GoodsItem("Ceramic capacitor reel", "853224", exporter="CN"), "RU", "prohibited", "chpl-ru"),
        (GoodsItem("Ceramic capacitor reel", "853224", exporter="CN"), "KZ", "document", "chpl-diversion"),
        (GoodsItem("Anything at all", "950300", exporter="US"), "CU", "prohibited", "us-cu"),
        (GoodsItem("Wind-up music box", "920810", exporter="NZ"), "KP", "prohibited", "un-kp"),
        (GoodsItem("Thermal imaging camera", "852589", exporter="DE"), "US", "document", "dual-use-6A003-852589"),
        (GoodsItem("Puzzle for children", "950300"), "DE", "document", "eu-toys"),
        (GoodsItem("Sunglasses polarised", "900410"), "US", "document", "us-eyewear"),
    ],
)  # fmt: skip
def test_legal_here_and_there(item: GoodsItem, to: str, effect: str, rule: str) -> None:
    found = verdict(item, to)
    assert found.effect == effect
    assert rule in {finding.rule.id for finding in found.findings}


@pytest.mark.parametrize(
    ("title", "code", "to"),
    [
        ("Ivory kitchen scales", "842310", "DE"),  # a colour
        ("Bread bin diner style ivory", "732399", "GB"),
        ("Pepper mill steel", "821000", "GB"),
        ("Butter knife set of 4", "821191", "GB"),
        ("Dog bed faux fur", "940490", "US"),
        ("Butterfly hair clip", "961590", "AU"),
    ],
)
def test_a_word_alone_does_not_stop_what_it_does_not_mean(title: str, code: str, to: str) -> None:
    assert not verdict(GoodsItem(title, code), to).stops


def test_both_sides_of_the_day_a_law_comes_into_force() -> None:
    before, after = date(2025, 5, 31), date(2025, 6, 1)
    assert "gb-vapes" in {f.rule.id for f in verdict(VAPE, "GB", before).coming}
    assert "gb-vapes" not in {f.rule.id for f in verdict(VAPE, "GB", before).findings}
    assert "gb-vapes" in {f.rule.id for f in verdict(VAPE, "GB", after).findings}


def test_every_finding_says_what_made_it_fit_and_by_which_law() -> None:
    (first, *_) = verdict(GoodsItem("Butterfly knives balisong", "821193"), "GB").findings
    assert (first.rule.id, first.by_code) == ("gb-offensive", "")
    assert set(first.by_words) == {"butterfly", "knife"} or "balisong" in first.by_words
    assert "Restriction of Offensive Weapons Act 1959" in first.rule.source


def test_what_is_not_known_is_said() -> None:
    assert verdict(GoodsItem("Vape"), "SG").gaps == ("hs-missing", "origin-missing")
    assert verdict(VAPE, "SG").gaps == ()


def test_the_tables_are_sound() -> None:
    book = rule_book()
    ids = [rule.id for rule in book.rules]
    assert len(ids) == len(set(ids))
    assert len([rule for rule in book.rules if rule.kind == "rule"]) > 180
    assert {rule.effect for rule in book.rules} <= set(EFFECTS)
    assert all(rule.source and rule.reason for rule in book.rules)
    assert all(rule.needs for rule in book.rules if rule.effect == "restricted")
    assert all(len(low) == len(high) and low <= high for rule in book.rules for low, high in rule.codes)
    assert all(re.fullmatch(r"\*|[A-Z]{2}", place) for rule in book.rules for place in rule.destinations)


def test_the_common_high_priority_list_is_whole() -> None:
    """BIS, EU, UK and Japan, 2024-02-23: 50 codes, by tier 4, 5, 16, 9, 11 and 5."""
    with (DATA / "high_priority.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    tiers = [row["tier"] for row in rows]
    assert len({row["hs"] for row in rows}) == 50
    assert [tiers.count(tier) for tier in ("1", "2", "3A", "3B", "4A", "4B")] == [4, 5, 16, 9, 11, 5]


def test_the_union_has_27_members_and_every_destination_of_the_regimes_has_rules() -> None:
    assert len(groups()["EU"]) == 27
    assert set(
        "US CA MX AU NZ SG MY TH VN ID PH JP KR TW HK CN IN AE SA IL TR NO CH BR CL ZA GB DE FI".split()
    ) <= set(rule_book().destinations())


@pytest.mark.realdata
def test_every_code_of_the_tables_is_in_the_nomenclature() -> None:
    path = settings.SHARED_DATA / "tariff" / "hs2022_nomenclature.csv"
    if not path.is_file():
        pytest.skip("the nomenclature is not here")
    with path.open(encoding="utf-8", newline="") as stream:
        codes = {row["hscode"][:n] for row in csv.DictReader(stream) for n in (2, 4, 6)}
    named = {end for rule in rule_book().rules for pair in rule.codes for end in pair}
    assert sorted(named - codes) == []


def test_us_agencies_are_told_and_stop_nothing() -> None:
    found = verdict(GoodsItem("Almonds", "080212"), "US")
    assert {"FDA"} <= {f.rule.authority for f in found.findings if f.rule.kind == "agency"}
    assert not found.stops


def test_the_world_has_a_verdict_for_every_country_and_bad_input_is_refused() -> None:
    found = goods_map(VAPE, on=ON)
    assert len(found) == len({one.destination for one in found}) > 240
    assert {one.destination for one in found if one.effect == "prohibited"} >= {
        "SG",
        "TH",
        "IN",
        "BR",
        "MX",
        "AU",
    }
    for item, to, field in (
        (GoodsItem("x", "95"), "DE", "hs_code"), (GoodsItem("x", "95O300"), "DE", "hs_code"),
        (GoodsItem("x"), "ZZ", "destination"), (GoodsItem("x", origin="QQ"), "DE", "origin"),
    ):  # fmt: skip
        with pytest.raises(BadGoods) as problem:
            assess_goods([(item, to)], on=ON)
        assert problem.value.field == field


@given(st.text(max_size=80), st.from_regex(r"\A\d{6}\Z"), st.sampled_from(["DE", "US", "SG", "RU", "AQ"]))
def test_any_title_and_code_has_one_effect_and_the_gravest_comes_first(
    title: str, code: str, to: str
) -> None:
    found = verdict(GoodsItem(title, code, "CN", "CN"), to)
    order = [EFFECTS.index(finding.rule.effect) for finding in found.findings]
    assert order == sorted(order)
    assert found.stops == (found.effect in ("prohibited", "restricted"))


def test_how_conditions_are_read() -> None:
    condition = words_condition("stun|taser gun|torch !toy")
    assert condition.met(words_of("TASER torches")) is None
    assert condition.met(words_of("Stun guns")) == ("stun", "gun")
    assert condition.met(words_of("toy stun gun")) is None
    assert words_of("Knives") >= {"knives", "knife", "knive"}
    assert code_ranges("9503|8525-8527") == (("9503", "9503"), ("8525", "8527"))


# --- licences ----------------------------------------------------------------------------------------

SELLER = Scope(new_id(), Kind.SELLER, new_id(), Role.CLERK, "clerk")
DRONE = GoodsItem("Foldable camera drone", "880622", "CN", "GB")
DRAFT = LicenceDraft("ae-drones", "AE", "GCAA-77", date(2026, 1, 1), date(2026, 12, 31), "8806")


def state(on: date, item: GoodsItem = DRONE, seller: Scope = SELLER) -> str:
    return assess_goods([(item, "AE")], on=on, seller_id=seller.organisation_id)[0].effect


@pytest.mark.django_db
def test_a_licence_lifts_its_restriction_for_its_time_its_goods_and_its_seller() -> None:
    assert state(ON) == "restricted"
    kept = record_licence(SELLER, DRAFT, now=NOW)
    assert record_licence(SELLER, DRAFT, now=NOW).id == kept.id
    assert (state(ON), state(date(2025, 12, 31)), state(date(2027, 1, 1))) == (
        "document",
        "restricted",
        "restricted",
    )
    stranger = Scope(new_id(), Kind.SELLER, new_id(), Role.CLERK, "other")
    assert state(ON, seller=stranger) == "restricted"
    assert licences_of(stranger) == []
    with pytest.raises(LicenceNotFound):
        withdraw_licence(stranger, kept.id, now=NOW)
    for _ in range(2):
        withdraw_licence(SELLER, kept.id, now=NOW)
    assert state(ON) == "restricted"
    assert licences_of(SELLER) == []
    topics = list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True))
    assert topics == ["risk.licence-recorded", "risk.licence-withdrawn"]
    assert AuditEvent.objects.filter(action__startswith="risk.licence").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rule": "sg-vapes", "destination": "SG"}, "rule"),  # a prohibition: no licence lifts it
        ({"rule": "nothing"}, "rule"),
        ({"destination": "SG"}, "destination"),
        ({"number": "  "}, "number"),
        ({"hs_prefix": "88x"}, "hs_prefix"),
        ({"valid_to": date(2025, 1, 1)}, "valid_to"),
    ],
)
def test_a_licence_that_lifts_nothing_is_refused_and_nothing_is_kept(
    change: dict[str, object], field: str
) -> None:
    values = {
        name: getattr(DRAFT, name)
        for name in ("rule", "destination", "number", "valid_from", "valid_to", "hs_prefix")
    }
    with pytest.raises(BadLicence) as problem:
        record_licence(SELLER, LicenceDraft(**{**values, **change}), now=NOW)
    assert problem.value.field == field
    assert not GoodsLicence.objects.house().exists()


@pytest.mark.django_db
def test_only_a_sellers_clerk_states_its_licences() -> None:
    for scope in (
        Scope(new_id(), Kind.SELLER, new_id(), Role.VIEWER), Scope(new_id(), Kind.CUSTOMS, new_id(), Role.OWNER),
        Scope(new_id(), Kind.PLATFORM, new_id(), Role.OWNER),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            record_licence(scope, DRAFT, now=NOW)
    assert not GoodsLicence.objects.house().exists()
