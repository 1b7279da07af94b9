"""Keeping landed costs and tariffs: once, frozen, and read back as they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window.domain.landed_bill import DeclaredItem, judge_difference
from fondaco.platforms.window.landed_proof import bearers
from fondaco.platforms.window.models import LandedCost, Measure, Regime, TariffLine, TariffRelease
from fondaco.platforms.window.public import landed
from fondaco.platforms.window.tariff_files import BadTariffFile
from fondaco.platforms.window.tests.landed_helpers import line, price, rates, request

NOW = datetime(2026, 11, 22, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def placed(quote):
    return uuid4(), uuid4(), uuid4(), quote


def test_a_quote_is_kept_and_read_back_whole():
    row = placed(
        price(
            "DE",
            line("500", "EUR", "691200"),
            line("60", "EUR", n="2"),
            freight="20",
            b2c=False,
            policy="max",
        )
    )
    assert landed.save_landed_quotes([row], NOW).created == 1
    kept = landed.landed_quote_for([row[0]])[row[0]]
    assert kept.quote == row[3]
    assert (kept.seller_id, kept.buyer_id, kept.revision) == (row[1], row[2], 1)


def test_saving_again_changes_nothing():
    rows = [placed(price("DE", line(str(n), "EUR"))) for n in range(1, 6)]
    landed.save_landed_quotes(rows, NOW)
    again = landed.save_landed_quotes(rows, NOW)
    assert (again.created, again.unchanged, again.revised) == (0, 5, 0)
    assert LandedCost.objects.house().count() == 5


def test_the_number_of_queries_does_not_grow_with_the_batch(django_assert_num_queries):
    rows = [placed(price("DE", line(str(n), "EUR"))) for n in range(1, 200)]
    with django_assert_num_queries(4):  # savepoint, read, insert, release
        landed.save_landed_quotes(rows, NOW)


def test_a_price_is_frozen():
    order, seller, buyer, quote = placed(price("DE", line("500", "EUR")))
    landed.save_landed_quotes([(order, seller, buyer, quote)], NOW)
    landed.save_landed_quotes([(order, seller, buyer, price("DE", line("900", "EUR")))], NOW)
    assert landed.landed_quote_for([order])[order].quote == quote


def test_an_answer_follows_what_needed_a_person():
    order, seller, buyer, open_quote = placed(price("IN", line("500", "INR")))
    landed.save_landed_quotes([(order, seller, buyer, open_quote)], NOW)
    assert landed.landed_quote_for([order])[order].quote.status == "needs_manual"
    answered = price("IN", line("500", "INR", stated_duty="20%"))
    assert landed.save_landed_quotes([(order, seller, buyer, answered)], NOW).revised == 1
    kept = landed.landed_quote_for([order])[order]
    assert (kept.revision, kept.quote) == (2, answered)


def test_only_the_parties_of_an_order_see_its_reckoning():
    order, seller, buyer, quote = placed(price("DE", line("500", "EUR")))
    landed.save_landed_quotes([(order, seller, buyer, quote)], NOW)
    assert landed.landed_trace(Scope(seller, Kind.SELLER), order).quote.trace == quote.trace
    assert landed.landed_trace(Scope(buyer, Kind.BUYER), order).quote == quote
    for stranger in (Scope(uuid4(), Kind.SELLER), Scope(seller, Kind.BUYER), Scope(seller, Kind.CARRIER)):
        with pytest.raises(NotFound):
            landed.landed_trace(stranger, order)


def test_the_database_refuses_a_sum_that_does_not_add_up():
    order, seller, buyer, quote = placed(price("DE", line("500", "EUR")))
    landed.save_landed_quotes([(order, seller, buyer, quote)], NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        LandedCost.objects.house().update(duty_minor=1)


@pytest.mark.django_db(transaction=True)
def test_many_writers_of_one_order_leave_one_price():
    rows = [placed(price("DE", line(str(n), "EUR"))) for n in range(1, 20)]
    gate = Barrier(6)

    def write():
        try:
            gate.wait()
            landed.save_landed_quotes(rows, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(write) for _ in range(6)]:
            done.result()
    assert LandedCost.objects.house().count() == len(rows)
    assert LandedCost.objects.house().filter(is_current=True).count() == len(rows)


@pytest.mark.django_db(transaction=True)
def test_many_answers_to_one_order_leave_one_current_price():
    order, seller, buyer, open_quote = placed(price("IN", line("500", "INR")))
    landed.save_landed_quotes([(order, seller, buyer, open_quote)], NOW)
    answers = [price("IN", line("500", "INR", stated_duty=f"{n}%")) for n in range(5)]
    gate = Barrier(5)

    def write(quote):
        try:
            gate.wait()
            landed.save_landed_quotes([(order, seller, buyer, quote)], NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        for done in [pool.submit(write, quote) for quote in answers]:
            done.result()
    kept = LandedCost.objects.house().filter(order_id=order)
    assert sorted(kept.values_list("revision", "is_current")) == [(1, False), (2, True)]


def test_regimes_are_loaded_once_and_mended_when_changed():
    first = landed.ensure_regimes(now=NOW)
    assert first.added == first.held > 100
    again = landed.ensure_regimes(now=NOW)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    Regime.objects.filter(destination="CH").update(sha256="0" * 64)
    assert landed.ensure_regimes(now=NOW).changed == 1


def test_the_database_refuses_overlapping_regimes():
    landed.ensure_regimes(now=NOW)
    row = Regime.objects.get(destination="CH")
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.fixture
def compact(tmp_path):
    """The compact tables, as on a machine without the full files."""
    landed.ensure_regimes(now=NOW)
    return landed.ensure_tariffs(tmp_path, now=NOW)


def test_without_the_full_files_the_compact_table_serves(compact):
    assert not compact.full
    assert set(compact.loaded) == {"uk/compact", "eu/compact", "us/compact", "us/country"}
    quotes = landed.quote_landed_costs(
        [
            request("DE", line("500", "EUR", "691200"), b2c=False),
            request("GB", line("500", "GBP", "340600"), b2c=False),
        ],
        rates=rates,
        hs6_policy="max",
    )
    assert [quote.status for quote in quotes] == ["priced", "priced"]
    assert quotes[0].versions["tariff:eu"].startswith("compact@")


def test_the_compact_table_keeps_metals_for_a_person(compact):
    asked = request("US", line("500", "USD", "732393"), on="2026-10-15")
    quote = landed.quote_landed_costs([asked], rates=rates, hs6_policy="max")[0]
    assert [missing.code for missing in quote.missing] == ["manual-provision"]


def test_base_rates_without_their_additional_duties_are_not_used(compact, tmp_path):
    (tmp_path / "us_hts_2026_rev4.csv.gz").write_bytes(b"")
    assert landed.ensure_tariffs(tmp_path, now=NOW).loaded == ()


def test_tariffs_are_loaded_once(compact, tmp_path):
    again = landed.ensure_tariffs(tmp_path, now=NOW)
    assert again.loaded == ()
    assert again.held == compact.held


def test_a_file_with_a_column_moved_is_refused_and_changes_nothing(compact, tmp_path):
    before = Measure.objects.count()
    (tmp_path / "hs2022_nomenclature.csv").write_text("section,code,description\nI,01,Animals\n")
    with pytest.raises(BadTariffFile):
        landed.ensure_tariffs(tmp_path, now=NOW)
    assert Measure.objects.count() == before


def test_a_release_that_follows_replaces_the_one_before(compact, tmp_path):
    path = tmp_path / "hs2022_nomenclature.csv"
    path.write_text("hscode,description\n01,Animals\n")
    landed.ensure_tariffs(tmp_path, now=NOW)
    path.write_text("hscode,description\n01,Animals\n0101,Horses\n")
    landed.ensure_tariffs(tmp_path, now=NOW)
    assert TariffRelease.objects.filter(dataset="nomenclature").count() == 1
    assert TariffLine.objects.filter(jurisdiction="hs").count() == 2


def test_the_database_refuses_two_duties_for_one_day(compact):
    row = Measure.objects.filter(jurisdiction="eu").first()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_engine_is_renewed_when_a_tariff_is_loaded(compact, tmp_path):
    asked = [request("DE", line("500", "EUR", "999999"), b2c=False)]
    assert landed.quote_landed_costs(asked, rates=rates)[0].missing[0].code == "hs-unknown"
    release = TariffRelease.objects.get(jurisdiction="eu")
    later = TariffRelease.objects.create(
        jurisdiction="eu",
        dataset="extra",
        label="x",
        source="x",
        licence="x",
        sha256="x",
        valid_from=date(2026, 1, 1),
        loaded_at=NOW,
    )
    Measure.objects.create(
        release=later,
        jurisdiction="eu",
        code="99999900",
        kind="mfn",
        expression="10%",
        source="x",
        validity=(date(2026, 1, 1), None),
    )
    assert release.pk != later.pk
    assert landed.quote_landed_costs(asked, rates=rates)[0].duty.minor == 5000


def test_the_tariff_browser_shows_the_nearest_duty_and_finds_words(compact):
    hits = landed.find_tariff("691200", "us", date(2026, 11, 20))
    assert [hit.code for hit in hits] == ["691200"]
    assert {duty.kind for duty in hits[0].duties} == {"mfn", "additional", "country", "manual"}
    assert "691200" in {
        hit.code for hit in landed.search_tariff("ceramic tableware", "us", date(2026, 11, 20))
    }
    assert landed.find_tariff("6", "us", date(2026, 11, 20)) == []
    assert landed.search_tariff("  ", "us", date(2026, 11, 20)) == []


def test_destinations_on_a_day():
    landed.ensure_regimes(now=NOW)
    rows = {row.destination: row for row in landed.destinations(on=date(2026, 11, 20))}
    assert len(rows) >= 54
    assert rows["DE"].rule_id == "DE/EU-flat-3"
    assert rows["TR"].rule_id == "TR-2026"
    assert "ZZ" not in rows


@pytest.mark.realdata
@pytest.mark.slow(15)
def test_the_real_tariffs(settings):
    landed.ensure_regimes(now=NOW)
    done = landed.ensure_tariffs(settings.SHARED_DATA / "tariff", now=NOW)
    assert done.full
    assert done.unread <= 57
    rated = set(Measure.objects.filter(jurisdiction="us", kind="mfn").values_list("code", flat=True))
    codes = TariffLine.objects.filter(jurisdiction="us").values_list("code", flat=True)
    ten = [code for code in codes if len(code) == 10]
    assert len(ten) == 19_738
    assert all(code in rated or code[:8] in rated for code in ten)
    asked = [
        request("US", line("100", "USD", code), on="2026-10-15") for code in ("3924104000", "3924102000")
    ]
    duties = [str(quote.duty.amount) for quote in landed.quote_landed_costs(asked, rates=rates)]
    assert duties == ["15.90", "26.50"]  # 3.4 + 12.5 (list 4B is suspended); 6.5 + 7.5 (list 4A) + 12.5
    steel = landed.quote_landed_costs(
        [request("US", line("100", "USD", "7323930045"), on="2026-10-15")], rates=rates
    )[0]
    assert steel.lines[0].rate_text == "2% + 25% (s232-1b)"
    yielded = [step.inputs["kind"] for step in steel.trace if step.code == "duty-yields"]
    assert yielded == ["9903.05.31"]
    assert landed.find_tariff("0101290010", "us", date(2026, 11, 20))[0].duties[0].expression == "Free"


def test_a_kept_quote_is_worked_out_again_and_a_changed_regime_shows(settings):
    landed.ensure_regimes(now=NOW)
    asked = request("HK", line("500", "HKD"), line("60", "HKD", n="2"), freight="20")
    (quote,) = landed.quote_landed_costs([asked], rates=rates)
    row = placed(quote)
    landed.save_landed_quotes([row], NOW)
    scope = Scope(row[1], Kind.SELLER)
    again = landed.replay_order(scope, row[0])
    assert (again.same, again.changed, again.charges_now) == (True, {}, quote.charges)
    regime = Regime.objects.get(destination="HK")
    body = {**regime.body, "source": "another source"}
    Regime.objects.filter(pk=regime.pk).update(body=body, loaded_at=datetime(2026, 11, 23, tzinfo=UTC))
    after = landed.replay_order(scope, row[0])
    assert not after.same
    assert list(after.changed) == ["regime"]
    with pytest.raises(NotFound):
        landed.replay_order(Scope(uuid4(), Kind.SELLER), row[0])


@pytest.mark.parametrize(
    ("what", "assessed", "reason", "bearer"),
    [
        ("duty", "60.00", "same", "nobody"),
        ("duty", "60.01", "rounding", "house"),
        ("duty", "75.00", "differs", "seller"),
        ("duty", "50.00", "less", "buyer"),
        ("tax", "0.00", "less", "buyer"),
    ],
)
def test_what_was_quoted_is_held_against_what_was_assessed(what, assessed, reason, bearer):
    quote = price("DE", line("500", "EUR"), b2c=False)
    found = judge_difference(what, quote, Money.of(assessed, "EUR"), bearers=bearers())
    assert (found.reason, found.bearer) == (reason, bearer)
    assert found.difference == Money.of(assessed, "EUR") - getattr(quote, what)
    at_sale = price("DE", line("100", "EUR"), schemes="IOSS")
    assert judge_difference("tax", at_sale, Money.zero("EUR"), bearers=bearers()).reason == "at-sale"


@pytest.mark.parametrize(
    ("code", "value", "reason"),
    [("610910", 50_000, "differs"), ("610990", 50_000, "goods"), ("61091000", 49_000, "value")],
)
def test_a_higher_bill_is_explained_by_what_was_declared(code, value, reason):
    quote = price("DE", line("500", "EUR"), b2c=False)
    items = [DeclaredItem(code, value)]
    assert (
        judge_difference("duty", quote, Money.of("75", "EUR"), items=items, bearers=bearers()).reason
        == reason
    )


def test_nothing_is_reconciled_before_it_is_assessed():
    row = placed(price("DE", line("500", "EUR")))
    landed.save_landed_quotes([row], NOW)
    found = landed.reconcile_landed(Scope(row[1], Kind.SELLER), row[0])
    assert (found.differences, found.assessed_at, found.agrees) == ((), None, True)
