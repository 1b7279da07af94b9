"""Reading price books: lists, one book with its services, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from fondaco.kernel.errors import NotFound
from fondaco.kernel.paging import ordered_after
from fondaco.systems.logistics.domain.book import AreaDraft
from fondaco.systems.logistics.domain.bookdiff import PRICE_FIELDS, BookDiff, CellKey, Price, diff_cells
from fondaco.systems.logistics.models import BookState, PostcodeArea, PriceBook, ServiceVersion


@dataclass(frozen=True, slots=True)
class PriceBookView:
    """A version of a price book. `ends_on` is the first day of the one that follows it, in a list of books."""

    id: UUID
    code: str
    version: int
    currency: str
    effective_from: date
    state: str
    source_file: str
    sha256: str
    synthetic: bool
    label: str
    services: int
    lanes: int
    cells: int
    imported_at: datetime
    imported_by: str
    restores_id: UUID | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service in a book; `until` is None while no newer prices follow, `lanes` how many it prices."""

    code: str
    name: str
    kind: str
    provider: str
    incoterm: str
    features: tuple[str, ...]
    cargo_classes: tuple[str, ...]
    since: date | None
    until: date | None
    lanes: int


@dataclass(frozen=True, slots=True)
class PriceBookDetail:
    """A book and one page of its services; `matching` is how many the search found."""

    book: PriceBookView
    services: tuple[ServiceView, ...]
    matching: int
    previous: PriceBookView | None


@dataclass(frozen=True, slots=True)
class RateRowView:
    """One cell as a person reads it; masses in grams, prices in minor units."""

    origin: str
    destination: str
    zone: str
    from_g: int
    to_g: int
    pricing: str
    unit_minor: int
    registration_minor: int
    increment_g: int
    divisor: int
    transit_days_min: int
    transit_days_max: int
    basis: str


def list_price_books(
    *, code: str = "", state: str = "", after: UUID | None = None, size: int = 500
) -> tuple[PriceBookView, ...]:
    """The books, newest first, past book `after` where one is named; two queries."""
    rows = PriceBook.objects.all()
    if code:
        rows = rows.filter(code=code)
    if state:
        rows = rows.filter(state=state)
    found = list(ordered_after(rows, after, by=("-imported_at", "-version", "id"))[:size])
    # what ends a book may be on the page before it
    public = PriceBook.objects.filter(state=BookState.PUBLISHED, code__in={row.code for row in found})
    starts = list(public.values_list("code", "effective_from", "version"))
    return tuple(replace(_view(row), ends_on=_end(row, starts)) for row in found)


def price_book_detail(
    book_id: UUID, *, search: str = "", kind: str = "", page: int = 1, size: int = 50
) -> PriceBookDetail:
    """A book with a page of its services, found by code, name or provider; four queries. NotFound otherwise."""
    book = PriceBook.objects.filter(pk=book_id).first()
    if book is None:
        raise NotFound(field="price_book", value=str(book_id))
    versions = ServiceVersion.objects.filter(book_id=book_id)
    if search:
        versions = versions.filter(
            Q(service__code__istartswith=search)
            | Q(service__name__icontains=search)
            | Q(service__provider__name__icontains=search)
        )
    if kind:
        versions = versions.filter(service__kind=kind)
    start = max(page - 1, 0) * size
    rows = versions.select_related("service__provider").annotate(n=Count("lanes")).order_by("service__code")
    before = PriceBook.objects.filter(code=book.code, version__lt=book.version).order_by("-version").first()
    return PriceBookDetail(
        book=_view(book),
        services=tuple(_service(row) for row in rows[start : start + size]),
        matching=versions.count(),
        previous=_view(before) if before else None,
    )


def service_rates(
    book_id: UUID, service_code: str, *, destination: str = "", limit: int = 500
) -> tuple[RateRowView, ...]:
    """The cells of one service in a book, by destination and weight; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_RATES, [book_id, service_code, destination, destination, limit])
        return tuple(RateRowView(*row) for row in cursor.fetchall())


def diff_price_books(before_id: UUID, after_id: UUID) -> BookDiff:
    """What changed between two stored books, cell by cell; two queries."""
    return diff_cells(_cells_of_book(before_id), _cells_of_book(after_id))


def cells_in_force(services: Sequence[str], *, on: date) -> dict[CellKey, Price]:
    """The cells that price `services` on a day."""
    return _cells("s.code = ANY(%s) AND v.effective @> %s::date", [list(services), on])


def known_areas() -> list[AreaDraft]:
    """The zones and remote areas of all published books, the newest of each name."""
    rows = PostcodeArea.objects.filter(book__state=BookState.PUBLISHED).order_by("id")
    found = {
        (code, destination, name): tuple(prefixes)
        for code, destination, name, prefixes in rows.values_list(
            "provider__code", "destination", "name", "prefixes"
        )
    }
    return [AreaDraft(*key, prefixes) for key, prefixes in found.items()]


_RATES = """
SELECT l.origin, l.destination, l.zone, lower(c.weight_g) - 1, upper(c.weight_g) - 1, c.pricing, c.unit_minor,
       c.registration_minor, c.increment_g, l.divisor, l.transit_days_min, l.transit_days_max, l.basis
FROM logistics_ratecell c JOIN logistics_lane l ON l.id = c.lane_id
JOIN logistics_serviceversion v ON v.id = l.version_id JOIN logistics_service s ON s.id = v.service_id
WHERE v.book_id = %s AND s.code = %s AND (%s = '' OR l.destination = %s)
ORDER BY l.origin, l.destination, l.zone, lower(c.weight_g) LIMIT %s
"""


_LANE_FIELDS = {"divisor", "min_billable_g", "clearance_minor"}
_PRICE_SQL = [f"{'l' if name in _LANE_FIELDS else 'c'}.{name}" for name in PRICE_FIELDS]


def _cells_of_book(book_id: UUID) -> dict[CellKey, Price]:
    return _cells("v.book_id = %s", [book_id])


def _cells(condition: str, params: Iterable[Any]) -> dict[CellKey, Price]:
    """Cells under a condition of ours (never of a user's words) on v (version) and s (service)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.code, l.origin, l.destination, l.zone, lower(c.weight_g) - 1, upper(c.weight_g) - 1,"  # noqa: S608
            f" {', '.join(_PRICE_SQL)}"
            " FROM logistics_ratecell c JOIN logistics_lane l ON l.id = c.lane_id"
            " JOIN logistics_serviceversion v ON v.id = l.version_id"
            f" JOIN logistics_service s ON s.id = v.service_id WHERE {condition}",
            list(params),
        )
        return {row[:6]: row[6:] for row in cursor.fetchall()}


def _end(row: PriceBook, starts: list[tuple[str, date, int]]) -> date | None:
    """The day on which the next published version of the same line of books begins."""
    if row.state != BookState.PUBLISHED:
        return None
    return min(
        (day for code, day, version in starts if code == row.code and version > row.version), default=None
    )


def _view(row: PriceBook) -> PriceBookView:
    kept = [name for name in PriceBookView.__slots__ if name != "ends_on"]
    return PriceBookView(**{name: getattr(row, name) for name in kept})


def _service(row: Any) -> ServiceView:
    service, effective = row.service, row.effective
    return ServiceView(
        code=service.code,
        name=service.name,
        kind=service.kind,
        provider=service.provider.name,
        incoterm=service.incoterm,
        features=tuple(service.features),
        cargo_classes=tuple(service.cargo_classes),
        since=effective.lower,
        until=effective.upper,
        lanes=row.n,
    )
