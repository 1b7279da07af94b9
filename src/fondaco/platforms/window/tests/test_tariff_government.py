"""Duty rates and sums that HMRC's declaration service worked out for its published samples."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from fondaco.platforms.window.domain.tariff_ast import Goods, ad_valorem_percent
from fondaco.platforms.window.domain.tariff_book import TariffBook
from fondaco.platforms.window.tariff_files import read_uk_eu

pytestmark = pytest.mark.realdata
# A00 is the UK's customs duty; A50 the EU's, asked of goods for Northern Ireland at risk of moving on.
JURISDICTION = {"A00": "uk", "A50": "eu"}
# Not a third-country rate of the tariff of 2021: tobacco of HS 2022; a duty suspension (preference 110);
# a rate that is split from its rest by a later TARIC line.
EXPLAINED = {"TT_IM110a", "TT_IM039a"}


@pytest.fixture(scope="module")
def book(request):
    from django.conf import settings

    path = settings.SHARED_DATA / "tariff" / "uk_eu_mfn_tariff_2021.csv.gz"
    if not path.exists():
        pytest.skip("no shared data")
    measures = [m for code in ("uk", "eu") for m in read_uk_eu(path, code).measures]
    return TariffBook.of(measures, versions={})


def ad_valorem_lines():
    from django.conf import settings

    path = settings.SHARED_DATA / "customs" / "cds_golden_cases_dev_25.json"
    if not path.exists():
        return []
    found = []
    for case in json.loads(path.read_text()):
        item = case["items"][0]
        for fee in case["fees"]:
            kind = fee["type"].strip()
            if kind in JURISDICTION and fee["rate"] and fee["base"] and len(case["items"]) == 1:
                amounts = {key: Decimal(fee[key].strip()) for key in ("base", "rate", "assessed", "deduct")}
                found.append(pytest.param(case["case"], kind, item, amounts, id=f"{case['case']}-{kind}"))
    return found


@pytest.mark.parametrize(("case", "kind", "item", "fee"), ad_valorem_lines())
def test_ad_valorem_duty_as_the_government_computed_it(book, case, kind, item, fee):
    answer = book.look_up(JURISDICTION[kind], item["cn8"] + item["taric"], origin="", on=date(2021, 6, 1))
    if case in EXPLAINED:
        assert not any(ad_valorem_percent(m.duty) == fee["rate"] for m in answer.candidates)
        return
    assert [ad_valorem_percent(m.duty) for m in answer.candidates] == [fee["rate"]]
    goods = Goods(fee["base"], "GBP", {}, date(2021, 6, 1), lambda amount, currency: amount)
    duty = answer.candidates[0].duty.amount(goods).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if fee["assessed"] or fee["deduct"]:
        assert duty == fee["assessed"] + fee["deduct"]


def test_wine_by_the_hectolitre(book):
    # TT_IM116a: 1,000 l of 2204.21.95.11 -> A00 100.00
    (measure,) = book.look_up("uk", "2204219511", origin="", on=date(2021, 6, 1)).candidates
    goods = Goods(
        Decimal(5000), "GBP", {"l": Decimal(1000)}, date(2021, 6, 1), lambda amount, currency: amount
    )
    assert measure.duty.amount(goods) == 100
