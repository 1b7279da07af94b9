"""Release: read the authority's receipts; what it released and the match allows goes on."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fondaco.flows.work import Batch, Outcome, Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationDTO, DeclarationState

_FREE = {DeclarationState.RELEASED, DeclarationState.CLOSED}
_UNANSWERED = {
    DeclarationState.SUBMITTED,
    DeclarationState.TRANSPORT_FAILED,
    DeclarationState.RECEIVED,
    DeclarationState.ACCEPTED,
    DeclarationState.ASSESSED,
}


def release(batch: Batch, work: Work) -> Outcome:
    """Orders whose declarations are released, where they leave and where they arrive, go on; the others wait."""
    outcome = Outcome()
    ids = [order.id for order in batch]
    window.tell_decisions(work.ports.agency, now=work.now)
    window.poll_receipts(work.ports.agency, now=work.now)
    _ask_again(ids, work)
    declared = window.declarations_for(ids)
    for order in batch:
        newest = declared[order.id][-1]
        if _all_free(declared[order.id]):
            outcome.send(order.id, "release", mrn=newest.mrn, lane=newest.lane)
    return outcome


def _all_free(declared: Sequence[DeclarationDTO]) -> bool:
    """Whether the newest declaration on each side of the border is released."""
    newest = {one.kind: one for one in declared}
    return all(one.state in _FREE for one in newest.values())


def _ask_again(order_ids: list[UUID], work: Work) -> None:
    """Send once more what the authority has not answered: it may have been restarted, and it knows the key."""
    found = window.declarations_for(order_ids).values()
    newest = [one for declared in found for one in {one.kind: one for one in declared}.values()]
    silent = [one.id for one in newest if one.state in _UNANSWERED]
    if silent:
        window.lodge_declarations(silent, work.ports.agency, actor=work.actor, now=work.now)
        window.poll_receipts(work.ports.agency, now=work.now)
