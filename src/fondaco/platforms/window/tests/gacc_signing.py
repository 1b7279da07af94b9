"""A key and a certificate made for this run of the tests, known to nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from fondaco.platforms.window.domain.certificates import KeyKind, make_key, self_signed
from fondaco.platforms.window.domain.messages.xmldsig import Signer

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


@cache
def signer(name: str = "Fondaco test") -> Signer:
    """A signer whose certificate it has signed itself; RSA of 2,048 bits."""
    return certified(make_key(KeyKind.RSA), name)


@cache
def sm2_signer(name: str = "Fondaco test") -> Signer:
    """A signer whose certificate it has signed itself; SM2."""
    return certified(make_key(KeyKind.SM2), name)


def certified(key: Any, name: str) -> Signer:
    """A key with a certificate that it has signed itself, good for ten years."""
    return Signer(key, self_signed(key, name, since=SINCE, until=UNTIL))
