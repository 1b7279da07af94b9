"""What several of the window's tests share."""

from __future__ import annotations

import pytest


@pytest.fixture
def own_home(settings, tmp_path):
    """A home of the test's own, in which the signing key is made anew."""
    from fondaco.platforms.window.adapters.gacc import signer_at_hand

    settings.HOME = tmp_path
    signer_at_hand.cache_clear()
    yield
    signer_at_hand.cache_clear()
