"""What a run of the reconciliation posts, told before it is posted, and a name for it: the same name, the same postings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.ledger import JournalDraft
from fondaco.systems.finance.domain.reconciliation import Match
from fondaco.systems.finance.models import Entry, ReconLine


class PlanChanged(Conflict):
    code = "plan-changed"
    title = "What would be matched is no longer what you looked at."
    remedy = "Try a run again and look at what it says now. Nothing was matched or posted."


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line of a posting: positive credits the account. `rule` says by what, `about` which reference it concerns."""

    posting: int
    rule: str
    about: str
    account: str
    owner_id: UUID
    amount: Money


def planned_lines(
    drafts: Iterable[tuple[Match, JournalDraft]], *, received: Sequence[int] = ()
) -> tuple[PlannedLine, ...]:
    """The lines of `drafts`, after those of the journals `received` that stand in this transaction already."""
    told: list[PlannedLine] = []
    for number, (_, entries) in enumerate(
        groupby(_entries(received), key=lambda one: one.journal_id), start=1
    ):
        told += [
            PlannedLine(number, "expected", one.journal.source, one.account.code, one.account.owner_id,
                        Money(one.amount, one.account.currency))
            for one in entries
        ]  # fmt: skip
    begun = told[-1].posting if told else 0
    for number, (match, draft) in enumerate(drafts, start=begun + 1):
        told += [
            PlannedLine(number, match.rule, match.ledger[0].key, line.account.code, line.account.owner_id,
                        Money(line.amount_minor, line.account.currency))
            for line in draft.entries
        ]  # fmt: skip
    return tuple(told)


def _entries(journals: Sequence[int]) -> list[Entry]:
    if not journals:
        return []
    rows = Entry.objects.house().filter(journal_id__in=journals).select_related("journal", "account")
    return list(rows.order_by("journal_id", "line"))


def name_plan(
    leg: str, matches: Iterable[Match], rows: Mapping[str, ReconLine], *, lines: Sequence[PlannedLine]
) -> str:
    """A digest of which lines are matched by which rule, and of what is posted for it; of no order and no id of ours."""
    pairs = sorted(
        f"{match.rule} {sorted(_place(rows[item.id]) for item in (*match.ledger, *match.other))}"
        for match in matches
    )
    sums = sorted(f"{one.rule} {one.about} {one.account} {one.owner_id} {one.amount}" for one in lines)
    return hashlib.sha256("\n".join([leg, *pairs, *sums]).encode()).hexdigest()[:32]


def _place(row: ReconLine) -> tuple[str, int, int]:
    """Where a line stands for good: its entry in the ledger, or its number in its file."""
    return (row.side, row.journal_id, row.line) if row.journal_id else (str(row.file_id), row.number, 0)
