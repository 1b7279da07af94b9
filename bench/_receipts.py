"""Random stories of receipts, doubled and in disorder: whether the declaration's machine holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fondaco.platforms.window.domain.declaration_codes import CDS, EDIFACT, GACC
from fondaco.platforms.window.domain.declaration_states import TRANSITIONS, Fact, Standing, State, absorb

_SEED = 20261122
_BEGAN = datetime(2026, 11, 22, 9, tzinfo=UTC)
_EDGES = {(str(a), str(b)) for (a, _), b in TRANSITIONS.items()}


def check_receipts(stories: int) -> tuple[int, int]:
    """Illegal steps, and stories of two agencies' codes whose end depends on the order of arrival.

    A story is 1 to 12 receipts with any codes of CDS, GACC and EDIFACT at any of nine moments. It is told as
    drawn, and shuffled with up to all of it repeated. Where receipts contradict each other (released and
    rejected) the first word stands and the declaration is disputed: that it is disputed is then the same end.
    """
    dice = random.Random(_SEED)
    codes = [code.state for code in (*CDS, *GACC, *EDIFACT)]
    illegal = different = 0
    for _ in range(stories):
        story = [
            Fact(dice.choice(codes), _BEGAN + timedelta(seconds=dice.randint(0, 8)))
            for _ in range(dice.randint(1, 12))
        ]
        again = story + dice.sample(story, dice.randint(0, len(story)))
        dice.shuffle(again)
        (one, bad), (other, worse) = _follow(story), _follow(again)
        illegal += bad + worse
        same = one.state == other.state or one.disputed
        different += not (same and one.disputed == other.disputed)
    return illegal, different


def _follow(story: Sequence[Fact]) -> tuple[Standing, int]:
    standing, illegal = Standing(State.SUBMITTED), 0
    for fact in story:
        moved, _ = absorb(standing, fact, clear=True)
        illegal += moved.state != standing.state and (standing.state, moved.state) not in _EDGES
        standing = moved
    return standing, illegal
