"""Collective clearance: one summary declaration for a batch, and its answers for every list in it.

The platform declares; a park does for the batches of goods that lie in its own stores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.stages.declare import trade_party
from fondaco.flows.work import Work
from fondaco.kernel.errors import Conflict, Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    CustomsGateway,
    DeclarationDTO,
    ReceiptReport,
    SummaryOf,
    SummaryReport,
)
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ClearanceDetail, ClearanceView

_OPEN = {"closed", "declared", "cleared"}
_LODGES = {"closed", "declared"}
_DECLARES = (Kind.PARK,)  # and the platform
_FREE = {"released", "closed"}


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """A batch as a page shows it; `lodges`: whether the reader may ask the authority now.

    `unknown` names who would have to declare it, where customs knows no number of theirs yet.
    """

    found: ClearanceDetail
    summary: DeclarationDTO | None
    lodges: bool
    unknown: str = ""


class DeclarantUnknown(Refused):
    code = "declarant-unknown"
    title = "Whoever lodges for all has no number that customs knows."
    remedy = "State its EORI on the page of the organisation; then lodge again."


class BatchNotClosed(Conflict):
    code = "batch-not-closed"
    title = "This batch is not closed yet."
    remedy = "Close it first: until then consignments may come and go."


def clear_together(scope: Scope, batch_id: UUID, *, now: datetime) -> SummaryReport:
    """Lodge the summary declaration of a closed batch and take in what the authority answers; safe to repeat.

    The gateway is the demonstration's until a deployment configures a real one. Forbidden for all but clerks of
    the platform and of the park whose batch it is; NotFound; BatchNotClosed; DeclarantUnknown; NothingToSummarise;
    SummaryUnfit.
    """
    scope.require(role=Role.CLERK, kinds=_DECLARES)
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return clear_batch(scope, batch_id, ports.agency, now=now)


def clear_batch(scope: Scope, batch_id: UUID, gateway: CustomsGateway, *, now: datetime) -> SummaryReport:
    """The same through a gateway at hand. The batch's own steps are taken as the house: an answer moves it."""
    batch = logistics.clearance_detail(scope, batch_id).batch
    if batch.state not in _OPEN:
        raise BatchNotClosed(field="clearance", value=batch.number)
    actor = scope.actor or str(scope.user_id)
    house = Scope(scope.organisation_id, Kind.PLATFORM, role=Role.CLERK, actor=actor)
    about = _about(batch, batch.park_id or scope.organisation_id)
    if window.lacks_eori(about.declarant):
        raise DeclarantUnknown(about.declarant.name, field="eori", value=about.declarant.identifier)
    orders = logistics.orders_in_clearance(batch_id)
    found = window.lists_to_summarise(orders, batch_id=batch_id)
    lists, known = list(found), window.summary_of(batch_id)
    if known and not lists:  # it was rejected, and its lists with it
        return SummaryReport(known, 0, len(orders), ReceiptReport())
    summary = window.draw_up_summary(
        about,
        lists,
        rates=finance.rate_source(),
        actor=actor,
        now=now,
    )
    window.match_summary(summary, lists, now=now)
    trouble = window.lodge_summary(summary, lists, gateway, actor=actor, now=now)
    if batch.state == "closed" and not trouble:
        logistics.move_clearance(house, batch_id, "declare", now=now)
    window.poll_receipts(gateway, now=now)
    carried = window.carry_answers(summary.id, lists, actor=actor, now=now)
    after = window.summary_of(batch_id) or summary
    if after.state in _FREE and batch.state in _LODGES:
        logistics.move_clearance(house, batch_id, "clear", now=now)
    return SummaryReport(after, len(lists), len(orders) - len(set(found.values())), carried, trouble)


def hear_batches(batch_ids: Iterable[UUID], work: Work) -> None:
    """Give to every list in these batches what the authority has said of its summary meanwhile."""
    house = Scope(work.house.platform, Kind.PLATFORM, role=Role.CLERK, actor=work.actor)
    for batch_id in batch_ids:
        if logistics.clearance_detail(house, batch_id).batch.state in _LODGES:
            clear_batch(house, batch_id, work.ports.agency, now=work.now)


def batch_seen(scope: Scope, batch_id: UUID) -> BatchSeen:
    """A batch that `scope` may see, and its summary declaration; NotFound. A fixed number of queries."""
    found = logistics.clearance_detail(scope, batch_id)
    declares = scope.is_operator or scope.kind in _DECLARES
    lodges = declares and found.batch.state in _LODGES
    summary = window.summary_of(batch_id)
    waits = declares and summary is None and found.batch.state in ("open", "closed")
    owner = _about(found.batch, found.batch.park_id or scope.organisation_id).declarant if waits else None
    unknown = owner.name if owner and window.lacks_eori(owner) else ""
    return BatchSeen(found, summary, lodges=lodges, unknown=unknown)


def clear_by_house(batch_id: UUID, *, now: datetime) -> SummaryReport:
    """`clear_together` as house work, for the command line."""
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    scope = Scope(house.platform, Kind.PLATFORM, role=Role.CLERK, actor="house")
    return clear_together(scope, batch_id, now=now)


def _about(batch: ClearanceView, owner_id: UUID) -> SummaryOf:
    declarant = trade_party(parties.organisations([owner_id])[owner_id])
    return SummaryOf(batch.id, batch.number, batch.origin, batch.destination, owner_id, declarant)
