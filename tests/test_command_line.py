"""The command line as a whole: what every command answers a program, and how each way of failing ends."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from django.conf import settings
from django.db import OperationalError, connection

from fondaco.delivery.cli.boot import Exit, command, day_of, print_json, tell, write_whole
from fondaco.delivery.cli.commands import app
from fondaco.delivery.cli.house import doctor, events
from fondaco.kernel import outbox
from fondaco.kernel.errors import Refused, Unavailable
from fondaco.kernel.models import OutboxEvent, ParkedEvent
from fondaco.kernel.money import Money
from fondaco.kernel.reference import register_reference
from tests.forking import said_by, start

# These run until they are told to end, or what they print is the file that was asked for.
SPEAK_OTHERWISE = {
    "serve", "worker", "stop", "payments pages", "window agency", "exchange file", "window assess",
}  # fmt: skip
GUIDE = settings.ROOT / "docs" / "guide" / "command-line.md"


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in group.commands.items():
        here = f"{name} {key}".strip()
        if hasattr(one, "commands"):
            yield from commands(one, here)
        else:
            yield here, one


ALL = dict(commands(typer.main.get_command(app)))


def test_every_command_answers_a_program_in_json_and_says_what_it_does() -> None:
    mute = {name for name, one in ALL.items() if not any("--json" in p.opts for p in one.params)}
    assert mute == SPEAK_OTHERWISE
    assert [name for name, one in ALL.items() if not one.help] == []


def test_the_guide_names_every_exit_code_and_every_group() -> None:
    said = GUIDE.read_text(encoding="utf-8")
    assert [code for code in Exit if f"| {code.value} |" not in said] == []
    groups = {name.split()[0] for name in ALL}
    assert {name for name in groups if f"`{name}" not in said} == set()


def _raise(problem: BaseException) -> Callable[[], None]:
    @command(database=False)
    def fail() -> None:
        raise problem

    return fail


def _missing() -> BaseException:
    try:
        Path("/nowhere/orders.csv").read_bytes()
    except OSError as exc:
        return exc
    raise AssertionError


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (Refused("Row 7.", field="file", value="a.csv"), Exit.REFUSED, "Row 7."),
        (Refused("No XML.", field="message"), Exit.REFUSED, "│ No XML. │ │ message │"),
        (Unavailable(), Exit.UNAVAILABLE, "An outside service did not answer."),
        (OSError(errno.ENOSPC, "No space left on device"), Exit.UNAVAILABLE, "no room left to write"),
        (_missing(), Exit.REFUSED, "This file cannot be opened."),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), Exit.REFUSED, "not text in UTF-8"),
        (
            OperationalError("the connection is lost\nat once"),
            Exit.UNAVAILABLE,
            "The database does not answer.",
        ),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "goes on from there"),
    ],
)
def test_each_way_of_failing_has_its_code_and_its_remedy(
    problem: BaseException, code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _raise(problem)()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (code, "")
    assert said in " ".join(told.err.split())
    assert "None" not in told.err


def test_what_is_our_fault_is_not_told_as_the_readers() -> None:
    with pytest.raises(OSError, match="no file at all"):
        _raise(OSError("no file at all"))()


@dataclass(frozen=True, slots=True)
class _Facts:
    price: Money
    at: datetime
    share: Decimal
    kinds: frozenset[str]
    file: Path


def test_facts_are_told_in_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    facts = _Facts(
        Money(250, "GBP"), datetime(2026, 11, 22, 9, tzinfo=UTC), Decimal("0.10"), frozenset({"é"}), Path("a")
    )
    print_json([facts])
    tell({"n": 1}, "one", as_json=True)
    tell({"n": 1}, "one", as_json=False)
    first, second, third = capsys.readouterr().out.splitlines()
    wanted: dict[str, Any] = {
        "price": {"minor": 250, "currency": "GBP"}, "at": "2026-11-22T09:00:00Z", "share": "0.10", "kinds": ["é"],
        "file": "a",
    }  # fmt: skip
    assert json.loads(first) == [wanted]
    assert (json.loads(second), third) == ({"n": 1}, "one")


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    write_whole(path, b"first")
    with pytest.raises(TypeError):
        write_whole(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"first"
    write_whole(path, b"second")
    assert [one.read_bytes() for one in tmp_path.glob("out.xml")] == [b"second"]


def _fondaco(*words: str) -> None:
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # as at a terminal, however the tests were started
    app(list(words))


def test_ctrl_c_in_the_middle_leaves_nothing_half_done(database_url: str, tmp_path: Path) -> None:
    names, out, home = tmp_path / "names.csv", tmp_path / "out.csv", tmp_path / "home"
    names.write_text("name\n" + "Obsidian Heron Trading\n" * 60_000)
    words = ("risk", "screen", "--names", str(names), "--out", str(out), "--lists", str(tmp_path))
    run = start(_fondaco, *words, database_url=database_url, home=home)
    while run.exitcode is None and not list(tmp_path.glob(".out.csv*")):
        time.sleep(0.01)
    assert run.pid
    os.kill(run.pid, signal.SIGINT)
    run.join(60)
    assert run.exitcode == Exit.INTERRUPTED, said_by(home)
    assert "goes on from there" in " ".join(said_by(home).split())
    assert {path.name for path in tmp_path.iterdir()} == {"names.csv", "home"}


@pytest.mark.django_db
def test_the_doctor_says_how_to_mend_what_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    register_reference(
        "tariff old", version="1", valid_from=date(2020, 1, 1), source="x", licence="y", checked_on=date(2020, 1, 1),
        content=b"z", row_count=1, now=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_auditevent DISABLE TRIGGER kernel_auditevent_append_only")
    doctor(as_json=True)
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert {
        "database",
        "migrations",
        "worker",
        "jobs",
        "disk",
        "SM2 signatures",
        "browser",
        "real data",
    } <= set(found)
    ill = {what: one["mend"] for what, one in found.items() if not one["well"]}
    assert "audit verify" in ill["guard: kernel_auditevent"]
    assert "fondaco window tariff load" in ill["reference: tariff old"]
    assert "fondaco worker" in ill["worker"]
    assert "guard: finance_journal" not in ill
    assert [what for what, mend in ill.items() if not mend] == []


@pytest.mark.django_db
def test_events_that_were_given_up_are_listed_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    outbox.append([outbox.Event("orders.placed", "order-7", {})])
    parked = ParkedEvent.objects.create(
        consumer="stock", event=OutboxEvent.objects.get(), key="order-7", state=ParkedEvent.State.DEAD, attempts=5,
        next_at=datetime(2026, 1, 1, tzinfo=UTC), error="KeyError: 'sku'",
    )  # fmt: skip
    events(again=False, as_json=False)
    assert capsys.readouterr().out.split()[-6:] == [
        "stock",
        "orders.placed",
        "order-7",
        "5",
        "KeyError:",
        "'sku'",
    ]
    events(again=True, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"revived": 1}
    parked.refresh_from_db()
    assert (parked.state, parked.attempts) == ("waiting", 0)
    events(again=False, as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def test_a_day_is_read_or_refused_by_name() -> None:
    assert day_of("") is None
    assert str(day_of("2027-01-31")) == "2027-01-31"
    with pytest.raises(Refused, match="This is no day"):
        day_of("31.1.2027")
