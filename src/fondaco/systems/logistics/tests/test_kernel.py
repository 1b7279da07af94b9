"""Every rule at once: the compiled kernel, numpy and the Decimal reference say the same, to the penny and the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain import kernel
from fondaco.systems.logistics.domain.draft_store import store_of
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest
from fondaco.systems.logistics.domain.matrix import Candidate, MatrixQuestion, price_matrix
from fondaco.systems.logistics.domain.quoting import BadRequest, quote, quote_table
from fondaco.systems.logistics.domain.why import CODES, Why
from fondaco.systems.logistics.tests.randoms import STARTS, edges, random_book, random_shipment
from fondaco.systems.logistics.tests.reference import quote_slowly

DRAW = Random(20261122)
BOOK = random_book(DRAW, services=60)
STORE = store_of(BOOK, starts_on=STARTS)


@pytest.fixture(params=["numpy", "compiled"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The kernel under test, for this test only."""
    monkeypatch.setattr(kernel, "_engine", kernel.price_numpy)
    if request.param == "compiled":
        assert kernel.warm()
    yield request.param
    assert kernel.is_warm() == (request.param == "compiled")


def compared(requests: list[QuoteRequest]) -> tuple[int, set[str]]:
    """How many services were compared, and the reasons that occurred."""
    compared, reasons = 0, set[str]()
    for request in requests:
        expected = quote_slowly(BOOK, request)
        table = quote_table(STORE, request)
        prices = {o.service_code: o.price.minor for o in table.offers(slice(None))}
        refused = {r.service_code: r.code for r in table.refusals().all()}
        in_force = request.on >= STARTS
        for code, answer in expected.items():
            if in_force:
                assert prices.get(code) == answer.price, (code, request)
                if answer.price is None:
                    assert refused[code] == answer.reason, (code, request)
            else:
                assert refused[code] in {"not-in-force", "no-origin", "no-destination"}
        reasons |= set(refused.values())
        compared += len(expected)
    return compared, reasons


def test_every_rule_equals_the_reference_to_the_penny(engine: str) -> None:
    draw = Random(7)
    asked = [random_shipment(draw, str(n)) for n in range(150)]
    count, reasons = compared(asked + [edges(BOOK, draw, request) for request in asked])
    assert count == 300 * 60
    assert reasons == {CODES[why] for why in Why if why}


def test_engines_give_the_same_bytes() -> None:
    draw = Random(11)
    for number in range(300):
        request = random_shipment(draw, str(number))
        table = quote_table(STORE, request)
        load, pair = table.shipment, table.pair
        hit = np.zeros(len(STORE.areas) + 1, dtype=bool)
        hit[:-1] = draw.random() < 0.5
        answers = []
        for run in (kernel.price_numpy, kernel._compile()):
            why, totals = (
                np.zeros(len(pair.service), dtype=np.int8),
                np.zeros(len(pair.service), dtype=np.int64),
            )
            parts = np.zeros((len(why), len(kernel.PARTS)), dtype=np.int64)
            assert run is not None
            run(
                load.head, load.parcels, load.whole, pair.lanes, *pair.cells, hit,
                STORE.fuel_on(request.on.toordinal()), why, totals, parts,
            )  # fmt: skip
            parts[why > 0] = 0
            answers.append((why.tobytes(), totals.tobytes(), parts.tobytes()))
            assert (totals[why == 0] == parts[why == 0, :-1].sum(axis=1)).all()
        assert answers[0] == answers[1], request


def test_the_matrix_says_what_single_quotes_say(engine: str) -> None:
    draw = Random(5)
    for _ in range(12):
        base = random_shipment(draw, "m")
        rows = [random_shipment(draw, "r") for _ in range(6)]
        question = MatrixQuestion(base.origin, base.destination, base.postcode, base.on, base.required)
        found = price_matrix(
            STORE, [Candidate(r.parcels, r.cargo_classes, r.declared_value) for r in rows], question
        )
        for place, row in enumerate(rows):
            request = QuoteRequest(
                "x", base.origin, base.destination, base.postcode, base.on, row.parcels, row.cargo_classes,
                row.declared_value, base.required,
            )  # fmt: skip
            single = quote(STORE, request, limit=1_000, explain=True)
            prices = {
                code: price
                for code, price in zip(found.service_codes, found.price_minor[place].tolist(), strict=True)
                if price >= 0
            }
            assert prices == {o.service_code: o.price.minor for o in single.offers}
            refused = {r.service_code: r.code for r in single.refused}
            for column, code in enumerate(found.service_codes):
                if code not in prices:
                    # A service may have lanes that the day or the postcode closes: those are in no column.
                    assert found.reason(place, column) in {refused[code]} | {CODES[w] for w in Why if w > 6}
        cheap = found.cheapest(most=2)
        assert (found.price_minor[:, cheap] >= 0).any(axis=0).all()


