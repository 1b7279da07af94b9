"""Certificates as declarants enter them: X.509 in PEM or DER, of a kind whose signatures can be checked here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from fondaco.kernel.errors import Refused

MOST_BYTES = 20_000
LEAST_BITS = 2048  # NIST SP 800-131A rev. 2: shorter RSA keys are no longer allowed to sign


class BadCertificate(Refused):
    code = "certificate-refused"
    title = "This is no certificate that can be registered."
    remedy = "Give one X.509 certificate (PEM or DER) with an RSA key of at least 2,048 bits, without its private key."


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate; `fingerprint` is the SHA-256 of its DER form, in hexadecimal."""

    subject: str
    algorithm: str
    fingerprint: str
    valid_from: datetime
    valid_to: datetime
    pem: str


def read_certificate(raw: bytes) -> Certificate:
    """The one certificate in `raw`. BadCertificate for anything else, above all for a private key."""
    if len(raw) > MOST_BYTES:
        raise BadCertificate(f"It has more than {MOST_BYTES} bytes.", field="certificate")
    if b"PRIVATE KEY" in raw:
        raise BadCertificate("It holds a private key, which nobody else may see.", field="certificate")
    if raw.count(b"BEGIN CERTIFICATE") > 1:
        raise BadCertificate("There is more than one.", field="certificate")
    try:
        is_pem = b"BEGIN CERTIFICATE" in raw
        one = x509.load_pem_x509_certificate(raw) if is_pem else x509.load_der_x509_certificate(raw)
        key = one.public_key()
    except (ValueError, TypeError) as fault:
        raise BadCertificate(field="certificate") from fault
    except UnsupportedAlgorithm as fault:
        raise BadCertificate(
            "Keys of this kind (such as SM2) cannot be checked here.", field="certificate"
        ) from fault
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
        raise BadCertificate(field="certificate", value=type(key).__name__.strip("_"))
    return Certificate(
        subject=one.subject.rfc4514_string(),
        algorithm=f"RSA {key.key_size}",
        fingerprint=one.fingerprint(hashes.SHA256()).hex(),
        valid_from=one.not_valid_before_utc,
        valid_to=one.not_valid_after_utc,
        pem=one.public_bytes(Encoding.PEM).decode("ascii"),
    )
