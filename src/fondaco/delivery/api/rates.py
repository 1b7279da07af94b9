"""How many requests a caller may make: counted in PostgreSQL, so that every worker and host sees the same."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest
from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from ninja.throttling import BaseThrottle

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Scope

_wait: ContextVar[float] = ContextVar("api_wait", default=0.0)

_COUNT = """
    INSERT INTO api_ratewindow AS w (key, hits, ends_at) VALUES (%(key)s, %(amount)s, %(end)s)
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN w.ends_at <= %(now)s THEN EXCLUDED.hits ELSE w.hits + EXCLUDED.hits END,
        ends_at = CASE WHEN w.ends_at <= %(now)s THEN EXCLUDED.ends_at ELSE w.ends_at END
    RETURNING hits
"""
_FORGET = """
    DELETE FROM api_ratewindow WHERE key IN (
        SELECT key FROM api_ratewindow WHERE ends_at <= %(now)s AND key <> %(key)s
        ORDER BY ends_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )
"""


class DatabaseStorage(Storage):
    """Counters of the `limits` library in an unlogged table: one statement per request."""

    STORAGE_SCHEME = None

    @property
    def base_exceptions(self) -> type[Exception]:
        return DatabaseError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` in the window of `key`, opening one of `expiry` seconds where none is open."""
        now = clock.now()
        facts: dict[str, Any] = {
            "key": key,
            "amount": amount,
            "now": now,
            "end": now + timedelta(seconds=expiry),
        }
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, facts)
            hits: int = cursor.fetchone()[0]
            if hits == amount:  # a new window: the time to forget a few old ones
                cursor.execute(_FORGET, facts)
        return hits

    def get(self, key: str) -> int:
        """What is counted in the open window of `key`."""
        return self._row(key)[0]

    def get_expiry(self, key: str) -> float:
        """When the window of `key` ends, in seconds since 1970."""
        return self._row(key)[1]

    def check(self) -> bool:
        """Whether the database answers."""
        return connection.is_usable()

    def reset(self) -> int:
        """Forget every counter; how many there were."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM api_ratewindow")
            return int(cursor.rowcount)

    def clear(self, key: str) -> None:
        """Forget the counter of `key`."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM api_ratewindow WHERE key = %s", [key])

    def _row(self, key: str) -> tuple[int, float]:
        now = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT hits, ends_at FROM api_ratewindow WHERE key = %s AND ends_at > %s", [key, now]
            )
            row = cursor.fetchone()
        return (row[0], row[1].timestamp()) if row else (0, now.timestamp())


_storage = DatabaseStorage()
_limiter = FixedWindowRateLimiter(_storage)


class PerCaller(BaseThrottle):
    """`settings.API_RATE` for each key or person, `settings.API_PUBLIC_RATE` for each stranger's address."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request; False where its caller has used up the window."""
        scope = getattr(request, "auth", None)
        known = isinstance(scope, Scope)
        limit = parse(settings.API_RATE if known else settings.API_PUBLIC_RATE)
        who = f"{scope.organisation_id}:{scope.actor}" if isinstance(scope, Scope) else address_of(request)
        if _limiter.hit(limit, who):
            return True
        ends = _limiter.get_window_stats(limit, who).reset_time
        _wait.set(max(1.0, ends - clock.now().timestamp()))
        return False

    def wait(self) -> float:
        """After how many seconds the caller's window ends; asked right after a refusal."""
        return _wait.get()


def address_of(request: HttpRequest) -> str:
    """The caller's network address, behind as many proxies as are known to be ours."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    address = hops[-proxies] if proxies and len(hops) >= proxies else request.META.get("REMOTE_ADDR", "")
    return address[:64]
