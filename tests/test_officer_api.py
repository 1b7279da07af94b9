"""The officer's work over the API: another lane, a tax bill, an inspection with sample and photograph; strays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Receipt
from tests.callers import Caller, assert_problem
from tests.traded import Traded

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 16
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def desk(traded: Traded) -> tuple[Caller, dict[str, Any]]:
    """An officer, and the first declaration on the officer's desk."""
    for office in traded.house.customs.values():
        officer = Caller(office, Kind.CUSTOMS)
        if queue := officer.get("/declarations/desk").json()["items"]:
            return officer, queue[0]["declaration"]
    pytest.fail("nothing waits for any officer")


def test_lane_bill_and_inspection(desk: tuple[Caller, dict[str, Any]]) -> None:
    officer, waiting = desk
    at = f"/declarations/{waiting['id']}"
    lane = "yellow" if waiting["lane"] == "red" else "red"
    moved = officer.send("POST", f"{at}/reroutes", {"lane": lane, "reason": "seen before"}).json()
    assert (moved["lane"], moved["state"]) == (lane, waiting["state"])
    assert_problem(officer.send("POST", f"{at}/reroutes", {"lane": lane, "reason": "again"}), 422, "bad-lane")

    bill = officer.send(
        "POST", f"{at}/tax-bills", {"duty": "1.50", "tax": "4.00", "reason": "weighed"}, key="b1"
    )
    assert (bill.status_code, bill.json()[:1]) == (201, "T")
    assert officer.get(at).json()["declaration"]["assessed_duty_minor"] == 150

    key = officer.send("POST", f"{at}/inspections").json()
    sample = {"item": 1, "quantity": "2 pieces", "seal": "S-77"}
    assert [officer.send("POST", f"/inspections/{key}/samples", sample).json() for _ in range(2)] == [1, 1]
    photo = officer.client.generic(
        "POST", f"/api/v1/inspections/{key}/photos?caption=front", PNG, content_type="image/png"
    ).json()
    assert officer.get(f"/inspections/photos/{photo}").content == PNG
    assert_problem(
        officer.send("POST", f"/inspections/{key}/close", {"result": "value"}), 422, "bad-findings"
    )
    closed = officer.send("POST", f"/inspections/{key}/close", {"result": "as_declared"}).json()
    assert (closed["result"], len(closed["samples"]), closed["photos"][0]["caption"]) == (
        "as_declared", 1, "front",
    )  # fmt: skip
    assert [one["id"] for one in officer.get(f"{at}/inspections").json()] == [key]


def test_a_stray_receipt_is_attached_or_dismissed_once(
    traded: Traded, desk: tuple[Caller, dict[str, Any]]
) -> None:
    _, waiting = desk
    operator = Caller(traded.house.platform, Kind.PLATFORM)
    window.receive_receipts(
        [Receipt("NOBODY-1", "DMSCTL", AT), Receipt("NOBODY-2", "800", AT, "gacc")], now=AT
    )
    released, control = operator.get("/stray-receipts", size=2).json()["items"]
    assert [one["why"] for one in (released, control)] == ["unknown-reference"] * 2
    told = operator.send(
        "POST", f"/stray-receipts/{control['id']}/attach", {"lrn": waiting["lrn"], "reason": "typed wrongly"}
    )
    assert (told.status_code, told.json()["lrn"]) == (200, waiting["lrn"])
    put = operator.send("POST", f"/stray-receipts/{released['id']}/dismiss", {"reason": "not ours"})
    assert put.status_code == 204
    again = operator.send("POST", f"/stray-receipts/{released['id']}/dismiss", {"reason": "not ours"})
    assert_problem(again, 409, "conflict")
    left = [one["id"] for one in operator.get("/stray-receipts").json()["items"]]
    assert not {released["id"], control["id"]} & set(left)
