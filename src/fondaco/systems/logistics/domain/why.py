"""The reasons for which a service is refused."""

from __future__ import annotations

from enum import IntEnum


class Why(IntEnum):
    """Reasons in the order they are looked at: the higher, the nearer a service came to being offered."""

    OFFERED = 0
    NO_ORIGIN = 1
    NO_DESTINATION = 2
    NOT_IN_FORCE = 3
    POSTCODE_NEEDED = 4
    ZONE_NOT_SERVED = 5
    CARGO_CLASS = 6
    FEATURE_MISSING = 7
    FUEL_RATE_MISSING = 8
    VALUE_NEEDED = 9
    VALUE_TOO_HIGH = 10
    COVER_TOO_LOW = 11
    TOO_HEAVY = 12
    TOO_LARGE = 13
    GIRTH = 14
    SUM_OF_SIDES = 15
    WEIGHT_BAND = 16

    @property
    def code(self) -> str:
        """The reason as it is stored and shown: "too-heavy"."""
        return CODES[self]


CODES = {why: why.name.lower().replace("_", "-") for why in Why}
