"""The test suite as `make test` runs it: in parallel by file, the slow files first, the slowest tests reported."""

from __future__ import annotations

import os
import sys

import pytest


def main(paths: list[str]) -> int:
    """Run pytest over `paths` (everything by default); the exit code is pytest's."""
    workers = os.environ.get("FONDACO_TEST_WORKERS", "auto")
    spread = ["-n", workers, "--dist", "loadscope", "--no-loadscope-reorder"]
    databases = ["--create-db", "--reuse-db"]  # made anew, and left for the next run to drop
    return pytest.main(["-q", *spread, *databases, "--durations=10", *paths])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
