"""The main job on real orders where `../shared/data` exists, else on a generated book: `make demo`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ONLINE_RETAIL
from fondaco.flows.basket_demo import ensure_baskets
from fondaco.flows.book import Progress, run_book
from fondaco.flows.china import china_sellers, count_china, ensure_china
from fondaco.flows.clearing import ensure_demo_loads
from fondaco.flows.enriching import enrich_goods
from fondaco.flows.exchange import ensure_demo_exchange
from fondaco.flows.fee_invoices import invoice_months
from fondaco.flows.house import House, ensure_house
from fondaco.flows.import_book import import_generated, import_orders
from fondaco.flows.ioss_demo import ensure_ioss_demo, file_past_months
from fondaco.flows.logins import SHOWN_SELLER, ensure_logins
from fondaco.flows.money_cases import ensure_money_cases, finish_money_cases
from fondaco.flows.month_summaries import sum_up_demo
from fondaco.flows.park_demo import clear_at_park
from fondaco.flows.payment_data import show_payment_data
from fondaco.flows.payouts import hear_from_bank, pay_out
from fondaco.flows.provenance import register_references
from fondaco.flows.rebate_demo import demonstrate as demonstrate_rebates
from fondaco.flows.rebate_demo import take_some_back
from fondaco.flows.reconciling import reconcile_day
from fondaco.flows.retrying import retry_waiting
from fondaco.flows.return_demo import demonstrate as demonstrate_returns
from fondaco.flows.returns import refund_open_returns
from fondaco.flows.routing import sample_routes
from fondaco.flows.sale_demo import ensure_demo_sales
from fondaco.flows.shown import decide_shown, ensure_shown
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.stock import ensure_demo_stock
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.kernel.tenancy import Kind
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.risk import public as risk

ORDER_FILE = "orders/online_retail_crossborder.csv.gz"
GENERATED = 2_000
SERVICES = 2_000

_R = TypeVar("_R")


@dataclass(slots=True)
class Summary:
    """What stands in the books after a run, and how long the run took."""

    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    trial_balance: dict[str, int] = field(default_factory=dict)
    sums: dict[str, dict[str, int]] = field(default_factory=dict)
    stage_seconds: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    real_data: bool = False

    def as_json(self) -> dict[str, Any]:
        """The one line that `fondaco demo --json` prints."""
        return {
            **self.counts,
            "reasons": self.reasons,
            "sums": self.sums,
            "trial_balance": self.trial_balance,
            "stage_seconds": {name: round(seconds, 3) for name, seconds in self.stage_seconds.items()},
            "seconds": round(self.seconds, 3),
            "real_data": self.real_data,
        }


# What is done today is dated so long before the run that authorities have answered to it, never ahead of time.
ANSWERED_WITHIN = timedelta(minutes=15)
_MANY = 500  # orders
_ROUTED = 150  # consignments, the newest: an itinerary for each of a whole book takes minutes


def run_demo(
    *,
    now: datetime,
    generated: int | None = None,
    services: int = SERVICES,
    on_progress: Progress | None = None,
) -> Summary:
    """Import, quote, price, screen, declare, pay, settle, count. Repeatable; goes on after a kill.

    `generated` asks for that many made-up orders instead of the real file; `services` is the size of the
    demonstration price book.
    """
    started = time.perf_counter()
    until, now = now, now - ANSWERED_WITHIN
    summary = Summary(real_data=generated is None and (settings.SHARED_DATA / ORDER_FILE).exists())
    with _timed(summary, "prepare"):
        house = prepare(now=now, services=services)
    with _timed(summary, "import"):
        _import(house, summary, generated or GENERATED, now=now, show=on_progress)
    with _timed(summary, "enrich"):
        enrich_goods(house.seller, now=now)
    if summary.counts.get("orders_in", 0) >= _MANY:
        logistics.warm_quoting()  # seconds to compile, saved many times over by a whole book
    work = Work(house, NO_PORTS, Policy(accept_estimates=True), now, retold=True)
    with _timed(summary, "money cases"):
        cases = None if settings.PRODUCTION else ensure_money_cases(house, work)
        summary.counts["baskets"] = 0 if settings.PRODUCTION else ensure_baskets(work)
    with ExitStack() as stack:
        ports = stack.enter_context(simulated_ports(house, until=until))
        work = replace(work, ports=ports)
        finance.poll_unknown(ports.provider, now=now)
        with _timed(summary, "retry"):
            retry_waiting(work, seller_id=house.seller)
        with _timed(summary, "show"):
            shown = None if settings.PRODUCTION else ensure_shown(work)
            small = None if settings.PRODUCTION else ensure_ioss_demo(work)
            if not settings.PRODUCTION:
                ensure_china(now=now, share=1.0 if summary.counts.get("orders_in", 0) >= _MANY else 0.0)
            with _timed(summary, "park"):
                summary.counts["park_lists"] = 0 if settings.PRODUCTION else clear_at_park(work)
        run = run_book(work, on_progress=on_progress)
        summary.stage_seconds.update(run.seconds)
        if shown:
            decide_shown(shown, work)
            with _timed(summary, "sale"):
                summary.counts["sale_orders"] = ensure_demo_sales(shown, work)
        if small:
            file_past_months(small, work)  # before the refunds: what comes back later goes in the next return
        _close_day(summary, work, cases)
        if not settings.PRODUCTION:
            _show_what_comes_back(summary, work)
        with _timed(summary, "reconcile"):
            summary.counts.update(lines_matched=reconcile_day(work).matched, breaks=finance.count_breaks())
            if cases:
                run_book(work, seller_id=cases)  # on with what a buyer's transfer has paid
    if not settings.PRODUCTION:
        _show_what_is_planned(summary, house, now=now)
    with _timed(summary, "count"):
        count_books(summary, house)
        ensure_logins(house)
    summary.seconds = time.perf_counter() - started
    return summary


def _close_day(summary: Summary, work: Work, cases: UUID | None) -> None:
    """What follows once the orders have moved: refunds, cash and disputes, payouts, invoices."""
    with _timed(summary, "refund"):
        refund_open_returns(work)
    if cases:
        with _timed(summary, "disputes"):
            summary.counts["money_cases"] = finish_money_cases(cases, work)
    with _timed(summary, "pay out"):
        pay_out(work)
        hear_from_bank(work)
        summary.counts["fee_invoices"] = invoice_months(work.house, now=work.now).issued


def _show_what_comes_back(summary: Summary, work: Work) -> None:
    """Goods that come back and tax on exports: what authorities pay of it is on the day's bank statements."""
    with _timed(summary, "stock"):
        ensure_demo_stock(work.house.seller, now=work.now)
    with _timed(summary, "returns"):
        summary.counts.update(demonstrate_returns(work, seller_id=work.house.seller))
    with _timed(summary, "rebates"):
        exporters = list(china_sellers().values())
        summary.counts.update(demonstrate_rebates(exporters, now=work.now, bank=work.ports.bank))
    with _timed(summary, "payment data"):
        show_payment_data(exporters, work.ports.agency, actor=work.actor, now=work.now)
    with _timed(summary, "month"):
        summary.counts["month_summaries"] = sum_up_demo(exporters, work.ports.agency, now=work.now)


