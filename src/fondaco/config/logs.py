"""Logging: everything goes to standard error through the scrubber; nothing goes round it."""

from __future__ import annotations

import os
from typing import Any

LEVEL = os.environ.get("FONDACO_LOG_LEVEL", "WARNING").upper()

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "scrubbed": {
            "()": "fondaco.kernel.scrubbing.ScrubbingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "scrubbed"}},
    "root": {"handlers": ["stderr"], "level": LEVEL},
    # Django's own handlers would write past the scrubber, and mail errors to administrators.
    "loggers": {
        **{
            name: {"handlers": [], "propagate": True}
            for name in ("django", "django.security", "django.server", "procrastinate", "axes", "httpx")
        },
        # A refused request is an answer, not an event: a sold-out sale would write a line per buyer.
        "django.request": {"handlers": [], "propagate": True, "level": "ERROR"},
    },
}
