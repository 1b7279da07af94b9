"""GACC's fields, messages and codes, read from data/window/gacc_*.csv."""

from __future__ import annotations

import csv
import json
import os
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from fondaco.kernel import clock
from fondaco.kernel.errors import Conflict, Refused
from fondaco.platforms.window.domain.certificates import (
    KeyKind,
    make_key,
    read_key_file,
    self_signed,
    write_key_file,
)
from fondaco.platforms.window.domain.messages.gacc.papers import Firm, Profile
from fondaco.platforms.window.domain.messages.gacc.spec import Book, read_book
from fondaco.platforms.window.domain.messages.xmldsig import Signer
from fondaco.platforms.window.domain.sm2 import sm2_at_hand

KEY_VARIABLE = "FONDACO_GACC_KEY"


class NoSigningKey(Refused):
    code = "gacc-key-missing"
    title = "There is no key to sign with."
    remedy = (
        f"Set {KEY_VARIABLE} to a PEM file with a private key (SM2 or RSA) and its certificate "
        "(`fondaco window key` makes one to try with)."
    )


class KeyFileExists(Conflict):
    code = "key-file-exists"
    title = "This file is there already, and may hold a key."
    remedy = "Give another name; a key is never written over."


@cache
def gacc_book() -> Book:
    """The messages that are known, with their fields."""
    return read_book(_rows("gacc_fields.csv"), _rows("gacc_messages.csv"))


def _rows(name: str) -> list[dict[str, str]]:
    path = Path(settings.ROOT) / "data" / "window" / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def gacc_codes() -> dict[tuple[str, str], str]:
    """Chinese customs' codes by (currency, country or unit; ISO or UNECE code)."""
    return {(row["list"], row["iso"]): row["code"] for row in _rows("gacc_codes.csv")}


def papers_before(kind: str, regime: str, *, on: date) -> tuple[str, ...]:
    """The messages that customs wants before a list of that direction and supervision mode on a day."""
    day = on.isoformat()
    return next((messages for first, end, messages in _papers_of(kind, regime) if first <= day < end), ())


@cache
def _papers_of(kind: str, regime: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Since when, until before when (ISO dates) and which."""
    rows = [row for row in _rows("gacc_papers.csv") if (row["kind"], row["regime"]) == (kind, regime)]
    return [(row["from"], row["to"] or "9999", tuple(row["messages"].split())) for row in rows]


def gacc_profile() -> Profile:
    """The firms and offices that stand on messages: those of the installation, or invented ones to try with."""
    path = Path(settings.ROOT) / "data" / "window" / "gacc_profile.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    parts: dict[str, Any] = {k: Firm(**v) if isinstance(v, dict) else v for k, v in told.items()}
    return Profile(**parts)


def gacc_signer(path: Path | None = None) -> Signer:
    """The key and certificate of a PEM file, by default of the file that FONDACO_GACC_KEY names."""
    source = path or Path(os.environ.get(KEY_VARIABLE, ""))
    if not source.is_file():
        raise NoSigningKey(field=KEY_VARIABLE, value=str(path or os.environ.get(KEY_VARIABLE, "")))
    try:
        return Signer(*read_key_file(source.read_bytes()))
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise NoSigningKey(str(fault)[:200], field=KEY_VARIABLE, value=str(source)) from fault


@cache
def signer_at_hand() -> Signer:
    """The installation's key or, outside production, a trial key made for this installation alone."""
    if os.environ.get(KEY_VARIABLE) or settings.PRODUCTION:
        return gacc_signer()
    path = Path(settings.HOME) / "gacc-trial-key.pem"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f"{path.name}.{os.getpid()}")
        own.touch(mode=0o600)
        kind = KeyKind.SM2 if sm2_at_hand() else KeyKind.RSA  # the messages are those of the edition of 2022
        own.write_bytes(make_trial_key("Fondaco trial", now=clock.now(), kind=kind))
        own.replace(path)  # whole or not at all, whoever else makes one now
    return gacc_signer(path)


def own_certificate() -> bytes:
    """The certificate (PEM) of the key that this installation signs with. NoSigningKey."""
    return signer_at_hand().certificate.public_bytes(Encoding.PEM)


def own_fingerprints() -> frozenset[str]:
    """What agencies' simulators have registered: the key that this installation signs with."""
    return frozenset({signer_at_hand().certificate.fingerprint(hashes.SHA256()).hex()})


def make_trial_certificate(name: str, *, now: datetime, kind: KeyKind) -> bytes:
    """The certificate (PEM) of a new trial key that nobody keeps: to try registering with. Sm2Missing."""
    pem = x509.load_pem_x509_certificate(make_trial_key(name, now=now, kind=kind))
    return pem.public_bytes(Encoding.PEM)


def make_trial_key(name: str, *, now: datetime, kind: KeyKind) -> bytes:
    """A new key and a certificate it signs itself, good for a year, as one PEM. Sm2Missing."""
    key = make_key(kind)
    return write_key_file(key, self_signed(key, name, since=now, until=now + timedelta(days=365)))
