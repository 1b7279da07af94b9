"""Documents kept: once, by content, seen by those they concern or were shared with, on the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import User
from fondaco.systems.sharing.adapters import files
from fondaco.systems.sharing.models import Document, Grant, SharingReceipt, Snapshot
from fondaco.systems.sharing.public import (
    KINDS,
    AlreadyGranted,
    BadGrant,
    NewDocument,
    UnknownKind,
    document_file,
    documents_for,
    documents_shared_with,
    grant_document,
    grants_of,
    list_documents,
    receipts_for,
    render_pending,
    revoke_grant,
    store_documents,
)
from fondaco.systems.sharing.tests.helpers import order, pages

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SELLER, BUYER, CARRIER, CUSTOMS, BANK = (new_id() for _ in range(5))
OWNER = Scope(SELLER, Kind.SELLER, role=Role.OWNER)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def new(kind: str = "commercial_invoice", **changes: Any) -> NewDocument:
    made = NewDocument(new_id(), kind, order(), SELLER, BUYER, CARRIER, CUSTOMS, ("de",))
    return replace(made, **changes)


def test_documents_are_kept_with_their_files() -> None:
    order_id = new_id()
    kept = store_documents([new(k, order_id=order_id) for k in KINDS], now=NOW, actor="test")
    assert [d.kind for d in kept] == list(KINDS)
    assert all(d.size > 1000 and len(d.sha256) == 64 for d in kept)
    assert kept[2].languages == ("en", "fr", "de")
    assert kept[0].file_name == "commercial-invoice-INV-2026-0001.pdf"
    assert documents_for([order_id])[order_id] == kept
    assert Snapshot.objects.count() == 1


def test_storing_again_changes_nothing() -> None:
    wanted = [new(), new("label")]
    before = store_documents(wanted, now=NOW, actor="test")
    after = store_documents([*wanted, wanted[0]], now=NOW + timedelta(days=1), actor="test")
    assert after == [*before, before[0]]
    assert Document.objects.house().count() == 2
    assert AuditEvent.objects.filter(action="sharing.document-made").count() == 2


def test_other_content_is_another_document_and_the_first_stays() -> None:
    first = new()
    other = replace(first, data=order(2))
    a, b = store_documents([first, other], now=NOW, actor="test")
    assert a.id != b.id
    assert len(documents_for([first.order_id])[first.order_id]) == 2


def test_a_file_may_be_made_when_it_is_first_opened() -> None:
    kept = store_documents([new()], now=NOW, actor="test", render=False)[0]
    assert (kept.size, kept.sha256, kept.rendered_at) == (0, "", None)
    opened = document_file(OWNER, kept.id, now=NOW)
    assert opened.content.startswith(b"%PDF")
    assert "2,254.23 EUR" in pages(opened.content)[0]
    assert documents_for([kept.order_id])[kept.order_id][0].sha256 == opened.sha256


def test_pending_files_are_made_once() -> None:
    wanted = [new(), new("label")]
    store_documents(wanted, now=NOW, actor="test", render=False)
    ids = [w.order_id for w in wanted]
    assert (render_pending(ids, now=NOW), render_pending(ids, now=NOW)) == (2, 0)


def test_a_batch_costs_a_constant_number_of_queries(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        store_documents([new(k) for k in KINDS for _ in range(40)], now=NOW, actor="test", render=False)


@pytest.mark.parametrize("harm", ["lost", "altered"])
def test_a_lost_or_altered_file_is_made_again(home: Path, harm: str) -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    path = next(p for p in (home / "files").rglob("*") if p.is_file())
    path.unlink() if harm == "lost" else path.write_bytes(b"%PDF forged")
    assert document_file(OWNER, kept.id, now=NOW).sha256 == kept.sha256
    assert files.get(kept.sha256).startswith(b"%PDF-")


def test_a_file_cannot_be_asked_for_by_a_path() -> None:
    for name in ("../../secret_key", "", "A" * 64):
        with pytest.raises(files.FileDamaged):
            files.get(name)


def test_each_party_sees_its_own_and_nobody_else_does() -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    for kind, who in (
        (Kind.SELLER, SELLER),
        (Kind.BUYER, BUYER),
        (Kind.CARRIER, CARRIER),
        (Kind.CUSTOMS, CUSTOMS),
    ):
        scope = Scope(who, kind)
        assert document_file(scope, kept.id, now=NOW).content
        assert documents_for([kept.order_id], scope=scope)[kept.order_id] == [kept]
        assert list_documents(scope, search="2026")[0].id == kept.id
    for scope in (Scope(new_id(), Kind.SELLER), Scope(SELLER, Kind.BUYER), Scope(BANK, Kind.BANK)):
        with pytest.raises(NotFound):
            document_file(scope, kept.id, now=NOW)
        with pytest.raises(NotFound):
            receipts_for(scope, kept.id)
        assert documents_for([kept.order_id], scope=scope)[kept.order_id] == []
        assert list_documents(scope) == []
    assert SharingReceipt.objects.count() == 4


def test_every_look_is_on_the_record() -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    anna = User.objects.create_user("anna@example.org", "a long password", name="Anna")
    document_file(Scope(CUSTOMS, Kind.CUSTOMS, anna.id), kept.id, now=NOW, purpose="clearance")
    (receipt,) = receipts_for(OWNER, kept.id)
    assert (receipt.organisation_id, receipt.person, receipt.purpose, receipt.at, receipt.by_grant) == (
        CUSTOMS,
        "Anna",
        "clearance",
        NOW,
        False,
    )


def test_a_permission_lets_in_until_it_ends_or_is_taken_back() -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    bank, end = Scope(BANK, Kind.BANK), NOW + timedelta(days=7)
    grant = grant_document(OWNER, kept.id, grantee_id=BANK, purpose="credit", expires_at=end, now=NOW)
    assert document_file(bank, kept.id, now=NOW).content
    assert [d.id for d, _ in documents_shared_with(bank, now=NOW)] == [kept.id]
    assert receipts_for(OWNER, kept.id)[0].by_grant
    with pytest.raises(NotFound):
        document_file(bank, kept.id, now=end)
    revoke_grant(OWNER, grant.id, now=NOW)
    revoke_grant(OWNER, grant.id, now=NOW)
    with pytest.raises(NotFound):
        document_file(bank, kept.id, now=NOW)
    assert documents_shared_with(bank, now=NOW) == []
    assert [g.state for g in grants_of(OWNER, kept.id, now=NOW)] == ["revoked"]
    assert AuditEvent.objects.filter(action="sharing.grant-revoked").count() == 1


def test_an_expired_permission_can_be_given_anew() -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    day = timedelta(days=1)
    grant_document(OWNER, kept.id, grantee_id=BANK, purpose="credit", expires_at=NOW + day, now=NOW)
    with pytest.raises(AlreadyGranted):
        grant_document(OWNER, kept.id, grantee_id=BANK, purpose="credit", expires_at=NOW + day, now=NOW)
    grant_document(
        OWNER, kept.id, grantee_id=BANK, purpose="credit", expires_at=NOW + 3 * day, now=NOW + 2 * day
    )
    assert len(grants_of(OWNER, kept.id, now=NOW)) == 2


def test_a_permission_that_makes_no_sense_is_refused() -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    later = NOW + timedelta(days=1)
    for grantee, purpose, end in ((BANK, " ", later), (BANK, "credit", NOW), (SELLER, "credit", later)):
        with pytest.raises(BadGrant):
            grant_document(OWNER, kept.id, grantee_id=grantee, purpose=purpose, expires_at=end, now=NOW)
    stranger = Scope(BANK, Kind.BANK, role=Role.OWNER)
    with pytest.raises(NotFound):
        grant_document(stranger, kept.id, grantee_id=new_id(), purpose="credit", expires_at=later, now=NOW)
    with pytest.raises(Forbidden):
        grant_document(
            Scope(SELLER, Kind.SELLER), kept.id, grantee_id=BANK, purpose="credit", expires_at=later, now=NOW
        )
    assert not Grant.objects.house().exists()


def test_only_the_giver_takes_a_permission_back() -> None:
    kept = store_documents([new()], now=NOW, actor="test")[0]
    end = NOW + timedelta(days=1)
    grant = grant_document(OWNER, kept.id, grantee_id=BANK, purpose="credit", expires_at=end, now=NOW)
    with pytest.raises(NotFound):
        revoke_grant(Scope(BUYER, Kind.BUYER, role=Role.OWNER), grant.id, now=NOW)
    assert grants_of(OWNER, kept.id, now=NOW)[0].state == "active"


def test_characters_that_no_database_keeps_are_left_out() -> None:
    data = order(number="IN\x00V-9", comments="a\x00b\ud800")
    kept = store_documents([new(data=data)], now=NOW, actor="test")[0]
    assert kept.number == "INV-9"
    assert document_file(OWNER, kept.id, now=NOW).sha256 == kept.sha256


def test_an_unknown_kind_stores_nothing() -> None:
    with pytest.raises(UnknownKind):
        store_documents([new(), new("ransom_note")], now=NOW, actor="test")
    assert not Document.objects.house().exists()


def test_the_database_refuses_a_half_made_file() -> None:
    kept = store_documents([new()], now=NOW, actor="test", render=False)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.house().filter(id=kept.id).update(sha256="a" * 64)
