"""What milestones add up to depends on when things happened, never on when they were heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fondaco.systems.logistics.domain.milestones import (
    Core,
    Happening,
    core_code,
    interchange,
    known_codes,
    standing,
)
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


VOCABULARIES = {
    "DCSA": "LOAD DISC GTIN GTOT STUF STRP PICK AVPU DROP AVDO INSP RSEA RMVD CUSS CUSI CUSR CROS ARRI DEPA RECE DRFT"
    " PENA PENU PENC REJE APPR ISSU SURR SUBM VOID CONF REQS CMPL HOLD RELS CANC DECL",
    "ONE_RECORD": "ARR AWD AWR BKD CCD CRC DDL DEP DIS DLV DOC DPU FIW FOH FOW MAN NFD OCI OSI PRE RCF RCS RCT TFD TGC"
    " TRM",
    "UPU": "EMA EMB EMC EMD EME EMF EMG EMH EMI EMJ EMK EXA EXB EXC EXD EXX EDA EDB EDC EDD EDE EDF EDG EDH EDX",
}


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_code_of_a_standard_has_a_core_code(vocabulary: str) -> None:
    missing = set(VOCABULARIES[vocabulary].split()) - known_codes(vocabulary)
    assert missing == set()


def test_all_status_codes_of_recommendation_24_are_mapped() -> None:
    codes = known_codes("IFTSTA")
    assert len(codes) == 345
    assert core_code("IFTSTA", "21") is Core.DELIVERED
    assert core_code("IFTSTA", "17") is Core.IMPORT_REFUSED
    assert core_code("IFTSTA", "999") is Core.UNKNOWN
    moving = {code for code in codes if core_code("IFTSTA", code) not in {Core.NOTICE, Core.UNKNOWN}}
    assert len(moving) > 220


def test_twelve_states_for_interchange() -> None:
    assert {interchange(code) for code in Core} == {
        "pending", "picked_up", "on_hold", "cancelled", "delivered", "in_transit", "delivery_failed",
        "delivery_delayed", "out_for_delivery", "ready_for_pickup", "return_to_sender", "unknown",
    }  # fmt: skip
    assert interchange("something else") == "unknown"
