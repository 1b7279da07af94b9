"""Release: read the authority's receipts; what it released and the match allows goes on."""

from __future__ import annotations

from uuid import UUID

from fondaco.flows.work import Batch, Outcome, Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationState

_FREE = {DeclarationState.RELEASED, DeclarationState.CLOSED}
_UNANSWERED = {
    DeclarationState.SUBMITTED,
    DeclarationState.TRANSPORT_FAILED,
    DeclarationState.RECEIVED,
    DeclarationState.ACCEPTED,
    DeclarationState.ASSESSED,
}


def release(batch: Batch, work: Work) -> Outcome:
    """Orders whose declaration is released go on; those that an officer looks at wait."""
    outcome = Outcome()
    ids = [order.id for order in batch]
    window.tell_decisions(work.ports.agency, now=work.now)
    window.poll_receipts(work.ports.agency, now=work.now)
    _ask_again(ids, work)
    declared = window.declarations_for(ids)
    for order in batch:
        newest = declared[order.id][-1]
        if newest.state in _FREE:
            outcome.send(order.id, "release", mrn=newest.mrn, lane=newest.lane)
    return outcome


def _ask_again(order_ids: list[UUID], work: Work) -> None:
    """Send once more what the authority has not answered: it may have been restarted, and it knows the key."""
    newest = [declared[-1] for declared in window.declarations_for(order_ids).values() if declared]
    silent = [one.id for one in newest if one.state in _UNANSWERED]
    if silent:
        window.lodge_declarations(silent, work.ports.agency, actor=work.actor, now=work.now)
        window.poll_receipts(work.ports.agency, now=work.now)
