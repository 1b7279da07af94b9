"""SM2 against the standard's own example and OpenSSL's work; certificates and key files as others write them.

The key is that of GB/T 32918.5-2017, Annex A, which everybody may read. The certificate, the key file and the
second signature were made of it with OpenSSL 3.0.19: another implementation than the one that is tried here.
"""

from __future__ import annotations

import sys

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.platforms.window.domain.certificates import key_of, read_key_file, self_signed, write_key_file
from fondaco.platforms.window.domain.sm2 import Sm2Missing, Sm2PrivateKey, make_sm2_key, sm2_key_of
from fondaco.platforms.window.tests.gacc_signing import SINCE, UNTIL, signer, sm2_signer

D = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
N = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"
ANNEX = Sm2PrivateKey(bytes.fromhex(D), bytes.fromhex(X + Y))
SAID = b"message digest"
BY_OPENSSL = (
    "F53BCABA0BF3BB217E5A948F958B5198D22E74A043C97EB89C40B02D7EB610E3"
    "24E74194CA871C32D0AB41FAC14170306892C5254BF879664CDC3084C5D8AC1A"
)
KEY_FILE = b"""-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgOUUgj3shRLE/NuOK
xtOflYiTk2koYLUaQvuB7033xbihRANCAAQJ+d8xHlQhoVDdfRYeS8XGchefrRgz
/AdrsI/zVvNQIMzqSQziZ3WlLcbqcYzBqmAK7QX7814ISmYy9gctqa0T
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBPzCB5gIBATAKBggqgRzPVQGDdTAsMR0wGwYDVQQDDBRHQi9UIDMyOTE4LjUg
QW5uZXggQTELMAkGA1UEBhMCQ04wHhcNMjYxMTIyMTYzNjUxWhcNMzYxMTE5MTYz
NjUxWjAsMR0wGwYDVQQDDBRHQi9UIDMyOTE4LjUgQW5uZXggQTELMAkGA1UEBhMC
Q04wWTATBgcqhkjOPQIBBggqgRzPVQGCLQNCAAQJ+d8xHlQhoVDdfRYeS8XGchef
rRgz/AdrsI/zVvNQIMzqSQziZ3WlLcbqcYzBqmAK7QX7814ISmYy9gctqa0TMAoG
CCqBHM9VAYN1A0gAMEUCIQCvVKVGBxJgnceIc4HbiwNCWvPSDGZoF3hXH23ZUdQj
jwIgOZ15tM7D6Feozys4C+HWDug9QJ0mW3Do/kBJCBzGsFk=
-----END CERTIFICATE-----
"""


def fits(key, signature, data):
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def signature_of(certificate):
    return b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(certificate.signature))


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_is_that_of_the_standard(text, digest):
    summed = hashes.Hash(hashes.SM3())  # GB/T 32905-2016, Annex A
    summed.update(text)
    assert summed.finalize().hex() == digest


def test_the_signatures_of_the_standard_and_of_openssl_fit():
    public = ANNEX.public_key()
    assert fits(public, bytes.fromhex(R + S), SAID)
    assert fits(public, bytes.fromhex(BY_OPENSSL), b"Fondaco")
    assert not fits(public, bytes.fromhex(R + S), SAID + b".")


ZERO = "0" * 64
OTHERS = [ZERO + S, R + ZERO, N + S, R + N, S + R, R, R + S + "00", "", "ff" * 64, BY_OPENSSL]


@pytest.mark.parametrize("wreck", OTHERS)
def test_what_is_no_signature_of_this_text_does_not_fit(wreck):
    assert not fits(ANNEX.public_key(), bytes.fromhex(wreck), SAID)


@settings(max_examples=15)
@given(text=st.binary(max_size=300), place=st.integers(0, 511))
def test_a_signature_fits_its_text_and_no_other_bit_of_it_may_change(text, place):
    own = sm2_signer().key
    signature = own.sign(text)
    assert len(signature) == 64
    assert fits(own.public_key(), signature, text)
    changed = bytearray(signature)
    changed[place // 8] ^= 1 << place % 8
    assert not fits(own.public_key(), bytes(changed), text)
    assert not fits(ANNEX.public_key(), signature, text)
    assert not fits(own.public_key(), signature, text + b"\0")


def test_a_key_file_that_openssl_wrote_is_read_and_written_again():
    key, certificate = read_key_file(KEY_FILE)
    assert key == ANNEX
    assert key_of(certificate) == ANNEX.public_key()
    assert fits(key.public_key(), signature_of(certificate), certificate.tbs_certificate_bytes)
    assert read_key_file(write_key_file(key, certificate)) == (key, certificate)
    assert D not in repr(key).upper()
    assert repr(key.secret) not in repr(key)


def test_a_certificate_made_here_holds_its_key_and_is_signed_by_it():
    key = make_sm2_key()
    made = self_signed(key, "Fondaco trial", since=SINCE, until=UNTIL)
    assert sm2_key_of(made) == key.public_key()
    assert made.subject.rfc4514_string() == made.issuer.rfc4514_string() == "CN=Fondaco trial"
    assert (made.not_valid_before_utc, made.not_valid_after_utc) == (SINCE, UNTIL)
    assert made.signature_algorithm_oid.dotted_string == "1.2.156.10197.1.501"
    assert fits(key.public_key(), signature_of(made), made.tbs_certificate_bytes)


def test_keys_and_certificates_that_do_not_belong_together_are_refused():
    _, other = read_key_file(KEY_FILE)
    for own in (signer(), sm2_signer()):
        with pytest.raises(ValueError, match="not that of the certificate"):
            read_key_file(write_key_file(own.key, signer("other").certificate if own is signer() else other))
    with pytest.raises(ValueError, match="PRIVATE KEY"):
        read_key_file(KEY_FILE.replace(b"END PRIVATE", b"END PRIVAT"))


def test_other_curves_and_broken_points_are_told_apart():
    curve = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(UnsupportedAlgorithm, match="another curve"):
        sm2_key_of(self_signed(curve, "curve", since=SINCE, until=UNTIL))
    with pytest.raises(UnsupportedAlgorithm, match="elliptic"):
        sm2_key_of(self_signed(rsa.generate_private_key(65537, 2048), "rsa", since=SINCE, until=UNTIL))
    _, certificate = read_key_file(KEY_FILE)
    off = bytes.fromhex(Y)[:-1] + b"\x14"
    broken = certificate.public_bytes(Encoding.DER).replace(bytes.fromhex(Y), off)
    with pytest.raises(ValueError, match="no point"):
        key_of(x509.load_der_x509_certificate(broken))


def test_a_machine_without_the_library_is_told_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
    with pytest.raises(Sm2Missing) as refused:
        make_sm2_key()
    assert "gmssl-pyx" in refused.value.remedy
