"""Split an order: candidates, their prices on every service from every warehouse, the model, the reasons."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.dto import Carton
from fondaco.systems.logistics.domain.matrix import Candidate, MatrixQuestion, PriceMatrix, price_matrix
from fondaco.systems.logistics.domain.splitting.atoms import Atom, atoms_of, nowhere
from fondaco.systems.logistics.domain.splitting.border import border_minor, terms_for
from fondaco.systems.logistics.domain.splitting.candidates import Load, draw_candidates
from fondaco.systems.logistics.domain.splitting.loads import Pattern, Shelf, unsendable
from fondaco.systems.logistics.domain.splitting.master import Solved, partition
from fondaco.systems.logistics.domain.splitting.reasons import alternatives_of, refusals_of
from fondaco.systems.logistics.domain.splitting.types import (
    Costing,
    PlannedConsignment,
    PlannedParcel,
    Source,
    SplitPlan,
    SplitRequest,
)
from fondaco.systems.logistics.domain.store import Ints, RateStore

Floats = NDArray[np.float64]
SECONDS = 1.0
HUGE = 2.0**52
# Gross masses that price lists commonly have a step at; the cards' own steps among them are what counts.
_STEPS = (31_500, 20_000, 15_000, 10_000, 5_000, 2_000)
_WHOLES = 6


class CannotSplit(Refused):
    code = "cannot-split"
    title = "No way of sending this order was found."
    remedy = (
        "Read the reasons: mend the articles' measures, restock, or loosen what is required of a service."
    )


@dataclass(frozen=True, slots=True)
class Column:
    """One consignment on the table: the cheapest service of one source that takes this load."""

    load: int
    source: Source
    service: str
    days: int
    cost: Costing
    objective: int


@dataclass(slots=True)
class Table:
    """All that the model chooses from. `wholes` has each service's price of the whole order, packed by default.

    `lines` are (line id, heading, goods) of each load.
    """

    store: RateStore
    request: SplitRequest
    atoms: list[Atom]
    shelf: Shelf
    loads: list[Load]
    contents: list[dict[int, int]]
    lines: list[list[tuple[str, str, int]]]
    default: int
    order_minor: int
    columns: list[Column] = field(default_factory=list)
    wholes: list[Column] = field(default_factory=list)
    matrices: dict[str, tuple[list[int], PriceMatrix]] = field(default_factory=dict)


def split(
    store: RateStore,
    request: SplitRequest,
    *,
    cartons: Sequence[Carton] | None = None,
    seconds: float = SECONDS,
    most_minor: int | None = None,
) -> SplitPlan:
    """The cheapest way to send `request` found within `seconds`, with the gap that is left to prove.

    CannotSplit names the first line that no carton, warehouse or service takes, or says that nothing was found
    at `most_minor` or less, all that the plan weighs together.
    """
    began = time.perf_counter()
    atoms = _checked(request)
    shelf = Shelf.of([atom.item for atom in atoms], cartons or house_cartons())
    drawn = draw_candidates(shelf, atoms, caps=_STEPS, by_heading=_flat(request))
    loads = list(drawn.loads)
    place = {load: i for i, load in enumerate(loads)}
    contents = [_units(load) for load in loads]
    table = Table(
        store, request, atoms, shelf, loads, contents, [_lines_of(shelf, units) for units in contents],
        place[drawn.default], sum(item.value_minor for item in request.items),
    )  # fmt: skip
    for source in request.sources:
        _price_from(table, source)
    lines = _per_line(table, [place[load] for load in drawn.lines])
    start = _start(table, lines)
    left = max(seconds - (time.perf_counter() - began), 0.05)
    solved = _solve(table, start, left, most_minor)
    return _plan(table, solved, lines, exact=drawn.exact, began=began)


def _checked(request: SplitRequest) -> list[Atom]:
    for item in request.items:
        if code := unsendable(item):
            raise CannotSplit(field=f"items.{item.line_id}", value=item.sku, reason=code)
    if not request.items or not request.sources:
        field_name = "sources" if request.items else "items"
        raise CannotSplit(field=field_name, value="none", reason="nothing-to-send")
    atoms = atoms_of(request)
    for item in nowhere(atoms):
        raise CannotSplit(field=f"items.{item.line_id}", value=item.sku, reason="not-in-stock")
    return atoms


def _flat(request: SplitRequest) -> bool:
    return any(t.flat_minor or (t.beyond and t.beyond.flat_minor) for t in request.landed.values())


def _units(load: Load) -> dict[int, int]:
    units: dict[int, int] = {}
    for pattern in load:
        for line, count in pattern.contents:
            units[line] = units.get(line, 0) + count
    return units


def _price_from(table: Table, source: Source) -> None:
    """Add a column for each load that `source` has in stock: its cheapest service, all things counted."""
    request = table.request
    here = [
        i for i, units in enumerate(table.contents) if all(source.code in table.atoms[a].at for a in units)
    ]
    question = MatrixQuestion(
        source.country, request.destination, request.postcode, request.on, request.required
    )
    matrix = price_matrix(table.store, [_candidate(table, i) for i in here], question)
    table.matrices[source.code] = here, matrix
    if not here or not len(matrix.service_codes):
        return
    price = _narrowed(matrix, request.services)
    slopes = np.array([_slope(table, source, i) for i in here])
    late = np.broadcast_to(_time(request, price, matrix.transit_max), price.shape)
    weighed = price * slopes[:, None] + late
    best = np.argmin(weighed, axis=1)
    for row, load in enumerate(here):
        if price[row, best[row]] < HUGE:
            table.columns.append(_column(table, source, matrix, (price, late), (row, load, int(best[row]))))
    if table.default in here:
        row = here.index(table.default)
        first = [s for s in np.argsort(weighed[row])[:_WHOLES].tolist() if price[row, s] < HUGE]
        table.wholes += [
            _column(table, source, matrix, (price, late), (row, table.default, s)) for s in first
        ]


def _narrowed(matrix: PriceMatrix, services: frozenset[str]) -> Floats:
    """Prices as floats (exact up to 2**53), HUGE where a service refuses or is not asked."""
    price = np.where(matrix.price_minor < 0, HUGE, matrix.price_minor).astype(np.float64)
    if services:
        price[:, [code not in services for code in matrix.service_codes]] = HUGE
    return price


def _time(request: SplitRequest, price: Floats, days: Ints) -> Floats:
    """The price of each transit time: patience on the cheapest price of the load, and days past the deadline."""
    if not request.patience_bp and not request.deadline_days:
        return np.zeros((1, 1))
    floor = price.min(axis=1)
    floor = np.where(floor < HUGE, floor, 0.0)
    cost: Floats = np.floor(request.patience_bp * floor[:, None] * days[None, :] / 10_000)
    if request.deadline_days:
        cost += request.late_minor * np.maximum(days - request.deadline_days, 0)[None, :]
    return cost


def _lines_of(shelf: Shelf, units: Mapping[int, int]) -> list[tuple[str, str, int]]:
    items = ((shelf.items[i], n) for i, n in units.items())
    return [(item.line_id, item.heading, item.value_minor * n // item.quantity) for item, n in items]


def _slope(table: Table, source: Source, load: int) -> float:
    """What one more unit of freight costs with the duty and tax on it: which service is cheapest hangs on it."""
    terms = table.request.landed.get(source.code)
    if terms is None or not table.request.duty_aware:
        return 1.0
    lines = table.lines[load]
    low, high = (border_minor(terms, lines, freight=f, order_minor=table.order_minor) for f in (0, 1_000_000))
    return 1.0 + (high - low) / 1_000_000


def _column(
    table: Table,
    source: Source,
    matrix: PriceMatrix,
    priced: tuple[Floats, Floats],
    at: tuple[int, int, int],
) -> Column:
    row, load, service = at
    request, (freight, late) = table.request, (int(sheet[row, service]) for sheet in priced)
    terms = request.landed.get(source.code)
    border = (
        border_minor(terms, table.lines[load], freight=freight, order_minor=table.order_minor) if terms else 0
    )
    handling = source.handling_minor * len(table.loads[load]) + request.waybill_minor
    days = int(matrix.transit_max[service])
    cost = Costing(freight, handling, border, late)
    objective = cost.total - (0 if request.duty_aware else border)
    return Column(load, source, matrix.service_codes[service], days, cost, objective)


def _candidate(table: Table, place: int) -> Candidate:
    items, load = table.shelf.items, table.loads[place]
    classes = frozenset(name for i in table.contents[place] for name in items[i].cargo_classes)
    specs = tuple(pattern.spec for pattern in load)
    goods = sum(value for _, _, value in table.lines[place])
    return Candidate(specs, classes, Money(goods, table.store.currency))


def _per_line(table: Table, lines: Sequence[int]) -> list[int] | None:
    """The cheapest column of each line's own load; None where a line has none."""
    best: dict[int, int] = {}
    for j, column in enumerate(table.columns):
        known = best.get(column.load)
        if known is None or column.objective < table.columns[known].objective:
            best[column.load] = j
    found = [best.get(load) for load in lines]
    return None if None in found else [j for j in found if j is not None]


