"""Release: read the authority's receipts; what it released and the match allows goes on."""

from __future__ import annotations

from collections.abc import Mapping, Set
from uuid import UUID

from fondaco.flows.parting import free_parts, newest_of
from fondaco.flows.stages.deliver import carry
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
    _ask_again(ids, work)
    declared = window.declarations_for(ids)
    partly: dict[UUID, set[int]] = {}
    for order in batch:
        newest, free = newest_of(declared[order.id]), free_parts(declared[order.id])
        if free == {one.part for one in newest}:
            first = next(one for one in newest if one.kind == "import")
            outcome.send(order.id, "release", mrn=first.mrn, lane=first.lane)
        elif free:
            partly[order.id] = free
    _send_off(partly, work)
    return outcome


def _send_off(partly: Mapping[UUID, Set[int]], work: Work) -> None:
    """Give the parts that are released to their carriers."""
    booked = logistics.parts_for(partly) if partly else {}
    carry([one.id for key, parts in booked.items() for one in parts if one.part in partly[key]], work)


def _ask_again(order_ids: list[UUID], work: Work) -> None:
    """Send once more what the authority has not answered: it may have been restarted, and it knows the key."""
    found = window.declarations_for(order_ids).values()
    silent = [one.id for declared in found for one in newest_of(declared) if one.state in _UNANSWERED]
    if silent:
        window.lodge_declarations(silent, work.ports.agency, actor=work.actor, now=work.now)
        window.poll_receipts(work.ports.agency, now=work.now)
