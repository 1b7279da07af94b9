"""Reading tariffs and regimes for pages: the browser, its search, the list of destinations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from fondaco.platforms.window.domain.regime import regime_of
from fondaco.platforms.window.models import Measure, Regime, TariffLine


@dataclass(frozen=True, slots=True)
class DutyDTO:
    """One dated duty on a code."""

    kind: str
    origin: str
    reference: str
    expression: str
    since: date
    until: date | None
    source: str
    release: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class TariffHit:
    """A code of a tariff: its text, its units, and the duties on it on the day asked."""

    jurisdiction: str
    code: str
    description: str
    units: tuple[str, ...]
    flags: tuple[str, ...]
    duties: tuple[DutyDTO, ...]


@dataclass(frozen=True, slots=True)
class DestinationDTO:
    """What a destination asks, for a page."""

    destination: str
    name: str
    currency: str
    rule_id: str
    since: date
    until: date | None
    basis: str
    tax_name: str
    tax_rate: str
    duty_rules: tuple[str, ...]
    tax_rules: tuple[str, ...]
    restricted: str
    source: str
    confidence: str


def find_tariff(code: str, jurisdiction: str, on: date, *, limit: int = 200) -> list[TariffHit]:
    """The lines at and below `code` (digits) in a jurisdiction, with the duties in force on `on`.

    A line without a duty of its own shows that of the nearest line above it.
    """
    digits = "".join(c for c in code if c.isdigit())[:10]
    if len(digits) < 2:
        return []
    lines = TariffLine.objects.filter(jurisdiction=jurisdiction, code__startswith=digits)
    return with_duties(jurisdiction, list(lines.order_by("code")[:limit]), on)


def search_tariff(text: str, jurisdiction: str, on: date, *, limit: int = 50) -> list[TariffHit]:
    """Lines whose text has all the words of `text` (English stems), shortest codes first."""
    if not text.strip():
        return []
    lines = (
        TariffLine.objects.filter(jurisdiction=jurisdiction)
        .annotate(words=SearchVector("description", config="english"))
        .filter(words=SearchQuery(text[:200], config="english"))
        .order_by("code")[:limit]
    )
    return with_duties(jurisdiction, list(lines), on)


def with_duties(jurisdiction: str, lines: list[TariffLine], on: date) -> list[TariffHit]:
    """Duties of these lines and of what stands above them, in one query."""
    above = {line.code[:length] for line in lines for length in range(4, len(line.code) + 1)} | {""}
    rows = Measure.objects.filter(jurisdiction=jurisdiction, code__in=above, validity__contains=on)
    by_code: dict[str, list[DutyDTO]] = {}
    for row in rows.select_related("release").order_by("kind", "reference"):
        by_code.setdefault(row.code, []).append(duty_of(row))
    return [
        TariffHit(
            jurisdiction, x.code, x.description, tuple(x.units), tuple(x.flags), _nearest(by_code, x.code)
        )
        for x in lines
    ]


def agencies_asking(jurisdictions: Iterable[str], codes: Iterable[str], on: date) -> list[tuple[str, str]]:
    """(Code, what it asks) of each partner agency that flags a line at or below these codes on a day."""
    below = Q()
    for code in codes:
        below |= Q(code__startswith=code)
    rows = Measure.objects.filter(
        below, kind="agency", jurisdiction__in=list(jurisdictions), validity__contains=on
    )
    return list(dict.fromkeys(rows.order_by("reference", "code").values_list("code", "expression")[:40]))


def _nearest(by_code: dict[str, list[DutyDTO]], code: str) -> tuple[DutyDTO, ...]:
    """Of each kind the duties at the longest prefix of `code` that has some, the base duty first."""
    found: dict[str, list[DutyDTO]] = {}
    for length in (*range(len(code), 3, -1), 0):
        here: dict[str, list[DutyDTO]] = {}
        for duty in by_code.get(code[:length], ()):
            if duty.kind not in found:
                here.setdefault(duty.kind, []).append(duty)
        found.update(here)
    every = (duty for duties in found.values() for duty in duties)
    return tuple(sorted(every, key=lambda duty: (duty.kind != "mfn", duty.kind, duty.reference)))


def duty_of(row: Measure) -> DutyDTO:
    """A measure for a page."""
    return DutyDTO(
        row.kind, row.origin, row.reference, row.expression, row.validity.lower, row.validity.upper, row.source,
        row.release.label, row.code,
    )  # fmt: skip


def destinations(*, on: date) -> list[DestinationDTO]:
    """Every destination held, as its regime stands on `on`."""
    rows = Regime.objects.filter(validity__contains=on).order_by("name").values_list("body", flat=True)
    return [_destination(body) for body in rows]


def _destination(body: dict[str, Any]) -> DestinationDTO:
    regime = regime_of(body)
    return DestinationDTO(
        destination=regime.destination,
        name=regime.name,
        currency=regime.currency,
        rule_id=regime.rule_id,
        since=regime.since,
        until=regime.until,
        basis=regime.basis,
        tax_name=regime.tax_name,
        tax_rate=str(regime.tax_rate),
        duty_rules=tuple(rule.text for rule in regime.duty),
        tax_rules=tuple(rule.text for rule in regime.tax),
        restricted=regime.restricted,
        source=regime.source,
        confidence=regime.confidence,
    )
