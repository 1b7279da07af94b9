"""Evidence in a dispute over an order of the main flow: made from its own papers, kept as it went out."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest

from fondaco.flows import disputes
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from tests.traded import Traded

pytestmark = pytest.mark.django_db
SAID = "It was handed over at the door."


@pytest.fixture
def dispute(traded: Traded) -> finance.DisputeDTO:
    """The buyer's bank asks for a part of a paid order back."""
    seller = Scope(traded.house.seller, Kind.SELLER, role=Role.OWNER, actor="test")
    paid = next(one for one in finance.list_payments(seller) if one.state == "settled" and not one.basket_id)
    assert paid.provider_id is not None
    now = clock.now()
    sender = finance.WebhookSender("", finance.ensure_connection(paid.provider_id, now=now), now=lambda: now)
    told = {
        "key": f"{paid.id}-{paid.attempt}", "case": f"CB-{uuid4()}", "reason": "not_received",
        "amount": 1, "currency": paid.amount.currency,
    }  # fmt: skip
    body = json.dumps({"type": "dispute.opened", "data": told})
    finance.receive_webhook(paid.provider_id, body.encode(), sender.headers("m-1", body), now=now)
    return finance.list_disputes(seller)[0]


def _scope(organisation: object, kind: Kind) -> Scope:
    return Scope(organisation, kind, role=Role.OWNER, actor="test")  # type: ignore[arg-type]


def test_what_went_with_an_answer_is_kept_and_open_to_the_provider(dispute: finance.DisputeDTO) -> None:
    now = clock.now()
    seller, provider = _scope(dispute.seller_id, Kind.SELLER), _scope(dispute.provider_id, Kind.PSP)
    with pytest.raises(Exception, match="no such order"):  # nothing was handed in yet
        disputes.evidence_pack(provider, dispute.id, now=now)
    answered = disputes.answer_dispute(seller, dispute.id, "challenge", statement=f" {SAID} ", now=now)
    pack = disputes.evidence_pack(provider, dispute.id, now=now)
    assert pack == disputes.evidence_pack(seller, dispute.id, now=now)
    assert hashlib.sha256(pack).hexdigest() == answered.evidence_sha256
    with ZipFile(BytesIO(pack)) as files:
        digests = json.loads(files.read("manifest.json"))
        assert {name: hashlib.sha256(files.read(name)).hexdigest() for name in digests} == digests
        assert json.loads(files.read("dispute.json"))["statement"] == SAID
        assert files.read("summary.pdf").startswith(b"%PDF")
        assert sum(name.startswith("papers/") for name in digests) >= 2


@pytest.mark.parametrize("event", ["", "acccept", "won"])
def test_an_answer_that_is_none_gives_no_money_away(dispute: finance.DisputeDTO, event: str) -> None:
    seller = _scope(dispute.seller_id, Kind.SELLER)
    with pytest.raises(finance.BadAnswer) as refused:
        disputes.answer_dispute(seller, dispute.id, event, statement=SAID, now=clock.now())
    assert (refused.value.field, bool(refused.value.remedy)) == ("event", True)
    assert finance.dispute_of(seller, dispute.id).state == "opened"
