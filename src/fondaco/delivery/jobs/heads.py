"""Heads of the audit chain, kept outside the database: what shows a chain that was rewritten as a whole or cut off.

One is added every night, once the whole chain has been verified; the newest is noted after each sealing, so that
an end cut off since last night is missed too.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from fondaco.kernel import clock
from fondaco.kernel.audit import Head
from fondaco.kernel.files import whole_file


def kept_heads() -> list[Head]:
    """The heads kept so far, oldest first, the newest noted last."""
    return list(dict.fromkeys([*_read(_file("heads.jsonl")), *_read(_file("newest.jsonl"))]))


def keep_head(head: Head) -> None:
    """Add `head` for good, unless it is the last one there."""
    path = _file("heads.jsonl")
    if head not in _read(path)[-1:]:
        with path.open("a") as file:
            file.write(_line(head))


def note_head(head: Head) -> None:
    """Note `head` as the newest, in the place of the one before, whole or not at all."""
    with whole_file(_file("newest.jsonl")) as part:
        part.write_text(_line(head))


def _read(path: Path) -> list[Head]:
    lines = [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []
    return [Head(line["seq"], line["hash"]) for line in lines]


def _line(head: Head) -> str:
    return json.dumps({"seq": head.seq, "hash": head.hash, "at": clock.now().isoformat()}) + "\n"


def _file(name: str) -> Path:
    """One per database: two deployments that share a folder must not judge each other's chain."""
    return Path(settings.HOME) / f"{settings.DATABASES['default']['NAME']}-audit-{name}"
