"""`fondaco window tariff`: an edition shown, loaded and refused; a code with its history; published sums."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fondaco.delivery.cli.commands import app
from fondaco.platforms.window.tests.test_tariff_editions import HEAD, SCHEDULE, changed, written

pytestmark = pytest.mark.django_db


def run(*words: object, code: int = 0) -> str:
    told = CliRunner().invoke(app, ["window", *(str(word) for word in words)])
    assert told.exit_code == code, (told.output, told.exception)
    return told.output


@pytest.fixture(autouse=True)
def _in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database is up: the command need not start one."""
    monkeypatch.setattr("fondaco.delivery.cli.boot.ensure_server", lambda: None)
    monkeypatch.setattr("fondaco.delivery.cli.boot.ensure_schema", lambda: None)


def test_an_edition_is_shown_then_loaded_and_its_code_keeps_its_history(tmp_path: Path) -> None:
    first, second = written(tmp_path, SCHEDULE), changed(tmp_path)
    assert "loaded" in run("tariff", "load", first, "--year", 2026)
    told = json.loads(
        run("tariff", "load", second, "--year", 2026, "--from", "2026-12-01", "--dry-run", "--json")
    )
    assert (told[0]["loaded"], told[0]["duties_changed"], told[0]["codes_ended"]) == (False, 1, 2)
    assert "15%" not in run("tariff", "history", "6109.10.00", "--tariff", "us")
    run("tariff", "load", second, "--year", 2026, "--from", "2026-12-01")
    history = run("tariff", "history", "6109.10.00", "--tariff", "us")
    assert "16.5%" in history
    assert "15%" in history
    assert "6109100013" in run("tariff", "show", "6109100012", "--tariff", "us", "--on", "2026-12-02")
    held = json.loads(run("tariff", "releases", "--json"))
    assert [(one["name"], one["licence"]) for one in held] == [("us/mfn", "US public domain")] * 2


def test_a_file_of_another_year_ends_with_exit_code_1(tmp_path: Path) -> None:
    assert "another year" in run("tariff", "load", written(tmp_path, SCHEDULE), "--year", 2027, code=1)
    assert json.loads(run("tariff", "releases", "--json")) == []


def test_a_file_with_a_column_moved_is_refused_by_the_column_and_nothing_is_held(tmp_path: Path) -> None:
    head = [*HEAD[:4], HEAD[5], HEAD[4], HEAD[6]]
    moved = written(tmp_path, SCHEDULE, name="moved.csv", head=head)
    assert "Special Rate of Duty" in run("tariff", "load", moved, "--year", 2026, code=1)
    assert json.loads(run("tariff", "releases", "--json")) == []
