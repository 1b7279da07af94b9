"""Lists withdrawn from Chinese customs before it lets the goods go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationDTO
from fondaco.systems.logistics import public as logistics


def withdraw_declaration(scope: Scope, declaration_id: UUID, *, reason: str, now: datetime) -> DeclarationDTO:
    """Apply for the cancellation of a list of one's own and take in what customs answers; the list afterwards.

    The gateway is the demonstration's until a deployment configures a real one. NotFound; Forbidden; ReasonMissing;
    NotWithdrawable.
    """
    lrn = window.declaration_detail(scope, declaration_id).declaration.lrn
    _withdraw(scope, lrn, reason=reason, now=now)
    return window.declaration_detail(scope, declaration_id).declaration


def withdraw_by_house(lrn: str, *, reason: str, now: datetime) -> str:
    """The same by local reference, as house work for the command line; the state that the answers led to, if any."""
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    scope = Scope(house.platform, Kind.PLATFORM, role=Role.CLERK, actor="house")
    return _withdraw(scope, lrn, reason=reason, now=now)


def _withdraw(scope: Scope, lrn: str, *, reason: str, now: datetime) -> str:
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        key = window.withdraw_list(scope, lrn, ports.agency, reason=reason, now=now)
        report = window.poll_receipts(ports.agency, now=now)
    return report.states.get(key, "")
