"""Heads of the audit chain, kept outside the database: what shows a chain that was rewritten as a whole."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from fondaco.kernel import clock
from fondaco.kernel.audit import Head


def kept_heads() -> list[Head]:
    """The heads kept so far, oldest first."""
    path = _file()
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text().splitlines() if line]
    return [Head(line["seq"], line["hash"]) for line in lines]


def keep_head(head: Head) -> None:
    """Add `head` to the file, unless it is the last one there."""
    if head in kept_heads()[-1:]:
        return
    with _file().open("a") as file:
        file.write(json.dumps({"seq": head.seq, "hash": head.hash, "at": clock.now().isoformat()}) + "\n")


def _file() -> Path:
    """One per database: two deployments that share a folder must not judge each other's chain."""
    return Path(settings.HOME) / f"{settings.DATABASES['default']['NAME']}-audit-heads.jsonl"
