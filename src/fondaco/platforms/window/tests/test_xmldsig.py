"""XML signatures: what was signed is shown to be so, anything else is refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fondaco.platforms.window.domain.messages.xml import read_xml
from fondaco.platforms.window.domain.messages.xmldsig import (
    RSA_SHA1,
    RSA_SHA256,
    SignatureUnsupported,
    SignatureWrong,
    verify,
)
from fondaco.platforms.window.tests.gacc_samples import GACC
from fondaco.platforms.window.tests.gacc_signing import signer
from fondaco.platforms.window.tests.test_gacc_messages import BOOK, message, render, render_message

RAW = render(message("621"))


def test_a_signed_list_is_verified_by_both_methods():
    shown = verify(read_xml(RAW))
    assert (shown.method, shown.subject) == (RSA_SHA1, "CN=Fondaco test")
    assert verify(read_xml(RAW), trusted={shown.fingerprint}) == shown
    strong = render_message(message("621"), book=BOOK, signer=replace(signer(), method=RSA_SHA256))
    assert verify(read_xml(strong)).method == RSA_SHA256


def test_a_default_namespace_and_white_space_are_part_of_what_is_signed():
    plain = RAW.replace(b"xmlns:ceb=", b"xmlns=").replace(b"<ceb:", b"<").replace(b"</ceb:", b"</")
    with pytest.raises(SignatureWrong):
        verify(read_xml(plain))
    assert verify(read_xml(RAW.replace(b"</ds:KeyName>", b"</ds:KeyName>\n"))).subject


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"<ceb:qty>24<", b"<ceb:qty>25<", "Signature/DigestValue"),
        (b'guid="', b'guid="X', "Signature/DigestValue"),
        (b"</ceb:Inventory>", b"</ceb:Inventory> ", "Signature/DigestValue"),
        (b'URI=""', b'URI="#x"', "Signature/Reference/@URI"),
        (b"#rsa-sha1", b"#dsa-sha1", "Signature/SignatureMethod"),
        (b"#enveloped-signature", b"#base64", "Signature/Transforms"),
        (b"xml-c14n-20010315", b"xml-c14n-20010315#WithComments", "Signature/CanonicalizationMethod"),
        (b"ds:DigestValue>", b"ds:DigestValu>", "Signature/DigestValue"),
        (b"<ds:X509Certificate>M", b"<ds:X509Certificate>N", "Signature/KeyInfo/X509Certificate"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>*", "Signature/SignatureValue"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", "Signature/SignatureValue"),
    ],
)
def test_a_wrong_signature_is_refused_at_its_place(old, new, field):
    assert RAW.count(old)
    with pytest.raises((SignatureWrong, SignatureUnsupported)) as refused:
        verify(read_xml(RAW.replace(old, new)))
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
@pytest.mark.parametrize("name", ["import/CEB621Message.xml", "export/CEB603Message.xml"])
def test_the_state_ciphers_of_the_samples_are_told_apart_from_a_wrong_signature(name):
    """SM2 with SM3 (edition of 2022) is not checked here; the samples' own values are dummies."""
    with pytest.raises(SignatureUnsupported) as refused:
        verify(read_xml((GACC / "samples" / name).read_bytes()))
    assert "sm" in str(refused.value.value)
