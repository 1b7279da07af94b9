"""Packing on demand and a consignment's EDI instruction over HTTP."""

from __future__ import annotations

import pytest

from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.tests.conftest import booked, demo_book, own_cache  # noqa: F401 - fixtures
from tests.callers import V1, Caller, assert_problem
from tests.tenants import make_tenants

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_book")]
MUG = {"sku": "mug", "quantity": 6, "length_mm": 120, "width_mm": 90, "height_mm": 100, "mass_g": 350}
CUBE = {
    "code": "cube",
    "inner_length_mm": 100,
    "inner_width_mm": 100,
    "inner_height_mm": 100,
    "max_contents_g": 9000,
}


@pytest.fixture
def owners(db: None) -> dict[str, Caller]:
    tenants = make_tenants()
    kinds = (Kind.SELLER, Kind.BUYER, Kind.CARRIER)
    return {str(kind): Caller(tenants[kind].scope.organisation_id, kind) for kind in kinds}


def test_pieces_get_boxes_places_and_a_proof(owners: dict[str, Caller]) -> None:
    answer = owners["seller"].send("POST", "/logistics/packings", {"items": [MUG]}).json()
    (parcel,) = answer["parcels"]
    assert (parcel["box"], parcel["method"], answer["least"], answer["proof"]) == (
        "box-s",
        "exact",
        1,
        "proved",
    )
    assert len(parcel["placements"]) == 6
    assert {tuple(sorted((p["dx"], p["dy"], p["dz"]))) for p in parcel["placements"]} == {(90, 100, 120)}


def test_own_boxes_are_used_and_one_fewer_is_refuted(owners: dict[str, Caller]) -> None:
    item = {**MUG, "quantity": 2, "length_mm": 60, "width_mm": 60, "height_mm": 60}
    answer = owners["seller"].send("POST", "/logistics/packings", {"items": [item], "boxes": [CUBE]}).json()
    assert ([p["box"] for p in answer["parcels"]], answer["proof"]) == (["cube", "cube"], "proved")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"items": []}, "invalid-request"),
        ({"items": [{**MUG, "mass_g": 0}]}, "invalid-request"),
        ({"items": [MUG, {**MUG, "length_mm": 121}]}, "item-contradicted"),
    ],
)
def test_bad_pieces_are_refused_by_name(
    owners: dict[str, Caller], body: dict[str, object], code: str
) -> None:
    assert_problem(owners["seller"].send("POST", "/logistics/packings", body), 422, code)


def test_each_party_of_a_consignment_gets_its_instruction(owners: dict[str, Caller]) -> None:
    tenants = make_tenants()
    ids = {str(kind): tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER)}
    (one,) = booked(ids)
    for caller in owners.values():
        answer = caller.client.get(f"{V1}/logistics/consignments/{one.id}/iftmin")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/edifact")
        assert answer.content.startswith(b"UNA:+.? 'UNB+UNOC:3+FONDACO+")
        assert one.number.encode() in answer.content
