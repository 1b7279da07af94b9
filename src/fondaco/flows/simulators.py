"""The outside world of a demonstration: simulators behind real sockets, one client each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings

from fondaco.flows.house import House
from fondaco.flows.work import Ports
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import AgencySimulator, FileDropGateway, HttpGateway, own_fingerprints
from fondaco.systems.finance.public import (
    BankClient,
    BankSimulator,
    BankTransferIn,
    CardPageClient,
    CashOnDelivery,
    Connector,
    Faults,
    PaymentDesk,
    ProviderClient,
    ProviderSimulator,
    payment_methods,
)
from fondaco.systems.logistics.public import CarrierSimulator


@contextmanager
def simulated_ports(house: House, *, until: datetime | None = None) -> Iterator[Ports]:
    """Agency, payment providers, carrier and bank simulators, running while the context lasts.

    The providers and the bank keep what they did in files, so that it is found again after a crash, and a
    payout of today stands on tomorrow's statement. The files are named after the parties: other books, other files.
    Authorities and carriers tell nothing that lies after `until`; without it they tell what is to come at once.
    Where a folder is set for customs (FONDACO_CUSTOMS_DROP), messages lie there for whoever watches it, and no agency
    is simulated.
    """
    with ExitStack() as stack:
        carrier = stack.enter_context(CarrierSimulator(until=until))
        bank = stack.enter_context(BankSimulator(store=kept_file("bank", house.bank)))
        yield Ports(
            agency=_customs(stack, until=until),
            provider=_payment_desk(house, stack, bank),
            carrier=stack.enter_context(carrier.gateway()),
            bank=stack.enter_context(BankClient(bank.url, name="bank-simulator")),
        )


def _customs(stack: ExitStack, *, until: datetime | None) -> FileDropGateway | HttpGateway:
    if settings.CUSTOMS_DROP:
        return FileDropGateway(Path(settings.CUSTOMS_DROP))
    agency = stack.enter_context(AgencySimulator(keys=own_fingerprints, until=until))
    return stack.enter_context(HttpGateway(agency.url, name="agency-simulator"))


PAGES, TRANSFER, COURIER = "pages", "transfer", "courier"
_BUYERS_ALONE = frozenset({PAGES})  # no method is called so: the flow itself asks nobody at the page
_CARDS = {"card"}
_EUROPE = {
    "sepa_debit",
    "ideal",
    "bancontact",
    "eps",
    "giropay",
    "blik",
    "przelewy24",
    "swish",
    "mobilepay",
    "vipps",
    "twint",
    "mbway",
    "bizum",
}
_EAST = {"alipay", "wechat_pay", "unionpay", "upi", "konbini", "paynow", "promptpay", "fpx", "qris"}
_PROVIDERS: tuple[tuple[str, set[str], float], ...] = (
    ("harbour", set(), 0.0),
    ("north", _CARDS | _EUROPE, 0.06),
    ("east", _CARDS | _EAST, 0.03),
)


def kept_file(name: str, owner: UUID) -> Path:
    """Where the simulator of `owner` keeps what it did."""
    folder = settings.HOME / "simulators"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder / f"{name}-{owner}.jsonl")


def _payment_desk(house: House, stack: ExitStack, bank: BankSimulator) -> PaymentDesk:
    """Three providers, the first of which serves every method that needs one; transfers; cash to a courier.

    Two of them decline a few payments for reasons of their own, so that the cascade is seen at work.
    """
    connectors = []
    for code, methods, declines in _PROVIDERS:
        store = kept_file(code, house.providers[code])
        faults = Faults(soft_decline=declines, seed=code)
        simulator = stack.enter_context(
            ProviderSimulator(store=store, faults=faults, pays=partial(_receive, bank))
        )
        client = stack.enter_context(ProviderClient(simulator.url, provider_id=house.providers[code]))
        connectors.append(Connector(code, client, frozenset(methods) or online_methods()))
    pages = replace(stack.enter_context(page_desk(house, bank)), methods=_BUYERS_ALONE)
    return PaymentDesk((*connectors, pages, *offline_desk(house, bank).connectors))


def offline_desk(house: House, bank: BankSimulator | None = None) -> PaymentDesk:
    """The two ways to pay without a provider: a transfer to the house's bank, cash to a courier, who pays it in there."""
    courier = min(house.carriers.values(), default=house.bank)
    pays = partial(_receive, bank) if bank else None
    return PaymentDesk(
        (
            Connector(TRANSFER, BankTransferIn(house.bank), frozenset({"bank_transfer"})),
            Connector(COURIER, CashOnDelivery(courier, pays), frozenset({"cod"})),
        )
    )


@contextmanager
def page_desk(house: House, bank: BankSimulator | None = None) -> Iterator[Connector]:
    """The provider with a page of its own, asked about what its page wrote down: for polls, refunds and settlement files.

    The page itself is served by `fondaco payments pages`, which buyers' browsers reach.
    """
    owner = house.providers[PAGES]
    pays = partial(_receive, bank) if bank else None
    with (
        ProviderSimulator(store=kept_file(PAGES, owner), pays=pays) as simulator,
        CardPageClient(simulator.url, provider_id=owner) as client,
    ):
        yield Connector(PAGES, client, online_methods())


def _receive(bank: BankSimulator, amount: Money, reference: str) -> None:
    bank.receive(amount, reference=reference)


def online_methods() -> frozenset[str]:
    """Every method that a payment provider carries out."""
    return frozenset(payment_methods()) - {"bank_transfer", "cod"}
