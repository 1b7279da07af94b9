"""People to try the demonstration with. Their passwords are public: production refuses to make them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.flows.house import House
from fondaco.kernel.tenancy import Role
from fondaco.parties import public as parties


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person of the demonstration, what they see, and which organisation they act for."""

    email: str
    name: str
    party: str
    sees: str
    password: str = "quay-lantern-42"  # noqa: S105 - a demonstration's, printed for everyone


DEMO_LOGINS = (
    DemoLogin("operator@fondaco.example", "Olu Adeyemi", "platform", "everything"),
    DemoLogin("second@fondaco.example", "Mei Lin", "platform", "everything: the second pair of eyes"),
    DemoLogin("seller@fondaco.example", "Bea Fern", "seller", "the gift wholesaler"),
    DemoLogin("buyer@fondaco.example", "Camille Roux", "buyer", "the orders of one buyer"),
    DemoLogin("customs@fondaco.example", "Jonas Brandt", "customs", "declarations into Germany"),
    DemoLogin("carrier@fondaco.example", "Rui Costa", "carrier", "the consignments of one carrier"),
    DemoLogin("bank@fondaco.example", "Ada Kwan", "bank", "the bank's side"),
)


def ensure_logins(house: House) -> None:
    """Make the people of the demonstration where they are missing."""
    if settings.PRODUCTION:
        return
    for login in DEMO_LOGINS:
        organisation = _party(login.party, house)
        if organisation:
            user = parties.ensure_user(email=login.email, name=login.name, password=login.password)
            parties.ensure_member(user_id=user.id, organisation_id=organisation, role=Role.OWNER)


def _party(name: str, house: House) -> UUID | None:
    if name == "buyer":
        return orders.busiest_buyer(house.seller, destination="FR")
    if name == "customs":
        return house.customs.get("DE")
    if name == "carrier":
        return next(iter(house.carriers.values()), None)
    found: UUID = getattr(house, name)
    return found
