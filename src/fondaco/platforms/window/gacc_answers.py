"""Customs' answers to papers beside declarations: each finds its declarations by the number that the paper went under.

An answer moves its paper once. Answers that contradict what is known of a paper are given back to be parked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.gacc.receipts import PAPER
from fondaco.platforms.window.gacc_voyages import JOINT
from fondaco.platforms.window.models import PAPER_MACHINE, LodgedPaper

# What customs' numbers mean for a paper; the others tell of its way there.
_MEANS = {"100": "refuse", "120": "enter", "399": "enter", "800": "enter", "899": "enter"}
Contested = list[tuple[Receipt, str]]


def spread_answers(receipts: Sequence[Receipt]) -> tuple[list[Receipt], Contested]:
    """The receipts with each answer to a paper once for every declaration it was about, and the contradictions.

    Within the caller's transaction; the papers are locked. What names no paper of ours is given back as it came.
    """
    if not any(one.vocabulary == PAPER for one in receipts):
        return list(receipts), []
    papers = _papers([one for one in receipts if one.vocabulary == PAPER])
    spread: list[Receipt] = []
    contested: Contested = []
    for one in sorted(receipts, key=lambda receipt: receipt.issued_at):
        rows = papers.get((_paper_of(one), one.reference), []) if one.vocabulary == PAPER else []
        if not rows:
            spread.append(one)
        elif clash := _move(rows, one):
            contested.append((one, clash))
        else:
            spread += [replace(one, reference=row.declaration.lrn) for row in rows]
    return spread, contested


def _papers(answers: Sequence[Receipt]) -> dict[tuple[str, str], list[LodgedPaper]]:
    """The papers that are answered, by message and number: of a shared message all, else the newest."""
    rows = (
        LodgedPaper.objects.filter(reference__in={one.reference for one in answers})
        .select_related("declaration")
        .select_for_update(of=("self",))
        .order_by("id")
    )
    found: dict[tuple[str, str], list[LodgedPaper]] = defaultdict(list)
    for row in rows:
        key = (row.message, row.reference)
        found[key] = [*found[key], row] if row.message in JOINT else [row]
    return found


def _paper_of(answer: Receipt) -> str:
    """The number of the message that is answered: 507 by a 508."""
    number = answer.code.partition("-")[0]
    return str(int(number) - 1) if number.isdigit() else ""


def _move(rows: Sequence[LodgedPaper], answer: Receipt) -> str:
    """Bring the paper to what the answer means; why not, where it contradicts an earlier one."""
    status = answer.code.partition("-")[2]
    event = "refuse" if status.startswith("-") else _MEANS.get(status, "")
    wanted = PAPER_MACHINE.after("sent", event) if event else ""
    if any(wanted and row.state not in ("sent", wanted) for row in rows):
        return f"CEB{rows[0].message} is {rows[0].state} already"
    for row in _newly(rows, wanted):
        row.state, row.status, row.reason = wanted, status[:10], answer.reason[:300]
        row.answered_at = answer.issued_at
        row.acknowledged_at = row.acknowledged_at or answer.issued_at
        row.save(update_fields=["state", "status", "reason", "answered_at", "acknowledged_at"])
    return ""


def _newly(rows: Sequence[LodgedPaper], wanted: str) -> Iterator[LodgedPaper]:
    return (row for row in rows if wanted and row.state != wanted)
