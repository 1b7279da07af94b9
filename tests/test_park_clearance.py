"""A park clears what lies in its own stores: from its home to the released lists, once, and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from fondaco.flows.collective import clear_batch
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.models import Organisation
from fondaco.parties.public import ensure_member, ensure_organisation, ensure_user, members
from fondaco.platforms.window import public as window
from fondaco.platforms.window.models import Declaration
from fondaco.platforms.window.public import AgencySimulator
from fondaco.platforms.window.tests.declaration_samples import draft, triple, uid
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.tests.conftest import NOW, demo_book, new_consignment, own_cache
from tests.callers import Caller, assert_problem
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.usefixtures("demo_book")
__all__ = ["demo_book", "own_cache"]
NAMES = ("a", "b")


@pytest.fixture
def tenants(db: None, settings: Any) -> dict[str, Tenant]:
    settings.API_RATE = settings.API_PUBLIC_RATE = "100000/minute"
    return make_tenants()


@pytest.fixture
def batch(tenants: dict[str, Tenant]) -> UUID:
    """A batch of two orders of the seller's that lie in a store which the park runs, each with its list."""
    ids = {
        kind.value: tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER)
    }
    owner, park = tenants[Kind.SELLER].scope, tenants[Kind.PARK].scope.organisation_id
    (store,) = logistics.ensure_stores(
        [logistics.NewStore(ids[Kind.SELLER], park, "p", "Park store", "park", "GB")], aisles=1, bays=2
    )
    received = [logistics.NewReceipt("mug", 9, "L1", "CN", key="k", title="A mug")]
    logistics.receive_goods(owner, store.pk, received, now=NOW, actor="t")
    wants = [logistics.Want(uid(name), name, ids[Kind.SELLER], "GB", (("mug", 1),)) for name in NAMES]
    logistics.reserve_orders(wants, now=NOW, actor="t")
    booked = [new_consignment(ids, order_id=uid(name)) for name in NAMES]
    logistics.book_consignments(booked, actor="t", now=NOW)
    window.draft_declarations([draft(name) for name in NAMES], actor="t", now=NOW)
    window.save_verdicts(window.match_documents([triple(name) for name in NAMES]), actor="t", now=NOW)
    Organisation.objects.filter(pk=park).update(identifiers={"eori": "GB000000000004"})
    office = tenants[Kind.CUSTOMS].scope.organisation_id
    (made,) = logistics.collect_clearances(NOW.date(), authorities={"DE": office}, actor="t", now=NOW).batches
    return made


def lists() -> list[str]:
    return list(
        Declaration.objects.house().exclude(regime="summary").values_list("state", flat=True).order_by("lrn")
    )


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_park_goes_from_its_home_to_the_released_lists(tenants: dict[str, Tenant], batch: UUID) -> None:
    park, page = tenants[Kind.PARK].client, f"/clearances/{batch}/"
    assert page in text(park, "/home/")
    assert page in text(park, "/clearances/")
    assert "Lodge for all lists" not in text(park, page)
    park.post(page + "together/")
    assert (lists(), window.summary_of(batch)) == (["validated"] * 2, None)  # it is not closed
    park.post(page + "step/", {"event": "close"})
    assert "Lodge for all lists" in text(park, page)
    assert "Mark as declared" not in text(park, page)
    for _ in range(2):
        park.post(page + "together/")
    summary = window.summary_of(batch)
    assert summary is not None
    assert (summary.seller_id, summary.version) == (tenants[Kind.PARK].scope.organisation_id, 1)
    assert Declaration.objects.house().filter(regime="summary").count() == 1
    assert set(lists()).isdisjoint({"draft", "validated"})
    assert (summary.mrn or summary.lrn) in text(park, page)
    own = f"/declarations/{summary.id}/"
    assert own in text(park, page)
    assert own in text(park, "/declarations/")
    sheet = text(park, own)
    assert f'href="{page}"' in sheet
    assert "/desk/" not in sheet
    assert park.get(f"{own}as/csv/").status_code == park.get(f"{own}why/duty/").status_code == 200
    inside = Declaration.objects.house().exclude(regime="summary").values_list("id", flat=True)
    assert {park.get(f"/declarations/{one}/").status_code for one in inside} == {404}
    assert tenants[STRANGER].client.get(own).status_code in {403, 404}


def test_a_batch_whose_summary_is_rejected_says_so(tenants: dict[str, Tenant], batch: UUID) -> None:
    scope, page = tenants[Kind.PARK].scope, f"/clearances/{batch}/"
    logistics.move_clearance(scope, batch, "close", now=NOW)
    with AgencySimulator(keys=window.own_fingerprints, until=NOW) as agency, window.HttpGateway(agency.url, name="t") as gateway:  # fmt: skip
        clear_batch(scope, batch, gateway, now=NOW)
        summary = window.summary_of(batch)
        assert summary is not None
        no = {"NameCode": "DMSREJ", "FunctionalReferenceID": summary.lrn, "IssueDateTime": NOW.isoformat(), "Error": [{"Description": "CDS12056"}]}  # fmt: skip
        agency.decide(no)
        for _ in range(2):  # again changes nothing
            clear_batch(scope, batch, gateway, now=NOW)
    assert (lists(), logistics.clearance_detail(scope, batch).batch.state) == (["rejected"] * 2, "rejected")
    told = text(tenants[Kind.PARK].client, page)
    assert "came to nothing" in told
    assert "Ask for the answers" not in told
    assert logistics.clearance_detail(scope, batch).batch.steps == ()


