"""When cyclic garbage is looked for: between batches, not at any moment within them.

A long run holds a tariff, a rate book and a screening index: millions of objects that the collector
would walk through again and again, a quarter of the run's time, to find next to nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_sweeps() -> Iterator[None]:
    """Leave cyclic garbage lying while the block runs; call `sweep` in it after each batch."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def sweep() -> None:
    """Free the cyclic garbage made since the last sweep; what has outlived one is not looked at again."""
    gc.collect(0)
