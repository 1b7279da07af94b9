"""JSON from outside, read strictly: each key once (RFC 8259 section 4 leaves the rest open), numbers that are numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def read_json(
    text: str | bytes, *, parse_int: Callable[[str], Any] = int, parse_float: Callable[[str], Any] = float
) -> Any:
    """The value of a JSON text (bytes: in UTF-8). ValueError for what is none, says a key twice or NaN, or nests too deep."""
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=parse_int,
            parse_float=parse_float,
        )  # fmt: skip
    except RecursionError as exc:
        raise ValueError("it nests too deep") from exc


def is_storable(value: Any) -> bool:
    """Whether PostgreSQL can keep every text in `value`, at any depth: none holds U+0000 or half a surrogate pair."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str) and _NOT_STORABLE.search(one):
            return False
        if isinstance(one, dict):
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            todo += one
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key appears twice in one object")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
