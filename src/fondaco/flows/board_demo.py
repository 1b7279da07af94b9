"""The demonstration's posts: a few on real corridors, of made-up quantities and prices, each labelled."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from fondaco.flows.board import add_post
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Contact, NewPost, PostKind


def ensure_demo_board(*, now: datetime) -> int:
    """A few labelled posts of made-up quantities by the demonstration's carriers and sellers, once; how many."""
    carriers = parties.organisations_of_kind(Kind.CARRIER)[:3]
    sellers = [o for o in parties.organisations_of_kind(Kind.SELLER) if o.is_demo][:2]
    if not carriers or not sellers or _has_posts(carriers[0].id, Kind.CARRIER):
        return 0
    for place, row in enumerate(_DEMO_CAPACITY):
        owner = carriers[place % len(carriers)].id
        add_post(_demo_scope(owner, Kind.CARRIER), _demo_capacity(row, now.date()), now=now, is_demo=True)
    for place, lot in enumerate(_DEMO_CARGO):
        owner = sellers[place % len(sellers)].id
        add_post(_demo_scope(owner, Kind.SELLER), _demo_cargo(lot, now.date()), now=now, is_demo=True)
    return len(_DEMO_CAPACITY) + len(_DEMO_CARGO)


# From, to, departs in days, days on the way, kg, m³, per kg and per m³ in pence, least price, mode: made up.
_DEMO_CAPACITY = (
    ("CGO", "LUX", 4, 2, 12_000, 70, 310, 52_000, 9_000, "air"),
    ("CGO", "LUX", 9, 2, 30_000, 180, 265, 44_000, 9_000, "air"),
    ("CGO", "LUX", 6, 15, 22_000, 66, 92, 15_500, 20_000, "rail"),
    ("PVG", "FRA", 3, 2, 8_000, 48, 330, 55_000, 9_000, "air"),
    ("LUX", "CGO", 7, 2, 18_000, 110, 180, 30_000, 9_000, "air"),
    ("PVG", "LHR", 5, 3, 6_500, 40, 345, 57_000, 9_000, "air"),
)
# From, to, ready in days, due in days, kg, m³, the most it may cost in pence, classes: made up.
_DEMO_CARGO = (
    ("CGO", "LUX", 2, 9, 850, 5, 380_000, ("general", "textile")),
    ("CGO", "LUX", 3, 30, 4_200, 21, 520_000, ("general",)),
    ("PVG", "FRA", 1, 8, 1_900, 11, 760_000, ("general", "battery-in")),
    ("PVG", "LHR", 4, 12, 640, 6, 390_000, ("general", "fragile")),
    ("LUX", "CGO", 5, 20, 2_400, 14, 560_000, ("general", "cosmetics")),
)


def _demo_scope(owner: UUID, kind: Kind) -> Scope:
    return Scope(organisation_id=owner, kind=kind, role=Role.OWNER, actor="demo")


def _has_posts(owner: UUID, kind: Kind) -> bool:
    return bool(logistics.own_posts(_demo_scope(owner, kind), PostKind.CAPACITY, limit=1))


def _demo_capacity(row: tuple[str, str, int, int, int, int, int, int, int, str], today: date) -> NewPost:
    origin, destination, departs, days, mass_kg, volume, per_kg, per_m3, least, mode = row
    first = today + timedelta(days=departs)
    return NewPost(
        "capacity", origin, destination, first, first + timedelta(days=days), mass_kg * 1000, volume * 1000, "GBP",
        least, Contact("Freight desk", "freight@carrier.example", "+352 20 00 00 00"), _TAKEN, per_kg, per_m3, mode,
    )  # fmt: skip


def _demo_cargo(row: tuple[str, str, int, int, int, int, int, tuple[str, ...]], today: date) -> NewPost:
    origin, destination, ready, due, mass_kg, volume, most, classes = row
    return NewPost(
        "cargo", origin, destination, today + timedelta(days=ready), today + timedelta(days=due), mass_kg * 1000,
        volume * 1000, "GBP", most, Contact("Dispatch", "dispatch@merchant.example"), frozenset(classes),
    )  # fmt: skip


_TAKEN = frozenset({"general", "textile", "battery-in", "fragile", "cosmetics"})
