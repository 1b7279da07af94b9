"""The connectors of a deployment: which provider serves what, behind one port each; pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fondaco.kernel.errors import Refused
from fondaco.systems.finance.domain.payments import PaymentGateway


class NoConnector(Refused):
    code = "no-connector"
    title = "No provider of this deployment serves this way to pay."
    remedy = "Choose another method, or connect a provider that serves it."


@dataclass(frozen=True, slots=True)
class Connector:
    """One provider: its name in decisions, its gateway, and what it serves (empty: everything)."""

    code: str
    gateway: PaymentGateway
    methods: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    def serves(self, method: str, country: str) -> bool:
        return (not self.methods or method in self.methods) and (
            not self.countries or country in self.countries
        )


@dataclass(frozen=True, slots=True)
class PaymentDesk:
    """All connectors of a deployment."""

    connectors: tuple[Connector, ...]

    def of(self, provider_id: UUID) -> Connector | None:
        """The connector of one provider."""
        return next((c for c in self.connectors if c.gateway.provider_id == provider_id), None)

    def named(self, code: str) -> Connector | None:
        """The connector called `code`."""
        return next((c for c in self.connectors if c.code == code), None)

    def serving(self, method: str, country: str) -> tuple[Connector, ...]:
        """Who serves a method in a country; NoConnector where nobody does."""
        found = tuple(c for c in self.connectors if c.serves(method, country))
        if not found:
            raise NoConnector(field="method", value=method)
        return found

    @property
    def provider_ids(self) -> list[UUID]:
        return [c.gateway.provider_id for c in self.connectors]


def desk_of(given: PaymentGateway | PaymentDesk) -> PaymentDesk:
    """`given` as a desk; a single gateway serves everything."""
    return given if isinstance(given, PaymentDesk) else PaymentDesk((Connector("provider", given),))
