"""The register of declarants' keys."""

from __future__ import annotations

from fondaco.platforms.window.adapters.gacc import own_certificate, own_fingerprints
from fondaco.platforms.window.declarant_keys import (
    BadSpan,
    KeyDTO,
    KeyEntered,
    KeyExpired,
    KeyForeign,
    KeyNotApproved,
    KeyReasonMissing,
    KeyRevoked,
    KeyTaken,
    KeyTooEarly,
    KeyUnknown,
    OwnEntry,
    SignatureMissing,
    decide_key,
    enter_key,
    keys_of,
    revoke_key,
)
from fondaco.platforms.window.domain.certificates import BadCertificate

__all__ = [
    "BadCertificate",
    "BadSpan",
    "KeyDTO",
    "KeyEntered",
    "KeyExpired",
    "KeyForeign",
    "KeyNotApproved",
    "KeyReasonMissing",
    "KeyRevoked",
    "KeyTaken",
    "KeyTooEarly",
    "KeyUnknown",
    "OwnEntry",
    "SignatureMissing",
    "decide_key",
    "enter_key",
    "keys_of",
    "own_certificate",
    "own_fingerprints",
    "revoke_key",
]
