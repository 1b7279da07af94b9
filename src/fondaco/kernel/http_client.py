"""What every HTTP client of the house stands on: connections kept alive while it is open, and whom it asks how."""

from __future__ import annotations

from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx


class HttpClient:
    """Speaks to the service at `url`, each try bounded by `timeout_s`; use as a context manager.

    An outside service is asked through the proxy that the environment names (HTTPS_PROXY), one on this
    machine never is: no proxy could reach it.
    """

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._http = httpx.Client(base_url=url, timeout=timeout_s, trust_env=not _is_here(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()


def _is_here(url: str) -> bool:
    """Whether `url` is on the loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
