from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.platforms.window.domain.declaration_codes import CDS, EDIFACT, GACC, find_code
from fondaco.platforms.window.domain.declaration_states import (
    FINAL,
    TRANSITIONS,
    Effect,
    Fact,
    Standing,
    State,
    absorb,
    replay,
    settle_hold,
    worse_lane,
)
from fondaco.platforms.window.models import DECLARATION_MACHINE, DeclarationState
from fondaco.platforms.window.tests.declaration_samples import NOW

EDGES = {(str(a), str(b)) for (a, _), b in TRANSITIONS.items()}
CODES = [*CDS, *GACC, *EDIFACT]
MEANT = [*sorted({code.state for code in CODES if code.state}), None]
OUTCOMES = {State.RELEASED, *FINAL}

facts = st.lists(
    st.builds(Fact, st.sampled_from(MEANT), st.integers(0, 8).map(lambda s: NOW + timedelta(seconds=s))),
    max_size=12,
)


def follow(sequence, *, clear=True, clear_after=None):
    """Absorb `sequence`, checking that every step is legal; the match may come after some of it."""
    standing = Standing(State.SUBMITTED)
    for place, fact in enumerate(sequence):
        if clear_after is not None and place == clear_after:
            clear, standing = True, legal(standing, settle_hold(standing))
        moved, effect = absorb(standing, fact, clear=clear)
        if not clear:
            assert moved.state not in {State.RELEASED, State.CLOSED}
        assert (moved.state == standing.state) or effect == Effect.APPLIED
        standing = legal(standing, moved)
    return legal(standing, settle_hold(standing)) if clear_after is not None else standing


def legal(before, after):
    assert before.state == after.state or (before.state, after.state) in EDGES, (before, after)
    return after


def consistent(sequence):
    told = {fact.state for fact in sequence} & OUTCOMES
    return len(told) <= 1 or told in ({State.RELEASED, State.CLOSED}, {State.RELEASED, State.RETURNED})


def test_states_are_the_same_in_the_domain_and_the_table():
    assert [str(state) for state in State] == DeclarationState.values
    assert DECLARATION_MACHINE.edges == EDGES


def test_the_ends_have_no_way_out_and_a_release_only_two():
    assert {a for a, _ in EDGES} & {str(state) for state in FINAL} == set()
    assert {b for a, b in EDGES if a == "released"} == {"closed", "returned"}


@settings(max_examples=150, deadline=None)
@given(facts, st.randoms(use_true_random=False), st.booleans())
def test_any_order_and_any_repeats_end_the_same(sequence, dice, clear):
    shuffled = [*sequence, *(dice.sample(sequence, dice.randint(0, len(sequence))))]
    dice.shuffle(shuffled)
    one, other = follow(sequence, clear=clear), follow(shuffled, clear=clear)
    assert one.disputed == other.disputed
    if consistent(sequence):
        assert not one.disputed
        assert (one.state, one.held, one.held_at) == (other.state, other.held, other.held_at)
    else:
        assert one.disputed


@settings(max_examples=100, deadline=None)
@given(facts.filter(consistent), st.data())
def test_the_match_may_come_at_any_moment(sequence, data):
    when = data.draw(st.integers(0, len(sequence)))
    assert follow(sequence, clear=False, clear_after=when).state == follow(sequence).state


def test_ten_thousand_agency_stories_shuffled_and_doubled():
    """Stories an agency can tell, walked along the machine, then told in disorder and twice."""
    dice = random.Random(7)
    steps = {state: [b for a, b in EDGES if a == state] for state in DeclarationState.values}
    ends = set()
    for _ in range(10_000):
        state, story = "submitted", []
        for second in range(dice.randint(1, 9)):
            onward = [step for step in steps[state] if step != "transport_failed"]
            if not onward:
                break
            state = dice.choice(onward)
            story.append(Fact(State(state), NOW + timedelta(seconds=second)))
        if not consistent(story):
            continue
        told = story + dice.sample(story, dice.randint(0, len(story)))
        dice.shuffle(told)
        end = follow(told)
        assert end.state == follow(story).state == state
        assert not end.disputed
        ends.add(end.state)
    assert {"released", "closed", "rejected", "returned", "cancelled", "detained", "inspection"} <= ends


def test_replaying_what_is_known_changes_nothing():
    story = [Fact(State.ACCEPTED, NOW), Fact(State.INSPECTION, NOW), Fact(State.RELEASED, NOW)]
    standing = replay(story, clear=True)
    for fact in story:
        assert absorb(standing, fact, clear=True) == (standing, Effect.SUPERSEDED)


def test_contradictions_keep_the_first_word_and_are_marked():
    later = NOW + timedelta(hours=1)
    released = replay([Fact(State.RELEASED, NOW)], clear=True)
    after, effect = absorb(released, Fact(State.REJECTED, later), clear=True)
    assert (after.state, after.disputed, effect) == ("released", True, Effect.PARKED)
    rejected = replay([Fact(State.REJECTED, later)], clear=True)
    after, effect = absorb(rejected, Fact(State.RELEASED, NOW), clear=True)
    assert (after.state, after.disputed, effect) == ("rejected", True, Effect.PARKED)


def test_what_comes_after_the_end_is_parked_and_what_came_before_is_late():
    closed = replay([Fact(State.CLOSED, NOW)], clear=True)
    assert absorb(closed, Fact(State.ACCEPTED, NOW - timedelta(1)), clear=True)[1] == Effect.SUPERSEDED
    assert absorb(closed, Fact(State.INSPECTION, NOW + timedelta(1)), clear=True)[1] == Effect.PARKED
    assert absorb(Standing(State.DRAFT), Fact(State.ACCEPTED, NOW), clear=True)[1] == Effect.PARKED


def test_every_published_code_is_known():
    assert [len(CDS), len(EDIFACT)] == [19, 38]
    assert {c.number for c in GACC} >= set("1 2 3 4 100 120 300 399 500 501 502 503 599 700 800 899".split())
    assert len({(c.vocabulary, c.number) for c in CODES}) == len(CODES)
    assert find_code("DMSCLE").state == find_code("09").state == State.RELEASED
    assert find_code("800", vocabulary="gacc").state == State.RELEASED
    assert find_code("-301003", vocabulary="gacc").state == State.REJECTED
    assert find_code("7", vocabulary="edifact").state == State.DETAINED
    assert find_code("DMSXXX") is None
    assert find_code("-x", vocabulary="gacc") is None


@pytest.mark.parametrize(("one", "other", "worse"), [("", "green", "green"), ("red", "yellow", "red")])
def test_the_stricter_lane_stays(one, other, worse):
    assert worse_lane(one, other) == worse_lane(other, one) == worse
