"""The only door of the single window."""

from __future__ import annotations
