"""Settle: share the escrow out to seller, carrier, authority and platform, and count the trade.

Not before the money is free: the days after delivery are over, no dispute waits for its verdict, and a courier
has handed in what it collected (data/finance/hold_days.csv, the seller's own payout policy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.counting import trade_facts
from fondaco.flows.splitting import carrier_shares
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.kernel.countries import currency_of
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    Delivery,
    Handled,
    NoRate,
    RateTooOld,
    ServiceShare,
    SettlementRequest,
    without_refunds,
)
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO, Kept
from fondaco.systems.statistics import public as statistics


def settle(batch: Batch, work: Work) -> Outcome:
    """Delivered orders whose money is free are settled and counted; the others stay, each with what keeps it.

    What stops one order (no rate into its currency, an escrow that is short) stops no other, and is kept with it.
    """
    outcome = Outcome()
    free = _free_since(batch, now=work.now)
    batch = [order for order in batch if order.id in free]
    if not batch:
        return outcome
    outcome.at = {order.id: work.moment(order, "settle", since=free[order.id]) for order in batch}
    requests, stuck = _requests(batch, work)
    requests = [replace(one, settled_on=outcome.at[one.order_id].date()) for one in requests]
    for done in finance.settle_orders(requests, now=work.now):
        if done.status == "settled":
            stamp = {"seller_minor": done.seller_minor, "commission_minor": done.commission_minor}
            outcome.send(done.order_id, "settle", **stamp)
        else:
            stuck[done.order_id] = (done.code, done.detail)
    moved = set(outcome.moves.get("settle", ()))
    facts = trade_facts([order for order in batch if order.id in moved], work)
    outcome.writes.append(partial(statistics.record_trade, facts, now=work.now))
    outcome.writes.append(partial(finance.note_stuck, [order.id for order in batch], why=stuck))
    return outcome


def _requests(batch: Batch, work: Work) -> tuple[list[SettlementRequest], dict[UUID, tuple[str, str]]]:
    """What is to be shared out of each order; and why some cannot be asked for: (code, detail)."""
    ids = [order.id for order in batch]
    parts, operated = logistics.parts_for(ids), logistics.operated_for_orders(ids)
    given_back, lost = finance.refunded_from_escrow(ids), finance.lost_in_disputes(ids)
    schemes = window.landed_schemes_for(ids)
    requests, stuck = [], {}
    for order in batch:
        try:
            asked = _request(order, _in_its_currency(order, parts[order.id]), work)
            services = _warehouses(order, operated.get(order.id, ()))
        except (NoRate, RateTooOld) as problem:
            stuck[order.id] = (problem.code, problem.detail or str(problem.value))
            continue
        scheme, charged_back = schemes.get(order.id, ""), lost.get(order.id, 0)
        asked = replace(asked, scheme=scheme, charged_back=charged_back, services=services)
        goods, dues = given_back.get(order.id, (0, 0))
        requests.append(without_refunds(asked, goods=goods, dues=dues))
    return requests, stuck


def _free_since(batch: Batch, *, now: datetime) -> dict[UUID, datetime]:
    """The delivered orders of `batch` whose money may be shared out at `now`, and since when their days are over."""
    holds = finance.escrow_holds([Delivery(order.id, _delivered_at(order)) for order in batch], now=now)
    return {order_id: hold.free_at for order_id, hold in holds.items() if hold.is_free}


def _delivered_at(order: OrderDTO) -> datetime:
    return datetime.fromisoformat(order.facts.get("delivered_at") or order.reached["delivered"])


def _in_its_currency(order: OrderDTO, parts: Sequence[ConsignmentDTO]) -> list[ConsignmentDTO]:
    """The consignments with their prices in the order's currency, at the rate of the order's day."""
    on = order.ordered_at.date()
    return [
        part if part.price.currency == order.currency
        else replace(part, price=finance.convert(part.price, order.currency, on)[0])
        for part in parts
    ]  # fmt: skip


def _warehouses(order: OrderDTO, kept: Sequence[Kept]) -> tuple[ServiceShare, ...]:
    """The shares of the warehouses that keep the seller's goods, at the rates of the order's day."""
    handled = [Handled(one.operator_id, one.country, one.pieces, one.piece_days) for one in kept]
    return finance.service_shares(handled, currency=order.currency, on=order.ordered_at.date())


def _request(order: OrderDTO, parts: Sequence[ConsignmentDTO], work: Work) -> SettlementRequest:
    return SettlementRequest(
        order_id=order.id,
        seller_id=order.seller_id,
        carrier_id=parts[0].carrier_id,
        other_carriers=carrier_shares(parts, parts[0].carrier_id),
        duty_authority_id=work.house.authority(order.destination),
        goods=order.sale_minor - order.carriage_minor,
        carriage=order.carriage_minor,
        freight_cost=sum(part.price.minor for part in parts),
        duty=order.duty_minor or 0,
        tax=order.tax_minor or 0,
        fees=order.fees_minor or 0,
        currency=order.currency,
        seller_country=work.seller(order).country,
        destination=order.destination,
        authority_currency=currency_of(order.destination) or "",
        on=order.ordered_at.date(),
    )
