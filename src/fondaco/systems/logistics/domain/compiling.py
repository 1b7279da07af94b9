"""How the kernels are compiled. Imported only when a process warms up: importing numba takes a second or two."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba

SOURCES = (
    "why.py", "kernel.py", "kernel_numba.py", "compiling.py", "routing/bounds_numba.py", "routing/search_numba.py",
)  # fmt: skip


def drop_stale(home: Path) -> bool:
    """Remove from `home` what was compiled from other SOURCES than are there now; whether the sources had changed.

    numba notices a change of the file that a function stands in, but compiles into it constants and functions of the
    others: a column added to the lanes would have an old kernel read the wrong one.
    """
    seal = sha256(b"".join((home / name).read_bytes() for name in SOURCES)).hexdigest()
    mark = home / "__pycache__" / "kernels.sha256"
    if mark.exists() and mark.read_text() == seal:
        return False
    for source in (home / name for name in SOURCES):
        for index in (source.parent / "__pycache__").glob(f"{source.stem}.*.nbi"):
            index.unlink(missing_ok=True)
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(seal)
    return True


with suppress(OSError):  # a tree that cannot be written holds nothing stale of ours
    drop_stale(Path(__file__).parent)

# Leaves out numba's counting of references. Where a function hands a dozen arrays to another in its innermost loop,
# each call counted each of them up and down, atomically: two thirds of the time of a route and of a quote.
_UNCOUNTED: Any = {"_nrt": False}

compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy", **_UNCOUNTED)
"""Compile for places and numbers only: no arrays are made inside, they are handed in by the caller."""
