"""XML signatures of messages: enveloped, over the whole document, as the W3C's XML-DSig Core describes.

Only what GACC's specification and its samples use is taken: inclusive Canonical XML 1.0, one reference to
the document itself (URI ""), the enveloped-signature transform, and SM2 with SM3 (edition of May 2022), RSA with
SHA-1 (edition of 2018) or RSA with SHA-256. Anything else is refused, which also shuts out signature wrapping.
SHA-1 is what the older edition prescribes: a signature then says who the sender is as far as the port's own
connection does, and not more.
"""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.certificates import key_of
from fondaco.platforms.window.domain.messages.xml import elements, local_name
from fondaco.platforms.window.domain.sm2 import Sm2PrivateKey, Sm2PublicKey

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA1 = f"{DS}rsa-sha1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_CHINAPORT = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
SM2_SM3 = f"{_CHINAPORT}sm2-sm3"
_DIGEST_OF = {
    RSA_SHA1: f"{DS}sha1", RSA_SHA256: "http://www.w3.org/2001/04/xmlenc#sha256", SM2_SM3: f"{_CHINAPORT}sm3",
}  # fmt: skip
_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    _DIGEST_OF[RSA_SHA1]: hashes.SHA1(),  # noqa: S303 - GACC's edition of 2018
    _DIGEST_OF[RSA_SHA256]: hashes.SHA256(),
    _DIGEST_OF[SM2_SM3]: hashes.SM3(),
}


class SignatureWrong(Refused):
    code = "signature-wrong"
    title = "The signature does not fit the message."
    remedy = "Nothing was taken in. Ask the sender to sign the message as it is sent, and send it again."


class SignatureUnsupported(Refused):
    code = "signature-unsupported"
    title = "This kind of signature cannot be checked here."
    remedy = (
        "Sign with SM2 and SM3, or with RSA and SHA-1 or SHA-256, in Canonical XML 1.0 and with the "
        "enveloped-signature transform."
    )


class CertificateNotInForce(Refused):
    code = "signature-certificate-not-in-force"
    title = "The certificate that signed is past its time, or not valid yet."
    remedy = "Sign with a certificate that is in force today."


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its certificate; `key_name` is the name the port knows the key by.

    `method` where it is not GACC's own for the kind of key: SM2 with SM3, RSA with SHA-1.
    """

    key: rsa.RSAPrivateKey | Sm2PrivateKey
    certificate: x509.Certificate
    key_name: str = "0001"
    method: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that fits: its method, and the certificate's subject and SHA-256 fingerprint."""

    method: str
    subject: str
    fingerprint: str