def _start(table: Table, lines: list[int] | None) -> dict[int, int] | None:
    """The better of the two plans that need no search: all by one service, or each line on its own."""
    plans = [{j: 1} for j, column in enumerate(table.columns) if column.load == table.default]
    if lines is not None:
        plans.append({j: lines.count(j) for j in lines})
    return min(plans, key=lambda plan: _worth(table, plan), default=None)


def _worth(table: Table, plan: Mapping[int, int]) -> int:
    return sum(table.columns[j].objective * n for j, n in plan.items())


def _solve(table: Table, start: dict[int, int] | None, seconds: float, most: int | None) -> Solved:
    wanted = [atom.item.quantity for atom in table.atoms]
    if missing := set(range(len(wanted))) - {row for c in table.columns for row in table.contents[c.load]}:
        item = table.atoms[min(missing)].item
        raise CannotSplit(field=f"items.{item.line_id}", value=item.sku, reason="no-service")
    kept = _worthwhile(table, start, most)
    place = {j: k for k, j in enumerate(kept)}
    solved = partition(
        [table.contents[table.columns[j].load] for j in kept],
        np.array([table.columns[j].objective for j in kept], dtype=np.int64),
        wanted,
        start={place[j]: n for j, n in start.items()} if start else None,
        seconds=seconds,
        most=most,
    )
    if solved is None:
        reason = "no-service" if most is None else "too-dear"
        raise CannotSplit(field="items", value=table.request.reference, reason=reason)
    return replace(solved, taken={kept[k]: n for k, n in solved.taken.items()})


