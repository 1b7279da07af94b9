"""Stock in the flow of orders: held when an order is packed on paper, shipped when it leaves, planned by demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ArticleDemand, OrderState
from fondaco.flows.logins import PARK_SLUG
from fondaco.flows.work import Batch, Work
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import JobView, NewReceipt, NewStore, ProposalRun, Scanned, Want
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import DocumentDTO

DEMO_SELLER = "brook-fern"
_OPEN = (OrderState.PAID, OrderState.DECLARED, OrderState.RELEASED)
_ARTICLES = {"home": 120, "park": 60, "bond": 12, "hamburg": 40}
_ENOUGH_TO_PLAN = 60  # articles: a forecast over a handful of orders says nothing
_PARK_EORI = "GB000000000007"  # the form of a number; nobody's
Takes = tuple[tuple[UUID, str, int], ...]  # store, SKU, pieces
NO_PLANS: Mapping[UUID, Takes] = MappingProxyType({})
PAPERS_OF_PARCEL = ("label", "packing_list", "cn23")


@dataclass(frozen=True, slots=True)
class Bench:
    """A packing job with the papers that go on and into its parcel, once it is complete."""

    job: JobView
    papers: tuple[DocumentDTO, ...]


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One packed order as the carrier's driver takes it over."""

    job: JobView
    carrier: str
    service: str
    tracking_numbers: tuple[str, ...]
    parcels: int
    mass_g: int


def hold_stock(batch: Batch, work: Work, *, planned: Mapping[UUID, Takes] = NO_PLANS) -> Callable[[], object]:
    """The write that holds what stores keep of a batch's goods; what they do not keep stops nothing.

    `planned` names by order the stores that its plan chose.
    """
    return partial(logistics.reserve_orders, _wants(batch, planned), now=work.now, actor=work.actor)


def ship_stock(order_ids: Sequence[UUID], work: Work) -> Callable[[], object]:
    """The write that takes what is held for orders out of stock, once they have left."""
    return partial(logistics.ship_orders, tuple(order_ids), now=work.now, actor=work.actor)


def _wants(batch: Batch, planned: Mapping[UUID, Takes] = NO_PLANS) -> list[Want]:
    return [
        Want(
            order_id=order.id,
            number=order.number,
            seller_id=order.seller_id,
            destination=order.destination,
            pieces=tuple((line.sku, line.quantity) for line in order.lines if line.quantity > 0),
            planned=planned.get(order.id, ()),
        )
        for order in batch
    ]


def scan_piece(scope: Scope, job_id: UUID, code: str, *, now: datetime) -> Scanned:
    """Count one scanned piece; with the last one the parcel's label and papers are made."""
    done = logistics.scan_piece(scope, job_id, code, now=now, actor=scope.actor or "bench")
    if done.complete:
        sharing.render_pending([logistics.packing_job(scope, job_id).order_id], now=now)
    return done


def packing_bench(scope: Scope, job_id: UUID) -> Bench:
    """One packing job; with its label and papers when it is complete."""
    job = logistics.packing_job(scope, job_id)
    if job.state != "complete" or scope.kind not in (Kind.SELLER, Kind.PLATFORM):
        return Bench(job, ())
    found = sharing.documents_for([job.order_id], scope=scope)[job.order_id]
    return Bench(job, tuple(paper for paper in found if paper.kind in PAPERS_OF_PARCEL))


def manifest(scope: Scope, *, day: date) -> tuple[ManifestRow, ...]:
    """What was packed on `day`, by carrier: what its driver signs for."""
    jobs = logistics.packed_on(scope, day)
    moved = logistics.consignments_for([job.order_id for job in jobs])
    rows = [
        ManifestRow(job, c.provider_name, c.service_name, c.tracking_numbers, c.parcel_count, c.mass_g)
        for job in jobs
        if (c := moved.get(job.order_id))
    ]
    return tuple(sorted(rows, key=lambda row: (row.carrier, row.job.number)))


def plan_stock(seller_id: UUID, *, now: datetime, actor: str = "planner") -> dict[str, ProposalRun]:
    """Propose orders for each store of a seller from its own sales; by store code. Once a day has an effect."""
    seller = Scope(organisation_id=seller_id, kind=Kind.SELLER, role=Role.OWNER, actor=actor)
    stores = logistics.list_stores(seller)
    if not stores:
        return {}
    demand = orders.weekly_demand(seller_id=seller_id, until=now)
    history = {article.sku: article.weekly for article in demand}
    prices = {article.sku: article.price_minor / 100 for article in demand}
    return {
        store.code: logistics.propose_orders(
            store.id, _share_of(history, store.kind), prices, on=now.date(), now=now, actor=actor
        )
        for store in stores
    }


def plan_every_stock(*, now: datetime) -> int:
    """`plan_stock` of every seller, for a nightly job; how many proposals were made."""
    sellers = parties.organisations_of_kind(Kind.SELLER)
    return sum(run.proposed for one in sellers for run in plan_stock(one.id, now=now).values())


def _share_of(history: dict[str, tuple[int, ...]], kind: str) -> dict[str, tuple[int, ...]]:
    """What of a seller's demand a store meets: all at home, about a third elsewhere."""
    if kind == "own":
        return history
    return {sku: tuple(round(n / 3) for n in weekly) for sku, weekly in history.items()}


# The demonstration


