"""Identifiers: UUID version 7 (RFC 9562), ordered by time of making."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid_utils.compat.uuid7()
