"""Several workers record the same screenings, and two people decide the same case, at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import User
from fondaco.systems.risk.models import Case, CaseStep, ScreenedOrder, Screening, Waiver
from fondaco.systems.risk.public import (
    ScreeningRecord,
    ScreenRequest,
    confirm_decision,
    load_lists,
    propose_decision,
    record_screenings,
    screen_names,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], object], workers: int = 4) -> list[object]:
    def closed(number: int) -> object:
        try:
            return work(number)
        except FondacoError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(closed, range(workers)))


def records() -> list[ScreeningRecord]:
    load_lists(None, now=NOW)
    names = ["Zorvan Quellmarch", "Maria Schmidt", "Obsidian Heron Trading", "Ilmarine Threnody Vosk"] * 5
    results = screen_names([ScreenRequest(n, n) for n in names], now=NOW)
    return [ScreeningRecord(new_id(), [new_id()], result) for result in results]


def test_workers_that_record_the_same_open_each_case_once() -> None:
    wanted = records()

    def work(number: int) -> object:
        mine = wanted if number % 2 else wanted[::-1]
        return sorted(str(r.case_id) for r in record_screenings(mine, now=NOW, actor=f"worker {number}"))

    assert len({str(answer) for answer in at_once(work)}) == 1
    assert (Screening.objects.house().count(), ScreenedOrder.objects.count()) == (20, 20)
    assert (Case.objects.house().count(), CaseStep.objects.count()) == (15, 15)
    assert AuditEvent.objects.filter(action="risk.case-opened").count() == 15


def test_of_several_confirmations_one_counts() -> None:
    case_id = record_screenings(records()[:1], now=NOW, actor="test")[0].case_id
    assert case_id is not None
    people = [User.objects.create_user(f"p{n}@example.org", "a long password") for n in range(5)]
    scopes = [Scope(new_id(), Kind.PLATFORM, person.id, Role.MANAGER) for person in people]
    propose_decision(scopes[4], case_id, "clear", "Another birthplace.", now=NOW)
    answers = at_once(lambda n: confirm_decision(scopes[n], case_id, "Agreed.", now=NOW))
    assert sorted(str(a) for a in answers) == ["None", *["illegal-transition"] * 3]
    assert Waiver.objects.count() == 1
