"""The buyer pays a waiting order the way they choose: on the provider's own page, by bank transfer, or at the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.house import House, ensure_house
from fondaco.flows.simulators import PAGES, kept_file, offline_desk, online_methods, page_desk
from fondaco.flows.stages.pay import CASH, basket_of, landed_total, payment_request
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    CardPageClient,
    CardPages,
    Connector,
    DatedRate,
    Menu,
    PaymentDTO,
    PaymentRequest,
    WebhookFaults,
    WebhookSender,
)
from fondaco.systems.logistics import public as logistics

BANK_TRANSFER = "bank_transfer"
# What the buyer may do: choose a way; go on with the one chosen or choose again; or wait.
Stage = Literal["choose", "page", "transfer", "cash", "basket", "asked", "nothing"]
MAY_CHOOSE = ("choose", "page", "transfer", "cash")


class NotPayable(Refused):
    code = "not-payable"
    title = "This order cannot be paid now."
    remedy = (
        "An order is paid once, after it was priced and screened and while no payment of it is under way."
    )


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A part of the landed total: in the order's currency, and as a share of what the buyer pays."""

    code: str
    money: Money
    shown: Money


@dataclass(frozen=True, slots=True)
class TransferSlip:
    """What a buyer writes on the transfer. SIMULATOR: the account is of no real bank."""

    payee: str
    bank: str
    iban: str
    reference: str
    amount: Money
    until: date | None


@dataclass(frozen=True, slots=True)
class CheckoutSheet:
    """What is to be paid for an order, line by line, and how it may be; `live` is the way chosen, if any.

    `failure` is the provider's word where the last try was declined. `is_explained`: the landed quote is kept. `rate`
    is the one at which the buyer's money is asked for the order's, None in one currency.
    """

    order: OrderDTO
    due: Money
    amount: Money
    lines: tuple[PriceLine, ...]
    menu: Menu
    stage: Stage
    live: PaymentDTO | None = None
    transfer: TransferSlip | None = None
    failure: str = ""
    is_explained: bool = False
    rate: DatedRate | None = None

    @property
    def may_choose(self) -> bool:
        return self.stage in MAY_CHOOSE


@dataclass(frozen=True, slots=True)
class Chosen:
    """The payment made by the buyer's choice, and the provider's page to be led to; empty where there is none."""

    payment: PaymentDTO
    url: str = ""


def checkout_sheet(scope: Scope, order_id: UUID, *, now: datetime) -> CheckoutSheet:
    """What the buyer `scope` owes for an order and how it may be paid. NotFound for everybody else."""
    order = _order(scope, order_id)
    house, (live, over) = standing_house(), finance.payments_of(order_id)
    work = _work(house, order, now)
    basket = basket_of(order, work, on=now.date())
    asked = payment_request(order, work)
    stage = _stage(order, live, house)
    return CheckoutSheet(
        order=order,
        due=landed_total(order),
        amount=asked.amount,
        lines=price_lines(order, asked.amount),
        menu=finance.methods_for(basket),
        stage=stage,
        live=live[0] if live else None,
        transfer=_slip(live[0], house) if stage == "transfer" else None,
        failure=over[-1].failure if over and over[-1].state == "failed" else "",
        is_explained=order_id in window.landed_quote_for([order_id]),
        rate=_rate(order, asked.amount),
    )


def choose_method(scope: Scope, order_id: UUID, *, method: str, return_url: str, now: datetime) -> Chosen:
    """Pay an order by `method`: the same again is the same payment; another gives the former one up first.

    MethodNotOffered with the matrix's reason, NotPayable, AlreadyPaid where the former way was paid meanwhile or another
    choice came first, PageUnavailable, Forbidden for who may only look. An order never has two live payments.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.BUYER,))
    order, house = _order(scope, order_id), standing_house()
    work = _work(house, order, now)
    basket = basket_of(order, work, on=now.date())
    finance.methods_for(basket).row(method)
    live, over = finance.payments_of(order_id)
    if _stage(order, live, house) not in MAY_CHOOSE:
        raise NotPayable(field="order", value=order.number)
    if live and live[0].method != method:
        over = [*over, _give_up(scope, live[0], house, now=now)]
    request = payment_request(order, work, basket=basket, method=method)
    request = replace(request, idem=f"checkout:{order.id}:{len(over)}:{method}")
    if method in (BANK_TRANSFER, CASH):
        desk = finance.PaymentDesk(offline_desk(house).serving(method, order.destination))
        return Chosen(finance.take_payments([request], desk, now=now)[0])
    with page_connector() as connector:
        page = finance.open_payment_page(request, connector, return_url=return_url, now=now)
    return Chosen(page.payment, page.url)


@contextmanager
def page_connector() -> Iterator[Connector]:
    """The provider at whose page buyers pay."""
    owner = standing_house().providers[PAGES]
    with CardPageClient(settings.PAYMENT_PAGES, provider_id=owner, timeout_s=5.0) as client:
        yield Connector(PAGES, client, online_methods())


def finish_checkout(scope: Scope, order_id: UUID, *, now: datetime) -> PaymentDTO | None:
    """What became of the buyer's payment, asked of the provider: the browser's return alone proves nothing."""
    _order(scope, order_id)
    house, (live, over) = standing_house(), finance.payments_of(order_id)
    if not live:
        return over[-1] if over else None
    if live[0].provider_id != house.providers[PAGES]:
        return live[0]
    with page_desk(house) as connector:
        return finance.poll_payment(live[0].id, connector, now=now)


@contextmanager
def serve_card_pages(*, api: str, now: Callable[[], datetime]) -> Iterator[CardPages]:
    """The simulated provider's page at `settings.PAYMENT_PAGES`, telling `api` by signed webhook what happened."""
    owner = standing_house().providers[PAGES]
    hook = f"{api}/api/v1/finance/providers/{owner}/webhooks"
    secret = finance.ensure_connection(owner, now=now())
    seed = WebhookFaults(seed=f"{PAGES}-{now().isoformat()}")
    sender = WebhookSender(hook, secret, seed, now=now)
    pages = CardPages(store=kept_file(PAGES, owner), sender=sender)
    pages.port = urlsplit(settings.PAYMENT_PAGES).port or 80
    with pages:
        yield pages


