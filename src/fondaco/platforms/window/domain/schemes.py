"""Schemes under which tax is taken at sale: which of them a seller's registrations open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme, the identifier that proves a registration, and the form that its number has."""

    code: str
    identifier: str
    pattern: str
    name: str
    source: str

    def opened_by(self, number: str) -> bool:
        """Whether `number` has the form of a registration; an ill-formed one opens nothing."""
        return re.fullmatch(self.pattern, number.strip().upper()) is not None


def schemes_of(identifiers: Mapping[str, str], known: Iterable[Scheme]) -> frozenset[str]:
    """The schemes that a party's identifiers open, such as IOSS by ioss = IM3720000018."""
    return frozenset(
        scheme.code for scheme in known if scheme.opened_by(str(identifiers.get(scheme.identifier, "")))
    )
