"""Where returned goods go: each route with what it brings and costs, or why it is not open. Pure.

The figures are the house's own (data/window/return_policy.toml), not measured; the time limits are the law's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.returned import EU, FAULT, part_of

RESTOCK, REEXPORT, DOMESTIC, DONATE, DESTROY = "restock", "reexport", "domestic", "donate", "destroy"
ROUTES: Final = (RESTOCK, REEXPORT, DOMESTIC, DONATE, DESTROY)
GRADES: Final = ("A", "B", "C")
UNSAFE: Final = frozenset({"unsafe", "prohibited"})


class BadReturnPolicy(Refused):
    code = "bad-return-policy"
    title = "The policy for returned goods cannot be read."
    remedy = "Mend data/window/return_policy.toml where it is named."


@dataclass(frozen=True, slots=True)
class Cost:
    """What a route costs: a sum in minor units of the order's currency and a share of the goods' price."""

    fixed: int
    share_bp: int

    def of(self, price: int) -> int:
        """For goods of this price."""
        return self.fixed + part_of(price, self.share_bp)


@dataclass(frozen=True, slots=True)
class Centre:
    """A place where returned goods are gathered and looked at."""

    code: str
    name: str
    country: str
    serves: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """The house's assumptions: what a grade fetches by route, what routes cost, what buyers get back, where."""

    label: str
    version: str
    worth: Mapping[str, Mapping[str, int]]
    costs: Mapping[str, Cost]
    refunds: Mapping[str, Mapping[str, int]]
    centres: tuple[Centre, ...]

    def centre_for(self, country: str) -> Centre | None:
        """The centre that gathers the returns of `country`, if any."""
        return next((one for one in self.centres if country in one.serves), None)

    def refund_bp(self, grade: str, *, reason: str) -> int:
        """The share of the price that goes back to the buyer, in basis points."""
        return self.refunds["fault" if reason in FAULT else "mind"][grade]


@dataclass(frozen=True, slots=True)
class Goods:
    """Pieces of one line and grade: their price (minor units), where they lie, and what binds them.

    `store`: the seller keeps stock in the country where they lie. `relief`: the home country still takes them
    back free of duty. `in_zone`: they lie under customs supervision; `zone_open`: their time there is not over.
    """

    grade: str
    price: int
    reason: str
    lies_in: str
    home: str
    store: bool
    relief: bool
    in_zone: bool = False
    zone_open: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route as weighed: what the goods fetch, what it costs, and why it is closed (empty: open)."""

    route: str
    worth: int
    cost: int
    why_not: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def net(self) -> int:
        return self.worth - self.cost

    def as_dict(self) -> dict[str, Any]:
        """As data, for the record and the Why."""
        return {
            "route": self.route, "worth": self.worth, "cost": self.cost, "net": self.net,
            "why_not": list(self.why_not), "notes": list(self.notes),
        }  # fmt: skip


def weigh_routes(goods: Goods, policy: ReturnPolicy) -> list[Candidate]:
    """Every route, open ones first by what they bring net, destruction last among equals."""
    found = [_weigh(route, goods, policy) for route in ROUTES]
    return sorted(found, key=lambda one: (bool(one.why_not), -one.net, ROUTES.index(one.route)))


def _weigh(route: str, goods: Goods, policy: ReturnPolicy) -> Candidate:
    share = policy.worth[goods.grade].get(route)
    worth = part_of(goods.price, share or 0)
    closed = [*(("grade",) if share is None else ()), *_CLOSED[route](goods)]
    notes = ["relief-over"] if route == REEXPORT and not goods.relief else []
    notes += ["witness"] if route == DESTROY else []
    return Candidate(route, worth, policy.costs[route].of(goods.price), tuple(closed), tuple(notes))


def _restock(goods: Goods) -> Iterable[str]:
    if not goods.store:
        yield "no-store-here"
    if goods.in_zone and not goods.zone_open:
        yield "zone-time-over"
    if goods.reason in UNSAFE:
        yield "unsafe"


def _reexport(goods: Goods) -> Iterable[str]:
    if goods.lies_in == goods.home:
        yield "is-home"
    if goods.reason in UNSAFE:
        yield "unsafe"


def _domestic(goods: Goods) -> Iterable[str]:
    if not goods.in_zone:
        yield "not-in-a-zone"
    if goods.reason in UNSAFE:
        yield "unsafe"


def _donate(goods: Goods) -> Iterable[str]:
    if goods.reason in UNSAFE or goods.reason == "defective":
        yield "unsafe"


def _destroy(_goods: Goods) -> Iterable[str]:
    return ()


_CLOSED = {RESTOCK: _restock, REEXPORT: _reexport, DOMESTIC: _domestic, DONATE: _donate, DESTROY: _destroy}


def read_policy(told: Mapping[str, Any]) -> ReturnPolicy:
    """return_policy.toml as a policy; BadReturnPolicy names what is missing."""
    try:
        worth = {g: _shares(told["grades"][g]) for g in GRADES}
        costs = {r: Cost(int(told["costs"][r]["fixed"]), int(told["costs"][r]["share_bp"])) for r in ROUTES}
        refunds = {k: {g: int(told["refunds"][k][g]) for g in GRADES} for k in ("fault", "mind")}
        centres = tuple(_centre(one) for one in told.get("centres", ()))
    except (KeyError, ValueError, TypeError) as fault:
        raise BadReturnPolicy(str(fault), field="return_policy.toml") from fault
    return ReturnPolicy(str(told["label"]), str(told["version"]), worth, costs, refunds, centres)


def _shares(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(share) for name, share in row.items() if name in ROUTES}


def _centre(row: Mapping[str, Any]) -> Centre:
    serves: Sequence[str] = row["serves"]
    countries = frozenset(serves) - {"EU"} | (EU if "EU" in serves else frozenset())
    return Centre(row["code"], row["name"], row["country"], countries)
