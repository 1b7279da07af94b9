"""What the finance room's HTTP clients and simulators share: a connection kept alive, a file of what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx


class HttpPort:
    """Speaks to the service at `url` under `name`; use as a context manager."""

    def __init__(self, url: str, *, name: str, timeout_s: float = 10.0) -> None:
        self.name = name
        self._http = httpx.Client(base_url=url, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()


def stored_lines(store: Path | None) -> Iterator[Any]:
    """What a simulator wrote down, one JSON value a line; a torn line (a crash while writing) is left out."""
    if store and store.exists():
        for line in store.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue
