"""XML signatures: what was signed is shown to be so, anything else is refused by name."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from fondaco.platforms.window.domain.messages.xml import read_xml
from fondaco.platforms.window.domain.messages.xmldsig import (
    RSA_SHA1,
    RSA_SHA256,
    SM2_SM3,
    CertificateNotInForce,
    SignatureUnsupported,
    SignatureWrong,
    verify,
)
from fondaco.platforms.window.tests.gacc_samples import GACC
from fondaco.platforms.window.tests.gacc_signing import SINCE, UNTIL, certified, signer, sm2_signer
from fondaco.platforms.window.tests.test_gacc_messages import BOOK, message, render, render_message

RAW = render(message("621"))
BY_SM2 = render_message(message("621"), book=BOOK, signer=sm2_signer())


def test_a_signed_list_is_verified_by_both_methods():
    shown = verify(read_xml(RAW))
    assert (shown.method, shown.subject) == (RSA_SHA1, "CN=Fondaco test")
    assert verify(read_xml(RAW), trusted={shown.fingerprint}) == shown
    strong = render_message(message("621"), book=BOOK, signer=replace(signer(), method=RSA_SHA256))
    assert verify(read_xml(strong)).method == RSA_SHA256


def test_a_list_is_signed_as_the_edition_of_2022_names_it():
    assert b'SignatureMethod Algorithm="http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3"' in BY_SM2
    assert b'DigestMethod Algorithm="http://www.chinaport.gov.cn/2022/04/xmldsig#sm3"' in BY_SM2
    shown = verify(read_xml(BY_SM2), at=SINCE)
    assert (shown.method, shown.subject) == (SM2_SM3, "CN=Fondaco test")
    assert verify(read_xml(BY_SM2), trusted={shown.fingerprint}) == shown


def test_a_method_that_the_key_does_not_sign_with_is_refused():
    for raw, other in ((BY_SM2, signer()), (RAW, sm2_signer())):
        foreign = _with_certificate(raw, other)
        with pytest.raises(SignatureUnsupported) as refused:
            verify(read_xml(foreign))
        assert refused.value.field == "Signature/KeyInfo"
    curve = _with_certificate(BY_SM2, certified(ec.generate_private_key(ec.SECP256R1()), "curve"))
    with pytest.raises(SignatureUnsupported):
        verify(read_xml(curve))


def _with_certificate(raw, other):
    """The message as it was, with another's certificate."""
    start, end = b"<ds:X509Certificate>", b"</ds:X509Certificate>"
    own = b64encode(other.certificate.public_bytes(Encoding.DER))
    before, _, rest = raw.partition(start)
    return before + start + own + end + rest.partition(end)[2]


@pytest.mark.parametrize(("raw"), [RAW, BY_SM2])
def test_a_certificate_signs_in_its_own_time_and_for_its_own_key(raw):
    for moment in (SINCE - timedelta(seconds=1), UNTIL + timedelta(seconds=1)):
        with pytest.raises(CertificateNotInForce) as refused:
            verify(read_xml(raw), at=moment)
        assert refused.value.value == "2026-01-01 – 2036-01-01"
    namesake = sm2_signer("other") if raw is BY_SM2 else signer("other")
    with pytest.raises(SignatureWrong) as wrong:
        verify(read_xml(_with_certificate(raw, namesake)))
    assert wrong.value.field == "Signature/SignatureValue"


def test_a_default_namespace_and_white_space_are_part_of_what_is_signed():
    plain = RAW.replace(b"xmlns:ceb=", b"xmlns=").replace(b"<ceb:", b"<").replace(b"</ceb:", b"</")
    with pytest.raises(SignatureWrong):
        verify(read_xml(plain))
    assert verify(read_xml(RAW.replace(b"</ds:KeyName>", b"</ds:KeyName>\n"))).subject


@pytest.mark.parametrize("raw", [RAW, BY_SM2], ids=["rsa", "sm2"])
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"<ceb:qty>24<", b"<ceb:qty>25<", "Signature/DigestValue"),
        (b'guid="', b'guid="X', "Signature/DigestValue"),
        (b"</ceb:Inventory>", b"</ceb:Inventory> ", "Signature/DigestValue"),
        (b'URI=""', b'URI="#x"', "Signature/Reference/@URI"),
        (b"SignatureMethod Algorithm=", b"SignatureMethod Algo=", "Signature/SignatureMethod"),
        (b"DigestMethod Algorithm=", b"DigestMethod Algo=", "Signature/DigestMethod"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>AAAA", "Signature/DigestValue"),
        (b"#enveloped-signature", b"#base64", "Signature/Transforms"),
        (b"xml-c14n-20010315", b"xml-c14n-20010315#WithComments", "Signature/CanonicalizationMethod"),
        (b"ds:DigestValue>", b"ds:DigestValu>", "Signature/DigestValue"),
        (b"<ds:X509Certificate>M", b"<ds:X509Certificate>N", "Signature/KeyInfo/X509Certificate"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>*", "Signature/SignatureValue"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", "Signature/SignatureValue"),
    ],
)
def test_a_wrong_signature_is_refused_at_its_place(raw, old, new, field):
    assert raw.count(old)
    with pytest.raises((SignatureWrong, SignatureUnsupported)) as refused:
        verify(read_xml(raw.replace(old, new)))
    assert refused.value.field == field
    assert refused.value.remedy


def test_a_stranger_and_an_unsigned_message_are_refused():
    with pytest.raises(SignatureWrong) as refused:
        verify(read_xml(RAW), trusted={"00"})
    assert refused.value.field == "Signature/KeyInfo"
    with pytest.raises(SignatureWrong):
        verify(read_xml(render(message("311"))))
    end = RAW.index(b"<ds:Signature ")
    twice = RAW.replace(b"</ceb:CEB621Message>", RAW[end:])
    with pytest.raises(SignatureWrong):
        verify(read_xml(twice))


@pytest.mark.realdata
def test_the_values_of_the_official_samples_are_made_up():
    """All 19 bear one RSA signature of some other text; 18 of them name SM2 and SM3, with a digest of 20 bytes."""
    values, refusals = set(), Counter()
    for path in sorted((GACC / "samples").glob("*/*.xml")):
        raw = path.read_bytes()
        if b"SignatureValue" in raw:
            values.add(raw.partition(b"<ds:SignatureValue>")[2].partition(b"<")[0])
            with pytest.raises(SignatureWrong) as refused:
                verify(read_xml(raw))
            refusals[str(refused.value.detail)] += 1
    assert len(values) == 1
    assert refusals == {
        "A digest of this method has 32 bytes, not 20.": 18, "What was signed has been changed.": 1,
    }  # fmt: skip
