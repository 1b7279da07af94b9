from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fondaco.kernel.reference import ReferenceChanged, reference_age, register_reference

NOW = datetime(2026, 11, 22, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _register(version: str, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "valid_from": date(2026, 1, 1), "source": "https://example.org/rates", "licence": "CC0",
        "checked_on": date(2026, 11, 1), "content": b"rows", "row_count": 1, "now": NOW,
    }  # fmt: skip
    return register_reference("vat-rates", version=version, **facts | changes)


def test_registering_again_moves_only_the_day_of_the_check() -> None:
    first = _register("2026")
    again = _register("2026", checked_on=date(2026, 11, 20), source="elsewhere")
    assert first.sha256 == again.sha256 == hashlib.sha256(b"rows").hexdigest()
    assert again.checked_on == date(2026, 11, 20)
    assert again.source == "https://example.org/rates"
    assert _register("2026").checked_on == date(2026, 11, 20)


def test_other_contents_need_another_version() -> None:
    _register("2026")
    with pytest.raises(ReferenceChanged):
        _register("2026", content=b"other rows")


def test_age_is_that_of_the_version_last_checked() -> None:
    _register("2025", checked_on=date(2024, 1, 1))
    _register("2026", review_days=20)
    [age] = reference_age(now=NOW)
    assert (age.version, age.age_days, age.is_stale) == ("2026", 21, True)
    assert not reference_age(now=NOW - timedelta(days=1))[0].is_stale
