"""The register of declarants' keys."""

from __future__ import annotations

from fondaco.platforms.window.adapters.gacc import make_trial_certificate, own_certificate, own_fingerprints
from fondaco.platforms.window.adapters.message_forms import signing_countries
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
from fondaco.platforms.window.domain.certificates import MOST_BYTES as MOST_CERTIFICATE
from fondaco.platforms.window.domain.certificates import BadCertificate, KeyKind
from fondaco.platforms.window.domain.sm2 import Sm2Missing, sm2_at_hand

__all__ = [
    "MOST_CERTIFICATE",
    "BadCertificate",
    "BadSpan",
    "KeyDTO",
    "KeyEntered",
    "KeyExpired",
    "KeyForeign",
    "KeyKind",
    "KeyNotApproved",
    "KeyReasonMissing",
    "KeyRevoked",
    "KeyTaken",
    "KeyTooEarly",
    "KeyUnknown",
    "OwnEntry",
    "SignatureMissing",
    "Sm2Missing",
    "decide_key",
    "enter_key",
    "keys_of",
    "make_trial_certificate",
    "own_certificate",
    "own_fingerprints",
    "revoke_key",
    "signing_countries",
    "sm2_at_hand",
]
