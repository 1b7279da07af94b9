"""The buyer pays a waiting order: on the provider's own card page, to which our checkout only leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.house import House, ensure_house
from fondaco.flows.simulators import HOSTED, PAGES, card_desk, kept_file
from fondaco.flows.stages.pay import landed_total, payment_request
from fondaco.flows.work import NO_PORTS, Policy, Work
from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    CardPageClient,
    CardPages,
    Connector,
    PaymentDTO,
    PaymentRequest,
    WebhookFaults,
    WebhookSender,
)
from fondaco.systems.logistics import public as logistics


class NotPayable(Refused):
    code = "not-payable"
    title = "This order cannot be paid now."
    remedy = (
        "An order is paid once, after it was priced and screened and while no payment of it is under way."
    )


@dataclass(frozen=True, slots=True)
class CheckoutSheet:
    """What is to be paid for an order, in the buyer's money and in the order's; `failure` of the try before."""

    order: OrderDTO
    due: Money
    amount: Money
    may_pay: bool
    failure: str = ""


def checkout_sheet(scope: Scope, order_id: UUID, *, now: datetime) -> CheckoutSheet:
    """What the buyer `scope` owes for an order. NotFound for everybody else."""
    order = _order(scope, order_id)
    live, over = finance.payments_of(order_id)
    request = page_request(order, over, now=now)
    waiting = order.state == OrderState.SCREENED and all(one.method == HOSTED for one in live)
    return CheckoutSheet(
        order, landed_total(order), request.amount, waiting and not _is_paid(live), "declined" if over else ""
    )


def start_checkout(scope: Scope, order_id: UUID, *, return_url: str, now: datetime) -> str:
    """The address of the provider's page on which the buyer pays; the same one until it is decided.

    NotPayable, PageUnavailable, Forbidden for who may only look.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.BUYER,))
    if not checkout_sheet(scope, order_id, now=now).may_pay:
        raise NotPayable(field="order", value=order_id)
    order = _order(scope, order_id)
    _, over = finance.payments_of(order_id)
    with page_connector() as connector:
        page = finance.open_card_page(
            page_request(order, over, now=now), connector, return_url=return_url, now=now
        )
    return page.url


@contextmanager
def page_connector() -> Iterator[Connector]:
    """The provider at whose page buyers pay."""
    owner = standing_house().providers[PAGES]
    with CardPageClient(settings.PAYMENT_PAGES, provider_id=owner, timeout_s=5.0) as client:
        yield Connector(PAGES, client, frozenset({HOSTED}))


def finish_checkout(scope: Scope, order_id: UUID, *, now: datetime) -> PaymentDTO | None:
    """What became of the buyer's payment, asked of the provider: the browser's return alone proves nothing."""
    _order(scope, order_id)
    live, _ = finance.payments_of(order_id)
    if not live or live[0].method != HOSTED:
        return None
    with card_desk(standing_house()) as connector:
        return finance.poll_payment(live[0].id, connector, now=now)


@contextmanager
def serve_card_pages(*, api: str, now: Callable[[], datetime]) -> Iterator[CardPages]:
    """The simulated provider's card page at `settings.PAYMENT_PAGES`, telling `api` by signed webhook what happened."""
    owner = standing_house().providers[PAGES]
    hook = f"{api}/api/v1/finance/providers/{owner}/webhooks"
    secret = finance.ensure_connection(owner, now=now())
    seed = WebhookFaults(seed=f"{PAGES}-{now().isoformat()}")
    sender = WebhookSender(hook, secret, seed, now=now)
    pages = CardPages(store=kept_file(PAGES, owner), sender=sender)
    pages.port = urlsplit(settings.PAYMENT_PAGES).port or 80
    with pages:
        yield pages


def _order(scope: Scope, order_id: UUID) -> OrderDTO:
    scope.require(kinds=(Kind.BUYER,))
    return orders.order_detail(scope, order_id)


def page_request(order: OrderDTO, over: int, *, now: datetime) -> PaymentRequest:
    """The flow's own request, on the card page, as the next try after those that came to nothing."""
    work = Work(standing_house(), NO_PORTS, Policy(), now).knowing([order])
    return replace(payment_request(order, work), method=HOSTED, idem=f"page:{order.id}:{over}")


def _is_paid(live: list[PaymentDTO]) -> bool:
    return any(one.state not in ("processing", "unknown") for one in live)


def standing_house() -> House:
    """The house and its standing parties."""
    return ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
