"""What left in a month, declared once more together: drawn up, lodged and answered, for each seller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.stages.declare import trade_party
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import CustomsGateway, DeclarationDTO, MonthOfLists, Period
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """The months that a scope may see, with the names of their sellers."""

    months: tuple[MonthOfLists, ...]
    names: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The summaries of a month as they stand after lodging, and the trouble there was on the way."""

    summaries: tuple[DeclarationDTO, ...]
    trouble: str = ""


def month_sheet(scope: Scope, *, most: int | None = 120) -> MonthSheet:
    """The months in which lists were released that want a summary, latest first: `most` of them, or all."""
    months = tuple(window.months_of_lists(scope, most=most))
    known = parties.organisations({one.seller_id for one in months})
    return MonthSheet(months, {key: one.name for key, one in known.items()})


def summarise_month(
    scope: Scope, seller_id: UUID, period: Period, *, early: bool = False, now: datetime
) -> MonthReport:
    """Lodge the summaries of a seller's month and take in what customs answers; safe to repeat.

    `early`: what there is so far of a month that is not over.

    The gateway is the demonstration's until a deployment configures a real one. Forbidden to others than the
    seller's clerks; NotFound; MonthNotOver; NothingToSummarise.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if not (scope.is_operator or scope.organisation_id == seller_id):
        raise NotFound(field="seller", value=seller_id)
    actor = scope.actor or str(scope.user_id)
    return _through_simulator([seller_id], period, early=early, actor=actor, now=now)


def summarise_by_house(
    period: Period, *, seller: str = "", early: bool = False, now: datetime
) -> MonthReport:
    """The month of one seller (by short name) or of every seller, as house work."""
    if not seller:
        chosen = window.sellers_of_month(period)
    else:
        chosen = list(parties.ids_by_slug([seller], kind=Kind.SELLER).values())
        if not chosen:
            raise NotFound(field="seller", value=seller)
    return _through_simulator(chosen, period, early=early, actor="house", now=now)


def summarise_last_month(*, now: datetime) -> int:
    """Lodge what the month before `now` still lacks; how many summaries it has. Nothing where there is nothing."""
    today = now.date()
    period = Period.of(today.replace(day=1) - timedelta(days=1))
    sellers = window.sellers_of_month(period)
    if not sellers:
        return 0
    return len(_through_simulator(sellers, period, early=False, actor="house", now=now).summaries)


def sum_up_demo(sellers: Sequence[UUID], gateway: CustomsGateway, *, now: datetime) -> int:
    """What the demonstration's exporters have lists of, summed up month by month, this one so far; how many summaries."""
    made = 0
    for period in window.months_released(sellers):
        chosen = [one for one in window.sellers_of_month(period) if one in set(sellers)]
        report = lodge_month(chosen, period, gateway, actor="demo", now=now, early=True)
        made += len(report.summaries)
    return made


def lodge_month(
    sellers: Sequence[UUID],
    period: Period,
    gateway: CustomsGateway,
    *,
    actor: str,
    now: datetime,
    early: bool = False,
) -> MonthReport:
    """Draw up and lodge through a gateway at hand; what did not get through goes again with the next call."""
    about = [(key, trade_party(one)) for key, one in parties.organisations(sellers).items()]
    made = window.draw_up_month(about, period, rates=finance.rate_source(), actor=actor, now=now, early=early)
    report = window.lodge_declarations([one.id for one in made], gateway, actor=actor, now=now)
    window.poll_receipts(gateway, now=now)
    found = window.declarations_for([one.order_id for one in made])
    after = {one.id: one for several in found.values() for one in several}
    return MonthReport(tuple(after.get(one.id, one) for one in made), report.trouble)


def _through_simulator(
    sellers: Sequence[UUID], period: Period, *, early: bool, actor: str, now: datetime
) -> MonthReport:
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return lodge_month(sellers, period, ports.agency, actor=actor, now=now, early=early)
