"""The schemes that are known, from `data/window/schemes.csv`, and what a party's registrations open of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fondaco.platforms.window.domain.landed_claims import QUOTA
from fondaco.platforms.window.domain.schemes import Scheme, schemes_of
from fondaco.platforms.window.tariff_rows import table_rows

__all__ = ["Scheme", "known_schemes", "schemes_open_to"]

_FILE = Path(__file__).resolve().parents[4] / "data" / "window" / "schemes.csv"


@cache
def known_schemes() -> tuple[Scheme, ...]:
    """Every scheme at sale, with the identifier that a registration is kept under."""
    columns = ("scheme", "identifier", "pattern", "name", "source")
    return tuple(Scheme(*(row[name] for name in columns)) for row in table_rows(_FILE, *columns))


def schemes_open_to(identifiers: Mapping[str, str]) -> frozenset[str]:
    """The schemes that a seller's identifiers open; numbers of another form than the registration's open none.

    `tariff_quotas` among them lists the order numbers of the tariff quotas that the seller claims.
    """
    claimed = {QUOTA + number for number in str(identifiers.get("tariff_quotas", "")).split()}
    return schemes_of(identifiers, known_schemes()) | claimed
