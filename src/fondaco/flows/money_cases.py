"""Payments to show: made-up orders whose money goes ways that a real book's rarely does.

Nobody pays cash in the order file, no answer is lost and no bank disputes anything, so the pages of such things
would stay empty in a demonstration. These orders are generated, labelled, and of a seller of their own, so that
every count of the real book leaves them out. Nothing is written past the flow: providers are simulators behind
real sockets that lose an answer or decline a sum, webhooks are signed and verified, evidence is the order's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.book import STAGES, run_book
from fondaco.flows.disputes import answer_dispute
from fondaco.flows.enriching import enrich_goods
from fondaco.flows.house import House
from fondaco.flows.import_book import GENERATED_UNTIL, product_row
from fondaco.flows.made_up import ensure_buyers
from fondaco.flows.reconciling import collect_cash
from fondaco.flows.simulators import kept_file
from fondaco.flows.stages.pay import landed_total, payment_request
from fondaco.flows.work import NO_PORTS, Work
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    BankTransferIn,
    CashOnDelivery,
    Connector,
    DisputeDTO,
    Faults,
    PaymentDesk,
    PaymentDTO,
    ProviderClient,
    ProviderSimulator,
    WebhookFaults,
    WebhookReplayed,
    WebhookSender,
    WebhookTooOld,
)

SELLER_SLUG = "copper-quay"
ORDERS, SEED = 10, 29
DECLINED, UNKNOWN, PARTIAL, CASH, WON, LOST, OPEN, TRANSFER = (
    "declined", "unknown", "partial", "cash", "won", "lost", "open", "transfer"
)  # fmt: skip
CASES = (DECLINED, UNKNOWN, PARTIAL, CASH, WON, LOST, OPEN, TRANSFER)
RESERVE_MINOR = 1_000  # authorised beyond what is due in the end, in the order's currency
_STATEMENT = (
    "Demonstration: the parcel was handed over against a signature at the buyer's address; "
    "tracking, invoice and customs papers are in the pack."
)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One faulty provider, and its webhooks."""

    simulator: ProviderSimulator
    payments: PaymentDesk
    sender: WebhookSender


def ensure_money_cases(house: House, work: Work) -> UUID:
    """Make the seller and its orders where they are missing, bring them to payment, and pay each in its own way.

    Call before the simulators of the main job are opened: they read what happened here out of its file. Again,
    it changes nothing. The seller's id.
    """
    seller = _seller()
    _store_orders(seller, work)
    inside = replace(work, ports=NO_PORTS)
    before = [step for step in STAGES if step[0] in ("quote", "price", "screen")]
    run_book(inside, seller_id=seller, stages=before)
    ready = orders.orders_in_state(OrderState.SCREENED, seller_id=seller)
    if len(ready) >= len(CASES):  # none of them has been paid yet
        oldest = sorted(ready, key=lambda order: order.ordered_at)
        _pay_each(dict(zip(CASES, oldest, strict=False)), house, inside.knowing(ready))
    return seller


def finish_money_cases(seller: UUID, work: Work) -> int:
    """Hand in the cash, transfer what was promised, answer and decide the disputes, and let the rest be shared out; how many are settled.

    Call when the main job has delivered the orders; `work` has its ports.
    """
    collect_cash(work)
    _transfer_promised(seller, work)
    scope = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="demo")
    with _desk(work.house, work, Faults(), about=f"verdict-{seller}") as desk:
        for dispute in finance.list_disputes(scope):
            _decide(dispute, scope, desk, work)
    run_book(work, seller_id=seller)
    return orders.count_by_state(seller_id=seller)[OrderState.SETTLED]


def _seller() -> UUID:
    address = {"street": "7 Copper Quay", "city": "Bristol", "postcode": "BS1 0XX", "country": "GB"}
    party = NewOrganisation(
        kind=Kind.SELLER, name="Copper Quay (made up: payments to show)", country="GB", slug=SELLER_SLUG,
        currency="GBP", is_demo=True, address=address, identifiers={"eori": "GB000000000005"},
    )  # fmt: skip
    return parties.ensure_organisations([party])[0].id


def _store_orders(seller: UUID, work: Work) -> None:
    for chunk in orders.generate_book(ORDERS, now=GENERATED_UNTIL, seed=SEED, returns_per_thousand=0):
        rows = [product_row(row) for row in chunk.products]
        kept = catalog.upsert_products(seller, rows, actor=work.actor, now=work.now)
        buyers = ensure_buyers(chunk.buyers, book=SELLER_SLUG)
        orders.store_orders(
            chunk, seller_id=seller, product_ids=kept.ids, buyer_ids=buyers, actor=work.actor, now=work.now
        )
    enrich_goods(seller, now=work.now)


def _pay_each(cases: Mapping[str, OrderDTO], house: House, work: Work) -> None:
    ways: dict[str, Callable[[OrderDTO, House, Work], object]] = {
        DECLINED: _be_declined, UNKNOWN: _lose_the_answer, PARTIAL: _take_less, CASH: _pay_cash,
        WON: _be_disputed, LOST: _be_disputed, OPEN: _be_disputed, TRANSFER: _promise_transfer,
    }  # fmt: skip
    for case, order in cases.items():
        ways[case](order, house, work)


