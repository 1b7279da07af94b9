"""Price books: every fault named, nothing changed by a bad file, versions that follow one another."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.systems.logistics.adapters import bookfile
from fondaco.systems.logistics.domain.cartons import data_folder
from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.quoting import quote
from fondaco.systems.logistics.models import Lane, PriceBook, RateCell, Service, ServiceVersion
from fondaco.systems.logistics.public import (
    BookImport,
    BookNotCurrent,
    BookUnreadable,
    EffectiveOverlap,
    NoPrices,
    NothingToRestore,
    diff_price_books,
    ensure_demo_book,
    explain_quote,
    import_price_book,
    list_price_books,
    price_book_detail,
    quote_many,
    restore_book,
    rollback_book,
    service_rates,
    withdraw_book,
)
from fondaco.systems.logistics.selectors.store import _stores, rate_store, same_prices
from fondaco.systems.logistics.services.books import BookMeta, store_book
from fondaco.systems.logistics.tests.conftest import NOW, request_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]

TEMPLATE = data_folder() / "price_book_template.csv"
FIRST_DAY = date(2026, 1, 1)


def template() -> list[dict[str, str]]:
    with TEMPLATE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def saved(folder: Path, rows: list[dict[str, str]], name: str = "book.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def brought(path: Path, **options: object) -> BookImport:
    options = {"effective_from": FIRST_DAY, **options}
    return import_price_book(path, actor="test", now=NOW, **options)  # type: ignore[arg-type]


def priced() -> int:
    """What the template's line asks for 300 g to Germany."""
    offers = quote_many([request_for("DE")])[0].offers
    return next(o.price.minor for o in offers if o.service_code == "EXL-STD")


def test_the_template_imports_and_quotes() -> None:
    report = brought(TEMPLATE)
    assert report.ok
    assert (report.services, report.lanes, report.cells, report.currency) == (2, 2, 4, "GBP")
    assert report.book is not None
    assert (report.book.version, report.book.created) == (1, True)
    assert report.diff is not None
    assert (report.diff.added, report.diff.changed) == (4, 0)
    assert priced() == 3 * 310 + 190  # 3 kg on 2-30 kg at 3.10


def test_the_same_file_again_changes_nothing() -> None:
    first, again = brought(TEMPLATE), brought(TEMPLATE)
    assert first.book is not None
    assert again.book is not None
    assert (again.book.id, again.book.created) == (first.book.id, False)
    assert RateCell.objects.count() == 4


def test_a_dry_run_changes_nothing_and_tells_the_difference(tmp_path: Path) -> None:
    brought(TEMPLATE)
    rows = template()
    rows[2]["price"] = "3.41"
    report = brought(saved(tmp_path, rows), dry_run=True, effective_from=date(2026, 8, 1))
    assert report.ok
    assert report.book is None
    assert report.diff is not None
    (change,) = report.diff.changes
    assert change.key == ("EXL-STD", "GB", "DE", "", 2000, 30000)
    assert (change.before[:2], change.after[:2], change.moved) == ((310, 190), (341, 190), ("unit_minor",))
    assert change.percent == Decimal("10.0")
    assert (report.diff.unchanged, PriceBook.objects.count()) == (3, 1)
    assert priced() == 1120


def test_a_new_version_follows_the_old_and_can_be_taken_back(tmp_path: Path) -> None:
    first = brought(TEMPLATE).book
    rows = template()
    rows[2]["price"] = "3.41"
    second = brought(saved(tmp_path, rows), effective_from=date(2026, 9, 1)).book
    assert first is not None
    assert second is not None
    assert second.version == 2
    assert priced() == 3 * 341 + 190
    before = explain_quote(replace(request_for("DE"), on=date(2026, 8, 31)))
    assert before.offers[0].price.minor == 1120
    diff = diff_price_books(first.id, second.id)
    assert (diff.changed, diff.unchanged, diff.median_percent) == (1, 3, Decimal("10.0"))
    with pytest.raises(BookNotCurrent):
        withdraw_book(first.id, actor="test", now=NOW)
    withdraw_book(second.id, actor="test", now=NOW)
    assert priced() == 1120
    with pytest.raises(NotFound):
        withdraw_book(second.id, actor="test", now=NOW)


