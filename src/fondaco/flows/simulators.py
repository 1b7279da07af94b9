"""The outside world of a demonstration: simulators behind real sockets, one client each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings

from fondaco.flows.house import House
from fondaco.flows.work import Ports
from fondaco.platforms.window.public import AgencySimulator, HttpGateway
from fondaco.systems.finance.public import BankClient, BankSimulator, ProviderClient, ProviderSimulator
from fondaco.systems.logistics.public import CarrierSimulator


@contextmanager
def simulated_ports(house: House) -> Iterator[Ports]:
    """Agency, payment provider, carrier and bank simulators, running while the context lasts.

    The provider keeps what it did in a file, so that a payment asked for before a crash is found again.
    """
    store = settings.HOME / "simulators" / "provider.jsonl"
    store.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        agency = stack.enter_context(AgencySimulator())
        provider = stack.enter_context(ProviderSimulator(store=store))
        carrier = stack.enter_context(CarrierSimulator())
        bank = stack.enter_context(BankSimulator())
        yield Ports(
            agency=stack.enter_context(HttpGateway(agency.url, name="agency-simulator")),
            provider=stack.enter_context(ProviderClient(provider.url, provider_id=house.psp)),
            carrier=stack.enter_context(carrier.gateway()),
            bank=stack.enter_context(BankClient(bank.url, name="bank-simulator")),
        )
