"""The files that authorities publish day by day: read, sniffed, priced by, and refused where a column has moved.

The rows are written by hand in the published layouts; no extract of a published file is among them.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from openpyxl import Workbook

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.tariff_grammar import parse_duty
from fondaco.platforms.window.models import Measure, TariffQuota, TariffRelease
from fondaco.platforms.window.public import landed
from fondaco.platforms.window.tariff_files import format_of
from fondaco.platforms.window.tariff_official import read_taric, read_uk_measures, spelled
from fondaco.platforms.window.tariff_quotas import QuotaExhausted, check_quotas, load_quotas, tariff_quotas
from fondaco.platforms.window.tariff_rows import BadTariffFile, WrongYear
from fondaco.platforms.window.tests.landed_helpers import line, rates, request

NOW = datetime(2026, 11, 22, tzinfo=UTC)
UK = [
    "id", "commodity__sid", "commodity__code", "commodity__indent", "commodity__description", "measure__sid",
    "measure__type__id", "measure__type__description", "measure__additional_code__code",
    "measure__additional_code__description", "measure__duty_expression", "measure__effective_start_date",
    "measure__effective_end_date", "measure__reduction_indicator", "measure__footnotes", "measure__conditions",
    "measure__geographical_area__sid", "measure__geographical_area__id", "measure__geographical_area__description",
    "measure__excluded_geographical_areas__ids", "measure__excluded_geographical_areas__descriptions",
    "measure__quota__order_number", "measure__regulation__id",
]  # fmt: skip


def uk_row(
    code, kind, duty, *, area="1011", add="#NA", since="2021-01-01", until="#NA", order="#NA", without="#NA"
):
    known = {
        "commodity__code": code, "commodity__description": f"Goods {code}", "measure__type__id": kind,
        "measure__duty_expression": duty, "measure__effective_start_date": since,
        "measure__effective_end_date": until, "measure__geographical_area__id": area,
        "measure__additional_code__code": add, "measure__quota__order_number": order,
        "measure__excluded_geographical_areas__ids": without, "measure__regulation__id": "C2100001",
    }  # fmt: skip
    return [known.get(name, "#NA") for name in UK]


UK_ROWS = [
    uk_row("6912002500", "103", "8.00%"),
    uk_row("6912002500", "112", "0.00%", until="2026-12-31"),
    uk_row("6912002500", "142", "0.00%", area="JP"),
    uk_row("6912002500", "552", "17.60%", area="CN", add="B349"),
    uk_row("6912002500", "552", "36.10%", area="CN", add="B999"),
    uk_row("6912002500", "305", "20.00%"),
    uk_row("0203110000", "103", "20.00%"),
    uk_row("0203111000", "103", "12.00% + 10.00 GBP / 100 kg"),
    uk_row("0203111000", "143", "0.00%", area="NZ", order="52012"),
    uk_row("7318150000", "103", "3.70%"),
    uk_row("7318150000", "696", "25.00%", without="UA|TR"),
]


def written(tmp_path, rows, *, head, name):
    path = tmp_path / name
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture
def uk(tmp_path):
    return written(tmp_path, UK_ROWS, head=UK, name="measures-as-defined.csv")


def test_the_uks_measures_become_duties_of_their_kinds(uk):
    release = read_uk_measures(uk)
    assert {x.code for x in release.lines} == {"69120025", "020311", "02031110", "73181500"}
    told = {(m.code, m.kind, m.origin, m.reference): m.expression for m in release.measures}
    assert told["69120025", "mfn", "", ""] == "8.00%"
    assert told["69120025", "claimed", "", "112"] == "0.00%"
    assert told["69120025", "preference", "", "JP"] == "0.00%"
    assert told["69120025", "remedy", "CN", "552 B349"] == "17.60%"
    assert told["02031110", "quota", "NZ", "052012"] == "0.00%"
    # A safeguard that leaves some countries out is for a person: whom it hits is not in the row.
    assert told["73181500", "manual", "", "696 1011"] == "measure 696: 25.00%"
    assert not any("305" in key[3] for key in told)
    assert (release.year, [k.jurisdiction for k in format_of(uk)]) == (2026, ["uk"])


EU = ["Goods code", "Add code", "Order No.", "Start date", "End date", "RED_IND", "Origin", " Measure type", "Legal base",
      "Duty", "Origin code", " Meas. type code"]  # fmt: skip
EU_ROWS = [
    ["6912002100", "", "", "01-01-2020", "", "", "ERGA OMNES", "Third country duty", "R2658/87", "5.000 %", "1011", "103"],
    ["6912002100", "C498", "", "13-05-2013", "", "", "China", "Definitive anti-dumping duty", "R0412/13", "17.900 %", "CN", "552"],
    ["6912002100", "", "", "01-01-2020", "", "", "Viet Nam", "Tariff preference", "D0753/20", "0.000 %", "VN", "142"],
    ["0402211100", "", "", "01-01-2020", "", "", "ERGA OMNES", "Third country duty", "R2658/87", "130.400 EUR DTN", "1011", "103"],
    ["2204211000", "", "", "01-01-2020", "31-12-2026", "", "ERGA OMNES", "Third country duty", "R2658/87", "32.000 EUR HLT", "1011", "103"],
]  # fmt: skip


def workbook(tmp_path, head, rows):
    book, path = Workbook(), tmp_path / "Duties Import 01-99.xlsx"
    for row in [head, *rows]:
        book.active.append(row)
    book.save(path)
    return path


def test_the_eus_sheet_is_read_with_its_coded_units(tmp_path):
    path = workbook(tmp_path, EU, EU_ROWS)
    release = read_taric(path)
    told = {(m.code, m.kind, m.origin): m.expression for m in release.measures}
    assert told["04022111", "mfn", ""] == "130.400 EUR / 100 kg"
    assert told["22042110", "mfn", ""] == "32.000 EUR / hl"
    assert told["69120021", "remedy", "CN"] == "17.900 %"
    assert release.year == 2026
    assert all(m.duty is not None for m in release.measures)
    assert [k.jurisdiction for k in format_of(path)] == ["eu"]


@pytest.mark.parametrize(
    ("told", "unit"),
    [
        ("9.4 % + 5 EUR DTN", "100 kg"),
        ("0.9 EUR DTN G", "100 kg / gross"),
        ("1.2 EUR ASV HLT", "% vol / hl"),
        ("3 EUR TNE", "tonne"),
    ],
)
def test_coded_units_are_spelled_as_the_grammar_reads_them(told, unit):
    assert spelled(told).endswith(unit)
    assert parse_duty(spelled(told), "taric") is not None


def test_a_moved_column_a_foreign_code_and_an_old_edition_are_refused(tmp_path, uk):
    moved = [UK[0], *UK[10:11], *UK[1:10], *UK[11:]]
    rows = [[row[0], row[10], *row[1:10], *row[11:]] for row in UK_ROWS]
    with pytest.raises(BadTariffFile, match="has moved"):
        read_uk_measures(written(tmp_path, rows, head=moved, name="moved.csv"))
    with pytest.raises(BadTariffFile, match="lacks: Origin code"):
        read_taric(workbook(tmp_path, EU[:10] + EU[11:], [row[:10] + row[11:] for row in EU_ROWS]))
    with pytest.raises(BadTariffFile, match="ten-digit"):
        read_uk_measures(written(tmp_path, [uk_row("69AB", "103", "8%")], head=UK, name="bad.csv"))
    (tmp_path / "no.xlsx").write_bytes(b"no workbook")
    with pytest.raises(BadTariffFile, match="cannot be read"):
        format_of(tmp_path / "no.xlsx")
    (tmp_path / "bad.json").write_text('{"htsno": 1}')
    with pytest.raises(BadTariffFile, match="no list"):
        format_of(tmp_path / "bad.json")


HTS = {"htsno": "6505.00.01", "indent": "0", "superior": None, "units": ["kg"], "special": "Free (AU,KR)", "other": "90%",
       "description": "Hair-nets", "general": "9.4%", "footnotes": [], "additionalDuties": None}  # fmt: skip


@pytest.mark.django_db
def test_the_us_schedule_in_json_is_the_same_as_in_csv(tmp_path):
    path = tmp_path / "htsdata.json"
    mark = HTS | {"htsno": "9903.03.01", "general": "The duty provided + 10%", "units": [], "special": ""}
    path.write_text(json.dumps([HTS, mark]))
    (report,) = landed.load_edition(path, year=2026, now=NOW, actor="t")
    assert (report.jurisdiction, report.year, report.lines, report.measures) == ("us", 2026, 1, 2)
    assert Measure.objects.get(kind="preference").expression == "Free"
    path.write_text(json.dumps([HTS, {k: v for k, v in mark.items() if k != "general"}]))
    with pytest.raises(BadTariffFile, match="row 2 lacks: general"):
        landed.load_edition(path, year=2026, now=NOW, actor="t")
    assert TariffRelease.objects.count() == 1


QUOTA = [
    "quota_definition__sid", "quota__order_number", "quota__geographical_areas", "quota__headings", "quota__commodities",
    "quota__measurement_unit", "quota__monetary_unit", "quota_definition__description",
    "quota_definition__validity_start_date", "quota_definition__validity_end_date",
    "quota_definition__suspension_periods", "quota_definition__blocking_periods", "quota_definition__status",
    "quota_definition__last_allocation_date", "quota_definition__initial_volume", "quota_definition__balance",
    "quota_definition__fill_rate",
]  # fmt: skip


def quota_file(tmp_path, status, balance, *, year=2026):
    row = [1, "52012", "New Zealand", "0203", "0203111000", "Kilogram (kg)", "#NA", "#NA", f"{year}-01-01", f"{year}-12-31",
           "#NA", "#NA", status, "2026-11-20", 2000, balance, 0.5]  # fmt: skip
    return written(tmp_path, [row], head=QUOTA, name="quotas.csv")


def quoted(*, origin, schemes="", hs="69120025", policy="ask", code=""):
    goods = line("1000", "GBP", hs, origin=origin, mass_g=10_000, additional_code=code)
    asked = request("GB", goods, on="2026-11-22", origin=origin, b2c=False, schemes=schemes)
    whole = [(asked, ())]
    return landed.quote_orders_in_parts(whole, rates=rates, hs6_policy=policy)[0]


def duty(quote):
    return quote.duty.amount if quote.status == "priced" else quote.missing[0].code


@pytest.mark.django_db
def test_remedies_claims_and_quotas_decide_the_duty(tmp_path, uk):
    landed.ensure_regimes(now=NOW)
    landed.load_edition(uk, year=2026, now=NOW, actor="t")
    assert duty(quoted(origin="IN")) == Decimal("80.00")
    assert duty(quoted(origin="IN", schemes="SUSPENSION")) == 0
    assert {n.code for n in quoted(origin="IN").notes} == {"claim-open"}
    # The maker's own rate on top of the duty, the residual one, a question, or the highest.
    assert duty(quoted(origin="CN", code="B349")) == Decimal("256.00")
    assert duty(quoted(origin="CN", code="B999")) == Decimal("441.00")
    assert duty(quoted(origin="CN")) == "additional-code-missing"
    estimate = quoted(origin="CN", policy="max")
    assert (duty(estimate), estimate.estimated) == (Decimal("441.00"), True)
    # A thousand pounds' worth, ten kilograms: 12 % and a pound outside the quota, nothing inside while there is room.
    load_quotas(quota_file(tmp_path, "Open", 1500), now=NOW, actor="t")
    pork = {"origin": "NZ", "hs": "02031110"}
    assert duty(quoted(**pork)) == Decimal("121.00")
    inside = quoted(**pork, schemes="QUOTA-052012")
    assert duty(inside) == 0
    assert [s.inputs["claim"] for s in inside.trace if s.code == "duty-claim"] == ["QUOTA-052012"]
    check_quotas(inside, on=NOW.date())
    load_quotas(quota_file(tmp_path, "Exhausted", 0), now=NOW, actor="t")
    with pytest.raises(QuotaExhausted):
        check_quotas(inside, on=NOW.date())
    assert duty(quoted(**pork, schemes="QUOTA-052012")) == Decimal("121.00")  # the new price
    goods = line("1000", "GBP", "02031110", origin="NZ", mass_g=10_000)
    told = landed.calculate(
        request("GB", goods, on="2026-11-22", origin="NZ", b2c=False, schemes="QUOTA-052012"), rates=rates
    )
    assert (duty(told), [n.code for n in told.notes][-1]) == (Decimal("121.00"), "quota-exhausted")
    order, people = uuid4(), (uuid4(), uuid4())
    landed.save_landed_quotes([(order, *people, inside)], NOW)
    again = [(order, *people, quoted(**pork, schemes="QUOTA-052012"))]
    assert landed.save_landed_quotes(again, NOW).revised == 0
    assert landed.save_landed_quotes(again, NOW, asked_anew={order}).revised == 1
    assert landed.landed_quote_for([order])[order].quote.duty == Money.of("121.00", "GBP")


@pytest.mark.django_db
def test_quotas_of_another_year_or_without_amounts_change_nothing(tmp_path):
    load_quotas(quota_file(tmp_path, "Critical", 150), now=NOW, actor="t")
    (one,) = tariff_quotas("uk", on=date(2026, 11, 22))
    assert (one.state, one.used_pct, one.codes) == ("critical", Decimal("92.5"), ("02031110",))
    with pytest.raises(BadTariffFile, match="no quota that runs"):
        load_quotas(quota_file(tmp_path, "Open", 10, year=2025), now=NOW, actor="t")
    with pytest.raises(BadTariffFile, match="not an amount"):
        load_quotas(quota_file(tmp_path, "Open", "lots"), now=NOW, actor="t")
    assert load_quotas(quota_file(tmp_path, "Open", 10), now=NOW, actor="t", dry_run=True).open == 1
    assert TariffQuota.objects.get().balance == 150


@pytest.mark.django_db
def test_an_edition_that_still_lists_what_ended_is_of_that_year(tmp_path):
    rows = [*UK_ROWS, uk_row("7318150000", "112", "0.00%", until="2025-12-31")]
    with pytest.raises(WrongYear):
        landed.load_edition(written(tmp_path, rows, head=UK, name="old.csv"), year=2026, now=NOW, actor="t")
    assert TariffRelease.objects.count() == 0
