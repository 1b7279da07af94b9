"""The pages of the return centre: the desk, one return in each stage, the officer's witness, claims; strangers see none."""

from __future__ import annotations

from uuid import UUID

import pytest

from fondaco.delivery.web.tests.border_helpers import queries_of
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window import public as window
from fondaco.platforms.window.tests.return_samples import ask, line
from tests.tenants import STRANGER, Tenant, leaks, make_tenants
from tests.test_figures_open import closed_on


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def coming_back(tenants: dict[str, Tenant], *, count: int = 1) -> list[UUID]:
    seller, buyer, officer = (
        tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.BUYER, Kind.CUSTOMS)
    )
    asks = [ask(line(2), seller_id=seller, buyer_id=buyer, authorities={"DE": officer}) for _ in range(count)]
    return window.open_returns(asks, now=clock.now(), actor="t", authorised=True)


def test_a_return_is_gone_through_on_its_page(tenants: dict[str, Tenant]) -> None:
    seller, officer, buyer = (tenants[kind].client for kind in (Kind.SELLER, Kind.CUSTOMS, Kind.BUYER))
    case = coming_back(tenants)[0]
    at, step = f"/return-centre/{case}/", f"/return-centre/{case}/step/"

    def sheet() -> window.ReturnSheet:
        return window.return_sheet(tenants[Kind.SELLER].scope, case, now=clock.now())

    label = buyer.get(f"{at}paper/label/")
    assert label.content.startswith(b"%PDF")
    buyer.post(step, {"event": "post"})
    row = sheet().lines[0]
    seller.post(step, {"event": "arrive", f"got-{row.id}": "2"})
    seller.post(step, {"event": "grade", f"gradeC-{row.id}": "1"})
    assert sheet().row.state == "arrived"
    window.grade_return(tenants[Kind.SELLER].scope, case, [window.Found(row.id, "C", 2)], now=clock.now())
    verdict = sheet().lines[0].verdicts[0]
    seller.post(step, {"event": "route", f"route-{verdict.id}": "destroy", "why": "broken"})
    assert sheet().lines[0].verdicts[0].route == "destroy"
    seller.post(step, {"event": "carry", "verdict": str(verdict.id)})
    assert sheet().row.state == "routed"
    assert "witness" in officer.get(at).content.decode()
    officer.post(step, {"event": "witness", "verdict": str(verdict.id), "note": "crushed"})
    seller.post(step, {"event": "carry", "verdict": str(verdict.id)})
    assert sheet().row.state == "closed"
    assert seller.get(f"{at}paper/certificate/").content.startswith(b"%PDF")
    assert seller.get(f"{at}why/{verdict.id}/").status_code == 200
    seller.post(step, {"event": "claims"})
    claim = sheet().claims[0]
    assert claim.code == "eu-defect"
    seller.post(f"/duty-claims/{claim.id}/step/", {"event": "lodge", "reference": "R-1"})
    seller.post(f"/duty-claims/{claim.id}/step/", {"event": "grant", "granted": "0.10"})
    assert sheet().claims[0].state == "lodged"
    assert seller.get(f"/duty-claims/{claim.id}/why/").status_code == 200
    officer.post(f"/duty-claims/{claim.id}/step/", {"event": "grant", "granted": "0.10"})
    assert "as the authority decided" in officer.get(f"/duty-claims/{claim.id}/why/").content.decode()
    for client in (seller, officer):
        assert closed_on(client, at, spared=("Price",)) == {}
        assert closed_on(client, "/duty-claims/") == {}
        told = client.get(f"{at}why/{row.id}/").content.decode()
        assert f"2 of {row.sold} pieces" in told
        assert f"{row.duty.amount}" in told
    assert tenants[STRANGER].client.get(f"{at}why/{row.id}/").status_code == 404
    for client in (seller, officer, buyer):
        assert sheet().row.number in client.get(at).content.decode()
    assert "eu-defect" in seller.get("/duty-claims/export.csv").getvalue().decode()
    assert claim.number in officer.get("/duty-claims/").content.decode()


def test_the_desk_shows_each_party_its_own_and_asks_as_much_for_one_as_for_many(
    tenants: dict[str, Tenant],
) -> None:
    case = coming_back(tenants)[0]
    seller = tenants[Kind.SELLER].client
    one = queries_of(seller, "/return-centre/?clock=later")
    coming_back(tenants, count=50)
    assert queries_of(seller, "/return-centre/?clock=later") == one
    assert seller.get("/return-centre/export.csv").getvalue().decode().count("authorised") == 51
    owners = {Kind.SELLER.value, Kind.BUYER.value, Kind.CUSTOMS.value}
    assert leaks(tenants, owners=owners, path=f"/return-centre/{case}/") == []
    assert seller.get("/return-centre/?state=closed").status_code == 200
    assert tenants[Kind.BANK].client.get("/return-centre/").status_code == 403