def _show_what_is_planned(summary: Summary, house: House, *, now: datetime) -> None:
    """What comes after the day's bank statements: rebates taken back, cover of open rates, ways and loads."""
    take_some_back(list(china_sellers().values()), now=now)  # of what the bank has shown as repaid
    with _timed(summary, "exchange"):
        ensure_demo_exchange(house.seller, now=now)
    with _timed(summary, "routes"):
        _plan_sample(summary, now=now)


def _plan_sample(summary: Summary, *, now: datetime) -> None:
    """The demonstration network, one question put to it, and loads of what waits."""
    stored = logistics.ensure_demo_network(now=now)
    planned = logistics.plan_itineraries(now=now, most=_ROUTED)
    answer = sample_routes(now=now)
    summary.counts.update(
        route_services=stored.services,
        sample_itineraries=len(answer.itineraries),
        consignments_routed=planned.planned,
        shared_loads=ensure_demo_loads(now=now),
    )


def prepare(*, now: datetime, services: int = SERVICES) -> House:
    """Reference data and the standing parties, each made only where missing."""
    rates = finance.ensure_rates()
    finance.ensure_commission_rules()
    window.ensure_regimes(now=now)
    window.ensure_tariffs(now=now)
    risk.load_lists(settings.SHARED_DATA / "screening", now=now)
    logistics.ensure_demo_book(now=now, services=services)
    register_references(rates, now=now)
    return ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())


@contextmanager
def _timed(summary: Summary, name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    summary.stage_seconds[name] = time.perf_counter() - started


def _import(house: House, summary: Summary, generated: int, *, now: datetime, show: Progress | None) -> None:
    if summary.real_data:
        report = import_orders(
            settings.SHARED_DATA / ORDER_FILE,
            seller_id=house.seller,
            mapping=ONLINE_RETAIL,
            book="online-retail",
            actor="demo",
            now=now,
            on_progress=_labelled("import", show),
        )
        summary.counts.update(orders_in=report.documents_in, rejected=report.rejected_orders)
        summary.reasons["rejected"] = dict(report.reasons)
        return
    summary.counts.update(orders_in=import_generated(generated, seller_id=house.seller, now=now), rejected=0)


def _labelled(name: str, show: Progress | None) -> Callable[[int, int], None] | None:
    return None if show is None else lambda done, total: show(name, done, total)


def count_books(summary: Summary, house: House) -> None:
    """Read the result back out of the books, not out of this run.

    Every count is of the demonstration seller's book alone; the made-up cases to show (`flows.shown`) are
    under `shown` and `shown_held`. Payouts and the trial balance are of the whole house.
    """
    reached = orders.count_reached(seller_id=house.seller)
    states = orders.count_by_state(seller_id=house.seller)
    summary.counts.update(
        orders=sum(states.values()),
        quoted=reached["packed"],
        priced=reached["priced"],
        needs_manual=states["needs_manual"],
        screened=reached["screened"],
        held=states["held"],
        paid=reached["paid"],
        declared=reached["declared"],
        released=reached["released"],
        delivered=reached["delivered"],
        settled=reached["settled"],
        in_escrow=states["delivered"],
        with_officer=states["declared"],
    )
    summary.counts.update(orders.count_returns(seller_id=house.seller))
    summary.counts.update(_count_shown())
    summary.counts.update(count_china())
    through = window.straight_through()
    summary.counts.update(lodged=through.lodged, straight_through=through.untouched)
    splits = logistics.count_splits(seller_id=house.seller)
    summary.counts.update(orders_parted=splits.parted, split_saved_minor=splits.saved_minor)
    summary.counts["payouts"] = finance.count_payouts()
    summary.reasons["needs_manual"] = orders.reasons_of("needs_manual", seller_id=house.seller)
    summary.trial_balance = finance.trial_balance()
    summary.sums = orders.sums_by_currency(seller_id=house.seller)


def _count_shown() -> dict[str, int]:
    seller = parties.ids_by_slug([SHOWN_SELLER], kind=Kind.SELLER).get(SHOWN_SELLER)
    states = orders.count_by_state(seller_id=seller) if seller else {}
    return {"shown": sum(states.values()), "shown_held": states.get("held", 0)}