@contextmanager
def _desk(house: House, work: Work, faults: Faults, *, about: str) -> Iterator[_Desk]:
    """The first provider of the demonstration, with other faults and with webhooks, which `about` tells apart."""
    provider = house.providers["harbour"]
    secret = finance.ensure_connection(provider, now=work.now)
    sender = WebhookSender("", secret, WebhookFaults(seed=about), now=lambda: work.now)
    with ExitStack() as stack:
        simulator = ProviderSimulator(store=kept_file("harbour", provider), faults=faults, sender=sender)
        stack.enter_context(simulator)
        client = stack.enter_context(ProviderClient(simulator.url, provider_id=provider))
        yield _Desk(simulator, PaymentDesk((Connector("harbour", client),)), sender)


def _take(order: OrderDTO, house: House, work: Work, faults: Faults) -> PaymentDTO:
    with _desk(house, work, faults, about=order.number) as desk:
        return finance.take_payments([payment_request(order, work)], desk.payments, now=work.now)[0]


def _be_declined(order: OrderDTO, house: House, work: Work) -> PaymentDTO:
    """The buyer's bank declines: the order waits until the buyer pays from its page."""
    due = payment_request(order, work).amount.minor
    return _take(order, house, work, Faults(decline_amounts=frozenset({due})))


def _lose_the_answer(order: OrderDTO, house: House, work: Work) -> PaymentDTO:
    """The provider takes the money and its answer is lost: unknown, until the janitor asks again."""
    return _take(order, house, work, Faults(vanish_after=1.0))


def _take_less(order: OrderDTO, house: House, work: Work) -> PaymentDTO:
    """More is authorised than is due in the end; what is due is captured, the rest released."""
    due = landed_total(order)
    most = due + Money(RESERVE_MINOR, due.currency)
    request = replace(
        payment_request(order, work), amount=most, escrow=most, capture=False, method="card",
        idem=f"case:partial:{order.id}",
    )  # fmt: skip
    with _desk(house, work, Faults(), about=order.number) as desk:
        made = finance.take_payments([request], desk.payments, now=work.now)[0]
        return finance.capture_payment(made.id, desk.payments, minor=due.minor, now=work.now)


def _pay_cash(order: OrderDTO, house: House, work: Work) -> PaymentDTO:
    """The courier is to collect at the door."""
    request = replace(payment_request(order, work), method="cod", idem=f"case:cash:{order.id}")
    courier = Connector("courier", CashOnDelivery(min(house.carriers.values())))
    return finance.take_payments([request], PaymentDesk((courier,)), now=work.now)[0]


def _promise_transfer(order: OrderDTO, house: House, work: Work) -> PaymentDTO:
    """The buyer is to transfer the sum under the reference that the payment has."""
    request = replace(payment_request(order, work), method="bank_transfer", idem=f"case:transfer:{order.id}")
    return finance.take_payments([request], BankTransferIn(house.bank), now=work.now)[0]


def _transfer_promised(seller: UUID, work: Work) -> None:
    """SIMULATION of the buyers' bank: it transfers what orders of `seller` wait for. The day's statement shows it."""
    waiting = orders.orders_in_state(OrderState.SCREENED, seller_id=seller)
    for payment in finance.payments_for([order.id for order in waiting]).values():
        if payment.method == "bank_transfer":
            work.ports.bank.pay_in(payment.amount, reference=payment.provider_reference)


def _be_disputed(order: OrderDTO, house: House, work: Work) -> None:
    """Paid, then a third of it is asked back by the buyer's bank before the goods have arrived."""
    with _desk(house, work, Faults(), about=order.number) as desk:
        made = finance.take_payments([payment_request(order, work)], desk.payments, now=work.now)[0]
        case = f"CB-{made.id.hex[-8:].upper()}"
        desk.simulator.dispute(
            f"{made.id}-{made.attempt}", case=case, reason="not_received", amount=made.amount.minor // 3
        )
        _deliver(desk.sender.queue, made.provider_id, desk.sender, work)


def _decide(dispute: DisputeDTO, scope: Scope, desk: _Desk, work: Work) -> None:
    """The oldest is left open, the next is challenged and won, the one after it challenged and lost."""
    place = sorted(finance.list_disputes(scope), key=lambda one: one.id).index(dispute)
    if dispute.state != "opened" or place >= 2 or not _has_arrived(dispute):
        return
    answer_dispute(scope, dispute.id, "challenge", statement=_STATEMENT, now=work.now)
    payment = finance.payments_for([dispute.order_id])[dispute.order_id]
    key = f"{payment.id}-{payment.attempt}"
    desk.simulator.judge(key, case=dispute.case, amount=dispute.amount.minor, won=place == 0)
    _deliver(desk.sender.queue, dispute.provider_id, desk.sender, work)


def _has_arrived(dispute: DisputeDTO) -> bool:
    return all(OrderState.DELIVERED in order.reached for order in orders.orders_by_ids([dispute.order_id]))


def _deliver(
    queue: Sequence[tuple[str, str]], provider_id: UUID | None, sender: WebhookSender, work: Work
) -> None:
    """Hear each webhook; the last once more, at once and an hour later: both are refused, and nothing moves."""
    assert provider_id is not None  # noqa: S101 - every payment made here has one
    for message, body in queue:
        headers = sender.headers(message, body)
        finance.receive_webhook(provider_id, body.encode(), headers, now=work.now)
    message, body = queue[-1]
    headers = sender.headers(message, body)
    for later in (timedelta(0), timedelta(hours=1)):
        with suppress(WebhookReplayed, WebhookTooOld):
            finance.receive_webhook(provider_id, body.encode(), headers, now=work.now + later)
    sender.queue.clear()
