"""Declarants' keys: who may enter, approve and revoke them, and what the gateway says of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.db import IntegrityError, transaction

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.declarant_keys import check_key
from fondaco.platforms.window.domain.certificates import read_certificate, write_key_file
from fondaco.platforms.window.models import KEY_MACHINE, DeclarantKey, Declaration, IntakeBatch
from fondaco.platforms.window.public import decide_key, enter_key, keys_of, revoke_key
from fondaco.platforms.window.tests.declaration_samples import AUTHORITY, NOW, OFFICER, TRADER, scope, uid
from fondaco.platforms.window.tests.gacc_signing import certified, signer, sm2_signer
from fondaco.platforms.window.tests.key_samples import approved, entered, pem_of, person
from fondaco.platforms.window.tests.test_gacc_intake import counted, filings, lodge, message

pytestmark = pytest.mark.django_db
STRANGER = scope(uid("stranger"), Kind.SELLER)
DAY = timedelta(days=1)


def refusal(deed):
    with pytest.raises(FondacoError) as refused, transaction.atomic():
        deed()
    return refused.value.code


def test_a_key_signs_once_another_person_of_the_authority_has_approved_it():
    one = entered(signer())
    assert (one.state, one.algorithm, one.declarant_id) == ("entered", "RSA 2048", TRADER.organisation_id)
    assert one.fingerprint == read_certificate(pem_of(signer())).fingerprint
    raw = message("621", filings("import", 1))
    assert refusal(lambda: lodge(raw)) == "signature-key-not-approved"
    decide_key(person(OFFICER, "officer"), one.id, approve=True, now=NOW)
    assert lodge(raw)[0].taken == 1
    deeds = AuditEvent.objects.filter(subject_type="declarant_key").order_by("id")
    assert [(deed.action, deed.actor) for deed in deeds] == [
        ("window.key.entered", str(uid("trader"))), ("window.key.approved", str(uid("officer"))),
    ]  # fmt: skip


def test_an_sm2_key_is_registered_and_signs_lists_of_both_directions():
    one = approved(sm2_signer())
    assert (one.algorithm, one.state, one.subject) == ("SM2", "approved", "CN=Fondaco test")
    for number, side in (("621", "import"), ("603", "export")):
        assert lodge(message(number, filings(side, 1), key=sm2_signer()))[0].taken == 1
    changed = message("621", filings("import", 2), key=sm2_signer()).replace(b"<ceb:qty>24<", b"<ceb:qty>25<")
    assert refusal(lambda: lodge(changed)) == "signature-wrong"
    assert Declaration.objects.count() == 2


@pytest.mark.parametrize("key", [signer, sm2_signer])
@pytest.mark.parametrize(
    ("made", "at", "code"),
    [
        (lambda _: None, NOW, "signature-key-unknown"),
        (lambda key: approved(key, scope=STRANGER), NOW, "signature-key-foreign"),
        (lambda key: approved(key, valid_to=NOW + DAY), NOW + DAY, "signature-key-expired"),
        (lambda key: approved(key, valid_from=NOW + DAY), NOW, "signature-key-too-early"),
        (lambda key: revoke_key(OFFICER, approved(key).id, reason="stolen", now=NOW), NOW, "signature-key-revoked"),
        (lambda key: decide_key(OFFICER, entered(key).id, approve=False, reason="whose?", now=NOW), NOW,
         "signature-key-not-approved"),
    ],
)  # fmt: skip
def test_the_gateway_refuses_a_key_that_does_not_sign_for_the_declarant_and_keeps_nothing(
    made, at, code, key
):
    made(key())
    raw = message("621", filings("import", 1), key=key())
    assert refusal(lambda: lodge(raw, now=at)) == code
    assert counted() == [0, 0, 0]


def test_what_was_lodged_is_answered_again_after_its_key_was_revoked_but_nothing_new_is_taken():
    one = approved(signer())
    raw = message("621", filings("import", 1))
    lodge(raw)
    revoke_key(person(TRADER, "trader"), one.id, reason="laptop lost", now=NOW)
    assert lodge(raw)[0].again
    assert refusal(lambda: lodge(message("621", filings("import", 2)))) == "signature-key-revoked"
    assert (Declaration.objects.count(), IntakeBatch.objects.count()) == (1, 1)


def test_the_lists_of_a_declarant_with_a_key_are_never_unsigned():
    assert (
        lodge(message("603", filings("export", 1), bare=True))[0].taken == 1
    )  # GACC's schema lets 603 be unsigned
    approved(signer())
    assert refusal(lambda: lodge(message("603", filings("export", 2), bare=True))) == "signature-missing"
    assert lodge(message("303", filings("export", 1)))[0].taken == 1  # an order is no list


def test_a_renewed_certificate_follows_the_old_one():
    approved(signer())
    second = signer("Fondaco test, next year")
    approved(second)
    raw = message("621", filings("import", 1), key=second)
    assert lodge(raw)[0].taken == 1
    assert [one.state for one in keys_of(TRADER, now=NOW)] == ["approved", "approved"]


def test_nobody_decides_about_an_own_entry_and_the_database_holds_it():
    one = entered(signer())
    twice = replace(OFFICER, user_id=uid("trader"), actor="trader")
    assert refusal(lambda: decide_key(twice, one.id, approve=True, now=NOW)) == "key-own-entry"
    row = DeclarantKey.objects.house().get(id=one.id)
    row.decided_by, row.state = row.entered_by, "approved"
    with pytest.raises(IntegrityError, match="declarant_key_four_eyes"), transaction.atomic():
        row.save()
    assert [one.state for one in keys_of(TRADER, now=NOW)] == ["entered"]


def test_who_may_do_what():
    clerk = replace(person(TRADER, "clerk"), role=Role.CLERK)
    assert (
        refusal(lambda: enter_key(clerk, pem_of(signer()), name="", authority_id=AUTHORITY, now=NOW))
        == "forbidden"
    )
    one = entered(signer())
    assert refusal(lambda: decide_key(person(TRADER, "boss"), one.id, approve=True, now=NOW)) == "forbidden"
    assert refusal(lambda: revoke_key(STRANGER, one.id, reason="mine", now=NOW)) == "not-found"
    elsewhere = scope(uid("other office"), Kind.CUSTOMS)
    assert refusal(lambda: decide_key(elsewhere, one.id, approve=True, now=NOW)) == "not-found"
    assert (keys_of(STRANGER, now=NOW), keys_of(elsewhere, now=NOW)) == ([], [])
    assert (
        refusal(lambda: decide_key(OFFICER, one.id, approve=False, reason=" ", now=NOW))
        == "key-reason-missing"
    )
    assert refusal(lambda: revoke_key(OFFICER, one.id, reason="early", now=NOW)) == "illegal-transition"


def test_a_certificate_signs_for_one_declarant_alone():
    approved(signer())
    assert refusal(lambda: entered(signer())) == "key-entered"
    claim = entered(signer(), scope=STRANGER)  # a certificate is public: anybody may enter it
    assert refusal(lambda: decide_key(OFFICER, claim.id, approve=True, now=NOW)) == "key-taken"
    with pytest.raises(FondacoError):
        check_key(STRANGER.organisation_id, claim.fingerprint, at=NOW)
    check_key(TRADER.organisation_id, claim.fingerprint, at=NOW)


def weak():
    return pem_of(certified(rsa.generate_private_key(public_exponent=65537, key_size=1024), "weak"))


def elliptic():
    return pem_of(certified(ec.generate_private_key(ec.SECP256R1()), "curve"))


def private():
    return write_key_file(sm2_signer().key, sm2_signer().certificate)


@pytest.mark.parametrize(
    "wreck",
    [lambda: b"", lambda: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", weak, elliptic, private,
     lambda: pem_of(signer()) * 2, lambda: b" " * 20_001],
)  # fmt: skip
def test_what_is_no_certificate_to_sign_with_is_refused(wreck):
    pem = wreck()
    deed = lambda: enter_key(TRADER, pem, name="x", authority_id=AUTHORITY, now=NOW)  # noqa: E731
    assert refusal(deed) == "certificate-refused"
    assert not DeclarantKey.objects.exists()


def test_a_span_outside_the_certificate_or_in_the_past_is_refused():
    early = datetime(2025, 1, 1, tzinfo=UTC)
    for span in ({"valid_from": early}, {"valid_to": NOW - DAY}, {"valid_from": NOW + DAY, "valid_to": NOW}):
        assert refusal(lambda span=span: entered(signer(), **span)) == "key-span"
    assert not DeclarantKey.objects.exists()


def test_the_database_has_the_machine_of_keys():
    assert installed_transitions("window_declarantkey") == KEY_MACHINE.edges
