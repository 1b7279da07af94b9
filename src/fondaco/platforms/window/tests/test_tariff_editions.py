"""A new edition of a tariff: its difference, its dates, what it refuses, and the history that it leaves."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.platforms.window.models import CodeExpiry, Measure, TariffLine, TariffRelease
from fondaco.platforms.window.public import landed
from fondaco.platforms.window.tariff_editions import successors_of
from fondaco.platforms.window.tariff_files import read_expiries
from fondaco.platforms.window.tariff_load import OWN
from fondaco.platforms.window.tariff_rows import LineRow, table_rows
from fondaco.platforms.window.tariff_us import agency_words, read_us_flags
from fondaco.platforms.window.tests.landed_helpers import line, rates, request

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEAD = ["HTS Number", "Indent", "Description", "Unit of Quantity", "General Rate of Duty", "Special Rate of Duty",
        "Column 2 Rate of Duty"]  # fmt: skip
SCHEDULE = [
    ["6109", "0", "T-shirts, singlets and other vests, knitted or crocheted:", "", "", "", ""],
    ["6109.10.00", "1", "Of cotton", "", "16.5%", "Free (AU,KR,SG) 8% (NP)", "90%"],
    ["6109.10.00.12", "2", "Men's", '["doz.","kg"]', "", "", ""],
    ["6109.10.00.14", "2", "Boys'", '["doz.","kg"]', "", "", ""],
    ["6505.00.01", "0", "Hair-nets", '["kg"]', "9.4%", "", "90%"],
    ["9903.03.01", "0", "Articles of any country", "", "The duty provided + 10%", "", ""],
]


def written(
    tmp_path: Path,
    rows: Sequence[Sequence[str]],
    *,
    name: str = "hts_2026_rev4.csv",
    head: Sequence[str] = HEAD,
) -> Path:
    path = tmp_path / name
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def load(path, **more):
    (report,) = landed.load_edition(path, **{"year": 2026, "now": NOW, "actor": "clerk", **more})
    return report


def changed(tmp_path: Path) -> Path:
    """The next revision: men's shirts have another code, cotton pays 15 %, hair-nets are gone, a hat is new."""
    rows = [list(row) for row in SCHEDULE]
    rows[1][4], rows[2][0], rows[4] = "15%", "6109.10.00.13", ["6505.00.90", "0", "Hats", "", "6.8%", "", ""]
    return written(tmp_path, rows, name="hts_2026_rev5.csv")


def test_an_edition_is_loaded_with_its_provenance(tmp_path):
    path = written(tmp_path, SCHEDULE)
    report = load(path)
    assert (report.loaded, report.lines, report.measures, report.unread) == (True, 5, 4, 0)
    assert report.lacks == ("s232", "s301")
    held = TariffRelease.objects.get(jurisdiction="us", dataset="mfn")
    assert (held.label, held.sha256, held.licence) == (
        "USITC, HTS 2026 revision 4",
        report.sha256,
        "US public domain",
    )
    assert load(path).held_already


def test_a_dry_run_shows_the_difference_and_changes_nothing(tmp_path):
    load(written(tmp_path, SCHEDULE))
    before = list(Measure.objects.order_by("pk").values()), list(TariffLine.objects.order_by("pk").values())
    report = load(changed(tmp_path), dry_run=True)
    assert not report.loaded
    assert (report.codes_added, report.codes_ended, report.duties_changed) == (2, 2, 1)
    assert (report.duties_added, report.duties_ended) == (1, 1)
    assert report.replaces == "USITC, HTS 2026 revision 4"
    assert ("61091000", "mfn", "16.5%", "15%") in [(c.code, c.what, c.was, c.now) for c in report.samples]
    assert before == (
        list(Measure.objects.order_by("pk").values()), list(TariffLine.objects.order_by("pk").values())
    )  # fmt: skip


def test_a_duty_that_changes_keeps_its_past(tmp_path):
    landed.ensure_regimes(now=NOW)
    load(written(tmp_path, SCHEDULE))
    kept = Measure.objects.get(kind="preference", reference="AU KR SG").pk
    load(changed(tmp_path), since=date(2026, 11, 22))
    duties = Measure.objects.filter(code="61091000", kind="mfn").order_by("validity")
    assert [(m.expression, m.validity.lower, m.validity.upper) for m in duties] == [
        ("16.5%", date(2025, 1, 1), date(2026, 11, 22)),
        ("15%", date(2026, 11, 22), None),
    ]
    assert Measure.objects.get(pk=kept).release.label == "USITC, HTS 2026 revision 5"
    assert TariffLine.objects.filter(jurisdiction="us").count() == 5
    page = landed.tariff_page("us", "61091000", on=date(2026, 11, 22))
    assert [duty.expression for duty in page.history if duty.kind == "mfn"] == ["16.5%", "15%"]
    asked = [
        request("US", line("100", "USD", "61091000", origin="UA"), on=day)
        for day in ("2026-11-21", "2026-11-22")
    ]
    found = landed.quote_landed_costs(asked, rates=rates)
    assert [quote.lines[0].rate_text for quote in found] == ["16.5%", "15%"]


