"""SM2 keys, and signatures by them with SM3 (GB/T 32918.2-2016 on the curve of 32918.5-2017), worked out by GmSSL.

A signature is r and s, 32 bytes each, one after the other: so the keys write it that China E-Port gives out.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from fondaco.kernel.errors import Refused

CURVE = x509.ObjectIdentifier("1.2.156.10197.1.301")  # GM/T 0006-2012
WITH_SM3 = x509.ObjectIdentifier("1.2.156.10197.1.501")
_EC_KEY = x509.ObjectIdentifier("1.2.840.10045.2.1")  # RFC 5480
_SIGNER = b"1234567812345678"  # GM/T 0009-2012: who signs, where the parties have agreed on no other name
_ORDER = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123  # GB/T 32918.5-2017
_SIZE = 32
_BEGIN, _END = b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----"


class Sm2Missing(Refused):
    code = "sm2-missing"
    title = "This installation has no library for SM2."
    remedy = (
        "Sign on a machine of x86-64: gmssl-pyx has wheels for no other, and its source package lacks GmSSL's "
        "own files. Elsewhere build it from its repository with submodules, or register an RSA key."
    )


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve: x and y, 32 bytes each."""

    point: bytes

    def verify(self, signature: bytes, data: bytes) -> None:
        """Nothing where `signature` (r and s) is this key's of `data`; InvalidSignature where it is not."""
        r, s = (int.from_bytes(half, "big") for half in (signature[:_SIZE], signature[_SIZE:]))
        sound = len(signature) == 2 * _SIZE and 0 < r < _ORDER and 0 < s < _ORDER
        if not sound or not _gmssl().sm2_verify(self.point, data, encode_dss_signature(r, s), _SIGNER):
            raise InvalidSignature


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A number of 32 bytes, and the point that belongs to it."""

    secret: bytes = field(repr=False)
    point: bytes

    def public_key(self) -> Sm2PublicKey:
        return Sm2PublicKey(self.point)

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`: r and s, another one each time."""
        r, s = decode_dss_signature(_gmssl().sm2_sign(self.secret, self.point, data, _SIGNER))
        return r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    parameters: x509.ObjectIdentifier | None


@asn1.sequence
class _KeyInfo:
    """SubjectPublicKeyInfo of RFC 5280."""

    algorithm: _Algorithm
    key: asn1.BitString


@asn1.sequence
class _ToSign:
    """TBSCertificate of RFC 5280; what is not about keys stays as it is written."""

    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: _KeyInfo
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@asn1.sequence
class _Signed:
    """Certificate of RFC 5280."""

    content: _ToSign
    algorithm: _Algorithm
    signature: asn1.BitString


@asn1.sequence
class _OwnKey:
    """ECPrivateKey of RFC 5915."""

    version: int
    secret: bytes
    curve: Annotated[x509.ObjectIdentifier | None, asn1.Explicit(0)]
    point: Annotated[asn1.BitString | None, asn1.Explicit(1)]


@asn1.sequence
class _PrivateKeyInfo:
    """PrivateKeyInfo of RFC 5208."""

    version: int
    algorithm: _Algorithm
    key: bytes


def sm2_at_hand() -> bool:
    """Whether this machine has the library."""
    return find_spec("gmssl_pyx") is not None


def make_sm2_key() -> Sm2PrivateKey:
    """A new key, drawn from the system's randomness. Sm2Missing."""
    point, secret = _gmssl().sm2_key_generate()
    return Sm2PrivateKey(secret, point)


def sm2_key_of(certificate: x509.Certificate) -> Sm2PublicKey:
    """The SM2 key of a certificate. UnsupportedAlgorithm for keys of another kind, ValueError for no point."""
    if certificate.public_key_algorithm_oid != _EC_KEY:
        raise UnsupportedAlgorithm("This is no key on an elliptic curve.")
    info = asn1.decode_der(_ToSign, certificate.tbs_certificate_bytes).key
    if info.algorithm.parameters != CURVE:
        raise UnsupportedAlgorithm("This is another curve than SM2's.")
    return Sm2PublicKey(_point_of(info.key.as_bytes()))


def certify(frame: x509.Certificate, *, key: Sm2PrivateKey) -> x509.Certificate:
    """`frame` with `key` in place of its own, signed by `key`: `cryptography` writes no SM2 itself."""
    named = _Algorithm(algorithm=WITH_SM3, parameters=None)
    content = replace(
        asn1.decode_der(_ToSign, frame.tbs_certificate_bytes),  # type: ignore[type-var]  # a dataclass once decorated
        signature=asn1.decode_der(asn1.TLV, asn1.encode_der(named)),
        key=_KeyInfo(algorithm=_on_the_curve(), key=_bits(b"\x04" + key.point)),
    )
    signature = key.sign(asn1.encode_der(content))
    r, s = (int.from_bytes(half, "big") for half in (signature[:_SIZE], signature[_SIZE:]))
    whole = _Signed(content=content, algorithm=named, signature=_bits(encode_dss_signature(r, s)))
    return x509.load_der_x509_certificate(asn1.encode_der(whole))


def write_sm2_key(key: Sm2PrivateKey) -> bytes:
    """The key as PEM (PKCS #8, not encrypted), as `openssl genpkey -algorithm SM2` writes it."""
    own = _OwnKey(version=1, secret=key.secret, curve=None, point=_bits(b"\x04" + key.point))
    info = _PrivateKeyInfo(version=0, algorithm=_on_the_curve(), key=asn1.encode_der(own))
    return _BEGIN + b"\n" + base64.encodebytes(asn1.encode_der(info)) + _END + b"\n"


def read_sm2_key(pem: bytes, *, certificate: x509.Certificate) -> Sm2PrivateKey:
    """The SM2 key in PEM (PKCS #8, not encrypted) that belongs to `certificate`.

    ValueError where there is none, or it belongs to another certificate; UnsupportedAlgorithm for another kind.
    """
    _, begin, rest = pem.partition(_BEGIN)
    body, end, _ = rest.partition(_END)
    if not begin or not end:
        raise ValueError("There is no PRIVATE KEY (PKCS #8).")
    info = asn1.decode_der(_PrivateKeyInfo, base64.b64decode(body))
    if info.algorithm.parameters != CURVE:
        raise UnsupportedAlgorithm("This is another curve than SM2's.")
    key = Sm2PrivateKey(asn1.decode_der(_OwnKey, info.key).secret, sm2_key_of(certificate).point)
    try:
        key.public_key().verify(key.sign(_SIGNER), _SIGNER)
    except InvalidSignature as fault:
        raise ValueError("The key is not that of the certificate.") from fault
    return key


def _on_the_curve() -> _Algorithm:
    return _Algorithm(algorithm=_EC_KEY, parameters=CURVE)


def _bits(data: bytes) -> asn1.BitString:
    return asn1.BitString(data, 0)


def _point_of(encoded: bytes) -> bytes:
    """X and y of a point as SEC 1 writes it. ValueError where the curve has no such point."""
    gmssl = _gmssl()
    try:
        return bytes(gmssl.normalize_sm2_public_key(encoded))
    except gmssl.InvalidValueError as fault:
        raise ValueError("This is no point of SM2's curve.") from fault


def _gmssl() -> ModuleType:
    """The library, brought in when it is needed: some machines have no wheel of it, and need it for SM2 alone."""
    try:
        return import_module("gmssl_pyx")
    except ImportError as fault:
        raise Sm2Missing from fault