def sign(root: etree._Element, *, signer: Signer) -> None:
    """Append the enveloped signature of `root` to it."""
    method = signer.method or (SM2_SM3 if isinstance(signer.key, Sm2PrivateKey) else RSA_SHA1)
    digest_method = _DIGEST_OF[method]
    digest = _digest(_canonical(root), digest_method)
    signature = etree.SubElement(root, f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    _method(info, "CanonicalizationMethod", C14N)
    _method(info, "SignatureMethod", method)
    reference = etree.SubElement(info, f"{{{DS}}}Reference", URI="")
    _method(etree.SubElement(reference, f"{{{DS}}}Transforms"), "Transform", ENVELOPED)
    _method(reference, "DigestMethod", digest_method)
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = _encode(digest)
    value = _value(signer.key, _canonical(info), digest_method)
    etree.SubElement(signature, f"{{{DS}}}SignatureValue").text = _encode(value)
    key_info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
    etree.SubElement(key_info, f"{{{DS}}}KeyName").text = signer.key_name
    data = etree.SubElement(key_info, f"{{{DS}}}X509Data")
    der = signer.certificate.public_bytes(Encoding.DER)
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = _encode(der)


def verify(
    root: etree._Element, *, trusted: Collection[str] | None = None, at: datetime | None = None
) -> Signature:
    """The signature of the document `root`, once it fits what is signed.

    `trusted` are the SHA-256 fingerprints of certificates that are known; without them a signature shows
    only that nothing was changed since somebody signed. `at`: the certificate must be in force at that moment.
    Raises SignatureWrong, SignatureUnsupported, CertificateNotInForce or Sm2Missing.
    """
    signature = _only(root, "Signature")
    info = _only(signature, "SignedInfo")
    method = _algorithm(info, "SignatureMethod")
    digest_method = _supported(info, method)
    _check_digest(_canonical(_without(root, signature)), _only(info, "Reference"), digest_method)
    certificate = _certificate(signature)
    key = _key(certificate, method)
    try:
        _check_value(key, _decode(_only(signature, "SignatureValue")), _canonical(info), digest_method)
    except InvalidSignature as fault:
        raise SignatureWrong("Another key has signed.", field="Signature/SignatureValue") from fault
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    if trusted is not None and fingerprint not in trusted:
        raise SignatureWrong("The certificate is unknown.", field="Signature/KeyInfo", value=fingerprint)
    if at is not None and not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        span = f"{certificate.not_valid_before_utc:%Y-%m-%d} – {certificate.not_valid_after_utc:%Y-%m-%d}"
        raise CertificateNotInForce(field="Signature/KeyInfo/X509Certificate", value=span)
    return Signature(method, certificate.subject.rfc4514_string(), fingerprint)


def sign_bytes(key: rsa.RSAPrivateKey | Sm2PrivateKey, data: bytes) -> bytes:
    """The signature of `data` as GACC signs by that kind of key: SM2 with SM3, RSA with SHA-1."""
    return _value(key, data, _DIGEST_OF[SM2_SM3 if isinstance(key, Sm2PrivateKey) else RSA_SHA1])


def check_bytes(key: rsa.RSAPublicKey | Sm2PublicKey, value: bytes, data: bytes) -> None:
    """Nothing, if `value` is what `sign_bytes` makes of `data`; SignatureWrong if not."""
    try:
        _check_value(key, value, data, _DIGEST_OF[RSA_SHA1])
    except InvalidSignature as fault:
        raise SignatureWrong(field="signValue") from fault


def _check_digest(signed: bytes, reference: etree._Element, digest_method: str) -> None:
    told, size = _decode(_only(reference, "DigestValue")), _HASHES[digest_method].digest_size
    if len(told) != size:
        raise SignatureWrong(
            f"A digest of this method has {size} bytes, not {len(told)}.", field="Signature/DigestValue"
        )
    if told != _digest(signed, digest_method):
        raise SignatureWrong("What was signed has been changed.", field="Signature/DigestValue")


def _key(certificate: x509.Certificate, method: str) -> rsa.RSAPublicKey | Sm2PublicKey:
    """The key of the certificate, if it is of the method's kind."""
    try:
        key = key_of(certificate)
    except UnsupportedAlgorithm as fault:
        raise SignatureUnsupported(field="Signature/KeyInfo", value=str(fault)) from fault
    except ValueError as fault:
        raise SignatureWrong("Its key is unreadable.", field="Signature/KeyInfo/X509Certificate") from fault
    if isinstance(key, Sm2PublicKey) is not (method == SM2_SM3):
        kind = "SM2" if isinstance(key, Sm2PublicKey) else "RSA"
        raise SignatureUnsupported(
            f"The certificate has a key for {kind}, which this method does not sign with.",
            field="Signature/KeyInfo", value=method,
        )  # fmt: skip
    return key


def _value(key: rsa.RSAPrivateKey | Sm2PrivateKey, signed: bytes, digest_method: str) -> bytes:
    if isinstance(key, Sm2PrivateKey):
        return key.sign(signed)
    return key.sign(signed, padding.PKCS1v15(), _HASHES[digest_method])


def _check_value(
    key: rsa.RSAPublicKey | Sm2PublicKey, value: bytes, signed: bytes, digest_method: str
) -> None:
    if isinstance(key, Sm2PublicKey):
        key.verify(value, signed)
    else:
        key.verify(value, signed, padding.PKCS1v15(), _HASHES[digest_method])


def _supported(info: etree._Element, method: str) -> str:
    """The digest method of `info`; SignatureUnsupported for anything but the one profile there is."""
    reference = _only(info, "Reference")
    transforms = [e.get("Algorithm") for e in elements(_only(reference, "Transforms"))]
    digest_method = _algorithm(reference, "DigestMethod")
    checks = (
        ("CanonicalizationMethod", _algorithm(info, "CanonicalizationMethod"), {C14N}),
        ("SignatureMethod", method, set(_DIGEST_OF)),
        ("DigestMethod", digest_method, {_DIGEST_OF.get(method, "")}),
        ("Reference/@URI", reference.get("URI", "absent"), {""}),
        ("Transforms", " ".join(str(t) for t in transforms), {ENVELOPED}),
    )
    for name, found, allowed in checks:
        if found not in allowed:
            raise SignatureUnsupported(field=f"Signature/{name}", value=found)
    return digest_method


def _canonical(element: etree._Element) -> bytes:
    """Inclusive Canonical XML of `element`: with every namespace that is in scope, used or not."""
    scope: dict[str, str] = dict(element.nsmap)  # type: ignore[arg-type] # the default namespace is under None
    alone = etree.Element(element.tag, {str(k): str(v) for k, v in element.attrib.items()}, nsmap=scope)
    alone.text = element.text
    alone.extend(copy.deepcopy(child) for child in element)
    return etree.tostring(alone, method="c14n", exclusive=False, with_comments=False)


def _without(root: etree._Element, signature: etree._Element) -> etree._Element:
    """A copy of `root` without `signature`; the white space around it stays, as the transform wants."""
    place = root.index(signature)
    rest = copy.deepcopy(root)
    gone = rest[place]
    if gone.tail:
        before = gone.getprevious()
        if before is None:
            rest.text = (rest.text or "") + gone.tail
        else:
            before.tail = (before.tail or "") + gone.tail
    rest.remove(gone)
    return rest


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = [e for e in elements(parent) if local_name(e) == name and etree.QName(e).namespace == DS]
    if len(found) != 1:
        raise SignatureWrong(f"There are {len(found)} of {name}.", field=f"Signature/{name}")
    return found[0]


def _algorithm(parent: etree._Element, name: str) -> str:
    return str(_only(parent, name).get("Algorithm", ""))


def _certificate(signature: etree._Element) -> x509.Certificate:
    encoded = _only(_only(_only(signature, "KeyInfo"), "X509Data"), "X509Certificate")
    try:
        return x509.load_der_x509_certificate(_decode(encoded))
    except ValueError as fault:
        raise SignatureWrong(
            "The certificate is unreadable.", field="Signature/KeyInfo/X509Certificate"
        ) from fault


def _method(parent: etree._Element, name: str, algorithm: str) -> None:
    etree.SubElement(parent, f"{{{DS}}}{name}", Algorithm=algorithm)


def _digest(data: bytes, digest_method: str) -> bytes:
    summed = hashes.Hash(_HASHES[digest_method])
    summed.update(data)
    return summed.finalize()


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise SignatureWrong("This is no base64.", field=f"Signature/{local_name(element)}") from fault
