"""Tables that leave the house: what a spreadsheet must not run."""

from __future__ import annotations

import re
from typing import Any

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?", re.ASCII)


def safe_cell(value: Any) -> Any:
    """`value`, with an apostrophe before a text that a spreadsheet would take for a formula (CWE-1236).

    Plain signed numbers are left alone, for they are no formula. The importer takes the apostrophe
    off again.
    """
    if isinstance(value, str) and value.startswith(_DANGEROUS) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
