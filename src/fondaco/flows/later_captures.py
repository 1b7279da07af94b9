"""Taking later what was only authorised, on the seller's word, at the provider that authorised it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import PaymentDTO
from fondaco.systems.logistics import public as logistics


def capture(scope: Scope, payment_id: UUID, *, minor: int, now: datetime) -> PaymentDTO:
    """Take `minor` units of what a payment of `scope`'s has authorised. NotFound, Forbidden, BadCapture."""
    _check(scope, payment_id)
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return finance.capture_payment(payment_id, ports.provider, minor=minor, now=now)


def void(scope: Scope, payment_id: UUID, *, now: datetime) -> PaymentDTO:
    """Release what a payment of `scope`'s has authorised. NotFound, Forbidden, BadCapture."""
    _check(scope, payment_id)
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return finance.void_payment(payment_id, ports.provider, now=now)


def _check(scope: Scope, payment_id: UUID) -> None:
    scope.require(role=Role.MANAGER, kinds=(Kind.SELLER,))
    finance.payment_of(scope, payment_id)