def _worthwhile(table: Table, start: dict[int, int] | None, most: int | None) -> list[int]:
    """Columns that a cheapest plan may need: of equal contents the cheapest, none dearer than a whole plan may be.

    Nothing is lost by leaving the others out; the columns of `start` stay.
    """
    known_plans = [_worth(table, start)] if start else []
    most = min([*known_plans, *([] if most is None else [most])], default=None)
    best: dict[frozenset[tuple[int, int]], int] = {}
    for j, column in enumerate(table.columns):
        if most is not None and column.objective > most:
            continue
        key = frozenset(table.contents[column.load].items())
        known = best.get(key)
        if known is None or column.objective < table.columns[known].objective:
            best[key] = j
    return sorted({*best.values(), *(start or ())})


def _plan(table: Table, solved: Solved, lines: list[int] | None, *, exact: bool, began: float) -> SplitPlan:
    total = _worth(table, solved.taken)
    single = min(table.wholes, key=lambda c: c.objective, default=None)
    baselines = {} if single is None else {"single": single.cost}
    if lines is not None:
        baselines["per-line"] = _sum(table.columns[j].cost for j in lines)
    chosen = [table.columns[j] for j, n in sorted(solved.taken.items()) for _ in range(n)]
    return SplitPlan(
        reference=table.request.reference,
        consignments=tuple(_consignment(table, column) for column in chosen),
        cost=_sum(column.cost for column in chosen),
        bound=solved.bound,
        gap=(total - solved.bound) / total if total else 0.0,
        proven=solved.proven,
        method="exact" if exact else "candidates",
        candidates=len(table.columns),
        baselines=baselines,
        single_service=single.service if single else "",
        wholes=_wholes(table),
        alternatives=alternatives_of(table),
        refused=refusals_of(table),
        seconds=time.perf_counter() - began,
    )


def _wholes(table: Table) -> dict[str, int]:
    """The cheapest whole plan of each source that has one."""
    found: dict[str, int] = {}
    for column in table.wholes:
        code = column.source.code
        found[code] = min(found.get(code, column.cost.total), column.cost.total)
    return found


def _sum(costs: Iterable[Costing]) -> Costing:
    total = Costing()
    for cost in costs:
        total = total.plus(cost)
    return total


def _consignment(table: Table, column: Column) -> PlannedConsignment:
    request = table.request
    lines = table.lines[column.load]
    goods = sum(value for _, _, value in lines)
    terms = request.landed.get(column.source.code)
    parcels = tuple(_parcel(table, pattern) for pattern in table.loads[column.load])
    return PlannedConsignment(
        warehouse=column.source.code,
        service_code=column.service,
        parcels=parcels,
        cost=column.cost,
        days_max=column.days,
        goods_minor=goods,
        headings=len({heading for _, heading, _ in lines}),
        terms=terms_for(terms, goods, table.order_minor).code if terms else "",
    )


def _parcel(table: Table, pattern: Pattern) -> PlannedParcel:
    box = pattern.spec
    contents = _contents(table, pattern)
    return PlannedParcel(pattern.box, box.length_mm, box.width_mm, box.height_mm, box.mass_g, contents)


def _contents(table: Table, pattern: Pattern) -> tuple[tuple[str, int], ...]:
    """Units by line: the atoms of a line that lie in one parcel are one entry."""
    counts: dict[str, int] = {}
    for atom, count in pattern.contents:
        line = table.shelf.items[atom].line_id
        counts[line] = counts.get(line, 0) + count
    return tuple(counts.items())
