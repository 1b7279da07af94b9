"""Announcement 179 from end to end: customs asks over HTTP, the platform uploads signed data, through every fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from fondaco.platforms.window.adapters.gacc import make_trial_certificate, own_fingerprints, signer_at_hand
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator, Faults
from fondaco.platforms.window.domain.certificates import KeyKind
from fondaco.platforms.window.models import Declaration, DeclarationEvent, LodgedPaper, ParkedReceipt
from fondaco.platforms.window.public import (
    PaidTransaction,
    draft_declarations,
    lodge_declarations,
    lodge_papers,
    lodge_payment_data,
    match_documents,
    open_payment_requests,
    payment_data_secret,
    poll_receipts,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, draft, triple
from fondaco.platforms.window.tests.test_gacc_bills import IMPORT
from tests.callers import V1, assert_problem

pytestmark = pytest.mark.django_db(transaction=True)
PAYMENT = "pay-p1"  # the provider's number, as the payment's document in `triple` names it
SESSION = "032C3F56-0EE6-4558-B548-6C7A3451F07D"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.HOME = tmp_path
    signer_at_hand.cache_clear()
    yield
    signer_at_hand.cache_clear()


@pytest.fixture
def agency() -> Iterator[AgencySimulator]:
    with AgencySimulator(keys=own_fingerprints) as simulator:
        yield simulator


@pytest.fixture
def gateway(agency: AgencySimulator) -> Iterator[HttpGateway]:
    with HttpGateway(agency.url, name="cn", attempts=1) as client:
        yield client


@pytest.fixture
def listed(gateway: HttpGateway) -> Declaration:
    """An import list that is with customs, after its order, payment and waybill."""
    (made,) = draft_declarations([draft("p1", **IMPORT)], actor="t", now=NOW)
    save_verdicts(match_documents([triple("p1")]), actor="t", now=NOW)
    lodge_papers([made.id], gateway, actor="t", now=NOW)
    lodge_declarations([made.id], gateway, actor="t", now=NOW)
    row: Declaration = Declaration.objects.house().get(id=made.id)
    return row


def path(secret: str = "") -> str:
    return f"{V1}/window/cn/{secret or payment_data_secret()}/platDataOpen"


def ask(raw: str) -> dict[str, Any]:
    answer = Client().post(path(), urlencode({"openReq": raw}), "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def asked(row: Declaration, session: str = SESSION) -> str:
    return json.dumps({"orderNo": row.reference, "sessionID": session, "serviceTime": "1795312800000"})


def paid(row: Declaration, number: str = PAYMENT) -> PaidTransaction:
    goods = [("Soap", "/products/1/")]
    return PaidTransaction(number, "{}", "{}", 19600, NOW - timedelta(hours=1), {row.reference: goods})


def upload(row: Declaration, gateway: HttpGateway, session: str = SESSION) -> int:
    return lodge_payment_data({session: paid(row)}, gateway, actor="t", now=NOW)


def test_customs_asks_hears_at_once_and_gets_signed_data_once(
    listed: Declaration, agency: AgencySimulator, gateway: HttpGateway, live_server: LiveServer
) -> None:
    address = live_server.url + path()
    for _ in range(2):  # a session that comes again has no second effect
        assert agency.payments.ask(address, listed.reference, session=SESSION, at=NOW).taken
    (waiting,) = open_payment_requests()
    assert (waiting.session, waiting.order_id, waiting.order_number) == (
        SESSION, listed.order_id, listed.reference,
    )  # fmt: skip
    assert (upload(listed, gateway), upload(listed, gateway)) == (1, 0)
    data = agency.payments.taken[SESSION]
    assert (str(data.amount), data.transaction, [one.order_number for one in data.orders]) == (
        "196", PAYMENT, [listed.reference],
    )  # fmt: skip
    assert LodgedPaper.objects.get(message="411", declaration=listed).reference == data.transaction
    assert agency.payments.named == agency.payments.paid == {listed.reference: data.transaction}
    assert data.orders[0].goods[0].link == "https://fondaco.example/products/1/"
    paper = LodgedPaper.objects.get(message="179")
    assert (paper.state, paper.status) == ("entered", "10000")
    assert agency.payments.ask(address, listed.reference, session="S-2", at=NOW).taken  # asked once more
    assert upload(listed, gateway, "S-2") == 1
    codes = [one for one in listed.events.values_list("code", flat=True) if one.startswith("179")]
    assert sorted(codes) == ["179", "179", "179-10000", "179-10000"]


def test_what_is_lost_goes_again_unchanged(
    listed: Declaration, agency: AgencySimulator, gateway: HttpGateway
) -> None:
    assert ask(asked(listed))["code"] == "10000"
    agency.faults = Faults(timeout_after_success=1.0)
    assert upload(listed, gateway) == 0
    kept = LodgedPaper.objects.get(message="179")
    assert (kept.state, kept.acknowledged_at) == ("sent", None)
    agency.faults = Faults()
    assert lodge_payment_data({}, gateway, actor="t", now=NOW + timedelta(minutes=1)) == 1
    after = LodgedPaper.objects.get(message="179")
    assert (after.state, after.text, len(agency.payments.taken)) == ("entered", kept.text, 1)


def test_another_keys_signature_and_a_missing_payment_end_the_session(listed: Declaration) -> None:
    stranger = make_trial_certificate("Somebody", now=NOW, kind=KeyKind.RSA)
    assert ask(asked(listed))["code"] == ask(asked(listed, "S-2"))["code"] == "10000"
    with AgencySimulator(certificate=lambda: stranger) as agency, HttpGateway(agency.url) as gateway:
        assert upload(listed, gateway) == 0
        assert agency.payments.taken == {}
    ends = dict(LodgedPaper.objects.filter(message="179").values_list("reference", "status"))
    assert ends == {SESSION: "20000", "S-2": "unpaid"}
    assert set(LodgedPaper.objects.filter(message="179").values_list("state", flat=True)) == {"refused"}
    assert open_payment_requests() == []


def test_data_of_another_payment_than_was_lodged_are_refused(
    listed: Declaration, agency: AgencySimulator, gateway: HttpGateway
) -> None:
    assert ask(asked(listed))["code"] == "10000"
    assert lodge_payment_data({SESSION: paid(listed, "pay-2")}, gateway, actor="t", now=NOW) == 0
    paper = LodgedPaper.objects.get(message="179")
    assert (paper.state, paper.status, "411" in paper.reason) == ("refused", "20000", True)
    assert agency.payments.taken == {}


def test_a_list_whose_order_and_payment_name_two_payments_is_rejected(
    agency: AgencySimulator, gateway: HttpGateway
) -> None:
    (made,) = draft_declarations([draft("p2", **IMPORT)], actor="t", now=NOW)
    save_verdicts(match_documents([triple("p2")]), actor="t", now=NOW)
    lodge_papers([made.id], gateway, actor="t", now=NOW)
    agency.payments.hear("payment", made.reference, "pay-other")
    lodge_declarations([made.id], gateway, actor="t", now=NOW)
    poll_receipts(gateway, now=NOW)
    row = Declaration.objects.house().get(id=made.id)
    (said,) = row.events.filter(source="agency", after="rejected").values_list("reason", flat=True)
    assert (row.state, "(311)" in said, "(411)" in said) == ("rejected", True, True)


def test_without_a_provider_number_no_payment_is_lodged_and_the_log_says_so(gateway: HttpGateway) -> None:
    (made,) = draft_declarations([draft("p3", **IMPORT)], actor="t", now=NOW)
    lodge_papers([made.id], gateway, actor="t", now=NOW)
    assert set(LodgedPaper.objects.values_list("message", flat=True)) == {"311", "511"}
    (why,) = DeclarationEvent.objects.filter(code="papers-refused").values_list("reason", flat=True)
    assert "payTransactionId" in why


def test_what_names_no_order_or_cannot_be_read_is_refused_and_kept_once(listed: Declaration) -> None:
    wrong = {
        "": "openReq cannot be read",
        "[]": "openReq cannot be read",
        '{"orderNo":"x\\u0000","sessionID":"S","serviceTime":1}': "openReq cannot be read",
        json.dumps({"orderNo": "NOBODY", "sessionID": "S-9", "serviceTime": 1795312800000}): "orderNo is unknown",
    }  # fmt: skip
    for raw, message in wrong.items():
        for _ in range(2):
            told = ask(raw)
            assert (told["code"], told["message"], type(told["serviceTime"])) == ("20000", message, int)
    whys = sorted(ParkedReceipt.objects.values_list("why", flat=True))
    assert whys == ["unknown-order", *["unreadable-request"] * 3]
    assert ask(asked(listed))["code"] == "10000"
    other = asked(listed).replace(listed.reference, "NOBODY")
    assert (ask(other)["code"], LodgedPaper.objects.filter(message="179").count()) == ("20000", 1)
    assert DeclarationEvent.objects.filter(code="179").count() == 1


def test_only_who_was_told_the_address_is_heard(listed: Declaration) -> None:
    form = urlencode({"openReq": asked(listed)})
    answer = Client().post(path("0" * 64), form, "application/x-www-form-urlencoded")
    assert_problem(answer, 404, "not-found")
    assert not LodgedPaper.objects.filter(message="179").exists()