def _cells_of(book_id: object) -> list[tuple[object, ...]]:
    return sorted(
        (r.origin, r.destination, r.zone, r.from_g, r.to_g, r.unit_minor, r.registration_minor, r.divisor)
        for code in ("EXL-STD", "EXL-EXP", "EXL-NEW")
        for r in service_rates(book_id, code)  # type: ignore[arg-type]
    )


def test_a_rollback_is_a_new_version_with_the_earlier_prices(tmp_path: Path) -> None:
    first = brought(TEMPLATE).book
    rows = template()
    rows[2]["price"] = "3.41"
    rows.append(rows[3] | {"service_code": "EXL-NEW", "destination": "CA"})
    second = brought(saved(tmp_path, rows), effective_from=date(2026, 8, 1)).book
    assert first is not None
    assert second is not None
    assert priced() == 3 * 341 + 190
    third = rollback_book(second.id, effective_from=date(2026, 8, 15), actor="test", now=NOW)
    assert (third.version, third.cells, third.created) == (3, 4, True)
    assert _cells_of(third.id) == _cells_of(first.id)
    assert priced() == 1120
    # What was in force between stays so: a quote for the day before answers with the second version.
    before = replace(request_for("DE"), on=date(2026, 8, 14))
    assert explain_quote(before).offers[0].price.minor == 3 * 341 + 190
    assert explain_quote(replace(before, destination="CA")).offer_count == 1
    assert explain_quote(replace(before, destination="CA", on=date(2026, 8, 15))).offers == ()
    assert {b.version: b.restores_id for b in list_price_books()} == {3: first.id, 2: None, 1: None}
    assert diff_price_books(first.id, third.id).changed == 0
    withdraw_book(third.id, actor="test", now=NOW)
    assert priced() == 3 * 341 + 190


def test_a_rollback_that_cannot_be_changes_nothing(tmp_path: Path) -> None:
    first = brought(TEMPLATE).book
    assert first is not None
    with pytest.raises(NothingToRestore):
        rollback_book(first.id, effective_from=date(2026, 8, 1), actor="test", now=NOW)
    rows = template()
    rows[2]["price"] = "3.41"
    second = brought(saved(tmp_path, rows), effective_from=date(2026, 8, 1)).book
    assert second is not None
    with pytest.raises(EffectiveOverlap):
        rollback_book(second.id, effective_from=date(2026, 8, 1), actor="test", now=NOW)
    with pytest.raises(NothingToRestore):
        restore_book(second.id, effective_from=date(2026, 9, 1), actor="test", now=NOW)
    assert (PriceBook.objects.count(), priced()) == (2, 3 * 341 + 190)


def test_what_is_charged_beside_freight_is_imported_and_quoted(tmp_path: Path) -> None:
    rows = [row | {
        "clearance_fee": "3.50", "max_value": "135", "insurance_percent": "1.5", "insurance_min": "2",
        "insurance_cover": "100", "features": "tracked|insured",
    } for row in template()[:3]]  # fmt: skip
    brought(saved(tmp_path, rows))
    plain = replace(request_for("DE"), declared_value=Money(13_500, "GBP"))
    assert dict(explain_quote(plain).offers[0].breakdown) == {
        "freight": 930, "registration": 190, "remote": 0, "fuel": 0, "clearance": 350,
    }  # fmt: skip
    insured = replace(plain, required=frozenset({"insured"}), declared_value=Money(10_000, "GBP"))
    assert dict(explain_quote(insured).offers[0].breakdown)["insurance"] == 200
    (refusal,) = explain_quote(replace(plain, declared_value=Money(13_501, "GBP"))).refused
    assert (refusal.code, refusal.numbers["max_minor"]) == ("value-too-high", 13_500)
    (refusal,) = explain_quote(replace(insured, declared_value=Money(10_001, "GBP"))).refused
    assert refusal.code == "cover-too-low"
    (refusal,) = explain_quote(replace(insured, declared_value=None)).refused
    assert refusal.code == "value-needed"
    assert explain_quote(replace(plain, declared_value=Money(1, "EUR"))).offers[0].notes == (
        "value-limit-not-checked",
    )
    rows[0]["insurance_percent"] = "1.555"
    report = brought(saved(tmp_path, rows), effective_from=date(2026, 9, 1))
    assert [(e.row, e.column, e.code) for e in report.errors][:1] == [(2, "insurance_percent", "bad-percent")]


