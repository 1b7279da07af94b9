"""Declarations lodged in an office's own language, by HTTP and by file drop, and answered in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from django.utils import timezone

from fondaco.platforms.window.adapters.file_drop import DropBox, FileDropGateway
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.message_forms import form_for, lists_each_order
from fondaco.platforms.window.adapters.simulator import AgencySimulator, Faults
from fondaco.platforms.window.declaration_forms import write_filing
from fondaco.platforms.window.domain.certificates import KeyKind, make_key, self_signed
from fondaco.platforms.window.domain.gateway import Message
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.xmldsig import Signer
from fondaco.platforms.window.models import Declaration, DeclarationEvent
from fondaco.platforms.window.public import (
    Party,
    decide,
    draft_declarations,
    lodge_declarations,
    match_documents,
    poll_receipts,
    save_verdicts,
    tell_decisions,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, OFFICER, draft, triple
from fondaco.platforms.window.tests.gacc_samples import small_filing
from fondaco.platforms.window.tests.gacc_signing import certified
from fondaco.platforms.window.tests.test_gacc_messages import BOOK, message

CHINA = Party("Yiwu Crafts Co", "CN", "91330782MA2E000000", "1 Futian Rd", "Yiwu", "322000")
EXPORT = {"kind": "export", "country": "CN", "regime": "9610", "exporter": CHINA, "declarant": CHINA}


def text_of(form, name, letter="F"):
    seller = {"name": "Harbour Gifts Ltd", "country": "GB", "identifier": "GB123456789000", "line": "1 Quay St",
              "city": "Bristol", "postcode": "BS1 4QA"}  # fmt: skip
    at = {"country": "GB", "exporter": seller, "declarant": seller} if form == "cds" else {}
    return write_filing(small_filing("export", lrn=f"{letter}X{name}", reference=name, **at), form)


pytestmark = pytest.mark.usefixtures("own_home")


@pytest.mark.parametrize("form", ["gacc", "cds", "edifact"])
@pytest.mark.parametrize(
    ("letter", "states"),
    [("C", ["accepted", "released"]), ("U", ["accepted", "inspection"]), ("P", []), ("B", ["rejected"]),
     ("V", ["accepted", "detained"])],
)  # fmt: skip
def test_every_language_gets_the_outcome_of_the_first_letter(form, letter, states):
    from fondaco.platforms.window.domain.declaration_codes import find_code

    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        message = Message("k1", f"{letter}X1", text_of(form, "1", letter), form)
        assert [one.taken for one in gateway.send([message, message])] == [True, True]
        assert agency.received == 1
        page = gateway.poll(after="", limit=100)
    told = {(one.reference, one.code, one.vocabulary): one for one in page.receipts}.values()
    assert [str(find_code(one.code, vocabulary=one.vocabulary).state) for one in told] == states
    assert {one.reference for one in told} <= {f"{letter}X1"}
    assert all("<" in json.dumps(one.raw) or "UNH" in json.dumps(one.raw) for one in told)


@pytest.mark.parametrize("form", ["gacc", "cds", "edifact"])
def test_an_unreadable_message_is_refused_with_its_reason_and_changes_nothing(form):
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        (said,) = gateway.send([Message("k", "X", "<!DOCTYPE a><a/>", form)])
        assert (said.taken, agency.received) == (False, 0)
        assert said.reason


def test_gacc_lists_must_be_signed_by_who_wrote_them():
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        forged = text_of("gacc", "1").replace("ALARM CLOCK", "ALARM CLOAK")
        (said,) = gateway.send([Message("k", "X", forged, "gacc")])
        assert (said.taken, agency.received) == (False, 0)


@pytest.mark.parametrize("kind", KeyKind)
def test_the_agency_takes_what_a_registered_key_has_signed_in_its_time_and_refuses_the_rest(kind):
    key, year = make_key(kind), datetime(2020, 1, 1, tzinfo=UTC)
    own, stranger = certified(key, "own"), certified(make_key(kind), "own")
    old = Signer(key, self_signed(key, "own", since=year, until=year + timedelta(days=365)))
    registered = {one.certificate.fingerprint(hashes.SHA256()).hex() for one in (own, old)}
    texts = [render_message(message("621"), book=BOOK, signer=one).decode() for one in (own, stranger, old)]
    with AgencySimulator(keys=lambda: registered) as agency, HttpGateway(agency.url) as gateway:
        good, unknown, late = (gateway.send([Message("k", "X", text, "gacc")])[0] for text in texts)
        (forged,) = gateway.send([Message("k", "X", texts[0].replace("ALARM CLOCK", "ALARM CLOAK"), "gacc")])
        assert (agency.received, good.taken) == (1, True)
    assert "The certificate is unknown." in unknown.reason
    assert "past its time" in late.reason
    assert "What was signed has been changed." in forged.reason


def test_offices_want_their_own_language_from_the_day_it_was_law():
    assert form_for("CN", "export", on=date(2026, 11, 22)) == "gacc"
    assert form_for("GB", "export", on=date(2024, 6, 4)) == "cds"
    today = date(2026, 11, 22)
    assert form_for("CN", "export", on=today, regime="9710", mode="CN-9710-list") == "gacc"
    assert form_for("CN", "export", on=today, regime="9710", mode="CN-9710") == "edifact"
    assert form_for("CN", "export", on=today, regime="summary") == "gacc"
    assert form_for("CN", "import", on=today, regime="1239", mode="CN-1239") == "gacc"
    assert form_for("CN", "import", on=today, regime="0110", mode="CN-0110-import") == "edifact"
    assert form_for("CN", "import", on=today, regime="postal", mode="CN-postal") == "wco"
    assert form_for("GB", "export", on=date(2024, 6, 3)) == "wco"
    assert form_for("FR", "import", on=date(2026, 11, 22)) == "wco"
    assert lists_each_order("CN", "export", on=date(2026, 11, 22))
    assert not lists_each_order("GB", "export", on=date(2026, 11, 22))


@pytest.mark.django_db(transaction=True)
def test_an_export_from_china_is_lodged_as_a_signed_list_and_its_messages_are_kept():
    (made,) = draft_declarations([draft(**EXPORT)], actor="t", now=NOW)
    assert made.state == "validated", made.problems
    save_verdicts(match_documents([triple()]), actor="t", now=NOW)
    faults = Faults(duplicate=0.5, reorder=True)
    with AgencySimulator(faults=faults) as agency, HttpGateway(agency.url, name="t") as gateway:
        assert lodge_declarations([made.id], gateway, actor="t", now=NOW).taken == (made.id,)
        poll_receipts(gateway, now=NOW)
    sent = DeclarationEvent.objects.get(code="submitted")
    assert sent.raw["form"] == "gacc"
    assert "<ceb:CEB603Message" in sent.raw["message"]
    heard = DeclarationEvent.objects.filter(source="agency").order_by("issued_at")
    assert next(one.code for one in heard) == "120"
    assert all("CEB604Message" in one.raw["xml"] for one in heard)
    assert Declaration.objects.house().get().state in {"released", "under_review", "inspection"}


@pytest.mark.django_db(transaction=True)
def test_what_the_office_language_cannot_say_goes_in_json_with_the_reason():
    nowhere = draft(
        **{**EXPORT, "currency": "GBP", "transport": draft().transport, "importer": Party("X Y", "AQ")}
    )
    (made,) = draft_declarations([nowhere], actor="t", now=NOW)
    with AgencySimulator() as agency, HttpGateway(agency.url, name="t") as gateway:
        assert lodge_declarations([made.id], gateway, actor="t", now=NOW).taken == (made.id,)
    sent = DeclarationEvent.objects.get(code="submitted")
    assert (sent.raw["form"], sent.raw["not_in_its_form"].split(":")[0]) == ("wco", "gacc")


@pytest.mark.django_db(transaction=True)
def test_an_officers_decision_is_known_to_the_agency_and_comes_back_as_known_already():
    (made,) = draft_declarations([draft(lrn="UX1")], actor="t", now=NOW)
    save_verdicts(match_documents([triple()]), actor="t", now=NOW)
    with AgencySimulator() as agency, HttpGateway(agency.url, name="t") as gateway:
        lodge_declarations([made.id], gateway, actor="t", now=NOW)
        poll_receipts(gateway, now=NOW)
        done = decide(OFFICER, made.id, "release", reason="seen and found as declared", now=timezone.now())
        assert [tell_decisions(gateway, now=NOW) for _ in range(2)] == [1, 0]
        report = poll_receipts(gateway, now=NOW)
    assert (done.state, report.repeated, report.applied) == ("released", 1, 0)


def test_files_are_read_whole_answered_in_order_and_bad_ones_set_aside(tmp_path):
    agency, gateway = AgencySimulator(), FileDropGateway(tmp_path)
    box = DropBox(agency, tmp_path)
    gateway.send([Message("a", "CX1", text_of("gacc", "1", "C"), "gacc"), Message("b", "CX2", "{oops", "wco"),
                  Message("c", "UX3", text_of("cds", "3", "U"), "cds")])  # fmt: skip
    (tmp_path / "in" / ".half.json.77").write_text("{")
    assert (box.sweep(), box.sweep()) == (3, 0)
    assert agency.received == 2
    assert len(list((tmp_path / "done").iterdir())) == 2
    assert [path.suffix for path in sorted((tmp_path / "bad").iterdir())] == [".json", ".json"]
    first = gateway.poll(after="", limit=2)
    rest = gateway.poll(after=first.cursor, limit=100)
    assert (len(first.receipts), first.more, rest.more) == (2, True, False)
    assert {one.reference for one in (*first.receipts, *rest.receipts)} == {"CX1", "UX3"}
    gateway.send([Message("a", "CX1", text_of("gacc", "1", "C"), "gacc")])
    box.sweep()
    assert agency.received == 2
