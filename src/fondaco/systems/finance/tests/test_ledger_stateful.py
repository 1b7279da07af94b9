"""The ledger against a model: post, convert, hold, capture, void, expire, reverse, replay, bad replay, in any order."""

from __future__ import annotations

import os

import pytest

from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests.machine_ledger import run_sequences

# A long run: FONDACO_STATEFUL=1000 pytest -k whatever_is_done
EXAMPLES = int(os.environ.get("FONDACO_STATEFUL", "12"))


@pytest.mark.django_db
def test_the_ledger_agrees_with_a_model_whatever_is_done() -> None:
    assert run_sequences(EXAMPLES, steps=30) >= EXAMPLES  # each ended with every invariant verified
    assert finance.trial_balance() == {}
