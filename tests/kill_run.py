"""The main job over so many made-up orders and a small price book, for the kill test to start and kill."""

from __future__ import annotations

import json


def run(orders: int) -> None:
    """Bring `orders` made-up orders as far as they go; the last line printed is the summary as JSON."""
    from django.conf import settings

    from fondaco.config.database import ensure_schema
    from fondaco.flows.demo import run_demo
    from fondaco.kernel import clock

    settings.PRODUCTION = True  # the main job alone: nothing made up beside it to be shown
    ensure_schema()
    print(json.dumps(run_demo(now=clock.now(), generated=orders, services=60).as_json()), flush=True)