def test_each_refused_lane_has_its_figure_and_its_limit() -> None:
    draw = Random(3)
    for number in range(100):
        table = quote_table(STORE, random_shipment(draw, str(number)))
        have, limit = table.figures.T
        for why in (Why.TOO_HEAVY, Why.GIRTH, Why.SUM_OF_SIDES, Why.VALUE_TOO_HIGH, Why.COVER_TOO_LOW):
            assert (have[table.why == why] > limit[table.why == why]).all()
        assert not table.figures[table.why == 0].any()
        assert sum(table.counts.values()) + len(table.order) == STORE.service_count


def test_what_a_group_lists_is_what_all_lists() -> None:
    table = quote_table(STORE, random_shipment(Random(1), "g"))
    every = table.refusals().all()
    for why in (w for w in Why if w):
        some = [r for r in every if r.code == CODES[why]]
        assert list(table.refusals().of(why, most=5)) == some[:5]


@pytest.mark.parametrize(
    ("parcels", "value"),
    [
        ((ParcelSpec(100, 100, 100, 99_000_000),) * 11, None),
        ((ParcelSpec(100, 100, 100, 1),), Money(10**14, "GBP")),
        ((ParcelSpec(100, 100, 100, 1),), Money(-1, "GBP")),
    ],
)
def test_what_would_not_fit_the_arithmetic_is_refused(
    parcels: tuple[ParcelSpec, ...], value: Money | None
) -> None:
    with pytest.raises(BadRequest):
        quote(STORE, QuoteRequest("x", "GB", "DE", "", STARTS, parcels, declared_value=value))


def test_the_dearest_that_can_be_written_is_priced_exactly() -> None:
    """Prices at the importer's bounds, on the heaviest shipment there may be, stay within 64 bits."""
    draw = Random(2)
    book = random_book(draw, services=1)
    lane = book.lanes[0]
    lane.zone, lane.basis, lane.max_weight_g, lane.max_mm, lane.max_girth_mm = (
        "",
        "consignment",
        0,
        (0, 0, 0),
        0,
    )
    lane.max_sum_mm, lane.max_value_minor, lane.fuel_rule, lane.divisor, lane.min_billable_g = 0, 0, "", 0, 0
    lane.cells = [type(lane.cells[0])(0, 2_000_000_000, "per_kg", 2_000_000_000)]
    book.lanes = [lane]
    parcels = (ParcelSpec(100, 100, 100, 100_000_000),) * 10
    request = QuoteRequest("x", lane.origin, lane.destination, "", STARTS, parcels)
    (offer,) = quote(store_of(book, starts_on=STARTS), request).offers
    assert dict(offer.breakdown)["freight"] == 2_000_000_000 * 1_000_000


def test_a_changed_source_makes_every_kernel_stale(tmp_path: Path) -> None:
    from fondaco.systems.logistics.domain.compiling import SOURCES, drop_stale

    for name in SOURCES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    folders = (tmp_path / "__pycache__", tmp_path / "routing" / "__pycache__")
    ours = [
        folders[0] / "kernel_numba.price_all-126.py311.nbi",
        folders[1] / "search_numba.search-264.py311.nbi",
    ]
    other = folders[0] / "matrix.cpython-311.nbi"

    def compile_all() -> None:
        for index in (*ours, other):
            index.parent.mkdir(exist_ok=True)
            index.touch()

    compile_all()
    assert drop_stale(tmp_path)
    assert not any(index.exists() for index in ours)
    assert other.exists()
    compile_all()
    assert not drop_stale(tmp_path)
    assert all(index.exists() for index in ours)
    (tmp_path / "kernel.py").write_text("another column")
    assert drop_stale(tmp_path)
    assert not any(index.exists() for index in ours)
