"""A store of files named by their content: written once, whole, and checked when read."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from fondaco.kernel.errors import FondacoError


class FileDamaged(FondacoError):
    code = "file-damaged"
    title = "The stored file is missing or is not what was stored."
    status = 500


def put(content: bytes) -> str:
    """Keep `content` and return its SHA-256. Kept atomically: a reader sees all of it or nothing."""
    digest = sha256(content).hexdigest()
    path = _path(digest)
    if not _is_whole(path, digest):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)
    return digest


def get(digest: str) -> bytes:
    """The content named `digest`; FileDamaged where it is missing or altered."""
    try:
        content = _path(digest).read_bytes()
    except OSError as exc:
        raise FileDamaged(field="sha256", value=digest) from exc
    if sha256(content).hexdigest() != digest:
        raise FileDamaged(field="sha256", value=digest)
    return content


def _is_whole(path: Path, digest: str) -> bool:
    """Is the content there and undamaged? A damaged one is replaced."""
    try:
        return sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _path(digest: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise FileDamaged(field="sha256", value=digest)
    return Path(settings.HOME) / "files" / digest[:2] / digest[2:4] / digest
