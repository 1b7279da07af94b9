"""The reconciliation desk: what a person does with a break. A write-off takes two of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel import audit
from fondaco.kernel.errors import NotFound, Refused
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, JournalDraft, lines
from fondaco.systems.finance.domain.reconciliation import Item, Limits, Match
from fondaco.systems.finance.models import BREAK_MACHINE, BreakState, ReconBreak, ReconLine
from fondaco.systems.finance.services.ledger import post_journals
from fondaco.systems.finance.services.periods import SameHand
from fondaco.systems.finance.services.reconciliation import BANK, DIFFERENCE, keep_matches, suspended


class BreakNotFound(NotFound):
    code = "break-not-found"


class NoMatch(Refused):
    code = "no-match"
    title = "These lines are not the same money."
    remedy = "Choose open lines of both sides, of one leg, source and currency, that differ by no more than the tolerance."


class NoReason(Refused):
    code = "no-reason"
    title = "Say why."
    remedy = "Give a note of at least five letters: the next person must understand the write-off."


def assign_break(break_id: UUID, *, owner: str, actor: str, now: datetime) -> None:
    """Make somebody answer for a break; NoReason for nobody."""
    if not owner.strip():
        raise NoReason("Name who is to look at it.", field="owner")
    with transaction.atomic():
        row = _step(break_id, "assign", actor=actor, now=now)
        row.owner = owner.strip()[:120]
        row.save()


def propose_write_off(break_id: UUID, *, note: str, actor: str, now: datetime) -> None:
    """Ask that the money of a break be written off; somebody else has to confirm it."""
    if len(note.strip()) < 5:
        raise NoReason(field="note", value=note)
    with transaction.atomic():
        row = _step(break_id, "propose", actor=actor, now=now)
        row.note, row.proposed_by = note.strip()[:300], actor
        row.save()


def reject_write_off(break_id: UUID, *, actor: str, now: datetime) -> None:
    """Refuse a proposed write-off: the break goes back to who proposed it."""
    with transaction.atomic():
        row = _step(break_id, "reject", actor=actor, now=now)
        row.owner, row.proposed_by = row.owner or row.proposed_by, ""
        row.save()


def approve_write_off(break_id: UUID, *, actor: str, now: datetime) -> int:
    """Write a break off against the house's differences; the journal. SameHand for who proposed it."""
    with transaction.atomic():
        row = ReconBreak.objects.select_for_update().filter(id=break_id).first()
        if row is None:
            raise BreakNotFound(field="break", value=break_id)
        if row.state != BreakState.PROPOSED:
            raise NoMatch("Nobody has proposed to write it off.", field="state", value=row.state)
        if row.proposed_by == actor:
            raise SameHand(field="actor", value=actor)
        row = _step(break_id, "resolve", actor=actor, now=now)
        [posted] = post_journals([_written_off(row.line, row, now=now)])
        row.resolution, row.resolved_by, row.resolved_at, row.journal_id = (
            "write_off",
            actor,
            now,
            posted.journal_id,
        )
        row.save()
    return posted.journal_id


def match_by_hand(
    ledger: Sequence[UUID], other: Sequence[UUID], *, actor: str, now: datetime, limits: Limits | None = None
) -> UUID:
    """Say that these lines of the ledger are those lines of the other side; the group. NoMatch if they cannot be."""
    most = (limits or Limits()).tolerance_minor
    with transaction.atomic():
        rows = {
            str(row.id): row for row in ReconLine.objects.select_for_update().filter(id__in=[*ledger, *other])
        }
        mine = [rows[str(key)] for key in ledger if str(key) in rows and rows[str(key)].side == "ledger"]
        theirs = [rows[str(key)] for key in other if str(key) in rows and rows[str(key)].side == "other"]
        if len(mine) != len(ledger) or len(theirs) != len(other) or not mine or not theirs:
            raise NoMatch(field="lines")
        if any(row.group_id for row in rows.values()) or _written(rows.values()):
            raise NoMatch("One of them is matched or written off already.", field="lines")
        if len({(row.leg, row.source, row.currency) for row in rows.values()}) > 1:
            raise NoMatch("They are of different legs, sources or currencies.", field="lines")
        match = Match("manual", tuple(map(_item, mine)), tuple(map(_item, theirs)))
        if abs(match.residual) > most:
            raise NoMatch(f"They differ by {match.residual} minor units; the most is {most}.", field="lines")
        [group] = keep_matches([match], rows, actor=actor, now=now)
        _audit("match", str(group), actor=actor, now=now)
    return group


def _written(rows: Iterable[ReconLine]) -> bool:
    return ReconBreak.objects.filter(line__in=rows, resolution="write_off").exists()


def _item(row: ReconLine) -> Item:
    return Item(str(row.id), row.side, row.key, row.currency, row.amount_minor, row.on, row.text, row.batch)


def _step(break_id: UUID, event: str, *, actor: str, now: datetime) -> ReconBreak:
    """The break, locked and one state further."""
    row = (
        ReconBreak.objects.select_for_update(of=("self",)).select_related("line").filter(id=break_id).first()
    )
    if row is None:
        raise BreakNotFound(field="break", value=break_id)
    row.state = BREAK_MACHINE.after(row.state, event)
    _audit(event, str(break_id), actor=actor, now=now)
    return row


def _audit(event: str, subject: str, *, actor: str, now: datetime) -> None:
    audit.record([audit.Deed(f"finance.break_{event}", "break", subject, None, {})], actor=actor, at=now)


def _written_off(line: ReconLine, row: ReconBreak, *, now: datetime) -> JournalDraft:
    """What was booked on this side is taken back against the house's differences."""
    amount, currency = line.amount_minor, line.currency
    difference = AccountKey(HOUSE, DIFFERENCE, currency)
    if line.side == "ledger":
        account = AccountKey(HOUSE, "bank", currency) if line.leg == BANK else _clearing(line)
        entries = lines((account, amount), (difference, -amount))
    elif line.leg == BANK:
        entries = lines((AccountKey(HOUSE, "bank", currency), -amount), (difference, amount))
    else:
        account = AccountKey(HOUSE, "suspense", currency) if line.id in suspended([line]) else _clearing(line)
        entries = lines((account, -amount), (difference, amount))
    return JournalDraft(
        f"write-off:{row.id}", "reconciliation.written_off", entries, now.date(), source=f"break:{row.id}",
        meta={"note": row.note, "proposed_by": row.proposed_by},
    )  # fmt: skip


def _clearing(line: ReconLine) -> AccountKey:
    return AccountKey(UUID(line.source), "provider_clearing", line.currency)
