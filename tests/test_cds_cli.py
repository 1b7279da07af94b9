"""Commands of the UK's declarations: assessed, checked and read, from a file and from standard input."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from fondaco.delivery.cli.window import window_app
from fondaco.platforms.window.cds_messages import render_cds
from fondaco.platforms.window.domain.messages.h7 import render_h7
from fondaco.platforms.window.tests.test_h7 import SOUND
from fondaco.platforms.window.tests.uk_declarations import uk_filing

runner = CliRunner()


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    path = tmp_path / "declaration.xml"
    path.write_bytes(render_cds(uk_filing()))
    return path


def run(*words: object, given: bytes = b"") -> SimpleNamespace:
    done = runner.invoke(window_app, [*map(str, words)], input=given)
    return SimpleNamespace(code=done.exit_code, out=done.stdout)


@pytest.mark.django_db
def test_a_declaration_is_assessed_from_a_file_and_from_standard_input(declaration: Path) -> None:
    told = run("assess", "--declaration", declaration)
    assert told.code == 0
    lines = json.loads(told.out)["lines"]
    assert [line["type"] for line in lines] == ["A00", "B00"] * 2
    assert {"item", "type", "base", "rate", "relief", "payable"} <= set(lines[0])
    assert run("assess", "--declaration", "-", given=declaration.read_bytes()).out == told.out


def test_a_message_is_checked_and_read(declaration: Path) -> None:
    assert run("check", declaration).code == 0
    broken = declaration.with_name("broken.xml")
    broken.write_bytes(declaration.read_bytes().replace(b"<FunctionCode>9<", b"<FunctionCode>7<"))
    refused = run("check", broken, "--json")
    assert refused.code == 1
    assert [fault["path"] for fault in json.loads(refused.out)["faults"]] == ["Declaration/FunctionCode"]
    read = json.loads(run("parse", declaration, "--json").out)
    assert read["declarations"][0]["lrn"] == uk_filing().lrn


def test_a_data_set_h7_is_checked_at_its_rate_of_exchange(tmp_path: Path) -> None:
    path = tmp_path / "h7.json"
    path.write_bytes(render_h7(SOUND, euro=Decimal(1)))
    assert run("check", path).code == 0
    dear = run("check", path, "--euro", "9", "--json")
    (fault,) = json.loads(dear.out)["faults"]
    assert (dear.code, fault["path"], fault["code"]) == (1, "H7/intrinsicValue (4/18)", "limit")
    path.write_bytes(b'{"dataSet": "H7"}')
    assert run("check", path).code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--declaration", "nowhere.xml"), 1),
        (("--declaration", "-", "--on", "yesterday"), 1),
        (("--declaration", "-", "--rate", "EUR=much"), 1),
        ((), 2),
    ],
)
def test_what_cannot_be_read_has_its_exit_code(words: tuple[str, ...], code: int) -> None:
    done = run("assess", *words, given=b"<a/>")
    assert done.code == code
    assert code == 2 or json.loads(done.out)["problem"]["remedy"]
