"""The main job over so many made-up orders and a small price book, for the kill test to start and kill.

Argument: how many orders. Its last line is the summary as JSON.
"""

from __future__ import annotations

import json
import sys

import django


def run(orders: int) -> None:
    from django.conf import settings

    from fondaco.config.database import ensure_schema
    from fondaco.flows.demo import run_demo
    from fondaco.kernel import clock

    settings.PRODUCTION = True  # the main job alone: nothing made up beside it to be shown
    ensure_schema()
    print(json.dumps(run_demo(now=clock.now(), generated=orders, services=60).as_json()), flush=True)


if __name__ == "__main__":
    django.setup()
    run(int(sys.argv[1]))
