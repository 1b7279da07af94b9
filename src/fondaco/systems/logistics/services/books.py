"""Writing price books: all of a book or nothing, in one transaction, by COPY."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.ids import new_id
from fondaco.systems.logistics.domain.book import BookDraft, LaneDraft
from fondaco.systems.logistics.domain.demo import DEFAULT_SEED, LABEL, REVISION, generate_demo_book
from fondaco.systems.logistics.models import (
    BookState,
    FuelRate,
    PostcodeArea,
    PriceBook,
    Provider,
    Service,
    ServiceVersion,
)

DEMO_CODE = "demo"
DEMO_FROM = date(2020, 1, 1)
_LOCK = 7_215_003
_LANE_COLUMNS = (
    "id, version_id, origin, destination, zone, zone_area_id, basis, transit_days_min, transit_days_max, divisor, "
    "min_billable_g, max_weight_g, max_length_mm, max_width_mm, max_height_mm, max_girth_mm, max_sum_mm, "
    "fuel_rule, fuel_basis, remote_area_id, remote_fixed_minor, remote_per_kg_minor, clearance_minor, max_value_minor, "
    "insurance_basis_points, insurance_min_minor, cover_minor"
)
_CELL_COLUMNS = (
    "lane_id, weight_g, pricing, unit_minor, first_g, step_g, step_minor, registration_minor, increment_g"
)


class EffectiveOverlap(Conflict):
    code = "effective-overlap"
    title = "Newer prices of this service are already in force."
    remedy = "Choose a later first day, or withdraw the newer book."


class BookNotCurrent(Conflict):
    code = "book-not-current"
    title = "Only the newest prices of a service can be withdrawn."
    remedy = "Withdraw the books that followed it first."


_BULK = ("logistics_pricebook", "logistics_serviceversion", "logistics_lane", "logistics_ratecell")


@dataclass(frozen=True, slots=True)
class BookMeta:
    """What is recorded of a book beside its prices."""

    code: str
    effective_from: date
    source_file: str
    sha256: str
    synthetic: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class StoredBook:
    """`created` is False where the same file was already in force from the same day."""

    id: UUID
    version: int
    services: int
    lanes: int
    cells: int
    created: bool


def store_book(draft: BookDraft, *, meta: BookMeta, actor: str, now: datetime) -> StoredBook:
    """Publish `draft` from `meta.effective_from`; the prices it follows end the day before.

    The same file from the same day again changes nothing. EffectiveOverlap where a service already
    has prices that start later; then nothing is changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_books()
        if known := _same(meta):
            return known
        providers = _providers(draft, synthetic=meta.synthetic)
        services = _services(draft, providers)
        book = _book(draft, meta, actor=actor, now=now)
        areas = _areas(draft, book, providers)
        _fuel_rates(draft, providers, source=meta.source_file)
        versions = begin_versions(book, services, meta.effective_from)
        _copy_lanes(cursor, draft, versions, areas)
        # What was copied in bulk is unknown to the planner until autovacuum comes round; where it last saw the
        # tables empty it would join every price with every lane in a loop.
        cursor.execute(f"ANALYZE {', '.join(_BULK)}")
        detail = {"code": book.code, "version": book.version, "cells": book.cells, "sha256": book.sha256}
        deed = audit.Deed("logistics.price-book-published", "price_book", str(book.id), detail=detail)
        audit.record([deed], actor=actor, at=now)
        outbox.append([outbox.Event("logistics.price-book-published", str(book.id), detail)])
        return stored_book(book, created=True)


def withdraw_book(book_id: UUID, *, actor: str, now: datetime) -> None:
    """Take a book out of force and put the prices it had replaced back. Nothing is deleted.

    BookNotCurrent where one of its services has newer prices.
    """
    with transaction.atomic():
        lock_books()
        book = PriceBook.objects.select_for_update().filter(pk=book_id, state=BookState.PUBLISHED).first()
        if book is None:
            raise NotFound(field="price_book", value=str(book_id))
        services = list(book.versions.values_list("service_id", flat=True))
        newer = ServiceVersion.objects.filter(
            service__in=services, effective__startswith__gt=book.effective_from
        )
        if newer.exists():
            raise BookNotCurrent(field="price_book", value=str(book_id))
        book.versions.update(effective=DateRange(empty=True))
        before = ServiceVersion.objects.filter(service__in=services, effective__endswith=book.effective_from)
        for version in before:
            version.effective = DateRange(version.effective.lower, None)
        ServiceVersion.objects.bulk_update(before, ["effective"], batch_size=1000)
        book.state = BookState.WITHDRAWN
        book.save(update_fields=["state"])
        deed = audit.Deed("logistics.price-book-withdrawn", "price_book", str(book.id))
        audit.record([deed], actor=actor, at=now)


