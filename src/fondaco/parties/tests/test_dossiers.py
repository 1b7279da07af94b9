from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, transaction

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.models import AuditEvent, OutboxEvent
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.models import DOSSIER, DossierDocument, VerificationDossier
from fondaco.parties.public import (
    BadDocument,
    DossierIncomplete,
    DossierOpen,
    FourEyes,
    ReasonMissing,
    add_document,
    decide_dossier,
    document_content,
    dossier,
    dossiers,
    expire_dossier,
    open_dossier,
    reopen_dossier,
    submit_dossier,
    verified,
    withdraw_dossier,
)
from fondaco.parties.tests.conftest import NOW

PDF = b"%PDF-1.7 registration"
PNG = b"\x89PNG\r\n\x1a\n identity"


@pytest.fixture
def owner(seat):
    return seat("ada", "brook")


@pytest.fixture
def operator(seat):
    return seat("olga", "fondaco", role=Role.MANAGER, kind=Kind.PLATFORM)


def _submitted(scope):
    made = open_dossier(scope, now=NOW)
    add_document(scope, made.id, type="registration", name="extract.pdf", content=PDF, now=NOW)
    add_document(scope, made.id, type="identity", name="passport.png", content=PNG, now=NOW)
    return submit_dossier(scope, made.id, now=NOW)


def test_from_draft_to_approved(owner, operator) -> None:
    submitted = _submitted(owner)
    assert (submitted.state, submitted.submitted_by) == ("submitted", owner.user_id)
    assert [d.id for d in dossiers(operator, state="submitted")] == [submitted.id]
    assert verified([owner.organisation_id]) == set()

    done = decide_dossier(operator, submitted.id, approve=True, now=NOW)
    assert (done.state, done.decided_by, done.decided_at) == ("approved", operator.user_id, NOW)
    assert verified([owner.organisation_id, operator.organisation_id]) == {owner.organisation_id}
    steps = list(AuditEvent.objects.filter(subject_type="dossier").values_list("action", flat=True))
    assert steps == [
        f"parties.dossier_{s}"
        for s in ("opened", "document_added", "document_added", "submitted", "approved")
    ]
    assert OutboxEvent.objects.filter(topic="parties.dossier_approved").count() == 1

    assert expire_dossier(operator, done.id, now=NOW).state == "expired"
    assert verified([owner.organisation_id]) == set()


def test_a_rejected_dossier_is_mended_and_submitted_again(owner, operator) -> None:
    made = _submitted(owner)
    with pytest.raises(ReasonMissing):
        decide_dossier(operator, made.id, approve=False, reason=" ", now=NOW)
    assert (
        decide_dossier(operator, made.id, approve=False, reason="Extract too old.", now=NOW).reason
        == "Extract too old."
    )
    assert reopen_dossier(owner, made.id, now=NOW).state == "draft"
    again = submit_dossier(owner, made.id, now=NOW)
    assert (again.state, again.decided_by, again.reason) == ("submitted", None, "")
    assert withdraw_dossier(owner, made.id, now=NOW).state == "draft"


def test_four_eyes_hold_in_code_and_in_the_database(operator) -> None:
    own = _submitted(operator)
    with pytest.raises(FourEyes):
        decide_dossier(operator, own.id, approve=True, now=NOW)
    rows = VerificationDossier.objects.house().filter(id=own.id)
    with pytest.raises(IntegrityError, match="dossier_four_eyes"), transaction.atomic():
        rows.update(state="approved", decided_by=operator.user_id, decided_at=NOW)
    with pytest.raises(IntegrityError, match="dossier_decided"), transaction.atomic():
        rows.update(state="approved")
    with pytest.raises(IntegrityError, match="dossier_submitted"), transaction.atomic():
        rows.update(submitted_by=None)
    assert dossier(operator, own.id).state == "submitted"


def test_the_guard_in_the_database_is_the_table_in_the_code(db) -> None:
    assert installed_transitions("parties_verificationdossier") == DOSSIER.edges


def test_only_the_operator_decides_and_only_managers_work_on_it(owner, operator, seat) -> None:
    made = _submitted(owner)
    partner, viewer = (
        seat("carl", "carrier", kind=Kind.CARRIER),
        seat("vic", "fondaco", role=Role.VIEWER, kind=Kind.PLATFORM),
    )
    for scope in (owner, partner, viewer):
        with pytest.raises(Forbidden):
            decide_dossier(scope, made.id, approve=True, now=NOW)
    with pytest.raises(Forbidden):
        open_dossier(seat("cleo", "brook", role=Role.CLERK), now=NOW)
    with pytest.raises(Forbidden):
        withdraw_dossier(operator, made.id, now=NOW)  # the operator edits nobody's papers


def test_other_tenants_see_nothing(owner, seat) -> None:
    made = _submitted(owner)
    other = seat("eve", "other")
    for ask in (
        lambda: dossier(other, made.id),
        lambda: submit_dossier(other, made.id, now=NOW),
        lambda: document_content(other, made.documents[0].id),
    ):
        with pytest.raises(NotFound):
            ask()
    assert dossiers(other) == []


def test_papers_are_kept_with_their_hash_and_once(owner) -> None:
    made = open_dossier(owner, now=NOW)
    for _ in range(2):
        paper = add_document(owner, made.id, type="tax", name="vat.pdf", content=PDF, now=NOW)
    assert (paper.sha256, paper.size, paper.media_type) == (
        hashlib.sha256(PDF).hexdigest(),
        21,
        "application/pdf",
    )
    assert document_content(owner, paper.id) == (paper, PDF)
    assert len(dossier(owner, made.id).documents) == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"content": b"MZ executable"}, "content"),
        ({"content": b""}, "size"),
        ({"content": b"%PDF-" + b"x" * 5_000_000}, "size"),
        ({"type": "selfie"}, "type"),
        ({"name": "a\nb"}, "name"),
        ({"name": "n" * 201}, "name"),
    ],
)
def test_what_is_no_paper_is_refused(owner, facts: dict, field: str) -> None:
    made = open_dossier(owner, now=NOW)
    with pytest.raises(BadDocument) as caught:
        add_document(owner, made.id, **({"type": "tax", "name": "a.pdf", "content": PDF, "now": NOW} | facts))
    assert caught.value.field == field
    assert not DossierDocument.objects.house().exists()


def test_incomplete_out_of_order_and_doubled_work_is_refused(owner) -> None:
    made = open_dossier(owner, now=NOW)
    with pytest.raises(DossierIncomplete) as caught:
        submit_dossier(owner, made.id, now=NOW)
    assert caught.value.value == "identity, registration"
    with pytest.raises(DossierOpen):
        open_dossier(owner, now=NOW)
    with pytest.raises(IllegalTransition):
        withdraw_dossier(owner, made.id, now=NOW)
    submitted = made.id
    add_document(owner, submitted, type="registration", name="r", content=PDF, now=NOW)
    add_document(owner, submitted, type="identity", name="i", content=PNG, now=NOW)
    submit_dossier(owner, submitted, now=NOW)
    with pytest.raises(IllegalTransition):
        add_document(owner, submitted, type="tax", name="t", content=PDF + b"2", now=NOW)


def test_a_key_cannot_submit_or_decide(owner, operator) -> None:
    from dataclasses import replace

    made = open_dossier(owner, now=NOW)
    with pytest.raises(Forbidden):
        submit_dossier(replace(owner, user_id=None), made.id, now=NOW)
    with pytest.raises(Forbidden):
        decide_dossier(replace(operator, user_id=None), made.id, approve=True, now=NOW)