def ensure_demo_stock(seller_id: UUID, *, now: datetime) -> int:
    """Stock of made-up quantities for the demonstration's seller, from its own demand; pieces received.

    A home, a park, a bonded and an overseas store, each labelled as made up; open orders hold from it, one wave
    waits to be picked. A second run changes nothing.
    """
    demand = orders.weekly_demand(seller_id=seller_id, until=now)
    scope = Scope(organisation_id=seller_id, kind=Kind.SELLER, role=Role.OWNER, actor="demo")
    if not demand or logistics.list_stores(scope):
        return 0
    stores = logistics.ensure_stores(_stores(seller_id, ensure_park(now=now)))
    pieces = 0
    for store in stores:
        receipts = _receipts(store.code, demand[: _ARTICLES[store.code]])
        pieces += sum(receipt.quantity for receipt in receipts)
        logistics.put_away(store, receipts, now=now, actor="demo")
    _work_through(scope, stores[0].pk, now=now)
    return pieces


def plan_demo_stock(*, now: datetime) -> int:
    """Propose orders for the demonstration's stores and order three, once; how many were proposed.

    Apart from the main job: reading in the forecasting library takes longer than many orders.
    """
    seller_id = parties.ids_by_slug([DEMO_SELLER], kind=Kind.SELLER).get(DEMO_SELLER)
    if seller_id is None:
        return 0
    scope = Scope(organisation_id=seller_id, kind=Kind.SELLER, role=Role.OWNER, actor="demo")
    known = logistics.list_proposals(scope, state="", size=1)[1]
    if known or sum(store.articles for store in logistics.list_stores(scope)) < _ENOUGH_TO_PLAN:
        return 0
    made = sum(run.proposed for run in plan_stock(seller_id, now=now, actor="demo").values())
    _order_some(scope, now=now)
    return made


def ensure_park(*, now: datetime) -> UUID:
    """The park of the demonstration, made where it is missing; its EORI stated where an older book has none."""
    address = {"street": "Dock Gate 4", "city": "Bristol", "postcode": "BS11 9XX", "country": "GB"}
    (park,) = parties.ensure_organisations([
        NewOrganisation(
            kind=Kind.PARK, name="Harbour Park (demonstration)", country="GB", slug=PARK_SLUG, currency="GBP",
            identifiers={"eori": _PARK_EORI}, is_demo=True, address=address,
        )
    ])  # fmt: skip
    if not park.identifiers.get("eori"):
        owner = Scope(organisation_id=park.id, kind=Kind.PARK, role=Role.OWNER, actor="demo")
        parties.state_number(owner, "eori", value=_PARK_EORI, now=now)
    return park.id


def _stores(seller_id: UUID, park: UUID) -> list[NewStore]:
    made_up = partial(NewStore, seller_id, is_demo=True)
    sea = "made-up: sea from Ningbo, customs and rail"
    return [
        made_up(operator_id=seller_id, code="home", name="Home warehouse", kind="own", country="GB",
                 city="Bristol", rank=1, lead_mean_days=38, lead_sd_days=6, lead_source=sea),
        made_up(operator_id=park, code="park", name="Harbour Park warehouse", kind="park", country="GB",
                 city="Bristol", rank=2, lead_mean_days=35, lead_sd_days=5, lead_source=sea),
        made_up(operator_id=park, code="bond", name="Harbour Park bonded store", kind="bonded",
                 country="GB", city="Bristol", rank=3, lead_mean_days=35, lead_sd_days=5, lead_source=sea),
        made_up(operator_id=seller_id, code="hamburg", name="Hamburg warehouse", kind="overseas",
                 country="DE", city="Hamburg", rank=4, lead_mean_days=9, lead_sd_days=2,
                 lead_source="made-up: truck from Bristol"),
    ]  # fmt: skip


def _receipts(code: str, demand: Sequence[ArticleDemand]) -> list[NewReceipt]:
    """About two to nine weeks' demand of each article in one or two lots; every fifth article runs short."""
    rows = []
    for n, article in enumerate(demand):
        weekly = max(article.pieces / max(len(article.weekly), 1), 0.4)
        weeks = 1 if n % 5 == 4 else 2 + (n * 7) % 8
        pieces = max(2, round(weekly * weeks * (1 if code == "home" else 0.4)))
        parts = [pieces - pieces // 3, pieces // 3] if n % 3 == 0 and pieces > 5 else [pieces]
        rows += [
            NewReceipt(
                sku=article.sku, title=article.title, quantity=part, lot=f"{code.upper()}-{n + 1:03}{'AB'[k]}",
                origin="CN", key=f"demo:{code}:{article.sku}:{k}", supplier="Made-up supplier, Yiwu",
                document=f"PL-{2600 + n}", customs_document="GB26BOND0001" if code == "bond" else "",
            )
            for k, part in enumerate(parts)
        ]  # fmt: skip
    return rows


def _work_through(scope: Scope, store_id: UUID, *, now: datetime) -> None:
    """Hold stock for the open orders, and put some of them on a pick list."""
    for state in _OPEN:
        batch = orders.orders_in_state(state, seller_id=scope.organisation_id, limit=250)
        logistics.reserve_orders(_wants(batch), now=now, actor="demo")
    try:
        first = logistics.make_wave(scope, store_id, orders=6, now=now, actor="demo")
        logistics.finish_wave(scope, first, now=now, actor="demo")
        _pack_some(scope, first, now=now)
        logistics.make_wave(scope, store_id, orders=8, now=now, actor="demo")
    except logistics.NothingToPick:
        return


def _pack_some(scope: Scope, wave_id: UUID, *, now: datetime) -> None:
    """Pack the first two orders of a wave, so that a manifest has rows."""
    for job in logistics.wave_detail(scope, wave_id).jobs[:2]:
        for sku, _, packed, expected in job.lines:
            for _ in range(min(expected - packed, 200)):
                logistics.scan_piece(scope, job.id, sku, now=now, actor="demo")


def _order_some(scope: Scope, *, now: datetime) -> None:
    for proposal in logistics.list_proposals(scope, size=3)[0]:
        logistics.accept_proposal(scope, proposal.id, quantity=None, now=now, actor="demo")
