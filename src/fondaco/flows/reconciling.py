"""Reconciling by the clock: fetch what providers and the bank say of the day, try, then match for real."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderState
from fondaco.flows.authority_settling import settle_arrivals
from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Policy, Work
from fondaco.kernel.errors import FondacoError
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Charge, Connector, RunReport, TakenFile, ToCollect
from fondaco.systems.logistics import public as logistics

ACTOR = "reconciler"
FEW, MOST_BROKEN = 20, 0.05  # breaks that need no look before a run is kept, and the share of all lines
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DayReport:
    """The files of one day, and what a dry run and the real one made of them, by leg."""

    files: tuple[TakenFile, ...]
    tried: tuple[RunReport, ...]
    kept: tuple[RunReport, ...]

    @property
    def matched(self) -> int:
        """How many lines of the other side were matched."""
        return sum(one.matched_lines for one in self.kept)

    @property
    def breaks(self) -> int:
        """How many breaks were opened."""
        return sum(sum(one.breaks.values()) for one in self.kept)


def reconcile_day(work: Work) -> DayReport:
    """Take in the day's settlement files and statements, try both legs, then match them. Again the same day, nothing new.

    What buyers, authorities and others transferred under a reference of ours is booked first where a statement
    shows it; a buyer's transfer long overdue is given up, and its order waits for another choice.

    A provider or bank that stays silent, or whose file does not add up, is left for the next run and told in
    the log; the others are taken in. A leg whose dry run shows more breaks than a bad day has is not matched:
    then a file is of another day or another house, and a person looks first.
    """
    files = (*collect_cash(work), *_provider_files(work), *_statements(work))
    files += tuple(finance.take_transfers(work.house.bank, now=work.now))
    finance.lapse_transfers(work.house.bank, now=work.now)
    arrived = finance.receive_expected(now=work.now, actor=work.actor)
    settle_arrivals([one.source for one in arrived], now=work.now)
    tried = tuple(_run(leg, work, dry_run=True) for leg in finance.LEGS)
    sane = [one.leg for one in tried if _is_sane(one)]
    return DayReport(files, tried, tuple(_run(leg, work, dry_run=False) for leg in sane))


def reconcile_books(*, now: datetime) -> DayReport:
    """`reconcile_day` with ports of its own: the periodic job."""
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return reconcile_day(Work(house, ports, Policy(), now, ACTOR))


def try_books(*, now: datetime) -> tuple[RunReport, ...]:
    """What a run would match of the files that are there, with nothing fetched and nothing kept."""
    return tuple(finance.run_reconciliation(leg, now=now, actor=ACTOR, dry_run=True) for leg in finance.LEGS)


def _run(leg: str, work: Work, *, dry_run: bool) -> RunReport:
    return finance.run_reconciliation(leg, now=work.now, actor=work.actor, dry_run=dry_run)


def _is_sane(tried: RunReport) -> bool:
    broken = sum(tried.breaks.values())
    sane = broken <= max(FEW, MOST_BROKEN * (tried.ledger_lines + tried.other_lines))
    if not sane:
        logger.error("reconciliation of leg %s not kept: %d breaks in a dry run", tried.leg, broken)
    return sane


def collect_cash(work: Work) -> list[TakenFile]:
    """Let couriers hand in what they collected for orders that have arrived: those payments are captured, then settled."""
    waiting = finance.cash_to_collect()
    standing = orders.orders_by_ids([one.order_id for one in waiting])
    arrived = {order.id for order in standing if OrderState.DELIVERED in order.reached}
    due: dict[UUID, list[ToCollect]] = {}
    for one in waiting:
        if one.order_id in arrived:
            due.setdefault(one.provider_id, []).append(one)
    return [_hand_in(courier, ones, work) for courier, ones in due.items()]


def _hand_in(courier_id: UUID, ones: list[ToCollect], work: Work) -> TakenFile:
    """The remittance file of one courier, named by what is in it: asked for again it is the same."""
    courier = work.ports.provider.of(courier_id)
    digest = hashlib.sha256("|".join(sorted(one.key for one in ones)).encode()).hexdigest()[:8]
    reference = f"cash-{work.now.date().isoformat()}-{digest}"
    content = courier.gateway.remit(
        reference, [Charge(one.key, one.amount, "cod", f"order:{one.order_id}") for one in ones]
    )
    return finance.take_provider_file(
        content, provider_id=courier_id, reference=reference, now=work.now, collected=True
    )


def _provider_files(work: Work) -> Iterator[TakenFile]:
    """The settlement file of each provider that gives one, by the name provider-day."""
    for connector in work.ports.provider.connectors:
        reference = f"{connector.code}-{work.now.date().isoformat()}"
        try:
            content = _settlement(connector, reference)
            if content is not None:
                yield finance.take_provider_file(
                    content, provider_id=connector.gateway.provider_id, reference=reference, now=work.now
                )
        except FondacoError as problem:
            logger.warning("settlement file %s: %s", reference, problem)


def _settlement(connector: Connector, reference: str) -> bytes | None:
    """The bytes of a settlement file; None where there is none, or nothing to settle."""
    fetch = getattr(connector.gateway, "settlement_bytes", None)
    content: bytes = fetch(reference) if fetch else b""
    return content if content.count(b"\n") > 1 else None


def _statements(work: Work) -> Iterator[TakenFile]:
    """The bank's statements of the day, one a currency in which something is booked."""
    try:
        currencies = work.ports.bank.currencies()
        for currency in currencies:
            content = work.ports.bank.statement(f"{currency}-{work.now.date().isoformat()}", currency)
            yield from finance.take_bank_statement(content, now=work.now)
    except FondacoError as problem:
        logger.warning("bank statements: %s", problem)
