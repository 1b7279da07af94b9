"""XML signatures of messages: enveloped, over the whole document, as the W3C's XML-DSig Core describes.

Only what GACC's specification and its samples use is taken: inclusive Canonical XML 1.0, one reference to
the document itself (URI ""), the enveloped-signature transform, RSA with SHA-1 (edition of 2018) or SHA-256.
Anything else is refused, which also shuts out signature wrapping. SHA-1 is what that edition prescribes: a
signature then says who the sender is as far as the port's own connection does, and not more.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.messages.xml import elements, local_name

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA1 = f"{DS}rsa-sha1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_DIGEST_OF = {RSA_SHA1: f"{DS}sha1", RSA_SHA256: "http://www.w3.org/2001/04/xmlenc#sha256"}
_HASHES = {f"{DS}sha1": "sha1", "http://www.w3.org/2001/04/xmlenc#sha256": "sha256"}


class SignatureWrong(Refused):
    code = "signature-wrong"
    title = "The signature does not fit the message."
    remedy = "Nothing was taken in. Ask the sender to sign the message as it is sent, and send it again."


class SignatureUnsupported(Refused):
    code = "signature-unsupported"
    title = "This kind of signature cannot be checked here."
    remedy = "Sign with RSA and SHA-1 or SHA-256, Canonical XML 1.0 and the enveloped-signature transform."


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its certificate; `key_name` is the name the port knows the key by."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    key_name: str = "0001"
    method: str = RSA_SHA1


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that fits: its method, and the certificate's subject and SHA-256 fingerprint."""

    method: str
    subject: str
    fingerprint: str


def sign(root: etree._Element, *, signer: Signer) -> None:
    """Append the enveloped signature of `root` to it."""
    digest_method = _DIGEST_OF[signer.method]
    digest = hashlib.new(_HASHES[digest_method], _canonical(root)).digest()
    signature = etree.SubElement(root, f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    _method(info, "CanonicalizationMethod", C14N)
    _method(info, "SignatureMethod", signer.method)
    reference = etree.SubElement(info, f"{{{DS}}}Reference", URI="")
    _method(etree.SubElement(reference, f"{{{DS}}}Transforms"), "Transform", ENVELOPED)
    _method(reference, "DigestMethod", digest_method)
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = _encode(digest)
    value = signer.key.sign(_canonical(info), padding.PKCS1v15(), _hash(digest_method))
    etree.SubElement(signature, f"{{{DS}}}SignatureValue").text = _encode(value)
    key_info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
    etree.SubElement(key_info, f"{{{DS}}}KeyName").text = signer.key_name
    data = etree.SubElement(key_info, f"{{{DS}}}X509Data")
    der = signer.certificate.public_bytes(Encoding.DER)
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = _encode(der)


def verify(root: etree._Element, *, trusted: Collection[str] | None = None) -> Signature:
    """The signature of the document `root`, once it fits what is signed.

    `trusted` are the SHA-256 fingerprints of certificates that are known; without them a signature shows
    only that nothing was changed since somebody signed. Raises SignatureWrong or SignatureUnsupported.
    """
    signature = _only(root, "Signature")
    info = _only(signature, "SignedInfo")
    method = _algorithm(info, "SignatureMethod")
    digest_method = _supported(info, method)
    if hashlib.new(_HASHES[digest_method], _canonical(_without(root, signature))).digest() != _decode(
        _only(_only(info, "Reference"), "DigestValue")
    ):
        raise SignatureWrong("What was signed has been changed.", field="Signature/DigestValue")
    certificate = _certificate(signature)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignatureUnsupported(field="Signature/KeyInfo", value=type(key).__name__)
    try:
        key.verify(
            _decode(_only(signature, "SignatureValue")), _canonical(info), padding.PKCS1v15(),
            _hash(digest_method),
        )  # fmt: skip
    except InvalidSignature as fault:
        raise SignatureWrong("Another key has signed.", field="Signature/SignatureValue") from fault
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    if trusted is not None and fingerprint not in trusted:
        raise SignatureWrong("The certificate is unknown.", field="Signature/KeyInfo", value=fingerprint)
    return Signature(method, certificate.subject.rfc4514_string(), fingerprint)


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


def _hash(digest_method: str) -> hashes.HashAlgorithm:
    return hashes.SHA1() if _HASHES[digest_method] == "sha1" else hashes.SHA256()  # noqa: S303 - GACC's edition of 2018


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise SignatureWrong("This is no base64.", field=f"Signature/{local_name(element)}") from fault
