"""How the kernels are compiled. Imported only when a process warms up: importing numba takes a second or two."""

from __future__ import annotations

from typing import Any

import numba

# Leaves out numba's counting of references. Where a function hands a dozen arrays to another in its innermost loop,
# each call counted each of them up and down, atomically: two thirds of the time of a route and of a quote.
_UNCOUNTED: Any = {"_nrt": False}

compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy", **_UNCOUNTED)
"""Compile for places and numbers only: no arrays are made inside, they are handed in by the caller."""
