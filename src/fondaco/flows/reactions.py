"""What the house does of itself when something has happened: event topic to handler.

A reaction is a `kernel.outbox.Consumer`; the worker relays the outbox to each of them.
"""

from __future__ import annotations

from fondaco.kernel.outbox import Consumer

CONSUMERS: tuple[Consumer, ...] = ()
