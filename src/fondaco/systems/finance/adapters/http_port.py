"""What the finance room's HTTP clients share: a connection kept alive, closed with the context."""

from __future__ import annotations

from types import TracebackType
from typing import Self

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
