"""Tracking numbers by UPU standard S10: two letters, eight digits, a check digit, a country.

Source: UPU S10-12, "Identification of postal items": weights 8 6 4 2 3 5 9 7; 11 minus the sum
modulo 11, where 10 is written 0 and 11 is written 5.
"""

from __future__ import annotations

import re

_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
SERIALS = 100_000_000


def check_digit(serial: int) -> int:
    """The S10 check digit of an eight-digit `serial`."""
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, f"{serial:08d}", strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)


def tracking_number(serial: int, *, country: str) -> str:
    """The S10 number of our `serial`-th parcel (from 0) sent from `country`.

    Service indicators CA to CZ are parcels; each holds 100 million serials, so the letters repeat
    only after 2.6 billion parcels.
    """
    block, within = divmod(serial, SERIALS)
    letter = chr(ord("A") + block % 26)
    return f"C{letter}{within:08d}{check_digit(within)}{country}"


def is_tracking_number(text: str) -> bool:
    """Whether `text` has S10's shape and a right check digit."""
    return bool(_SHAPE.fullmatch(text)) and check_digit(int(text[2:10])) == int(text[10])
