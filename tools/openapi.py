"""The OpenAPI snapshot: `--check` fails when the document changed unnoticed, without it the snapshot is renewed."""

from __future__ import annotations

import difflib
import json
import os
import sys
from pathlib import Path

import django

SNAPSHOT = Path(__file__).parents[1] / "docs" / "openapi.json"


def main(arguments: list[str]) -> int:
    """Compare or renew; 1 when `--check` finds a difference."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()
    from fondaco.delivery.api.api import api

    now = json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, default=str) + "\n"
    then = SNAPSHOT.read_text() if SNAPSHOT.exists() else ""
    if "--check" not in arguments:
        SNAPSHOT.write_text(now)
        return 0
    diff = list(
        difflib.unified_diff(then.splitlines(), now.splitlines(), "snapshot", "now", lineterm="", n=2)
    )
    print("\n".join(diff[:80]))
    if diff:
        print("The API changed. If that is meant: .venv/bin/python -m tools.openapi")
    return 1 if diff else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
