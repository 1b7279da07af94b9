"""The optional plug-in: absent it says so, present its details become our events, each with one identity."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from fondaco.systems.logistics.adapters.karrio_plugin import KarrioMissing, KarrioTracking, carrier_events
from fondaco.systems.logistics.domain.milestones import core_code


def told(**words: object) -> SimpleNamespace:
    usual = {"date": "2026-11-02", "time": "14:05", "timestamp": None, "code": "X1", "status": None,
             "location": "Leipzig", "description": "Departed"}  # fmt: skip
    return SimpleNamespace(**(usual | words))


def details(*events: SimpleNamespace) -> list[SimpleNamespace]:
    return [SimpleNamespace(tracking_number="00340434161094000000", events=list(events))]


@pytest.mark.skipif(find_spec("karrio") is not None, reason="karrio is installed here")
def test_without_the_plug_in_the_error_says_how_to_get_it() -> None:
    with pytest.raises(KarrioMissing, match="not installed"):
        KarrioTracking(object(), name="DHL")


def test_a_normalised_status_becomes_a_core_code() -> None:
    (event,) = carrier_events(details(told(status="delivered", timestamp="2026-11-02T14:05:00Z")))
    assert core_code(event.vocabulary, event.code) == "delivered"
    assert event.event_at == datetime(2026, 11, 2, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(("clock", "hour"), [("14:05", 14), ("14:05:10", 14), ("02:05 PM", 14), (None, 0)])
def test_dates_and_times_as_connectors_write_them(clock: str | None, hour: int) -> None:
    (event,) = carrier_events(details(told(time=clock)))
    assert event.event_at.hour == hour
    assert (event.vocabulary, event.code) == ("KARRIO", "X1")


def test_the_same_event_twice_is_one_and_another_is_another() -> None:
    one, same, other = carrier_events(details(told(), told(), told(location="Halle")))
    assert one.id == same.id != other.id
