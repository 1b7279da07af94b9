"""A list withdrawn by its trader, on its page and by API, and by nobody else; the agency is the demonstration's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.models import Declaration
from fondaco.platforms.window.public import (
    AgencySimulator,
    FileDropGateway,
    HttpGateway,
    draft_declarations,
    lodge_declarations,
    match_documents,
    own_fingerprints,
    poll_receipts,
    save_verdicts,
    watched,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, draft, triple
from fondaco.platforms.window.tests.test_month_summaries import EXPORT
from fondaco.systems.logistics.tests.conftest import demo_book, own_cache
from tests.callers import Caller, assert_problem
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.usefixtures("demo_book")
__all__ = ["demo_book", "own_cache"]
# Orders whose lists the simulator stops: the first for papers (yellow), the second lets go (green).
STOPPED, FREE = "c17", "c0"


@pytest.fixture
def tenants(db: None, settings: Any) -> dict[str, Tenant]:
    settings.API_RATE = settings.API_PUBLIC_RATE = "100000/minute"
    return make_tenants()


@pytest.fixture
def lists(tenants: dict[str, Tenant]) -> dict[str, Declaration]:
    """A list of the seller's that waits for an officer, and one that is released."""
    who = {"seller_id": tenants[Kind.SELLER].scope.organisation_id, "authority_id": tenants[Kind.CUSTOMS].scope.organisation_id}  # fmt: skip
    made = draft_declarations([draft(name, **(EXPORT | who)) for name in (STOPPED, FREE)], actor="t", now=NOW)
    save_verdicts(match_documents([triple(name) for name in (STOPPED, FREE)]), actor="t", now=NOW)
    with AgencySimulator(keys=own_fingerprints) as agency, HttpGateway(agency.url, name="t") as gateway:
        lodge_declarations([one.id for one in made], gateway, actor="t", now=NOW)
        poll_receipts(gateway, now=NOW)
    rows = Declaration.objects.house().in_bulk([one.id for one in made])
    return {"stopped": rows[made[0].id], "free": rows[made[1].id]}


def applied(one: Declaration) -> list[str]:
    return list(one.events.filter(code="605").values_list("actor", flat=True))


def test_the_trader_withdraws_on_the_page(tenants: dict[str, Tenant], lists: dict[str, Declaration]) -> None:
    stopped, free = lists["stopped"], lists["free"]
    assert (stopped.state, free.state) == ("under_review", "released")
    seller, at = tenants[Kind.SELLER], f"/declarations/{stopped.id}/"
    assert f"{at}withdraw/" in seller.client.get(at).content.decode()
    assert "withdraw/" not in seller.client.get(f"/declarations/{free.id}/").content.decode()
    for name in (Kind.CUSTOMS, Kind.BUYER):
        assert "withdraw/" not in tenants[name].client.get(at).content.decode()
        assert tenants[name].client.post(f"{at}withdraw/", {"reason": "x"}).status_code == 403
    tenants[STRANGER].client.post(f"{at}withdraw/", {"reason": "x"})
    seller.client.post(f"{at}withdraw/", {"reason": " "})
    seller.client.post(f"/declarations/{free.id}/withdraw/", {"reason": "too late"})
    assert applied(stopped) == applied(free) == []
    said = seller.client.post(f"{at}withdraw/", {"reason": "wrong goods"}, follow=True).content.decode()
    assert "The withdrawal is with customs" in said
    assert "wrong goods" in said
    assert applied(stopped) == [seller.scope.actor]


def test_where_a_folder_stands_for_customs_the_application_lies_in_it(
    tenants: dict[str, Tenant], lists: dict[str, Declaration], settings: Any, tmp_path: Path
) -> None:
    settings.CUSTOMS_DROP, stopped = str(tmp_path), lists["stopped"]
    path, body = f"/declarations/{stopped.id}/withdrawal", {"reason": "wrong goods"}
    mine = Caller(stopped.seller_id, Kind.SELLER)
    assert mine.send("POST", path, body).json()["state"] == "under_review"
    (message,) = (tmp_path / "in").iterdir()
    assert "CEB605Message" in message.read_text()
    with watched(AgencySimulator(keys=own_fingerprints), tmp_path) as box:
        box.sweep()
    poll_receipts(FileDropGateway(tmp_path), now=NOW)
    assert stopped.events.filter(raw__message="CEB606Message", code="120").exists()


def test_the_trader_withdraws_by_api(tenants: dict[str, Tenant], lists: dict[str, Declaration]) -> None:
    seller = tenants[Kind.SELLER].scope.organisation_id
    path, body = f"/declarations/{lists['stopped'].id}/withdrawal", {"reason": "wrong goods"}
    assert Caller(seller, Kind.SELLER, role=Role.VIEWER).send("POST", path, body).status_code == 403
    office = Caller(tenants[Kind.CUSTOMS].scope.organisation_id, Kind.CUSTOMS)
    assert office.send("POST", path, body).status_code == 403
    other = Caller(tenants[STRANGER].scope.organisation_id, Kind.SELLER)
    assert_problem(other.send("POST", path, body), 404, "not-found")
    mine = Caller(seller, Kind.SELLER)
    assert mine.send("POST", path, {"reason": ""}).status_code == 422
    late = mine.send("POST", f"/declarations/{lists['free'].id}/withdrawal", body)
    assert_problem(late, 409, "list-not-withdrawable")
    assert applied(lists["stopped"]) == []
    done = mine.send("POST", path, body).json()
    assert (done["id"], done["state"] in {"under_review", "cancelled"}) == (str(lists["stopped"].id), True)
    assert len(applied(lists["stopped"])) == 1
