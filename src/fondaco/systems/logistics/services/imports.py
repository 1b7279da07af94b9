"""Importing price books: checked to the last cell, compared with what is in force, published whole or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils.text import slugify

from fondaco.kernel.errors import RowError
from fondaco.systems.logistics.adapters.bookfile import read_book_file
from fondaco.systems.logistics.domain.book import BookDraft
from fondaco.systems.logistics.domain.bookdiff import BookDiff, Cells, diff_cells, price_of
from fondaco.systems.logistics.domain.bookrows import read_book
from fondaco.systems.logistics.models import Service
from fondaco.systems.logistics.selectors.books import cells_in_force, known_areas
from fondaco.systems.logistics.services.books import BookMeta, StoredBook, store_book


@dataclass(frozen=True, slots=True)
class BookImport:
    """What became of a file. `book` is set where it is now in force; `errors` holds the first thousand.

    `diff` compares it, cell by cell, with the prices in force on its first day.
    """

    file: str
    sha256: str
    dry_run: bool
    currency: str
    services: int
    lanes: int
    cells: int
    effective_from: date
    errors: tuple[RowError, ...]
    error_count: int
    diff: BookDiff | None
    book: StoredBook | None

    @property
    def ok(self) -> bool:
        return self.error_count == 0


def import_price_book(
    path: Path,
    *,
    actor: str,
    now: datetime,
    dry_run: bool = False,
    code: str = "",
    effective_from: date | None = None,
    name: str = "",
) -> BookImport:
    """Read the XLSX or CSV file `path` and publish its prices from `effective_from` (today by default).

    `name` is what the file was called where it came from, if `path` is only where it is kept.

    With a single error, or in a dry run, nothing is changed and the last good version stays in force.
    BookUnreadable for what is no such file; EffectiveOverlap where newer prices already wait.
    """
    file, name = read_book_file(path), name or path.name
    starts_on = effective_from or now.date()
    reading = read_book(file.sheets, known_areas=known_areas())
    draft, errors = reading.book, [*reading.errors, *_foreign(reading.book)]
    count = reading.error_count + len(errors) - len(reading.errors)
    book, diff = None, None
    if not count:
        diff = diff_cells(cells_in_force([s.code for s in draft.services], on=starts_on), _cells(draft))
        if not dry_run:
            meta = BookMeta(code or _code(draft, name), starts_on, name[:200], file.sha256)
            book = store_book(draft, meta=meta, actor=actor, now=now)
    return BookImport(
        file=name,
        sha256=file.sha256,
        dry_run=dry_run,
        currency=draft.currency,
        services=len(draft.services),
        lanes=len(draft.lanes),
        cells=draft.cell_count,
        effective_from=starts_on,
        errors=tuple(errors),
        error_count=count,
        diff=diff,
        book=book,
    )


def _foreign(draft: BookDraft) -> list[RowError]:
    """Services of the file whose code belongs to another provider."""
    owners = dict(
        Service.objects.filter(code__in=[s.code for s in draft.services]).values_list(
            "code", "provider__code"
        )
    )
    return [
        RowError(
            1, "service_code", s.code, "service-taken", f"{s.code} is a service of {owners[s.code]}.",
            "Use a code of your own.",
        )
        for s in draft.services
        if owners.get(s.code, s.provider) != s.provider
    ]  # fmt: skip


def _code(draft: BookDraft, name: str) -> str:
    """The line of books a file continues: its provider's if it has one provider, else its name's."""
    if len(draft.providers) == 1:
        return draft.providers[0].code
    return (slugify(Path(name).stem) or "imported")[:40]


def _cells(draft: BookDraft) -> Cells:
    return {
        (*lane.key, cell.from_g, cell.to_g): price_of(lane, cell)
        for lane in draft.lanes
        for cell in lane.cells
    }
