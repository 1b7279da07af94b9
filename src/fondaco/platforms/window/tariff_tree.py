"""The nomenclature as a tree: a code, what stands above and below it, and every duty it has had. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.models.functions import Length

from fondaco.kernel.errors import NotFound
from fondaco.platforms.window.models import CodeExpiry, Measure, TariffLine
from fondaco.platforms.window.tariff_browse import (
    DutyDTO,
    TariffHit,
    duty_of,
    find_tariff,
    search_tariff,
    with_duties,
)

WORLD = "hs"
_LENGTHS = (2, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class NodeDTO:
    """A code with its own words; `leaf` is the last part of a text that carries its headings."""

    code: str
    leaf: str
    below: bool


@dataclass(frozen=True, slots=True)
class EndDTO:
    """The end of a code."""

    code: str
    ended_on: date
    successors: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class TariffPage:
    """One code of a tariff on a day: the way down to it, its lines with duties, and its history.

    `history` is every dated duty, preference and flag at the code or above it, oldest first.
    """

    jurisdiction: str
    code: str
    description: str
    units: tuple[str, ...]
    above: tuple[NodeDTO, ...]
    below: tuple[NodeDTO, ...]
    line: TariffHit | None
    history: tuple[DutyDTO, ...]
    ends: tuple[EndDTO, ...]


def chapters() -> list[NodeDTO]:
    """The chapters of the Harmonized System."""
    rows = (
        TariffLine.objects.filter(jurisdiction=WORLD).annotate(n=Length("code")).filter(n=2).order_by("code")
    )
    return [NodeDTO(row.code, row.description, below=True) for row in rows]


def tariff_page(jurisdiction: str, code: str, *, on: date) -> TariffPage:
    """One code of a tariff; NotFound where neither it, nor a code below it, nor one that ended is held."""
    digits = "".join(c for c in code if c.isascii() and c.isdigit())[:10]
    if len(digits) < 2:
        raise NotFound(field="code", value=code)
    lines = _lines(jurisdiction, digits)
    ends = _ends(jurisdiction, digits)
    own = lines.get(digits)
    below = _below(lines, digits)
    if own is None and not below and not ends:
        raise NotFound(field="code", value=code)
    hits = with_duties(jurisdiction, [own], on) if own is not None and len(digits) > 4 else []
    return TariffPage(
        jurisdiction=jurisdiction,
        code=digits,
        description=_words(own.description) if own is not None else "",
        units=tuple(own.units) if own is not None else (),
        above=tuple(
            NodeDTO(line.code, _words(line.description), below=True)
            for length in _LENGTHS
            if length < len(digits) and (line := lines.get(digits[:length])) is not None
        ),
        below=below,
        line=hits[0] if hits else None,
        history=_history(jurisdiction, digits) if len(digits) > 4 else (),
        ends=ends,
    )


def _lines(jurisdiction: str, digits: str) -> dict[str, TariffLine]:
    """The lines above, at and below a code, of its own tariff before those of the Harmonized System."""
    above = [digits[:length] for length in _LENGTHS if length < len(digits)]
    rows = TariffLine.objects.filter(jurisdiction__in=(jurisdiction, WORLD))
    found = rows.filter(code__startswith=digits) | rows.filter(code__in=above)
    kept: dict[str, TariffLine] = {}
    for line in found.order_by("code"):
        if line.code not in kept or line.jurisdiction == jurisdiction:
            kept[line.code] = line
    return kept


def _below(lines: dict[str, TariffLine], digits: str) -> tuple[NodeDTO, ...]:
    """The next level that is held: the shortest codes under this one that are under no other."""
    under = sorted(code for code in lines if code.startswith(digits) and code != digits)
    nearest: list[str] = []
    for code in under:
        if not (nearest and code.startswith(nearest[-1])):
            nearest.append(code)
    more = {a for a, b in pairwise(under) if b.startswith(a)}
    return tuple(NodeDTO(code, _words(lines[code].description), below=code in more) for code in nearest)


def _history(jurisdiction: str, digits: str) -> tuple[DutyDTO, ...]:
    above = [digits[:length] for length in range(4, len(digits) + 1)]
    rows = Measure.objects.filter(jurisdiction=jurisdiction, code__in=above).select_related("release")
    return tuple(duty_of(row) for row in rows.order_by("kind", "validity", "reference"))


def _ends(jurisdiction: str, digits: str) -> tuple[EndDTO, ...]:
    above = [digits[:length] for length in range(6, len(digits) + 1)]
    rows = CodeExpiry.objects.filter(jurisdiction__in=(jurisdiction, WORLD), code__in=above)
    return tuple(
        EndDTO(row.code, row.expired_on, tuple(row.successors), row.source)
        for row in rows.order_by("-expired_on")
    )


def _words(description: str) -> str:
    return description.rsplit(" > ", 1)[-1]


def find_lines(text: str, jurisdiction: str, *, on: date) -> list[TariffHit]:
    """Lines by code, where `text` has digits only, else by words."""
    digits = text.replace(".", "").replace(" ", "")
    if digits.isascii() and digits.isdigit():
        return find_tariff(digits, jurisdiction, on, limit=60)
    return search_tariff(text, jurisdiction, on, limit=60)
