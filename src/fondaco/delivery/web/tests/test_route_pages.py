"""The route page: the frontier, a picked itinerary, refusals; the API beside it."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest
from django.apps import apps

from fondaco.delivery.web.tests.border_helpers import queries_of, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.public import RouteRequest, record_closure, warm_routing, work_out_leg
from tests.tenants import Tenant, make_tenants
from tests.traded import Traded

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
READY = datetime(2026, 11, 23, 8, tzinfo=UTC)
ASKED = "start=CNZGZ-P&end=LULUX-P&mass_kg=800&volume_m3=3&ready=2026-11-23T08:00"


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


@pytest.fixture(autouse=True)
def network(traded: Traded, db: None) -> None:
    """The demonstration network, and the compiled search as in a server: the plain one takes seconds an answer."""
    warm_routing(now=NOW)


def test_without_a_network_the_page_says_so(tenants: dict[str, Tenant]) -> None:
    for model in ("RouteTimetable", "RouteHub"):
        apps.get_model("logistics", model).objects.all().delete()
    assert "No network yet" in text_of(tenants[Kind.SELLER].client.get("/routes/"))


def test_the_page_shows_the_frontier_the_few_and_the_picked_one(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    page = client.get(f"/routes/?{ASKED}")
    answer, text = page.context["answer"], text_of(page)
    assert {name for name, *_ in page.context["few"]} == {
        "cheapest",
        "fastest",
        "greenest",
        "surest",
        "balanced",
    }
    assert len(page.context["plot"].dots) == len(answer.itineraries) > 5
    assert "Zhengzhou–Luxembourg air bridge" in text_of(client.get(f"/routes/?{ASKED}&pick=1"))
    assert "SYNTHETIC" in text
    assert client.get(f"/routes/?{ASKED}&pick=2").context["picked"].number == 2
    rows = text_of(client.get(f"/routes/export.csv?{ASKED}")).strip().splitlines()
    assert len(rows) == len(answer.itineraries) + 1
    # However many itineraries there are, the page asks as many queries.
    assert queries_of(client, f"/routes/?{ASKED}") == queries_of(client, f"/routes/?{ASKED}&legs=3")


def test_every_figure_of_a_leg_and_of_the_whole_can_be_worked_out(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    page = client.get(f"/routes/?{ASKED}")
    picked = page.context["picked"]
    asked = f"{ASKED}&pick={picked.number}"
    request = RouteRequest("t", "CNZGZ-P", "LULUX-P", READY, 800_000, 3_000, regime="9710")
    for at, leg in enumerate(picked.legs):
        found = work_out_leg(request, picked, at, now=NOW)
        f = found.freight
        assert max(f.by_mass + f.fixed, f.minimum) + f.season == leg.freight
        rated = round(found.hub_per_tonne.minor * 0.8 + 1e-6)
        assert found.hub_fee.minor + rated + found.border_fee.minor == leg.handling.minor
        if found.before and not leg.on_demand:
            late = 1 - found.before.on_time / 10_000
            assert leg.made == pytest.approx(
                1 - late * math.exp(-(found.slack_min // 30 * 30) / found.before.late_min), abs=0.006
            )
        told = text_of(client.get(f"/routes/why/cost/?{asked}&leg={at + 1}"))
        assert f"{leg.freight.amount:,}" in told
    for figure in ("cost", "gases", "chance"):
        assert f"/routes/why/{figure}/" in text_of(page)
        assert picked.legs[0].start.name in text_of(client.get(f"/routes/why/{figure}/?{asked}"))
        assert "demo v1" in text_of(client.get(f"/routes/why/{figure}/?{asked}&leg=1"))
    assert client.get(f"/routes/why/colour/?{asked}").status_code == 404
    assert client.get(f"/routes/why/cost/?{ASKED}&end=NOWHERE").status_code == 404


def test_what_cannot_be_routed_is_told_with_its_remedy(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    assert "The goods are already there." in text_of(client.get(f"/routes/?{ASKED}&end=CNZGZ-P"))
    assert "No hub of the network has this code." in text_of(client.get(f"/routes/?{ASKED}&end=NOWHERE"))
    assert "before the goods are ready" in text_of(client.get(f"/routes/?{ASKED}&deadline=2026-11-22T08:00"))
    late = text_of(client.get(f"/routes/?{ASKED}&deadline=2026-11-23T20:00"))
    assert "Nothing arrives by the deadline" in late
    assert tenants[Kind.BUYER].client.get("/routes/").status_code == 403


def test_the_api_answers_as_the_page_and_a_closure_changes_the_answer(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    body = {
        "origin": "CNZGZ-P",
        "destination": "LULUX-P",
        "ready_at": "2026-11-23T08:00:00Z",
        "mass_g": 800_000,
    }

    def ask() -> dict:  # type: ignore[type-arg]
        found = client.post("/api/v1/logistics/routes", json.dumps(body), content_type="application/json")
        assert found.status_code == 200
        return found.json()  # type: ignore[no-any-return]

    before = ask()
    assert before["itineraries"][0]["legs"][-1]["end"]["code"] == "LULUX-P"
    record_closure(
        kind="hub", target="CGO", starts_at=datetime(2026, 11, 23, tzinfo=UTC),
        ends_at=datetime(2026, 12, 10, tzinfo=UTC), note="strike", source="test", actor="test", now=NOW,
    )  # fmt: skip
    after = ask()
    used = {
        leg["start"]["code"]
        for one in after["itineraries"]
        for leg in one["legs"]
        if leg["leaves_at"] < "2026-12-10"
    }
    assert "CGO" not in used
    assert after["itineraries"][0]["minutes"] > before["itineraries"][0]["minutes"]
