"""Duty and tax of UK declarations against what HMRC computed, and the rules one by one."""

from __future__ import annotations

from datetime import date

import pytest

from fondaco.platforms.window.assessing import _file_book, assess_cds, assessment_as_json
from fondaco.platforms.window.tests.cds_cases import as_declaration, compare, read_cases

TODAY = date(2026, 11, 22)


def golden():
    from django.conf import settings

    return [pytest.param(case, id=case["case"]) for case in read_cases(settings.SHARED_DATA)]


def assessed(raw, **more):
    return assessment_as_json(assess_cds(raw, today=TODAY, book=_file_book(), **more))


@pytest.mark.realdata
@pytest.mark.parametrize("case", golden())
def test_tax_lines_as_hmrc_computed_them(case):
    answer = assessed(as_declaration(case))
    assert compare(case, answer["lines"]) == []
    for line in answer["lines"]:
        assert (line["payable"] is None) == (line["reason"] is not None)
        assert line["explanation"]
