"""`make check`: every gate, one line each; all of them run, the first failure does not hide the next."""

from __future__ import annotations

import subprocess
import sys
import time

GATES: dict[str, list[str]] = {
    "ruff": ["ruff", "check", "-q", "."],
    "format": ["ruff", "format", "-q", "--check", "."],
    "types": ["mypy", "-p", "fondaco"],
    "contracts": ["lint-imports", "--no-cache"],
    "house lint": ["python", "-m", "tools.lint"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "openapi": ["python", "-m", "tools.openapi", "--check"],
    "templates": ["djlint", "src/fondaco/delivery/web/templates", "--lint", "--quiet"],
}


def passes(name: str, command: list[str]) -> bool:
    """Run one gate and print its line, and its output where it fails."""
    started = time.monotonic()
    tool = [f".venv/bin/{command[0]}", *command[1:]]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    mark = "ok  " if done.returncode == 0 else "FAIL"
    print(f"{mark} {name:<12} {time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def main() -> int:
    """Run every gate; 1 if any failed."""
    results = [passes(name, command) for name, command in GATES.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
