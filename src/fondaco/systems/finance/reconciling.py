"""Reading the reconciliation desk: files, breaks with their age, one break with its candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from fondaco.kernel.money import Money
from fondaco.kernel.paging import newest_after, ordered_after
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance.domain.reconciliation import Limits
from fondaco.systems.finance.models import BreakState, ReconBreak, ReconFile, ReconGroup, ReconLine
from fondaco.systems.finance.services.recon_desk import BreakNotFound

MOST = 200


@dataclass(frozen=True, slots=True)
class LineDTO:
    """One line to be matched; `journal_id` is the ledger's, `file` the other side's."""

    id: UUID
    leg: str
    side: str
    source: str
    key: str
    text: str
    amount: Money
    on: date
    file: str
    journal_id: int | None


@dataclass(frozen=True, slots=True)
class BreakDTO:
    """A line nothing explains: since when, who has it, and what was proposed. `age_days` counts from its own day."""

    id: UUID
    line: LineDTO
    kind: str
    state: str
    owner: str
    note: str
    age_days: int
    theirs_minor: int | None
    proposed_by: str
    resolved_by: str
    resolution: str
    journal_id: int | None


@dataclass(frozen=True, slots=True)
class FileDTO:
    """A file as taken in and how much of it is matched; `arrived` whether the bank shows its sum (None: a statement)."""

    id: UUID
    kind: str
    source: str
    reference: str
    lines: int
    matched: int
    breaks: int
    first_on: date
    last_on: date
    received_at: datetime
    arrived: bool | None


@dataclass(frozen=True, slots=True)
class BreakPage:
    """Breaks, oldest first; `counts` by state, `next_offset` 0 on the last page."""

    rows: tuple[BreakDTO, ...]
    counts: Mapping[str, int]
    next_offset: int


@dataclass(frozen=True, slots=True)
class MatchRate:
    """How much of one leg's other side (provider files, or statements) has found its counterpart."""

    leg: str
    lines: int
    matched: int

    @property
    def percent(self) -> float | None:
        """Of 100 lines; None without any."""
        return 100 * self.matched / self.lines if self.lines else None


@dataclass(frozen=True, slots=True)
class MatchingFacts:
    """What a match may rest on, and what was made of it: groups by rule, differences booked by currency."""

    limits: Limits
    groups: Mapping[str, int]
    differences: tuple[Money, ...]


def matching_facts(scope: Scope) -> MatchingFacts:
    """The tolerances in force with what they let through so far, for the platform's operator; two queries."""
    scope.require(kinds=(Kind.PLATFORM,))
    groups = dict(ReconGroup.objects.order_by("rule").values_list("rule").annotate(Count("id")))
    within = ReconGroup.objects.exclude(residual_minor=0).order_by("currency").values_list("currency")
    sums = within.annotate(total=Sum("residual_minor"))
    return MatchingFacts(Limits(), groups, tuple(Money(int(total), currency) for currency, total in sums))


def match_rates(scope: Scope) -> tuple[MatchRate, ...]:
    """Both legs' rates, for the platform's operator, in one query."""
    scope.require(kinds=(Kind.PLATFORM,))
    rows = ReconLine.objects.filter(side="other").order_by("-leg").values_list("leg")
    counted = rows.annotate(lines=Count("id"), matched=Count("id", filter=Q(group__isnull=False)))
    return tuple(MatchRate(leg, lines, matched) for leg, lines, matched in counted)


def browse_breaks(
    scope: Scope,
    *,
    state: str = "",
    kind: str = "",
    leg: str = "",
    offset: int = 0,
    after: UUID | None = None,
    size: int = 50,
    today: date,
) -> BreakPage:
    """The breaks as filtered (without a state: the unresolved), for the platform's operator, in two queries.

    From the one past break `after`, or from an `offset`.
    """
    scope.require(kinds=(Kind.PLATFORM,))
    size = max(1, min(size, MOST))
    chosen = (
        ReconBreak.objects.filter(state=state)
        if state
        else ReconBreak.objects.exclude(state=BreakState.RESOLVED)
    )
    if kind:
        chosen = chosen.filter(kind=kind)
    if leg:
        chosen = chosen.filter(line__leg=leg)
    ordered = ordered_after(chosen, after, by=("line__on", "id")).select_related("line", "line__file")
    rows = list(ordered[offset : offset + size + 1])
    counts = dict(ReconBreak.objects.order_by().values_list("state").annotate(Count("id")))
    return BreakPage(
        tuple(_break(row, today) for row in rows[:size]), counts, offset + size if len(rows) > size else 0
    )


def break_of(scope: Scope, break_id: UUID, *, today: date) -> tuple[BreakDTO, tuple[LineDTO, ...]]:
    """One break, and open lines of the other side that it might be, the nearest amounts first."""
    scope.require(kinds=(Kind.PLATFORM,))
    row = ReconBreak.objects.select_related("line", "line__file").filter(id=break_id).first()
    if row is None:
        raise BreakNotFound(field="break", value=break_id)
    line = row.line
    written = ReconBreak.objects.filter(resolution="write_off").values("line_id")
    others = ReconLine.objects.filter(
        leg=line.leg, source=line.source, currency=line.currency, group__isnull=True
    ).exclude(side=line.side).exclude(id__in=written)  # fmt: skip
    near = others.annotate(off=F("amount_minor") - line.amount_minor).select_related("file")
    below = list(near.filter(off__lte=0).order_by("-off")[:8])
    above = list(near.filter(off__gt=0).order_by("off")[:8])
    ranked = sorted(
        (*below, *above),
        key=lambda one: (abs(one.amount_minor - line.amount_minor), abs((one.on - line.on).days)),
    )
    return _break(row, today), tuple(_line(one) for one in ranked[:10])


def list_files(scope: Scope, *, after: UUID | None = None, size: int = 20) -> tuple[FileDTO, ...]:
    """The files taken in last, with what became of their lines; past file `after` where one is named."""
    scope.require(kinds=(Kind.PLATFORM,))
    chosen = newest_after(ReconFile.objects.all(), after, moment="received_at")
    found = chosen.annotate(
        matched=Count("items", filter=Q(items__group__isnull=False)),
        broken=Count("items__break_of", filter=~Q(items__break_of__state=BreakState.RESOLVED)),
    )[:size]  # fmt: skip
    sums = ReconLine.objects.filter(leg="bank", side="ledger", key__in=[f.reference for f in found])
    arrived = set(sums.exclude(group=None).values_list("key", flat=True))
    return tuple(
        FileDTO(
            f.id, f.kind, f.source, f.reference, f.lines, f.matched, f.broken, f.first_on, f.last_on, f.received_at,
            f.reference in arrived if f.kind == "provider" else None,
        )
        for f in found
    )  # fmt: skip


def count_breaks() -> int:
    """House work: how many breaks nobody has resolved."""
    return ReconBreak.objects.exclude(state=BreakState.RESOLVED).count()


def _break(row: ReconBreak, today: date) -> BreakDTO:
    return BreakDTO(
        row.id, _line(row.line), row.kind, row.state, row.owner, row.note, (today - row.line.on).days, row.theirs_minor,
        row.proposed_by, row.resolved_by, row.resolution, row.journal_id,
    )  # fmt: skip


def _line(row: ReconLine) -> LineDTO:
    return LineDTO(
        row.id, row.leg, row.side, row.source, row.key, row.text, Money(row.amount_minor, row.currency), row.on,
        row.file.reference if row.file_id and row.file else "", row.journal_id,
    )  # fmt: skip
