"""A key and a certificate made for this run of the tests, known to nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from fondaco.platforms.window.domain.messages.xmldsig import Signer


@cache
def signer(name: str = "Fondaco test") -> Signer:
    """A signer whose certificate it has signed itself; RSA of 2,048 bits."""
    return certified(rsa.generate_private_key(public_exponent=65537, key_size=2048), name)


def certified(key: Any, name: str) -> Signer:
    """A key with a certificate that it has signed itself, good for ten years."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)
