"""What milestones add up to depends on when things happened, never on when they were heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fondaco.systems.logistics.domain.milestones import Core, Happening, core_code, standing
from fondaco.systems.logistics.models import CONSIGNMENTS, ConsignmentState

START = datetime(2026, 9, 1, tzinfo=UTC)
happenings = st.lists(
    st.builds(
        Happening,
        st.sampled_from([str(code) for code in Core]),
        st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours)),
        st.sampled_from([None, 1, 2]),
    ),
    max_size=8,
)


@given(happenings, st.randoms(use_true_random=False))
def test_the_order_of_hearing_does_not_matter(told, draw) -> None:
    shuffled = list(told)
    draw.shuffle(shuffled)
    assert standing(shuffled, parcels=[1, 2]) == standing(told, parcels=[1, 2])


@given(happenings)
def test_every_standing_is_a_state_that_can_be_reached(told) -> None:
    state, delivered_at = standing(told, parcels=[1, 2])
    assert state == ConsignmentState.BOOKED or (ConsignmentState.BOOKED, state) in CONSIGNMENTS.edges
    assert (delivered_at is not None) == (state == ConsignmentState.DELIVERED)


@given(happenings, happenings)
def test_a_delivered_consignment_stays_delivered(told, later) -> None:
    if standing(told, parcels=[1, 2])[0] == "delivered":
        assert standing([*told, *later], parcels=[1, 2])[0] == "delivered"


@pytest.mark.parametrize(
    ("vocabulary", "raw", "core"),
    [
        ("UPU", "EMI", Core.DELIVERED),
        ("UPU", "emi", Core.DELIVERED),
        ("ONE_RECORD", "DLV", Core.DELIVERED),
        ("DCSA", "GTOT", Core.IN_TRANSIT),
        ("FONDACO", "import_held", Core.IMPORT_HELD),
        ("UPU", "???", Core.UNKNOWN),
        ("ACME", "EMI", Core.UNKNOWN),
    ],
)
def test_codes(vocabulary: str, raw: str, core: Core) -> None:
    assert core_code(vocabulary, raw) is core
