"""Bringing an earlier version of a price book back into force: as a new version, so that nothing is rewritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.ids import new_id
from fondaco.systems.logistics.models import BookState, PriceBook, ServiceVersion
from fondaco.systems.logistics.services.books import StoredBook, begin_versions, lock_books, stored_book


class NothingToRestore(Conflict):
    code = "nothing-to-restore"
    title = "These prices are the newest already, or the book has no earlier version."
    remedy = "Choose an earlier version of the book."


def rollback_book(book_id: UUID, *, effective_from: date, actor: str, now: datetime) -> StoredBook:
    """Bring back the version before `book_id` (of the same line of books) from `effective_from`.

    NothingToRestore where there is none; otherwise as `restore_book`.
    """
    book = PriceBook.objects.filter(pk=book_id).first()
    if book is None:
        raise NotFound(field="price_book", value=str(book_id))
    before = PriceBook.objects.filter(code=book.code, version__lt=book.version, state=BookState.PUBLISHED)
    earlier = before.order_by("-version").first()
    if earlier is None:
        raise NothingToRestore(field="price_book", value=str(book_id))
    return restore_book(earlier.pk, effective_from=effective_from, actor=actor, now=now)


def restore_book(book_id: UUID, *, effective_from: date, actor: str, now: datetime) -> StoredBook:
    """Publish the prices of version `book_id` once more, as the newest version, from `effective_from`.

    Services that only later versions had end the day before. EffectiveOverlap where one of its services has prices
    that start on that day or later; NothingToRestore where the version is the newest; NotFound for a withdrawn one.
    """
    with transaction.atomic():
        lock_books()
        old = PriceBook.objects.filter(pk=book_id, state=BookState.PUBLISHED).first()
        if old is None:
            raise NotFound(field="price_book", value=str(book_id))
        later = PriceBook.objects.filter(code=old.code, version__gt=old.version)
        if not later.filter(state=BookState.PUBLISHED).exists():
            raise NothingToRestore(field="price_book", value=str(book_id))
        book = _again(old, effective_from=effective_from, actor=actor, now=now)
        services = dict(old.versions.values_list("service__code", "service_id"))
        versions = begin_versions(book, services, effective_from)
        _end_others(book, list(services.values()), effective_from)
        _copy_prices(old, book, {services[code]: pk for code, pk in versions.items()})
        detail = {"code": book.code, "version": book.version, "restores": old.version, "sha256": book.sha256}
        deed = audit.Deed("logistics.price-book-restored", "price_book", str(book.id), detail=detail)
        audit.record([deed], actor=actor, at=now)
        outbox.append([outbox.Event("logistics.price-book-published", str(book.id), detail)])
        return stored_book(book, created=True)


def _again(old: PriceBook, *, effective_from: date, actor: str, now: datetime) -> PriceBook:
    last = PriceBook.objects.filter(code=old.code).order_by("-version").values_list("version", flat=True)[0]
    same = ("code", "currency", "source_file", "sha256", "synthetic", "label", "services", "lanes", "cells")
    return PriceBook.objects.create(
        id=new_id(),
        version=last + 1,
        effective_from=effective_from,
        restores=old,
        imported_at=now,
        imported_by=actor,
        **{name: getattr(old, name) for name in same},
    )


def _end_others(book: PriceBook, services: list[UUID], day: date) -> None:
    """Close what versions between the two had added to the line of books."""
    others = ServiceVersion.objects.filter(book__code=book.code, effective__contains=day).exclude(
        service__in=services
    )
    ended = list(others)
    for version in ended:
        version.effective = DateRange(version.effective.lower, day)
    ServiceVersion.objects.bulk_update(ended, ["effective"], batch_size=1000)


_AREAS = """
CREATE TEMP TABLE restored_area ON COMMIT DROP AS
SELECT id AS old, nextval(pg_get_serial_sequence('logistics_postcodearea', 'id')) AS new
FROM logistics_postcodearea WHERE book_id = %(old)s;
INSERT INTO logistics_postcodearea (id, book_id, provider_id, destination, name, prefixes)
SELECT r.new, %(book)s, a.provider_id, a.destination, a.name, a.prefixes
FROM restored_area r JOIN logistics_postcodearea a ON a.id = r.old
"""
_LANES = """
CREATE TEMP TABLE restored_lane ON COMMIT DROP AS
SELECT l.id AS old, nextval(pg_get_serial_sequence('logistics_lane', 'id')) AS new, w.id AS version_id
FROM logistics_lane l JOIN logistics_serviceversion v ON v.id = l.version_id
JOIN logistics_serviceversion w ON w.service_id = v.service_id AND w.book_id = %(book)s
WHERE v.book_id = %(old)s
"""
_KEPT = (
    "origin, destination, zone, basis, transit_days_min, transit_days_max, divisor, min_billable_g, max_weight_g,"
    " max_length_mm, max_width_mm, max_height_mm, max_girth_mm, max_sum_mm, fuel_rule, fuel_basis,"
    " remote_fixed_minor, remote_per_kg_minor, clearance_minor, max_value_minor, insurance_basis_points,"
    " insurance_min_minor, cover_minor"
)
_INSERT_LANES = f"""
INSERT INTO logistics_lane (id, version_id, zone_area_id, remote_area_id, {_KEPT})
SELECT r.new, r.version_id, z.new, a.new, {_KEPT} FROM restored_lane r JOIN logistics_lane l ON l.id = r.old
LEFT JOIN restored_area z ON z.old = l.zone_area_id LEFT JOIN restored_area a ON a.old = l.remote_area_id
"""  # noqa: S608 - our own column names
_INSERT_CELLS = """
INSERT INTO logistics_ratecell (lane_id, weight_g, pricing, unit_minor, first_g, step_g, step_minor,
                                registration_minor, increment_g)
SELECT r.new, c.weight_g, c.pricing, c.unit_minor, c.first_g, c.step_g, c.step_minor, c.registration_minor, c.increment_g
FROM restored_lane r JOIN logistics_ratecell c ON c.lane_id = r.old
"""


def _copy_prices(old: PriceBook, book: PriceBook, versions: dict[Any, int]) -> None:
    """Areas, lanes and cells of `old` under the new `versions`, within the database."""
    if not versions:
        return
    params = {"old": old.pk, "book": book.pk}
    with connection.cursor() as cursor:
        for statement in (*_AREAS.split(";"), _LANES, _INSERT_LANES, _INSERT_CELLS):
            cursor.execute(statement, params if "%(" in statement else None)
        cursor.execute("DROP TABLE restored_area, restored_lane")