def page_request(order: OrderDTO, over: int, *, now: datetime) -> PaymentRequest:
    """An order's share of a basket paid by card, as the next try after those that came to nothing."""
    asked = payment_request(order, _work(standing_house(), order, now))
    return replace(asked, method="card", idem=f"page:{order.id}:{over}")


def standing_house() -> House:
    """The house and its standing parties."""
    return ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())


def price_lines(order: OrderDTO, amount: Money) -> tuple[PriceLine, ...]:
    """What the landed total is made of; the shares of `amount`, what the buyer pays of it, add up to it exactly.

    A discount is converted by itself, the rest is split by largest remainder.
    """
    parts = {
        "goods": order.goods_minor, "carriage": order.carriage_minor, "other": order.other_minor,
        "duty": order.duty_minor or 0, "tax": order.tax_minor or 0, "fees": order.fees_minor or 0,
    }  # fmt: skip
    due, less = landed_total(order).minor, order.discount_minor
    exact = Decimal(less) * amount.minor / due if due else Decimal(0)
    off = Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), amount.currency)
    shares = zip(parts, (amount + off).split(list(parts.values())), strict=True)
    lines = [PriceLine(code, Money(parts[code], order.currency), share) for code, share in shares]
    lines.append(PriceLine("discount", Money(-less, order.currency), -off))
    return tuple(one for one in lines if one.money or one.code == "goods")


def _order(scope: Scope, order_id: UUID) -> OrderDTO:
    scope.require(kinds=(Kind.BUYER,))
    return orders.order_detail(scope, order_id)


def _work(house: House, order: OrderDTO, now: datetime) -> Work:
    return Work(house, NO_PORTS, Policy(), now).knowing([order])


def _stage(order: OrderDTO, live: list[PaymentDTO], house: House) -> Stage:
    if order.state != OrderState.SCREENED:
        return "nothing"
    if not live:
        return "choose"
    if live[0].basket_id:
        return "basket"
    waiting = live[0].state in ("processing", "unknown")
    if live[0].method == CASH and live[0].state == "authorised":
        return "cash"
    if not waiting:
        return "nothing"
    if live[0].provider_id == house.providers[PAGES]:
        return "page"
    return "transfer" if live[0].method == BANK_TRANSFER else "asked"


def _rate(order: OrderDTO, amount: Money) -> DatedRate | None:
    if amount.currency == order.currency:
        return None
    return finance.convert(landed_total(order), amount.currency, order.ordered_at.date())[1]


def _slip(payment: PaymentDTO, house: House) -> TransferSlip:
    names = parties.organisations([house.platform, house.bank])
    return TransferSlip(
        names[house.platform].name, names[house.bank].name, finance.house_iban(payment.amount.currency),
        payment.provider_reference, payment.amount, finance.pay_until(payment),
    )  # fmt: skip


def _give_up(scope: Scope, live: PaymentDTO, house: House, *, now: datetime) -> PaymentDTO:
    """The former payment, which nobody can make any more. AlreadyPaid where somebody has."""
    if live.provider_id == house.providers[PAGES]:
        with page_connector() as connector:
            ended = finance.close_payment_page(live.id, connector, now=now)
    else:
        ended = finance.withdraw_payment(live.id, now=now, check=lambda: _check_waiting(scope, live.order_id))
    if ended.state not in ("cancelled", "failed"):
        raise finance.AlreadyPaid(field="order_id", value=live.order_id)
    return ended


def _check_waiting(scope: Scope, order_id: UUID) -> None:
    order = orders.order_detail(scope, order_id)
    if order.state != OrderState.SCREENED:
        raise NotPayable(field="order", value=order.number)
