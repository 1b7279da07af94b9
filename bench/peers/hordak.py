"""django-hordak's transfers a second, in a scratch database of ours that it migrates for itself.

Reads {url, threads, seconds, accounts, hot}; prints {per_s, p99_ms}.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

# This file is called like the package: its own folder must not come first.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import django  # noqa: E402
from django.conf import settings  # noqa: E402


def _configure(url: str) -> None:
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    settings.configure(
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.lstrip("/"), "USER": parts.username,
            "PASSWORD": parts.password or "", "HOST": host, "PORT": parts.port or "", "CONN_MAX_AGE": None,
        }},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        DEFAULT_CURRENCY="EUR",
        CURRENCIES=["EUR"],
    )  # fmt: skip
    django.setup()


def main() -> None:
    """Migrate, make the accounts, move money."""
    order = json.load(sys.stdin)
    _configure(order["url"])
    from django.core.management import call_command
    from django.db import connection
    from hordak.models import Account
    from moneyed import Money

    call_command("migrate", verbosity=0, interactive=False)
    accounts = [
        Account.objects.create(name=f"purse {n}", code=f"{n:03d}", type="LI", currencies=["EUR"])
        for n in range(order["accounts"])
    ]
    taken: list[float] = []
    until = time.monotonic() + order["seconds"]

    def work(number: int) -> None:
        rnd = Random(number)
        while (began := time.monotonic()) < until:
            first, second = rnd.sample(accounts, 2)
            first.transfer_to(second, Money(1, "EUR"))
            taken.append(time.monotonic() - began)
        connection.close()

    running = [threading.Thread(target=work, args=(n,)) for n in range(order["threads"])]
    for each in running:
        each.start()
    for each in running:
        each.join()
    print(
        json.dumps(
            {"per_s": len(taken) / order["seconds"], "p99_ms": sorted(taken)[int(len(taken) * 0.99)] * 1000}
        )
    )


if __name__ == "__main__":
    main()
