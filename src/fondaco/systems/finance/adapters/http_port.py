"""What the finance room's HTTP clients and simulators share: a name, a file of what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fondaco.kernel.http_client import HttpClient


class HttpPort(HttpClient):
    """Speaks to the service at `url` under `name`; use as a context manager."""

    def __init__(self, url: str, *, name: str, timeout_s: float = 10.0) -> None:
        self.name = name
        super().__init__(url, timeout_s=timeout_s)


def stored_lines(store: Path | None) -> Iterator[Any]:
    """What a simulator wrote down, one JSON value a line; a torn line (a crash while writing) is left out."""
    if store and store.exists():
        for line in store.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue
