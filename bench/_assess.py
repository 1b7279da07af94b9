"""HMRC's golden cases through the assessment of UK declarations: how many come out exact."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

ON = date(2026, 11, 22)


def count_exact_cases(folder: Path) -> tuple[int, int]:
    """(exact, all) cases: every ad-valorem line of HMRC's to the penny, reliefs included, no tax of ours alone.

    `folder` is the shared data. What each declaration says beyond the cases' JSON is told in
    `tests/cds_cases.py`; a case with a fault is named on the way.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    import django

    django.setup()
    from fondaco.platforms.window.assessing import assess_cds, assessment_as_json
    from fondaco.platforms.window.tests.cds_cases import as_declaration, compare, read_cases

    cases = read_cases(folder)
    exact = 0
    for case in cases:
        answer = assessment_as_json(assess_cds(as_declaration(case), today=ON))
        faults = compare(case, answer["lines"])
        exact += not faults
        for fault in faults:
            print(case["case"], fault)
    return exact, len(cases)
