"""Sweeping between batches."""

from __future__ import annotations

import gc
import weakref

import pytest

from fondaco.kernel.sweeping import no_sweeps, sweep


class Ring:
    def __init__(self) -> None:
        self.me = self


def test_garbage_is_freed_when_swept_and_the_collector_comes_back() -> None:
    assert gc.isenabled()
    with no_sweeps():
        assert not gc.isenabled()
        ring = weakref.ref(Ring())
        assert ring() is not None
        sweep()
        assert ring() is None
    assert gc.isenabled()


def test_blocks_within_blocks_and_failures_leave_it_as_it_was() -> None:
    with pytest.raises(KeyError), no_sweeps(), no_sweeps():
        raise KeyError
    assert gc.isenabled()
