"""The gateway over HTTP: who may lodge, in which form, and that a repeated batch is answered the same."""

from __future__ import annotations

from typing import Any

import pytest

from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.public import KeyScope, ensure_organisation
from fondaco.platforms.window.models import Declaration, IntakeBatch
from fondaco.platforms.window.tests.intake_samples import batch, one_list
from tests.callers import V1, Caller, assert_problem

pytestmark = pytest.mark.django_db
PATH = f"{V1}/declarations/batches"


@pytest.fixture
def seller() -> Caller:
    ensure_organisation(
        kind=Kind.CUSTOMS, name="Customs of France", country="FR", slug="customs-fr", currency="EUR"
    )
    made = ensure_organisation(
        kind=Kind.SELLER, name="Declarant", country="GB", slug="declarant", currency="GBP"
    )
    return Caller(made.id, Kind.SELLER)


def lodge(caller: Caller, raw: bytes, media: str = "application/json") -> Any:
    return caller.client.post(PATH, raw, content_type=media)


def test_a_batch_is_taken_once_and_answered_the_same_ever_after(seller: Caller) -> None:
    raw = batch(one_list("A1"), one_list("A2", kind="transit"))
    first, again = lodge(seller, raw), lodge(seller, raw)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    told = first.json()
    assert [one["status"] for one in told["lists"]] == ["taken", "refused"]
    assert told["lists"][1]["reasons"][0]["field"] == "kind"
    found = Declaration.objects.house().get()
    listed = seller.get("/declarations").json()["items"]
    assert [(one["lrn"], one["mrn"]) for one in listed] == [("A1", found.mrn)]


def test_what_is_no_batch_or_not_the_callers_to_send_changes_nothing(seller: Caller, settings: Any) -> None:
    sound = batch(one_list("B1"))
    assert_problem(lodge(seller, b"{"), 422, "bad-batch")
    assert_problem(lodge(seller, sound, "text/plain"), 415, "wrong-media-type")
    assert_problem(lodge(seller, b"<!DOCTYPE a><a/>", "application/xml"), 422, "xml-entities-refused")
    reader = Caller(seller.scope.organisation_id, Kind.SELLER, scopes=(KeyScope.READ,))
    assert lodge(reader, sound).status_code == 403
    viewer = Caller(seller.scope.organisation_id, Kind.SELLER, role=Role.VIEWER)
    assert_problem(lodge(viewer, sound), 403, "forbidden")
    seller.client.defaults["HTTP_AUTHORIZATION"] = "Bearer nobody"
    assert_problem(lodge(seller, sound), 401, "not-authenticated")
    settings.API_MAX_BATCH = 100
    assert_problem(lodge(viewer, sound), 413, "too-large")
    assert (Declaration.objects.count(), IntakeBatch.objects.count()) == (0, 0)