def test_a_code_that_ended_yesterday_is_refused_with_its_successor(tmp_path):
    landed.ensure_regimes(now=NOW)
    load(written(tmp_path, SCHEDULE))
    load(changed(tmp_path), since=date(2026, 11, 21))
    ended = CodeExpiry.objects.order_by("code")
    assert [(e.code, e.successors) for e in ended] == [
        ("6109100012", ["6109100013"]),
        ("65050001", ["65050090"]),
    ]
    quote = landed.quote_landed_costs(
        [request("US", line("100", "USD", "6109100012", origin="UA"), on="2026-11-22")], rates=rates
    )[0]
    assert [(m.code, "6109100013" in m.detail) for m in quote.missing] == [("hs-expired", True)]
    page = landed.tariff_page("us", "6109100012", on=date(2026, 11, 22))
    assert [end.successors for end in page.ends] == [("6109100013",)]
    with pytest.raises(NotFound):
        landed.tariff_page("us", "6109100099", on=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("spoil", "error", "field"),
    [
        (lambda rows, head: ([*rows[:-1], ["9903.01.25", "0", "x", "", "", "", ""]], head), "tariff-of-another-year", "year"),
        (lambda rows, head: (rows, [*head[:4], head[5], head[4], head[6]]), "bad-tariff-file", "Special Rate of Duty"),
        (lambda rows, head: ([[*r[:4], r[2], *r[5:]] for r in rows], head), "bad-tariff-file", "duty"),
        (lambda rows, head: ([[r[0], r[2], r[1], *r[3:]] for r in rows], head), "bad-tariff-file", "Indent"),
        (lambda rows, head: (rows, ["HTS Number", "Indent", "Text", *head[3:]]), "bad-tariff-file", "Description"),
        (lambda rows, head: ([[*r, "one too many"] for r in rows], head), "bad-tariff-file", "row"),
        (lambda rows, head: (rows, ["code", "duty"]), "bad-tariff-file", "columns"),
    ],
    ids=["another-year", "column-moved", "cells-moved", "indent", "column-gone", "too-wide", "unknown"],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_its_field_and_changes_nothing(tmp_path, spoil, error, field):
    load(written(tmp_path, SCHEDULE))
    before = list(Measure.objects.order_by("pk").values())
    rows, head = spoil(SCHEDULE, HEAD)
    with pytest.raises(landed.BadTariffFile) as caught:
        load(written(tmp_path, rows, name="wrong.csv", head=head))
    assert (caught.value.code, caught.value.field) == (error, field)
    assert list(Measure.objects.order_by("pk").values()) == before


def test_an_edition_that_lost_its_codes_is_refused_unless_meant(tmp_path):
    many = [[f"6201.{n:04d}.00"[:10], "0", f"Coat {n}", "", "5%", "", ""] for n in range(1000, 1300)]
    load(written(tmp_path, [*SCHEDULE, *many]))
    few = written(tmp_path, [*SCHEDULE, *many[:100]], name="hts_2026_rev6.csv")
    with pytest.raises(landed.Shrunk):
        load(few)
    assert TariffLine.objects.filter(jurisdiction="us").count() > 200
    assert load(few, allow_loss=True).codes_ended == 200


def test_successors_are_those_with_the_same_words_if_there_are_any():
    added = [
        LineRow("6109100021", "Shirts > Men's"),
        LineRow("6109100022", "Shirts > Other"),
        LineRow("6109900010", "x"),
    ]
    assert successors_of("6109100012", "T-shirts > men's", added) == ["6109100021"]
    assert successors_of("6109100012", "T-shirts > Babies'", added) == ["6109100021", "6109100022"]


def test_flags_of_customs_are_dated_measures(tmp_path):
    path = tmp_path / "flags.csv"
    path.write_text(
        "HTS Date:,2/21/2026,,,,,,,,\n,,,,,,,,,\n"
        "Tariff Number,Description,Effective Date,Expiration Date,Census Qty 1,AD Duty,CV Duty,PGA 1,PGA 2\n"
        "3304991000,PETROLEUM JELLY,1/1/2002,12/31/2030,KG,N,N,FD2,AQ1\n"
        "7323930045,COOKING WARE,1/1/2024,2/28/2026,KG,Y,Y,,\n"
    )
    rows = read_us_flags(path)
    found = [(m.code, m.kind, m.reference, m.since, m.until) for m in rows.measures]
    assert found == [
        ("3304991000", "agency", "AQ1", date(2002, 1, 1), date(2031, 1, 1)),
        ("3304991000", "agency", "FD2", date(2002, 1, 1), date(2031, 1, 1)),
        ("7323930045", "remedy", "AD", date(2024, 1, 1), None),
        ("7323930045", "remedy", "CVD", date(2024, 1, 1), None),
    ]
    assert agency_words("FD2") == "FDA: prior notice, registration or entry data required"
    path.write_text("Tariff Number,Description\n")
    with pytest.raises(landed.BadTariffFile):
        read_us_flags(path)


def test_the_preference_column_gives_a_measure_for_each_rate_and_each_programmes_time(tmp_path):
    landed.ensure_regimes(now=NOW)
    load(written(tmp_path, SCHEDULE))
    found = Measure.objects.filter(kind="preference").order_by("reference")
    assert [(m.reference, m.expression, m.validity.upper) for m in found] == [
        ("AU KR SG", "Free", None),
        ("NP", "8%", date(2026, 1, 1)),
    ]
    asked = request("US", line("100", "USD", "6109100012", origin="KR"), on="2026-03-02", schemes="ORIGIN-KR")
    quote = landed.quote_landed_costs([asked], rates=rates)[0]
    assert quote.duty.amount == 0
    assert quote.lines[0].rate_text == "Free"


def test_no_code_in_use_is_taken_for_an_ended_one():
    ended = read_expiries(OWN / "hs2017_ended.csv")
    in_use = {row["hs6"] for row in table_rows(OWN / "duties_hs6.csv", "hs6")}
    assert len(ended) == 55
    assert not {code for _where, code in ended} & in_use
    assert ended["hs", "340211"].successors == ("340231", "340239")
