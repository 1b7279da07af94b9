"""What a list file says, before it is a table row; and the errors of reading one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256

from fondaco.kernel.errors import Refused


class BadList(Refused):
    code = "bad-list"
    title = "This list file cannot be read."
    remedy = "Fetch the file again from its publisher; the list in force stays as it is."


@dataclass(frozen=True, slots=True)
class ListedAlias:
    name: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One list entry as published; `names` holds the primary name first."""

    reference: str
    kind: str
    names: tuple[ListedAlias, ...]
    programme: str = ""
    countries: tuple[str, ...] = ()
    listed_on: date | None = None
    expires_on: date | None = None
    remarks: str = ""

    @property
    def content_hash(self) -> str:
        """Changes when anything the list says of this entry changes."""
        body = json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False)
        return sha256(body.encode()).hexdigest()

    def merged(self, other: Entry) -> Entry:
        """Two rows of the same reference (another address, another order) as one entry."""
        expiries = [self.expires_on, other.expires_on]
        return replace(
            self,
            names=tuple(dict.fromkeys((*self.names, *other.names))),
            countries=tuple(dict.fromkeys((*self.countries, *other.countries))),
            expires_on=None if None in expiries else max(d for d in expiries if d),
            remarks="; ".join(dict.fromkeys(r for r in (self.remarks, other.remarks) if r)),
        )


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A list ready to be stored."""

    code: str
    title: str
    source: str
    licence: str
    sha256: str
    entries: tuple[Entry, ...]
    generated_on: date | None = None
    is_demo: bool = False