def ensure_demo_book(
    *, now: datetime, services: int = 2000, seed: int = DEFAULT_SEED, actor: str = "system"
) -> StoredBook:
    """The demonstration price book, made and stored the first time, found the next."""
    meta = demo_meta(services=services, seed=seed)
    if known := _same(meta):
        return known
    draft = generate_demo_book(services=services, seed=seed)
    with transaction.atomic():
        lock_books()
        if known := _same(meta):
            return known
        # A newer revision of the generator, or another seed, replaces the book rather than following it.
        for stale in PriceBook.objects.filter(code=DEMO_CODE, state=BookState.PUBLISHED).order_by("-version"):
            withdraw_book(stale.pk, actor=actor, now=now)
        return store_book(draft, meta=meta, actor=actor, now=now)


def demo_meta(*, services: int, seed: int) -> BookMeta:
    """How the demonstration book of `seed` is recorded."""
    recipe = f"fondaco demonstration price book, revision {REVISION}, seed {seed}, {services} services"
    return BookMeta(
        code=DEMO_CODE,
        effective_from=DEMO_FROM,
        source_file=f"generated:{recipe}",
        sha256=hashlib.sha256(recipe.encode()).hexdigest(),
        synthetic=True,
        label=LABEL,
    )


def lock_books() -> None:
    """One publisher at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _same(meta: BookMeta) -> StoredBook | None:
    book = PriceBook.objects.filter(
        code=meta.code, sha256=meta.sha256, effective_from=meta.effective_from, state=BookState.PUBLISHED
    ).first()
    return stored_book(book, created=False) if book else None


def stored_book(book: PriceBook, *, created: bool) -> StoredBook:
    """What is told of a book."""
    return StoredBook(book.pk, book.version, book.services, book.lanes, book.cells, created)


def _providers(draft: BookDraft, *, synthetic: bool) -> dict[str, UUID]:
    rows = [
        Provider(id=new_id(), code=p.code, name=p.name, country=p.country, synthetic=synthetic)
        for p in draft.providers
    ]
    Provider.objects.bulk_create(rows, ignore_conflicts=True)
    codes = {p.code for p in draft.providers} | {s.provider for s in draft.services}
    return dict(Provider.objects.filter(code__in=codes).values_list("code", "id"))


def _services(draft: BookDraft, providers: dict[str, UUID]) -> dict[str, UUID]:
    rows = [
        Service(
            id=new_id(), provider_id=providers[s.provider], code=s.code, name=s.name, kind=s.kind,
            incoterm=s.incoterm, cargo_classes=list(s.cargo_classes), features=list(s.features),
        )
        for s in draft.services
    ]  # fmt: skip
    Service.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind", "incoterm", "cargo_classes", "features"],
        batch_size=1000,
    )
    found = Service.objects.filter(code__in=[s.code for s in draft.services])
    return dict(found.values_list("code", "id"))


def _book(draft: BookDraft, meta: BookMeta, *, actor: str, now: datetime) -> PriceBook:
    last = (
        PriceBook.objects.filter(code=meta.code)
        .order_by("-version")
        .values_list("version", flat=True)
        .first()
    )
    return PriceBook.objects.create(
        code=meta.code,
        version=(last or 0) + 1,
        currency=draft.currency,
        effective_from=meta.effective_from,
        source_file=meta.source_file,
        sha256=meta.sha256,
        synthetic=meta.synthetic,
        label=meta.label,
        services=len(draft.services),
        lanes=len(draft.lanes),
        cells=draft.cell_count,
        imported_at=now,
        imported_by=actor,
    )


def _areas(draft: BookDraft, book: PriceBook, providers: dict[str, UUID]) -> dict[tuple[str, str, str], int]:
    rows = PostcodeArea.objects.bulk_create(
        [
            PostcodeArea(
                book=book,
                provider_id=providers[a.provider],
                destination=a.destination,
                name=a.name,
                prefixes=list(a.prefixes),
            )
            for a in draft.areas
        ]
    )
    return {(a.provider, a.destination, a.name): row.pk for a, row in zip(draft.areas, rows, strict=True)}


def _fuel_rates(draft: BookDraft, providers: dict[str, UUID], *, source: str) -> None:
    """Enter fuel rates that are not yet known; the ranges of one rule cannot overlap."""
    known = {
        (provider, rule, effective.lower): rate
        for provider, rule, effective, rate in FuelRate.objects.filter(
            provider__in=providers.values()
        ).values_list("provider_id", "rule", "effective", "basis_points")
    }
    FuelRate.objects.bulk_create(
        FuelRate(
            provider_id=providers[f.provider],
            rule=f.rule,
            effective=DateRange(f.starts_on, f.ends_on),
            basis_points=f.basis_points,
            source=source,
        )
        for f in draft.fuel
        if (providers[f.provider], f.rule, f.starts_on) not in known
    )


def begin_versions(book: PriceBook, services: dict[str, UUID], starts_on: date) -> dict[str, int]:
    """New versions from `starts_on`; what was in force then ends."""
    ids = list(services.values())
    clash = ServiceVersion.objects.filter(
        service__in=ids, effective__startswith__gte=starts_on
    ).select_related("service")
    if offender := clash.first():
        raise EffectiveOverlap(field="service", value=offender.service.code, effective_from=str(starts_on))
    current = list(ServiceVersion.objects.filter(service__in=ids, effective__contains=starts_on))
    for version in current:
        version.effective = DateRange(version.effective.lower, starts_on)
    ServiceVersion.objects.bulk_update(current, ["effective"], batch_size=1000)
    rows = ServiceVersion.objects.bulk_create(
        ServiceVersion(book=book, service_id=pk, effective=DateRange(starts_on, None)) for pk in ids
    )
    return {code: row.pk for code, row in zip(services, rows, strict=True)}


def _copy_lanes(
    cursor: Any, draft: BookDraft, versions: dict[str, int], areas: dict[tuple[str, str, str], int]
) -> None:
    lanes, provider_of = draft.lanes, {s.code: s.provider for s in draft.services}
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('logistics_lane', 'id')) FROM generate_series(1, %s)",
        [len(lanes)],
    )
    ids = [row[0] for row in cursor.fetchall()]
    _copy(
        cursor,
        f"COPY logistics_lane ({_LANE_COLUMNS}) FROM STDIN",
        (
            _lane_row(pk, lane, versions[lane.service], areas, provider_of[lane.service])
            for pk, lane in zip(ids, lanes, strict=True)
        ),
    )
    _copy(
        cursor,
        f"COPY logistics_ratecell ({_CELL_COLUMNS}) FROM STDIN",
        (row for pk, lane in zip(ids, lanes, strict=True) for row in _cell_rows(pk, lane)),
    )


def _lane_row(
    pk: int, lane: LaneDraft, version: int, areas: dict[tuple[str, str, str], int], provider: str
) -> tuple[Any, ...]:
    def area(name: str) -> int | None:
        return areas[provider, lane.destination, name] if name else None

    return (
        pk, version, lane.origin, lane.destination, lane.zone, area(lane.zone), lane.basis, lane.transit_min,
        lane.transit_max, lane.divisor, lane.min_billable_g, lane.max_weight_g, *lane.max_mm, lane.max_girth_mm,
        lane.max_sum_mm, lane.fuel_rule, lane.fuel_basis, area(lane.remote_area), lane.remote_fixed_minor,
        lane.remote_per_kg_minor, lane.clearance_minor, lane.max_value_minor, lane.insurance_basis_points,
        lane.insurance_min_minor, lane.cover_minor,
    )  # fmt: skip


def _cell_rows(pk: int, lane: LaneDraft) -> Iterable[tuple[Any, ...]]:
    for c in lane.cells:
        band = f"({c.from_g},{c.to_g}]"
        yield (
            pk, band, c.pricing, c.unit_minor, c.first_g, c.step_g, c.step_minor, c.registration_minor,
            c.increment_g,
        )  # fmt: skip


def _copy(cursor: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows of numbers and plain words (no tab, backslash or line end in them) as text."""
    with cursor.copy(statement) as copy:
        block: list[str] = []
        for row in rows:
            block.append("\t".join("\\N" if value is None else str(value) for value in row))
            if len(block) == 5000:
                copy.write("\n".join(block) + "\n")
                block.clear()
        if block:
            copy.write("\n".join(block) + "\n")
