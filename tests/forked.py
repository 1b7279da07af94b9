"""What the fork server imports once: the house, set up, and the main job with what it needs. No connection."""

from __future__ import annotations

import django

django.setup()

from fondaco.delivery.jobs import public, tasks  # noqa: E402, F401 - imported for those who are forked
from fondaco.flows import demo, uploads  # noqa: E402, F401
