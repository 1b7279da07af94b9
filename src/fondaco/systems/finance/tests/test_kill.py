"""kill -9 in the middle, again and again: the end is that of an undisturbed run."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests import kill_worker
from fondaco.systems.finance.tests.conftest import CARRIER, PSP, SELLER

ORDERS = 120


def _start(url: str, database_url: str) -> subprocess.Popen[str]:
    env = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "fondaco.config.settings"}
    command = [sys.executable, kill_worker.__file__, url, str(ORDERS)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def _progress() -> int:
    return models.Journal.objects.count()


def _kill_once_it_moved(worker: subprocess.Popen[str]) -> bool:
    """Kill `worker` after it has posted something more; False if it was done before."""
    start, end = _progress(), time.monotonic() + 60
    while worker.poll() is None and time.monotonic() < end:
        if _progress() > start + 5:
            worker.kill()
            break
        time.sleep(0.01)
    out, _ = worker.communicate(timeout=60)
    return "done" not in out


@pytest.mark.slow(25)
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(database_url: str) -> None:
    finance.ensure_rates()
    finance.ensure_commission_rules()
    with finance.ProviderSimulator(faults=finance.Faults(slow_s=0.005)) as simulator:
        kills = sum(_kill_once_it_moved(_start(simulator.url, database_url)) for _ in range(4))
        last = _start(simulator.url, database_url)
        assert "done" in last.communicate(timeout=120)[0]
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
