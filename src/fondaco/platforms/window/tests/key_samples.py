"""Registered keys to try with: entered by the declarant, approved by an officer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.domain.messages.xmldsig import Signer
from fondaco.platforms.window.public import KeyDTO, decide_key, enter_key
from fondaco.platforms.window.tests.declaration_samples import AUTHORITY, NOW, OFFICER, TRADER, uid


def pem_of(one: Signer) -> bytes:
    """The certificate, without its key."""
    return one.certificate.public_bytes(Encoding.PEM)


def person(scope: Scope, name: str) -> Scope:
    """The same organisation, another person."""
    return replace(scope, user_id=uid(name), actor=name)


def entered(one: Signer, *, scope: Scope = TRADER, now: datetime = NOW, **more: datetime) -> KeyDTO:
    """A key that waits for its approval."""
    return enter_key(
        person(scope, "trader"), pem_of(one), name="office", authority_id=AUTHORITY, now=now, **more
    )


def approved(one: Signer, *, scope: Scope = TRADER, **more: datetime) -> KeyDTO:
    """A key in force."""
    return decide_key(person(OFFICER, "officer"), entered(one, scope=scope, **more).id, approve=True, now=NOW)
