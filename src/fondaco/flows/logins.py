"""People to try the demonstration with. Their passwords are public: production refuses to make them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.flows.house import House
from fondaco.kernel.errors import Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties


class OnlyForShow(Refused):
    code = "only-for-show"
    title = "Whose password is public is made in a demonstration alone."
    remedy = "In production, invite people by their own address."


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person of the demonstration, what they see, and which organisation they act for."""

    email: str
    name: str
    party: str
    sees: str
    password: str = "quay-lantern-42"  # noqa: S105 - a demonstration's, printed for everyone


SHOWN_SELLER = "lantern-lane"
CHINA_SELLER = "cn-zhengzhou"
PARK_SLUG = "harbour-park"

DEMO_LOGINS = (
    DemoLogin("operator@fondaco.example", "Olu Adeyemi", "platform", "everything"),
    DemoLogin("second@fondaco.example", "Mei Lin", "platform", "everything: the second pair of eyes"),
    DemoLogin("seller@fondaco.example", "Bea Fern", "seller", "the gift wholesaler"),
    DemoLogin("maker@fondaco.example", "Tom Wick", "shown", "made-up cases: held, and papers that differ"),
    DemoLogin("exporter@fondaco.example", "Lin Yu", "exporter", "made-up exports from China"),
    DemoLogin("buyer@fondaco.example", "Camille Roux", "buyer", "the orders of one buyer"),
    DemoLogin("customs@fondaco.example", "Jonas Brandt", "customs", "declarations into Germany"),
    DemoLogin("carrier@fondaco.example", "Rui Costa", "carrier", "the consignments of one carrier"),
    DemoLogin("bank@fondaco.example", "Ada Kwan", "bank", "the bank's side"),
    DemoLogin("park@fondaco.example", "Nia Okoro", "park", "the stock in one park's warehouses"),
)

# Whoever bought the made-up order that waits to be paid (flows.money_cases), and from China's bonded stores
# (flows.china_cast): a person with a yearly quota; no roles of their own.
SHOPPER = DemoLogin(
    "shopper@fondaco.example",
    "Amaya Rosales",
    "shopper",
    "buyers in four countries whose orders wait to be paid",
)
YUAN_BUYER = DemoLogin("quota@fondaco.example", "Sun Dongmei", "yuan", "a buyer in China with a yearly quota")
ALL_LOGINS = (*DEMO_LOGINS, SHOPPER, YUAN_BUYER)
_BY_SLUG = {
    "shopper": (Kind.BUYER, "copper-quay-syn-29-b000001"),
    "yuan": (Kind.BUYER, "cn-bonded-shop-cn-bonded-shop-k001-buyer"),
    "shown": (Kind.SELLER, SHOWN_SELLER),
    "exporter": (Kind.SELLER, CHINA_SELLER),
    "park": (Kind.PARK, PARK_SLUG),
}
# Further buyers of the same person, in three countries: orders wait at the checkout (flows.basket_demo).
_LEFT_SLUGS = ("basket-waiting", "basket-at-the-bank", "basket-at-the-door")


def ensure_logins(house: House) -> None:
    """Make the people of the demonstration where they are missing."""
    if settings.PRODUCTION:
        return
    for login in ALL_LOGINS:
        organisation = _party(login.party, house)
        if organisation:
            _acting(login, organisation)
    for buyer in parties.ids_by_slug(_LEFT_SLUGS, kind=Kind.BUYER).values():
        _acting(SHOPPER, buyer)


def ensure_operators(house: House) -> tuple[Scope, Scope]:
    """The two operators of the demonstration, made where they are missing: whoever proposes and whoever confirms."""
    people = [login for login in DEMO_LOGINS if login.party == "platform"]
    first, second = (_acting(login, house.platform) for login in people[:2])
    return first, second


def _acting(login: DemoLogin, organisation: UUID) -> Scope:
    if settings.PRODUCTION:
        raise OnlyForShow(field="email", value=login.email)
    user = parties.ensure_user(email=login.email, name=login.name, password=login.password)
    parties.ensure_member(user_id=user.id, organisation_id=organisation, role=Role.OWNER)
    return parties.scope_of(user.id, organisation)


def _party(name: str, house: House) -> UUID | None:
    if name in _BY_SLUG:
        kind, slug = _BY_SLUG[name]
        return parties.ids_by_slug([slug], kind=kind).get(slug)
    if name == "buyer":
        return orders.busiest_buyer(house.seller, destination="FR")
    if name == "customs":
        return house.customs.get("DE")
    if name == "carrier":
        return next(iter(house.carriers.values()), None)
    found: UUID = getattr(house, name)
    return found
