"""What help says of one page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Topic:
    """Help for one page."""

    title: str | Promise
    text: str | Promise
    keys: tuple[tuple[str, str | Promise], ...] = ()