def test_people_are_taken_out_but_for_the_last_owner(tenants: dict[str, Tenant]) -> None:
    park = tenants[Kind.PARK]
    clerk = ensure_user(email="clerk@park.example", name="Kim Clerk", password="quay-lantern-42")
    ensure_member(user_id=clerk.id, organisation_id=park.scope.organisation_id, role=Role.CLERK)
    assert "Kim Clerk" in text(park.client, "/organisation/")
    for user in (park.scope.user_id, clerk.id):
        park.client.post(f"/organisation/people/{user}/remove/")
    left = [one.user.id for one in members(park.scope)]
    assert left == [park.scope.user_id]


def test_a_park_without_an_eori_is_told_states_it_and_lodges(tenants: dict[str, Tenant], batch: UUID) -> None:
    park, page = tenants[Kind.PARK].client, f"/clearances/{batch}/"
    mine = Organisation.objects.filter(pk=tenants[Kind.PARK].scope.organisation_id)
    mine.update(identifiers={}, country="GB")
    park.post(page + "step/", {"event": "close"})
    assert "has no EORI" in text(park, page)
    assert "/organisation/?kind=eori" in text(park, page)
    assert "Lodge for all lists</button>" not in text(park, page)
    park.post(page + "together/")
    assert (lists(), window.summary_of(batch)) == (["validated"] * 2, None)
    assert all(f"{name} ·" in text(park, page + "why/duty/") for name in NAMES)
    assert park.get(page + "why/colour/").status_code == 404
    refused = park.post("/organisation/number/", {"kind": "eori", "number": "GB12"})
    assert (refused.status_code, mine.get().identifiers) == (422, {})
    assert "This is not a number of that kind." in refused.content.decode()
    park.post("/organisation/number/", {"kind": "eori", "number": "gb 0000 0000 0007"})
    assert mine.get().identifiers == {"eori": "GB000000000007"}
    assert "GB000000000007" in text(park, "/organisation/")
    park.post(page + "together/")
    summary = window.summary_of(batch)
    assert summary is not None
    for figure, minor in (("duty", summary.estimated_duty_minor), ("tax", summary.estimated_tax_minor)):
        told = text(park, page + f"why/{figure}/")
        assert f"{Money(minor, summary.currency).amount:,}" in told
        assert all(f"{name} ·" in told for name in NAMES)


def test_strangers_find_no_batch_and_change_nothing(tenants: dict[str, Tenant], batch: UUID) -> None:
    made = ensure_organisation(kind=Kind.PARK, name="Other", country="GB", slug="other-park", currency="GBP")
    other = Caller(made.id, Kind.PARK)
    path = f"/logistics/clearances/{batch}"
    assert other.get("/logistics/clearances").json()["items"] == []
    for answer in (
        other.get(path),
        other.send("POST", f"{path}/step", {"event": "close"}, key="1"),
        other.send("POST", f"{path}/together"),
    ):
        assert_problem(answer, 404, "not-found")
    for name in (STRANGER, Kind.SELLER, Kind.CARRIER):
        assert tenants[name].client.post(f"/clearances/{batch}/together/").status_code == 403
    assert (lists(), window.summary_of(batch)) == (["validated"] * 2, None)
    assert logistics.clearance_detail(tenants[Kind.PARK].scope, batch).batch.state == "open"


def test_the_api_closes_and_clears_together_once(tenants: dict[str, Tenant], batch: UUID) -> None:
    park = Caller(tenants[Kind.PARK].scope.organisation_id, Kind.PARK)
    path = f"/logistics/clearances/{batch}"
    assert_problem(park.send("POST", f"{path}/together"), 409, "batch-not-closed")
    assert park.send("POST", f"{path}/step", {"event": "close"}, key="1").json()["state"] == "closed"
    assert_problem(park.send("POST", f"{path}/step", {"event": "clear"}, key="2"), 403, "forbidden")
    first, again = (park.send("POST", f"{path}/together").json() for _ in range(2))
    assert (first["lists"], first["left_out"], first["trouble"]) == (2, 0, "")
    assert first["declaration"]["id"] == again["declaration"]["id"]
    assert (first["applied"] > 0, again["applied"]) == (True, 0)
    reader = Caller(tenants[Kind.PARK].scope.organisation_id, Kind.PARK, role=Role.VIEWER)
    assert reader.send("POST", f"{path}/together").status_code == 403
