"""A declaration as customs' message over HTTP: its reader's own, refused by the field, never another's."""

from __future__ import annotations

import pytest

from fondaco.kernel.tenancy import Kind
from fondaco.parties.public import ensure_organisation
from fondaco.platforms.window.declaration_messages import read_gacc
from fondaco.platforms.window.tests.declaration_samples import draft
from fondaco.platforms.window.tests.test_gacc_service import key, lodged, yuan  # noqa: F401 - a fixture
from tests.callers import Caller, assert_problem

pytestmark = pytest.mark.django_db


def caller(name):
    house = ensure_organisation(kind=Kind.SELLER, name=name, country="CN", slug=name)
    return Caller(house.id, Kind.SELLER)


@pytest.fixture
def seller():
    return caller("gacc-seller")


def own(seller, **changes):
    return lodged(seller_id=seller.scope.organisation_id, **changes)


def test_a_seller_gets_the_list_and_the_order_of_a_declaration(seller, key):  # noqa: F811
    row = own(seller)
    for kind, signed in (("311", False), ("621", True)):
        answer = seller.get(f"/declarations/{row.id}/messages/{kind}")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
        assert answer["Content-Disposition"] == f'attachment; filename="CEB{kind}Message.xml"'
        view = read_gacc(answer.content, verified=True)
        assert (view.number, view.faults, view.signed) == (kind, (), signed)


def test_what_customs_would_refuse_is_named(seller, monkeypatch):
    row = own(seller)
    monkeypatch.setenv("FONDACO_GACC_KEY", "")
    path = f"/declarations/{row.id}/messages"
    assert_problem(seller.get(f"{path}/621"), 422, "gacc-key-missing")
    assert_problem(seller.get(f"{path}/603"), 422, "gacc-wrong-direction")
    assert_problem(seller.get(f"{path}/622"), 404, "gacc-message-unknown")
    assert seller.get(f"{path}/abc").status_code == 422
    assert_problem(caller("gacc-stranger").get(f"{path}/311"), 404, "not-found")


def test_an_identity_number_that_lacks_is_asked_for(seller):
    buyer = yuan(draft()).importer
    nameless = own(seller, importer=type(buyer)(name=buyer.name, country=buyer.country, phone="+86 1"))
    body = seller.get(f"/declarations/{nameless.id}/messages/311")
    problem = assert_problem(body, 422, "gacc-message-refused")
    assert problem["field"] == "/CEB311Message/Order[1]/OrderHead/buyerIdNumber"
    assert problem["remedy"] == "Use 1 to 60 characters."