def test_prices_cannot_start_before_newer_ones(tmp_path: Path) -> None:
    brought(TEMPLATE)
    rows = template()
    rows[0]["price"] = "9.99"
    with pytest.raises(EffectiveOverlap):
        brought(saved(tmp_path, rows), effective_from=date(2025, 1, 1))
    assert PriceBook.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({1: {"weight_from_kg": "0.4"}}, "overlap", "weight"),
        ({1: {"weight_from_kg": "0.6"}}, "gap", "weight"),
        ({1: {"weight_from_kg": "0", "weight_to_kg": "0.5"}}, "duplicate", "weight"),
        ({1: {"weight_to_kg": "0.5"}}, "bad-band", "weight_to_kg"),
        ({1: {"weight_to_kg": "1.0005"}}, "not-grams", "weight_to_kg"),
        ({2: {"currency": "EUR"}}, "two-currencies", "currency"),
        ({0: {"currency": "XYZ"}}, "unknown-currency", "currency"),
        ({3: {"destination": "ZZ"}}, "unknown-country", "destination"),
        ({3: {"zone": "moon"}}, "unknown-zone", "zone"),
        ({3: {"remote_area": "moon"}}, "unknown-zone", "remote_area"),
        ({3: {"kind": "teleport"}}, "unknown-word", "kind"),
        ({3: {"cargo_classes": "general|plutonium"}}, "unknown-word", "cargo_classes"),
        ({3: {"price": "-1"}}, "negative", "price"),
        ({3: {"price": "1.005"}}, "bad-price", "price"),
        ({3: {"price": "NaN"}}, "negative", "price"),
        ({3: {"price": "a lot"}}, "not-a-number", "price"),
        ({3: {"price": "99999999999"}}, "bad-price", "price"),
        ({3: {"price": ""}}, "missing", "price"),
        ({3: {"service_name": "=HYPERLINK(1)"}}, "formula", "service_name"),
        ({3: {"service_name": "x" * 121}}, "too-long", "service_name"),
        ({3: {"provider_code": "Not A Code"}}, "bad-code", "provider_code"),
        ({3: {"transit_days": "5-3"}}, "bad-days", "transit_days"),
        ({3: {"max_sides_mm": "big"}}, "bad-sides", "max_sides_mm"),
        ({3: {"step_kg": ""}}, "step-missing", "step_kg"),
        ({3: {"pricing": "per_cbm", "divisor": "5000"}}, "cbm-divisor", "divisor"),
        ({3: {"divisor": "5000.5"}}, "not-whole", "divisor"),
        ({2: {"divisor": "6000"}}, "contradiction", "destination"),
        ({2: {"incoterm": "DAP"}}, "contradiction", "service_code"),
    ],
)
def test_a_fault_is_named_by_row_and_the_last_good_version_stays(
    tmp_path: Path, changes: dict[int, dict[str, str]], code: str, column: str
) -> None:
    brought(TEMPLATE)
    rows = template()
    for place, words in changes.items():
        rows[place] |= words
    report = brought(saved(tmp_path, rows), effective_from=date(2026, 9, 1))
    assert not report.ok
    assert report.book is None
    found = [(e.row, e.column, e.code) for e in report.errors]
    expected_row = max(changes) + 2
    assert (expected_row, column, code) in found or (code == "unknown-currency" and found[0][2] == code)
    assert all(e.remedy for e in report.errors)
    assert (PriceBook.objects.count(), priced()) == (1, 1120)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    rows = template()
    rows[0]["price"], rows[1]["price"], rows[3]["destination"] = "x", "y", "QQ"
    report = brought(saved(tmp_path, rows))
    assert [(e.row, e.value) for e in report.errors] == [(2, "x"), (3, "y"), (5, "QQ")]


