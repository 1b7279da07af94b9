"""What every stage of the order flow is given: the parties, the ports, the policy and the moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductFacts
from fondaco.commerce.orders.public import OrderDTO, OrderLineDTO
from fondaco.flows.house import House
from fondaco.flows.story import retell
from fondaco.kernel.errors import NotFound
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import HeldIn

ACTOR = "flow"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a deployment allows its flow to do without a person.

    `accept_estimates`: price and declare on estimated weights, codes and origins, marked as such
    (docs/adr/0006). Off by default: then such orders wait as `needs_manual`.
    """

    accept_estimates: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world: each a client that speaks to a real service or to its simulator over a socket."""

    agency: Any
    provider: Any
    carrier: Any
    bank: Any = None


NO_PORTS = Ports(agency=None, provider=None, carrier=None)  # for what stays inside the house


@dataclass(frozen=True, slots=True)
class Work:
    """The surroundings of a batch; `held` tells which stores hold the goods of its orders.

    `retold`: orders of the past go through simulators at once, each step dated by the order's own clock
    (`flows.story`). Else what is done is dated `now`.
    """

    house: House
    ports: Ports
    policy: Policy
    now: datetime
    actor: str = ACTOR
    parties: Mapping[UUID, OrganisationDTO] = field(default_factory=dict)
    held: Mapping[UUID, tuple[HeldIn, ...]] = field(default_factory=dict)
    retold: bool = False

    def moment(self, order: OrderDTO, event: str, *, since: datetime | None = None) -> datetime:
        """When `event` happens to `order` as it stands; not before `since` where it is retold."""
        return retell(order, event, now=self.now, since=since) if self.retold else self.now

    def knowing(self, batch: Sequence[OrderDTO]) -> Work:
        """This work with the parties of `batch` at hand."""
        wanted = {order.buyer_id for order in batch} | {order.seller_id for order in batch}
        return replace(self, parties=parties.organisations([*wanted, self.house.platform]))

    def supplied(self, batch: Sequence[OrderDTO]) -> Work:
        """This work with the stores at hand that hold the goods of `batch`."""
        return replace(self, held=logistics.stores_of_orders([order.id for order in batch]))

    @property
    def platform(self) -> OrganisationDTO:
        return self.parties[self.house.platform]

    def seller(self, order: OrderDTO) -> OrganisationDTO:
        """Who sold `order`."""
        return self.parties[order.seller_id]

    def address(self, order: OrderDTO) -> dict[str, str]:
        """Where `order` goes: as the order says, completed from the buyer's own address."""
        buyer = self.parties[order.buyer_id]
        known = {key: str(value) for key, value in buyer.address.items()}
        return {"name": buyer.name, **known, **order.ship_to}


@dataclass(slots=True)
class Outcome:
    """What a stage decided: what to write, and by which event each order moves on, with what to remember.

    `writes` run in the transaction that moves the orders; none of them may call the outside world. `at` tells when
    it happened to an order, where the stage knows better than the order's clock.
    """

    writes: list[Callable[[], object]] = field(default_factory=list)

    moves: dict[str, list[UUID]] = field(default_factory=dict)
    stamps: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    at: dict[UUID, datetime] = field(default_factory=dict)

    def send(self, order_id: UUID, event: str, **stamp: Any) -> None:
        """Send one order on by `event`, remembering `stamp` on it."""
        self.moves.setdefault(event, []).append(order_id)
        if stamp:
            self.stamps[order_id] = stamp


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalogue knows of the goods of a batch."""

    by_product: Mapping[UUID, ProductFacts]

    @classmethod
    def about(cls, batch: Sequence[OrderDTO]) -> Self:
        """What is known of all goods in `batch`, in two queries."""
        return cls(
            catalog.facts_for({key for order in batch for line in order.lines if (key := line.product_id)})
        )

    def get(self, line: OrderLineDTO) -> ProductFacts | None:
        """What is known of a line's goods, if anything."""
        return self.by_product.get(line.product_id) if line.product_id else None

    def of(self, line: OrderLineDTO) -> ProductFacts:
        """What is known of a line's goods; the catalogue has every line that travels."""
        if (known := self.get(line)) is None:
            raise NotFound("The catalogue lost the goods of this line.", field="sku", value=line.sku)
        return known


Batch = Sequence[OrderDTO]
Stage = Callable[[Batch, Work], Outcome]
