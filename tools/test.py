"""The test suite as `make test` runs it: in parallel, slowest last-in-line tests reported."""

from __future__ import annotations

import os
import sys

import pytest


def main(paths: list[str]) -> int:
    """Run pytest over `paths` (everything by default); the exit code is pytest's."""
    workers = os.environ.get("FONDACO_TEST_WORKERS", "auto")
    return pytest.main(["-q", "-n", workers, "--dist", "loadscope", "--durations=10", *paths])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
