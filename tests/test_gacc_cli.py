"""`fondaco window`: messages read, checked, signed and taken in from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fondaco.delivery.cli.window import window_app
from fondaco.platforms.window.tests.gacc_samples import GACC
from fondaco.platforms.window.tests.test_gacc_messages import message, render


def run(*words: object, code: int = 0) -> str:
    told = CliRunner().invoke(window_app, [str(word) for word in words])
    assert told.exit_code == code, (told.output, told.exception)
    return told.output


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    path = tmp_path / "621.xml"
    path.write_bytes(render(message("621")))
    return path


def test_a_sound_message_is_said_to_be_so(signed: Path) -> None:
    assert json.loads(run("check", signed, "--json")) == {"message": "621", "sound": True, "faults": []}
    assert "CN=Fondaco test" in run("check", signed)
    assert json.loads(run("parse", signed, "--json"))["entries"][0]["fields"]["orderNo"] == "536370"
    assert "0 faults" in run("parse", signed)


def test_faults_and_wrong_signatures_end_with_exit_code_1(signed: Path) -> None:
    raw = signed.read_bytes()
    signed.write_bytes(raw.replace(b">9610<", b">9710<"))
    told = run("check", signed, code=1)
    assert "/CEB621Message/Inventory[1]/InventoryHead/tradeMode" in told
    assert "does not fit" in told
    signed.write_bytes(raw)
    assert "unknown" in run("check", signed, "--trusted", "00", code=1)
    signed.write_bytes(b"<!DOCTYPE x><x/>")
    assert "document type" in run("parse", signed, code=1)


def test_a_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    run("key", "--out", path)
    kept = path.read_bytes()
    assert (path.stat().st_mode & 0o777, kept.count(b"-----BEGIN")) == (0o600, 2)
    assert "never written over" in run("key", "--out", path, code=1)
    assert path.read_bytes() == kept


@pytest.mark.realdata
def test_an_official_sample_that_breaks_the_schema_is_told() -> None:
    told = json.loads(run("parse", GACC / "samples/export/CEB303Message.xml", "--json"))
    assert (told["number"], told["sound"], len(told["entries"])) == ("303", False, 10)
