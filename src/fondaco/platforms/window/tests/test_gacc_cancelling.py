"""A list withdrawn before customs lets it go: applied for with 605, cancelled by the approval alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.adapters.gacc import own_fingerprints, signer_at_hand
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator, lane_of
from fondaco.platforms.window.models import Declaration
from fondaco.platforms.window.public import (
    can_withdraw,
    draft_declarations,
    lodge_declarations,
    match_documents,
    poll_receipts,
    read_gacc,
    save_verdicts,
    withdraw_list,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, TRADER, draft, triple
from fondaco.platforms.window.tests.test_month_summaries import EXPORT

LATER = NOW + timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_home(settings, tmp_path):
    settings.HOME = tmp_path
    signer_at_hand.cache_clear()
    yield
    signer_at_hand.cache_clear()


@pytest.fixture
def gateway():
    with AgencySimulator(keys=own_fingerprints) as agency, HttpGateway(agency.url, name="cn") as client:
        yield client


def lodged(gateway, lane):
    name = next(f"c{n}" for n in range(999) if lane_of(draft(f"c{n}", **EXPORT).reference) == lane)
    (made,) = draft_declarations([draft(name, **EXPORT)], actor="t", now=NOW)
    save_verdicts(match_documents([triple(name)]), actor="t", now=NOW)
    lodge_declarations([made.id], gateway, actor="t", now=NOW)
    poll_receipts(gateway, now=NOW)
    return Declaration.objects.house().get(id=made.id)


def test_what_waits_for_an_officer_is_withdrawn_by_the_approval(gateway):
    row = lodged(gateway, "yellow")
    assert row.state == "under_review"
    assert can_withdraw(row)
    withdraw_list(TRADER, row.lrn, gateway, reason="wrong goods", now=LATER)
    row.refresh_from_db()
    assert row.state == "under_review"  # applied for, and not more
    (raw,) = row.events.filter(code="605").values_list("raw", flat=True)
    seen = read_gacc(raw["message"].encode(), verified=True)
    assert (seen.number, seen.entries[0]["fields"]["invtNo"], seen.sound) == ("605", row.mrn, True)
    poll_receipts(gateway, now=NOW)
    row.refresh_from_db()
    answered = row.events.filter(raw__message="CEB606Message").values_list("code", flat=True)
    granted = lane_of(row.lrn) in {"green", "blue"}
    assert "120" in answered
    assert (row.state == "cancelled") == granted == ("399" in answered)


@pytest.mark.parametrize(
    ("lane", "reason", "code"), [("green", "x", "list-not-withdrawable"), ("yellow", " ", "reason-missing")]
)
def test_what_is_free_or_has_no_reason_is_refused_and_stays(gateway, lane, reason, code):
    row = lodged(gateway, lane)
    with pytest.raises(FondacoError) as refused:
        withdraw_list(TRADER, row.lrn, gateway, reason=reason, now=NOW)
    assert (refused.value.code, can_withdraw(row)) == (code, lane == "yellow")
    assert not row.events.filter(code="605").exists()