def test_a_band_may_be_written_as_the_trade_writes_it(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if not k.startswith("weight")} for row in template()]
    for row, band in zip(rows, ("0<W<=0.5", "0.5<W≤2", "2 < w <= 30", "0<W<=70"), strict=True):
        row["weight"] = band
    assert brought(saved(tmp_path, rows)).cells == 4


def test_a_service_of_another_provider_is_not_overwritten(tmp_path: Path) -> None:
    brought(TEMPLATE)
    rows = template()[:3]
    for row in rows:
        row["provider_code"] = "somebody-else"
    report = brought(saved(tmp_path, rows), effective_from=date(2026, 9, 1))
    assert [e.code for e in report.errors] == ["service-taken"]


def test_a_workbook_brings_its_zones_and_fuel(tmp_path: Path) -> None:
    rows = template()
    for row in rows[:3]:
        row |= {"zone": "south", "fuel_rule": "monthly"}
    book = Workbook()
    rates = book.active
    assert rates is not None
    rates.title = "Rates"
    rates.append(list(rows[0]))
    for row in rows:
        rates.append([float(v) if v.replace(".", "", 1).isdigit() else v for v in row.values()])
    areas, fuel = book.create_sheet("areas"), book.create_sheet("fuel")
    areas.append(["provider_code", "destination", "area", "prefixes"])
    areas.append(["example-lines", "DE", "south", "8|9"])
    fuel.append(["provider_code", "rule", "from", "to", "percent"])
    fuel.append(["example-lines", "monthly", date(2026, 1, 1), None, 12.5])
    path = tmp_path / "book.xlsx"
    book.save(path)
    report = brought(path)
    assert report.errors == ()
    request = request_for("DE")
    store = rate_store()
    assert quote(store, request).refused_counts["postcode-needed"] == 1
    munich = replace(request, postcode="80331")
    (offer,) = quote(store, munich).offers
    assert dict(offer.breakdown) == {"freight": 930, "registration": 190, "remote": 0, "fuel": 116}
    # A later CSV may name the zone: it is known.
    rows[0]["price"] = "4.30"
    assert brought(saved(tmp_path, rows), effective_from=date(2026, 9, 1)).ok


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"PK\x03\x04broken", "größe,preis\n1,2".encode("latin-1"), b"a,a\n1,2\n"],
)
def test_what_is_no_book_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    with pytest.raises(BookUnreadable):
        brought(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookfile, "MOST_UNPACKED", 20 * 2**20)
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w") as entry,
    ):
        for _ in range(30):
            entry.write(bytes(2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(BookUnreadable, match="unpacks"):
        brought(path)


def test_a_huge_cell_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    rows = template()
    rows[0]["provider_name"] = "x" * 50_000
    report = brought(saved(tmp_path, rows))
    assert (report.errors[0].code, len(report.errors[0].value)) == ("too-long", 80)


def test_the_database_itself_refuses_overlaps() -> None:
    brought(TEMPLATE)
    lane = Lane.objects.first()
    cell = RateCell.objects.filter(lane=lane).first()
    assert cell is not None
    cell.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        cell.save()
    cell.weight_g = NumericRange(cell.weight_g.lower + 1, cell.weight_g.upper + 1)
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        cell.save()
    other_cell = RateCell.objects.filter(lane=lane).last()
    assert other_cell is not None
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        RateCell.objects.filter(pk=other_cell.pk).update(weight_g=cell.weight_g)
    version = ServiceVersion.objects.get(service__code="EXL-EXP")
    other = ensure_demo_book(now=NOW, services=20)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceVersion.objects.create(
            book_id=other.id, service_id=version.service_id, effective=("2026-05-01", None)
        )


def test_the_demonstration_book_is_made_once_and_labelled() -> None:
    first, again = ensure_demo_book(now=NOW, services=60), ensure_demo_book(now=NOW, services=60)
    assert first.created
    assert not again.created
    (view,) = list_price_books()
    assert view.synthetic
    assert view.label.startswith("SYNTHETIC")
    assert view.cells == RateCell.objects.count() == generate_demo_book(services=60).cell_count
    assert Service.objects.count() == 60
    with same_prices():
        assert rate_store().service_count == 60
        other = ensure_demo_book(now=NOW, services=20)
        assert rate_store().service_count == 60
    assert other.created
    assert [b.state for b in list_price_books()] == ["published", "withdrawn"]
    assert rate_store().service_count == 20


def test_the_store_on_disk_answers_as_the_database() -> None:
    ensure_demo_book(now=NOW, services=60)
    fresh = rate_store()
    _stores.clear()
    kept = rate_store()
    assert fresh is not kept
    for destination in ("DE", "US", "AU"):
        assert quote(fresh, request_for(destination)) == quote(kept, request_for(destination))


def test_a_draft_prices_as_it_does_once_stored() -> None:
    from fondaco.systems.logistics.domain.draft_store import store_of

    draft = generate_demo_book(services=60)
    ensure_demo_book(now=NOW, services=60)
    stored, drafted = rate_store(), store_of(draft, starts_on=date(2020, 1, 1))
    for destination in ("DE", "US", "AU", "NO"):
        one = quote(stored, request_for(destination), limit=100)
        two = quote(drafted, request_for(destination), limit=100)
        assert [(o.service_code, o.price) for o in one.offers] == [
            (o.service_code, o.price) for o in two.offers
        ]
        assert one.refused_counts == two.refused_counts


def test_without_a_book_there_are_no_prices() -> None:
    with pytest.raises(NoPrices):
        quote_many([request_for()])
    brought(TEMPLATE)
    with pytest.raises(NoPrices):
        quote_many([request_for()], currency="CNY")


def test_pages_of_a_book_take_the_same_queries() -> None:
    book = ensure_demo_book(now=NOW, services=60)
    counts = set()
    for size in (1, 50):
        with CaptureQueriesContext(connection) as seen:
            detail = price_book_detail(book.id, size=size)
        counts.add(len(seen))
        assert (len(detail.services), detail.matching) == (size, 60)
    assert counts == {4}
    first = detail.services[0]
    assert first.lanes > 0
    rates = service_rates(book.id, first.code)
    assert len({(r.origin, r.destination, r.zone) for r in rates}) == first.lanes
    assert price_book_detail(book.id, search=first.code).matching == 1
    with pytest.raises(NotFound):
        price_book_detail(type(book.id)(int=7))


def test_two_books_of_one_service_cannot_be_stored_at_once() -> None:
    draft = generate_demo_book(services=20)
    meta = BookMeta("other", date(2026, 1, 1), "test", "0" * 64)
    ensure_demo_book(now=NOW, services=20)
    stored = store_book(draft, meta=meta, actor="test", now=NOW)
    assert stored.created
    assert ServiceVersion.objects.filter(effective__endswith=date(2026, 1, 1)).count() == 20


def test_the_planner_knows_how_many_prices_were_just_published(demo_book: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::int FROM pg_class WHERE oid IN"
            " ('logistics_lane'::regclass, 'logistics_ratecell'::regclass)"
        )
        known = dict(cursor.fetchall())
    assert known == {"logistics_lane": Lane.objects.count(), "logistics_ratecell": RateCell.objects.count()}
