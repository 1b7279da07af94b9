"""Collective clearance: one summary declaration for a batch, and its answers for every list in it.

The platform declares; a park does for the batches of goods that lie in its own stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.stages.declare import trade_party
from fondaco.flows.work import Work
from fondaco.kernel.errors import Conflict, Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    CustomsGateway,
    DeclarationDTO,
    DeclarationItemDTO,
    ReceiptReport,
    SummaryOf,
    SummaryReport,
)
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import DatedRate
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ClearanceDetail, ClearanceView

_OPEN = {"closed", "declared", "cleared", "rejected"}
_LODGES = {"closed", "declared"}
_WAITS = {"open", "closed"}
_DECLARES = (Kind.PARK,)  # and the platform
_ANSWERS = {
    "released": "clear",
    "closed": "clear",
    "rejected": "reject",
    "returned": "reject",
    "cancelled": "reject",
}


@dataclass(frozen=True, slots=True)
class ListSeen:
    """One list of a batch: whose goods, where it stands, whether its documents match, and what it owes.

    `share` are duty and tax in the summary's currency, where there is a summary that holds the list.
    """

    declaration: DeclarationDTO
    seller: str
    verdict: str
    share: tuple[Money, Money] | None


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """A batch as a page shows it; `lodges`: whether the reader may ask the authority now.

    `without_list` counts its orders that have no list yet. `unknown` names who would have to declare it, where
    customs knows no number of theirs yet.
    """

    found: ClearanceDetail
    lists: tuple[ListSeen, ...]
    without_list: int
    summary: DeclarationDTO | None
    items: tuple[DeclarationItemDTO, ...]
    rates: Mapping[str, DatedRate]
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
    if known and (batch.state == "rejected" or not lists):  # its lists were rejected with it
        _follow(house, batch, known, now=now)
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
    _follow(house, batch, after, now=now)
    return SummaryReport(after, len(lists), len(orders) - len(set(found.values())), carried, trouble)


def _follow(house: Scope, batch: ClearanceView, summary: DeclarationDTO, *, now: datetime) -> None:
    """Move a batch on with its summary: cleared once that is released, rejected where it came to nothing."""
    event = _ANSWERS.get(summary.state)
    if event and batch.state in _LODGES:
        logistics.move_clearance(house, batch.id, event, now=now)


def hear_batches(batch_ids: Iterable[UUID], work: Work) -> None:
    """Give to every list in these batches what the authority has said of its summary meanwhile."""
    house = Scope(work.house.platform, Kind.PLATFORM, role=Role.CLERK, actor=work.actor)
    for batch_id in batch_ids:
        if logistics.clearance_detail(house, batch_id).batch.state in _LODGES:
            clear_batch(house, batch_id, work.ports.agency, now=work.now)


def batch_seen(scope: Scope, batch_id: UUID) -> BatchSeen:
    """A batch that `scope` may see, its lists and its summary declaration; NotFound. A fixed number of queries."""
    found = logistics.clearance_detail(scope, batch_id)
    declares = scope.is_operator or scope.kind in _DECLARES
    summary = window.summary_of(batch_id)
    orders = logistics.orders_in_clearance(batch_id)
    declared = [
        one for rows in window.declarations_for(orders).values() for one in rows if one.kind == "import"
    ]
    lists = list({(one.order_id, one.part): one for one in declared}.values())
    rates = _rates_of(summary, lists)
    held = window.lists_in_summaries([batch_id])
    names, verdicts = parties.organisations({one.seller_id for one in lists}), window.verdicts_for(orders)
    return BatchSeen(
        found=found,
        lists=tuple(
            ListSeen(
                one,
                names[one.seller_id].name if one.seller_id in names else "",
                str(verdicts.get(one.order_id, {}).get("verdict", "")),
                _share(one, rates, summary.currency) if summary and one.lrn in held else None,
            )
            for one in sorted(lists, key=lambda one: (one.reference, one.part))
        ),
        without_list=len(set(orders) - {one.order_id for one in lists}),
        summary=summary,
        items=window.items_of(summary.id) if summary else (),
        rates=rates,
        lodges=declares and found.batch.state in _LODGES,
        unknown=_unknown(found.batch, scope) if declares and summary is None else "",
    )


def _unknown(batch: ClearanceView, scope: Scope) -> str:
    if batch.state not in _WAITS:
        return ""
    owner = _about(batch, batch.park_id or scope.organisation_id).declarant
    return owner.name if window.lacks_eori(owner) else ""


def _rates_of(summary: DeclarationDTO | None, lists: Iterable[DeclarationDTO]) -> dict[str, DatedRate]:
    """The rate of each list's currency that the summary was drawn up at."""
    if summary is None:
        return {}
    asked = sorted({one.currency for one in lists} - {summary.currency})
    return {code: finance.rate(code, summary.currency, summary.drafted_at.date()) for code in asked}


def _share(one: DeclarationDTO, rates: Mapping[str, DatedRate], currency: str) -> tuple[Money, Money]:
    """A list's estimated duty and tax as they are in the summary, each converted and rounded for itself."""
    minors = one.estimated_duty_minor, one.estimated_tax_minor
    own = [Money(minor, one.currency) for minor in minors]
    if one.currency == currency:
        return own[0], own[1]
    rate = rates[one.currency].rate
    return own[0].converted(rate, currency), own[1].converted(rate, currency)


def clear_by_house(batch_id: UUID, *, now: datetime) -> SummaryReport:
    """`clear_together` as house work, for the command line."""
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    scope = Scope(house.platform, Kind.PLATFORM, role=Role.CLERK, actor="house")
    return clear_together(scope, batch_id, now=now)


def _about(batch: ClearanceView, owner_id: UUID) -> SummaryOf:
    declarant = trade_party(parties.organisations([owner_id])[owner_id])
    return SummaryOf(batch.id, batch.number, batch.origin, batch.destination, owner_id, declarant)
