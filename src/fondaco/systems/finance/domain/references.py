"""Creditor references after ISO 11649: RF, two check digits (ISO 7064 Mod 97-10), up to 21 characters; pure."""

from __future__ import annotations

import hashlib
from base64 import b32encode

_BODY = 20


def reference_for(key: str) -> str:
    """The reference that a payer puts on a transfer for `key`: the same key, the same reference."""
    digest = hashlib.sha256(key.encode()).digest()
    body = b32encode(digest).decode()[:_BODY]
    return f"RF{98 - _modulus(f'{body}RF00'):02d}{body}"


def _modulus(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text)) % 97
