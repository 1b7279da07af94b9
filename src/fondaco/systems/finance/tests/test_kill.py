"""kill -9 in the middle, again and again: the end is that of an undisturbed run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests import kill_worker
from fondaco.systems.finance.tests.conftest import CARRIER, PSP, SELLER
from tests.forking import Process, said_by, start

ORDERS = 120


def _start(url: str, database_url: str, home: Path) -> Process:
    return start(kill_worker.work, url, ORDERS, database_url=database_url, home=home)


def _progress() -> int:
    return models.Journal.objects.count()


def _kill_once_it_moved(worker: Process) -> bool:
    """Kill `worker` after it has posted something more; False if it was done before."""
    before, end = _progress(), time.monotonic() + 60
    while worker.exitcode is None and time.monotonic() < end:
        if _progress() > before + 5:
            worker.kill()
            break
        time.sleep(0.01)
    worker.join(60)
    return worker.exitcode != 0


@pytest.mark.slow(25)
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(database_url: str, tmp_path: Path) -> None:
    finance.ensure_rates()
    finance.ensure_commission_rules()
    with finance.ProviderSimulator(faults=finance.Faults(slow_s=0.005)) as simulator:
        kills = sum(_kill_once_it_moved(_start(simulator.url, database_url, tmp_path)) for _ in range(4))
        last = _start(simulator.url, database_url, tmp_path)
        last.join(120)
        assert last.exitcode == 0, said_by(tmp_path)
        taken = simulator.captured("EUR")
    assert kills >= 3
    refunded = 840  # 700 / 10,000 of 120.00 EUR
    assert taken == ORDERS * (12_000 - refunded)
    assert finance.balances(PSP, codes=["provider_clearing"])[0].balance_minor == -taken
    assert finance.balances(CARRIER, codes=["payable"])[0].balance_minor == ORDERS * 600
    assert finance.balances(SELLER, codes=["payable"])[0].balance_minor == ORDERS * (6_632 - 700)
    assert models.Journal.objects.count() == ORDERS * 4
    assert set(finance.trial_balance().values()) == {0}
    assert finance.verify() == []
