"""Release: read the authority's receipts; what it released and the match allows goes on."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from uuid import UUID

from fondaco.flows.collective import hear_batches
from fondaco.flows.parting import free_parts, is_free, newest_of
from fondaco.flows.stages.deliver import carry, tell_border
from fondaco.flows.story import last_step
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationState
from fondaco.systems.logistics import public as logistics

_UNANSWERED = {
    DeclarationState.SUBMITTED,
    DeclarationState.TRANSPORT_FAILED,
    DeclarationState.RECEIVED,
    DeclarationState.ACCEPTED,
    DeclarationState.ASSESSED,
}


def release(batch: Batch, work: Work) -> Outcome:
    """Orders all of whose declarations are released, where they leave and where they arrive, go on; others wait.

    Of an order in parts, those that are free go to their carriers while the others are still with the authority.
    """
    outcome = Outcome()
    ids = [order.id for order in batch]
    window.tell_decisions(work.ports.agency, now=work.now)
    window.poll_receipts(work.ports.agency, now=work.now)
    batches = logistics.batches_declared(ids)
    hear_batches(batches, work)
    _ask_again(ids, work, inside=window.lists_in_summaries(batches))
    declared = window.declarations_for(ids)
    partly: dict[UUID, dict[int, datetime]] = {}
    for order in batch:
        free = free_parts(declared[order.id])
        if is_free(declared[order.id]):
            first = next(one for one in newest_of(declared[order.id]) if one.kind == "import")
            outcome.send(order.id, "release", mrn=first.mrn, lane=first.lane)
            outcome.at[order.id] = max(last_step(order), *free.values())
        elif free:
            partly[order.id] = free
    _send_off(partly, work)
    return outcome


def _send_off(partly: Mapping[UUID, Mapping[int, datetime]], work: Work) -> None:
    """Give the parts that are released to their carriers."""
    booked = logistics.parts_for(partly) if partly else {}
    carry(
        {
            one.id: partly[key][one.part]
            for key, parts in booked.items()
            for one in parts
            if one.part in partly[key]
        },
        work,
    )
    tell_border(list(partly), work)


def _ask_again(order_ids: list[UUID], work: Work, *, inside: Set[str]) -> None:
    """Send once more what the authority has not answered: it may have been restarted, and it knows the key.

    Not what travels inside a summary declaration: its answer is the summary's.
    """
    newest = [one for declared in window.declarations_for(order_ids).values() for one in newest_of(declared)]
    silent = [one.id for one in newest if one.state in _UNANSWERED and one.lrn not in inside]
    if silent:
        window.lodge_declarations(silent, work.ports.agency, actor=work.actor, now=work.now)
        window.poll_receipts(work.ports.agency, now=work.now)
