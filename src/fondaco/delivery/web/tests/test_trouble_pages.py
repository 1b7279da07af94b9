"""Shipments at risk: as many queries for fifty as for one, each to its own parties, worked off by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fondaco.delivery.web.tests.border_helpers import as_many_queries, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.public import (
    NewMilestone,
    TroubleView,
    list_troubles,
    record_milestones,
    watch_consignments,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked, demo_book, own_cache  # noqa: F401 - fixtures
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.usefixtures("demo_book")
LATER = NOW + timedelta(days=60)
PATHS = ["/troubles/", "/troubles/?kind=silent", "/troubles/export.csv"]


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def at_risk(tenants: dict[str, Tenant], count: int) -> None:
    owners = {
        str(kind): tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER)
    }
    booked(owners, count=count)
    watch_consignments(actor="t", now=LATER)


def queue(tenants: dict[str, Tenant]) -> tuple[TroubleView, ...]:
    return list_troubles(tenants[Kind.SELLER].scope).rows


def test_fifty_at_risk_ask_no_more_queries_than_one(tenants: dict[str, Tenant]) -> None:
    at_risk(tenants, 1)
    with as_many_queries(tenants[Kind.SELLER].client, PATHS):
        at_risk(tenants, 49)
    assert text_of(tenants[Kind.CARRIER].client.get("/troubles/?kind=silent")).count("Last heard of") == 50


def test_a_watch_looks_at_each_consignment_once(tenants: dict[str, Tenant]) -> None:
    at_risk(tenants, 3)
    number = queue(tenants)[0].number
    held = NewMilestone(number, "EME", "UPU", LATER, "test", "held")
    record_milestones([held], actor="t", now=LATER)
    later = LATER + timedelta(days=5)
    first = watch_consignments(actor="t", now=later)
    assert (first.watched, first.opened, first.closed) == (3, 1, 1)  # held by customs, no longer silent
    again = watch_consignments(actor="t", now=later)
    assert (again.watched, again.opened, again.closed) == (3, 0, 0)


def test_each_sees_its_own_and_works_it_off(tenants: dict[str, Tenant]) -> None:
    at_risk(tenants, 1)
    seller, stranger = tenants[Kind.SELLER].client, tenants[STRANGER].client
    assert "Nothing at risk" in text_of(stranger.get("/troubles/"))
    for name in (Kind.BUYER, Kind.CUSTOMS, Kind.BANK):
        assert tenants[name].client.get("/troubles/").status_code == 403
    (row,) = queue(tenants)
    stranger.post(f"/troubles/{row.id}/close/", {"note": "not mine"})
    assert [one.state for one in queue(tenants)] == ["open"]
    seller.post(f"/troubles/{row.id}/take/")
    seller.post(f"/troubles/{row.id}/close/", {"note": "The carrier found it."})
    assert "The carrier found it." in text_of(seller.get("/troubles/?state=closed"))
    assert queue(tenants) == ()
