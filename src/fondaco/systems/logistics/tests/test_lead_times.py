"""Lead times: the arithmetic against its formula, the router where it knows a way, else the store's own figures."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import pytest

from fondaco.systems.logistics.domain.stock.lead import Plan, Ride, lead_of
from fondaco.systems.logistics.models import Proposal, RouteHub
from fondaco.systems.logistics.public import import_timetable
from fondaco.systems.logistics.selectors.lead_times import lead_time_of
from fondaco.systems.logistics.services.replenishing import propose_orders
from fondaco.systems.logistics.tests.test_route_network import timetable_file
from fondaco.systems.logistics.tests.test_stock import NOW, fill, make_seller, make_store

DAY = 1440


def test_punctual_rides_leave_only_the_timetables_spread() -> None:
    punctual = (Ride(10_000, 300),)
    found = lead_of([Plan(10 * DAY, punctual), Plan(14 * DAY, punctual)], source="x")
    assert (found.mean_days, found.sd_days, found.basis, found.sample) == (12.0, 2.0, "routes", 2)


def test_lateness_adds_its_mean_and_variance() -> None:
    found = lead_of([Plan(10 * DAY, (Ride(5_000, DAY), Ride(8_000, DAY)))], source="x")
    variance = (2 * 0.5 - 0.25) + (2 * 0.2 - 0.04)
    assert found.mean_days == pytest.approx(10.7)
    assert found.sd_days == round(math.sqrt(variance), 2)


@pytest.mark.django_db
def test_without_a_network_the_stores_own_figures_count() -> None:
    store = make_store(make_seller())
    store.lead_mean_days, store.lead_sd_days, store.lead_source = 21.0, 4.0, "as agreed"
    found = lead_time_of(store, now=NOW)
    assert (found.mean_days, found.sd_days, found.source, found.basis) == (21.0, 4.0, "as agreed", "store")


@pytest.fixture
def network(db: None, tmp_path: Path) -> None:
    """Three parks; Zhengzhou to London by two weekly trains and on by road to Frankfurt every day."""
    places = (("CNZGZ-P", "CN"), ("GBLON-P", "GB"), ("DEFRA-P", "DE"))
    RouteHub.objects.bulk_create([
        RouteHub(code=code, name=code, kind="park", country=country, territory=country, latitude=0, longitude=0, tz="UTC",
                 main=True)
        for code, country in places
    ])  # fmt: skip
    row = {"provider": "Line", "mode": "rail", "departs": "10:00", "arrives": "10:00", "price_per_kg": "1.10",
           "km": "9000", "on_time_pct": "50", "mean_delay_h": "24"}  # fmt: skip
    train = row | {"service": "TRAIN", "from": "CNZGZ-P", "to": "GBLON-P", "days": "14", "arrives_day": "16"}
    lorry = row | {"service": "LORRY", "from": "GBLON-P", "to": "DEFRA-P", "mode": "road", "days": "1234567",
                   "arrives_day": "2", "km": "900"}  # fmt: skip
    found = import_timetable(timetable_file(tmp_path, train, lorry), actor="t", now=NOW)
    assert found.errors == ()


@pytest.mark.django_db
def test_the_router_tells_how_long_goods_take(network: None) -> None:
    store = make_store(make_seller())
    fill(store, ("mug", 5))
    found = lead_time_of(store, now=NOW)
    assert (found.basis, found.sample) == ("routes", 8)
    assert found.source == "CNZGZ-P → GBLON-P: rail · own v1"
    assert 16.5 < found.mean_days < 22
    assert 1.0 < found.sd_days < 2.5  # of lateness alone 0.87
    far = make_store(store.seller_id, kind="overseas", code="far", country="DE")
    assert lead_time_of(far, now=NOW).source.startswith("GBLON-P → DEFRA-P: road")  # from home, not the maker
    near = make_store(store.seller_id, kind="overseas", code="near", country="GB")
    assert lead_time_of(near, now=NOW).basis == "store"


@pytest.mark.django_db
def test_a_proposal_shows_the_routers_lead_time(network: None) -> None:
    store = make_store(make_seller())
    fill(store, ("mug", 5))
    propose_orders(store.pk, {"mug": [9, 0, 12, 8]}, {"mug": 4.0}, on=NOW.date(), now=NOW, actor="t")
    assert Proposal.objects.house().get().why["lead"] == asdict(lead_time_of(store, now=NOW))
