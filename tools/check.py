"""`make check`: every gate, one line each; all of them run, the first failure does not hide the next."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

GATES: dict[str, list[str]] = {  # the longest first: as many run at a time as there are processors
    "types": ["mypy"],
    "contracts": ["lint-imports", "--no-cache"],
    "templates": ["djlint", "src/fondaco/delivery/web/templates", "--lint", "--quiet"],
    "openapi": ["python", "-m", "tools.openapi", "--check"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "house lint": ["python", "-m", "tools.lint"],
    "ruff": ["ruff", "check", "-q", "."],
    "format": ["ruff", "format", "-q", "--check", "."],
}


def passes(gate: tuple[str, list[str]]) -> bool:
    """Run one gate and print its line, and its output where it fails."""
    name, command = gate
    started = time.monotonic()
    tool = [f".venv/bin/{command[0]}", *command[1:]]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    said = f"{'FAIL' if done.returncode else 'ok  '} {name:<12} {time.monotonic() - started:5.1f} s\n"
    if done.returncode:
        said += done.stdout + done.stderr + "\n"
    sys.stdout.write(said)
    sys.stdout.flush()
    return done.returncode == 0


def main() -> int:
    """Run every gate; 1 if any failed."""
    with ThreadPoolExecutor(os.cpu_count()) as hands:
        results = list(hands.map(passes, GATES.items()))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
