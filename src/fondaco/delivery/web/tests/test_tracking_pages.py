"""The public tracking page is small and works without a script; shipments at risk are worked off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from fondaco.delivery.web.presenting.journey import expected_of, journey_map, steps_of
from fondaco.systems.logistics.public import Arrival, MilestoneView, Tracking

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def journey(*codes: str, origin: str = "GB", destination: str = "US", state: str = "in_transit") -> Tracking:
    milestones = tuple(
        MilestoneView(code, code, "FONDACO", "test", NOW + DAY * at, NOW + DAY * at, origin, "", "")
        for at, code in enumerate(codes, 1)
    )
    arrival = Arrival(NOW + 4 * DAY, NOW + 5 * DAY, NOW + 7 * DAY, 0.8, "service-lane", 120, "departed")
    return Tracking(
        "CA000000000GB", state, origin, destination, "Line", NOW.date(), None, 1, milestones, NOW, arrival
    )


def test_steps_follow_the_milestones_in_any_order() -> None:
    forward = steps_of(journey("accepted", "departed", "arrived_destination"))
    assert [step.done for step in forward] == [True, True, True, False, False, False]
    assert [step.current for step in forward].index(True) == 2
    assert forward[1].at == NOW + 2 * DAY


def test_the_map_is_drawn_small_and_divides_the_way() -> None:
    drawn = journey_map(journey("departed"))
    assert drawn is not None
    assert drawn.behind.startswith("M")
    assert drawn.ahead.startswith("M")
    assert 500 < len(drawn.land) < 60_000
    assert "nan" not in drawn.land


@pytest.mark.parametrize(("origin", "destination"), [("GB", "GB"), ("GB", "XX"), ("XX", "US")])
def test_no_map_is_made_up(origin: str, destination: str) -> None:
    assert journey_map(journey("departed", origin=origin, destination=destination)) is None


def test_across_the_pacific_the_way_is_one_line() -> None:
    drawn = journey_map(journey("departed", origin="CN", destination="US"))
    assert drawn is not None
    assert abs(float(drawn.start[0]) - float(drawn.end[0])) < 720


def test_an_interval_tells_its_odds_and_a_promise_that_it_is_one() -> None:
    measured = expected_of(journey().arrival)
    assert measured is not None
    assert "4 in 5" in measured.text
    assert "120" in measured.text
    promise = expected_of(Arrival(NOW, NOW, NOW, 0.0, "promise", 0, "ready"))
    assert promise is not None
    assert promise.promise
    assert expected_of(None) is None


@pytest.mark.django_db
def test_a_number_that_is_nobodys_says_whose_it_may_be(client: Client) -> None:
    answer = client.get("/track/", {"number": "1Z5R89390357567127"})
    assert answer.status_code == 404
    assert "UPS" in answer.content.decode()


@pytest.mark.django_db
def test_the_page_without_a_number_asks_for_one(client: Client) -> None:
    answer = client.get("/track/")
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    assert 'name="number"' in answer.content.decode()
