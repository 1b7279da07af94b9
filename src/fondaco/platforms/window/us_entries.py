"""Entry data for the United States: written from a declaration, read back and checked."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.gacc.spec import Fault
from fondaco.platforms.window.domain.messages.us_entry import (
    Field,
    Filer,
    UsEntry,
    build_entry,
    check_entry,
    parse_entry,
    read_fields,
    render_entry,
)

_DATA = settings.ROOT / "data" / "window"


@dataclass(frozen=True, slots=True)
class UsEntryView:
    """An entry as read, and everything wrong with it."""

    entry: UsEntry
    faults: tuple[Fault, ...]


def write_us_entry(one: Declared) -> bytes:
    """An import into the US as entry data (type 11, or 01 above 2,500 dollars). NotForTheUs, UsEntryRefused."""
    return render_entry(build_entry(one, filer=_filer()), fields=_fields())


def read_us_entry(raw: bytes) -> UsEntryView:
    """What entry data says and what is wrong with it. NotAUsEntry."""
    entry = parse_entry(raw)
    return UsEntryView(entry, check_entry(entry, fields=_fields()))


@cache
def _fields() -> tuple[Field, ...]:
    with (_DATA / "us_entry_fields.csv").open(encoding="utf-8", newline="") as file:
        return read_fields(csv.DictReader(file))


def _filer() -> Filer:
    """The filer of this installation, or an invented one to try with (data/window/us_filer.json)."""
    return Filer(**json.loads((_DATA / "us_filer.json").read_text(encoding="utf-8")))
