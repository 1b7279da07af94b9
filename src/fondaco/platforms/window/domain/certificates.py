"""Certificates (X.509) and the keys in them: RSA, and SM2, which `cryptography` reads no key of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.sm2 import (
    Sm2PrivateKey,
    Sm2PublicKey,
    certify,
    make_sm2_key,
    read_sm2_key,
    sm2_key_of,
    write_sm2_key,
)

MOST_BYTES = 20_000
LEAST_BITS = 2048  # NIST SP 800-131A rev. 2: shorter RSA keys are no longer allowed to sign


class KeyKind(StrEnum):
    """The kinds of key that sign here."""

    SM2 = "sm2"
    RSA = "rsa"


class BadCertificate(Refused):
    code = "certificate-refused"
    title = "This is no certificate that can be registered."
    remedy = (
        "Give one X.509 certificate (PEM or DER) with an SM2 key, or an RSA key of at least 2,048 bits, "
        "without its private key."
    )


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
        key = key_of(one)
    except (ValueError, TypeError) as fault:
        raise BadCertificate(field="certificate") from fault
    except UnsupportedAlgorithm as fault:
        raise BadCertificate(
            "Signatures by this kind of key cannot be checked here.", field="certificate"
        ) from fault
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_BITS:
        raise BadCertificate("Its key is too short.", field="certificate", value=f"RSA {key.key_size}")
    return Certificate(
        subject=one.subject.rfc4514_string(),
        algorithm="SM2" if isinstance(key, Sm2PublicKey) else f"RSA {key.key_size}",
        fingerprint=one.fingerprint(hashes.SHA256()).hex(),
        valid_from=one.not_valid_before_utc,
        valid_to=one.not_valid_after_utc,
        pem=one.public_bytes(Encoding.PEM).decode("ascii"),
    )


def key_of(certificate: x509.Certificate) -> rsa.RSAPublicKey | Sm2PublicKey:
    """The key of a certificate. UnsupportedAlgorithm for kinds that do not sign here; ValueError for a broken one."""
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return sm2_key_of(certificate)
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnsupportedAlgorithm(type(key).__name__.strip("_"))
    return key


def read_key_file(pem: bytes) -> tuple[rsa.RSAPrivateKey | Sm2PrivateKey, x509.Certificate]:
    """The private key (PKCS #8, not encrypted) and its certificate in one PEM.

    ValueError where one is missing or they do not belong together; UnsupportedAlgorithm for other kinds of key.
    """
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        key = load_pem_private_key(pem, password=None)
    except UnsupportedAlgorithm:
        return read_sm2_key(pem, certificate=certificate), certificate
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnsupportedAlgorithm("The key is neither RSA nor SM2.")
    if key.public_key() != key_of(certificate):
        raise ValueError("The key is not that of the certificate.")
    return key, certificate


def write_key_file(key: rsa.RSAPrivateKey | Sm2PrivateKey, certificate: x509.Certificate) -> bytes:
    """What `read_key_file` reads."""
    if isinstance(key, Sm2PrivateKey):
        secret = write_sm2_key(key)
    else:
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + certificate.public_bytes(Encoding.PEM)


def make_key(kind: KeyKind) -> rsa.RSAPrivateKey | Sm2PrivateKey:
    """A new private key; RSA of 2,048 bits. Sm2Missing."""
    return (
        make_sm2_key()
        if kind == KeyKind.SM2
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )


def self_signed(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Sm2PrivateKey,
    name: str,
    *,
    since: datetime,
    until: datetime,
) -> x509.Certificate:
    """A certificate of `key` for `name` that it signs itself, to try with: nobody vouches for it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )
    if not isinstance(key, Sm2PrivateKey):
        return builder.public_key(key.public_key()).sign(key, hashes.SHA256())
    other = ec.generate_private_key(ec.SECP256R1())
    return certify(builder.public_key(other.public_key()).sign(other, hashes.SHA256()), key=key)
