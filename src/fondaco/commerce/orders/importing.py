"""Imports: a file of orders in, a report and a rejects file out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction

from fondaco.commerce.orders.adapters.tables import Table, open_table
from fondaco.commerce.orders.domain.book import (
    BookProduct,
    BuyerRow,
    ParsedBook,
    RejectedRow,
    count_reasons,
)  # fmt: skip
from fondaco.commerce.orders.domain.errors import BadFile
from fondaco.commerce.orders.domain.mapping import AUTO_SHIFT, ColumnMapping, guess_columns
from fondaco.commerce.orders.domain.reading import Progress, Reading, start_reading
from fondaco.commerce.orders.domain.rejects import rejects_csv
from fondaco.commerce.orders.domain.rows import Line
from fondaco.commerce.orders.dto import ImportPreview, ImportReport, PreviewRow, StoreResult
from fondaco.commerce.orders.models import ImportBatch, ImportReject, Return
from fondaco.commerce.orders.repeating import SAMPLE_ROWS, reading_digest, repeated, same_import
from fondaco.commerce.orders.states import BatchState
from fondaco.commerce.orders.storing import link_returns, refresh_statistics, store_orders
from fondaco.kernel import audit
from fondaco.kernel.errors import FondacoError, RowError

ProductsOf = Callable[[Sequence[BookProduct]], Mapping[str, UUID]]
BuyersOf = Callable[[Sequence[BuyerRow]], Mapping[str, UUID]]
PREVIEW_ROWS = 20


class ImportWatch(Protocol):
    """Somebody who wants to know how an import goes; called outside any transaction, by the importing thread."""

    def opened(self, batch_id: UUID) -> None:
        """The import has begun, under this batch."""

    def kept(self, done: int, total: int) -> None:
        """A chunk is stored: of `total` rows about `done` have been dealt with."""


_COUNTED = ("orders_created", "orders_updated", "orders_unchanged", "returns_created", "returns_unchanged")


@contextmanager
def open_book(
    source: Path | BinaryIO,
    *,
    mapping: ColumnMapping,
    now: datetime,
    format: str | None = None,  # noqa: A002 - the word that callers expect
    shift_weeks: int | None = None,
) -> Iterator[tuple[Table, Reading]]:
    """The file in `source`, read once through and ready to give its chunks; nothing is stored."""
    with open_table(source, file_format=format) as table:
        yield table, _read(table, mapping, now, shift_weeks)


def _read(table: Table, mapping: ColumnMapping, now: datetime, shift_weeks: int | None) -> Reading:
    reading = start_reading(
        table.rows, headings=table.headings, mapping=mapping, now=now, shift_weeks=shift_weeks
    )
    if not reading.index.rows:
        raise BadFile("It has headings and no rows.", field="file")
    return reading


def read_orders(
    source: Path | BinaryIO,
    *,
    mapping: ColumnMapping,
    now: datetime,
    format: str | None = None,  # noqa: A002 - the word that callers expect
    shift_weeks: int | None = None,
) -> ParsedBook:
    """Everything that `source` says, in memory, nothing stored. BadFile and its kinds, MissingColumns."""
    with open_book(source, mapping=mapping, now=now, format=format, shift_weeks=shift_weeks) as (_, reading):
        return reading.book()


def preview_import(
    source: Path | BinaryIO,
    *,
    mapping: ColumnMapping | None,
    now: datetime,
    format: str | None = None,  # noqa: A002 - the word that callers expect
) -> ImportPreview:
    """The first 20 rows as `mapping` (or, without one, as the headings suggest) reads them."""
    with open_table(source, file_format=format) as table:
        guessed = guess_columns(table.headings)
        if mapping is None:
            return ImportPreview(table.headings, guessed, table.format, table.encoding, (), 0, 0)
        reading = start_reading(table.rows, headings=table.headings, mapping=mapping, now=now)
        rows = tuple(_preview_row(reading, row, cells) for row, cells in islice(table.rows(), PREVIEW_ROWS))
        total, weeks = reading.index.rows, reading.shift_weeks
        return ImportPreview(table.headings, guessed, table.format, table.encoding, rows, total, weeks)


def import_orders(
    source: Path | BinaryIO,
    *,
    seller_id: UUID,
    mapping: ColumnMapping,
    actor: str,
    now: datetime,
    products: ProductsOf,
    buyers: BuyersOf,
    format: str | None = None,  # noqa: A002 - the word that callers expect
    file_name: str = "",
    on_progress: Progress | None = None,
    rejects_folder: Path | None = None,
    watch: ImportWatch | None = None,
) -> ImportReport:
    """Import a file of orders for a seller, chunk by chunk; importing it again changes nothing.

    `products` and `buyers` are asked, once per new product or buyer, for the ids of catalogue rows and
    organisations. Each chunk is one transaction: after a crash the same call completes the rest.
    A file just imported is answered from that import, without being read.
    Refused rows are kept with the batch and, where there are any, written to
    `rejects_folder` (default: `rejects/` under settings.HOME). Raises BadFile and its kinds,
    BadMapping or MissingColumns before anything is stored.
    """
    name = file_name or getattr(source, "name", "") or str(source)
    folder = rejects_folder or settings.HOME / "rejects"
    with open_table(source, file_format=format) as table:
        if done := _done_before(table, seller_id, mapping):
            return repeated(done, rejects=_rejects_of(done, folder))
        reading = _read(table, mapping, now, _kept_shift(seller_id, mapping))
        batch = _open_batch(seller_id, Path(str(name)).name, table, reading, actor=actor, now=now)
        run = _Run(batch, products, buyers, actor, now, mapping.columns["order"], mapping.credit_prefix)
        seen = _Seen(on_progress)
        if watch:
            watch.opened(batch.pk)
        try:
            for book in _ahead(reading.chunks(on_progress=seen)):
                run.take(book)
                if watch:
                    watch.kept(seen.done, reading.index.rows)
            return run.finish(reading, folder)
        except BaseException as exc:
            _fail(batch, exc, now=now)
            raise


def _done_before(table: Table, seller_id: UUID, mapping: ColumnMapping) -> ImportBatch | None:
    reading = reading_digest(mapping, file_format=table.format)
    return same_import(seller_id, file_sha256=table.sha256, reading_sha256=reading)


def _rejects_of(batch: ImportBatch, folder: Path) -> Path | None:
    path = folder / f"{batch.pk}.csv"
    if not batch.counts["rejected_lines"]:
        return None
    return path if path.exists() else write_rejects(batch.pk, folder=folder)


@dataclass(slots=True)
class _Seen:
    """How far the reader has come, for whoever stores: the reader works in a thread of its own."""

    further: Progress | None
    done: int = 0

    def __call__(self, done: int, total: int) -> None:
        self.done = done
        if self.further:
            self.further(done, total)


@dataclass(slots=True)
class _Run:
    """One import under way: its tallies, and the ids learnt so far."""

    batch: ImportBatch
    products_of: ProductsOf
    buyers_of: BuyersOf
    actor: str
    now: datetime
    order_column: str
    credit_prefix: str
    product_ids: dict[str, UUID] = field(default_factory=dict)
    buyer_ids: dict[str, UUID] = field(default_factory=dict)
    orders_in: int = 0
    returns_in: int = 0
    rejects: list[RejectedRow] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))

    def take(self, book: ParsedBook) -> None:
        """Store one chunk and its refused rows."""
        if book.products:
            self.product_ids.update(self.products_of(book.products))
        if book.buyers:
            self.buyer_ids.update(self.buyers_of(book.buyers))
        with transaction.atomic():
            result = store_orders(
                book, seller_id=self.batch.seller_id, product_ids=self.product_ids, buyer_ids=self.buyer_ids,
                batch_id=self.batch.pk, actor=self.actor, now=self.now, link=False,
            )  # fmt: skip
            self._refuse([*book.rejects, *_conflicts(result, self.order_column)])
        for name in _COUNTED:
            self.totals[name] += getattr(result, name)
        refused = {r.order_ref or r.row for r in book.rejects}
        credited = sum(self._is_credit(ref) for ref in refused)
        self.orders_in += len(book.orders) + len(refused) - credited
        self.returns_in += len(book.returns) + credited

    def _refuse(self, rejects: Sequence[RejectedRow]) -> None:
        ImportReject.objects.bulk_create(
            [
                ImportReject(
                    batch=self.batch, row=r.row, order_ref=r.order_ref, cells=dict(r.cells),
                    errors=[e.as_dict() for e in r.errors],
                )
                for r in rejects
            ],
            batch_size=1000, ignore_conflicts=True,
        )  # fmt: skip
        self.rejects.extend(RejectedRow(r.row, r.order_ref, {}, r.errors) for r in rejects)

    def _is_credit(self, ref: str | int) -> bool:
        return bool(self.credit_prefix) and str(ref).startswith(self.credit_prefix)

    def finish(self, reading: Reading, folder: Path) -> ImportReport:
        """Link what can only be linked when all is in, close the batch and write the rejects file."""
        refresh_statistics()
        link_returns(self.batch.seller_id)
        reasons = count_reasons(self.rejects)
        report = ImportReport(
            batch_id=self.batch.pk, file_name=self.batch.file_name, file_format=self.batch.file_format,
            encoding=self.batch.encoding, shift_weeks=reading.shift_weeks, lines_in=reading.index.rows,
            orders_in=self.orders_in, returns_in=self.returns_in,
            returns_linked=Return.objects.house().filter(batch=self.batch, order__isnull=False).count(),
            rejected_orders=sum(reasons.values()), rejected_lines=len(self.rejects), reasons=dict(reasons),
            rejects_path=write_rejects(self.batch.pk, folder=folder) if self.rejects else None,
            sample=tuple(e for r in self.rejects[:SAMPLE_ROWS] for e in r.errors),
            **self.totals,
        )  # fmt: skip
        _close(self.batch, report, actor=self.actor, now=self.now)
        return report


def _ahead(books: Iterator[ParsedBook]) -> Iterator[ParsedBook]:
    """The same books, each read while the one before it is being stored: reading waits for no database."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        following = reader.submit(next, books, None)
        while (book := following.result()) is not None:
            following = reader.submit(next, books, None)
            yield book


def write_rejects(batch_id: UUID, *, folder: Path) -> Path:
    """Write the rejects file of a batch to `folder` and give its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{batch_id}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        out.writelines(rejected_lines(batch_id))
    return path


def rejected_lines(batch_id: UUID) -> Iterable[str]:
    """The lines of the rejects file of a batch, rows in the order of the file."""
    headings = ImportBatch.objects.house().values_list("headings", flat=True).get(pk=batch_id)
    rows = ImportReject.objects.house().filter(batch_id=batch_id).order_by("row")
    return rejects_csv(headings, rows.values_list("row", "cells", "errors").iterator(chunk_size=2000))


def _conflicts(result: StoreResult, column: str) -> list[RejectedRow]:
    """Orders that stay as they are: the rejects file names them, the seller's own file holds the rest."""
    return [RejectedRow(row, ref, {column: ref}, (error,)) for row, ref, error in result.conflicts]


def _kept_shift(seller_id: UUID, mapping: ColumnMapping) -> int | None:
    """An automatic shift, once chosen for a seller's mapping, stays: mended rows keep their place in time."""
    if mapping.shift != AUTO_SHIFT:
        return None
    done = ImportBatch.objects.house().filter(
        seller_id=seller_id, mapping_name=mapping.name, state=BatchState.DONE
    )
    return done.order_by("started_at").values_list("shift_weeks", flat=True).first()


def _open_batch(
    seller_id: UUID, name: str, table: Table, reading: Reading, *, actor: str, now: datetime
) -> ImportBatch:
    batch: ImportBatch = ImportBatch.objects.create(
        seller_id=seller_id, file_name=name[:200], file_sha256=table.sha256, file_format=table.format,
        encoding=table.encoding, headings=list(table.headings), mapping_name=reading.mapping.name[:80],
        reading_sha256=reading_digest(reading.mapping, file_format=table.format),
        shift_weeks=reading.shift_weeks, actor=actor, started_at=now,
    )  # fmt: skip
    return batch


def _close(batch: ImportBatch, report: ImportReport, *, actor: str, now: datetime) -> None:
    batch.state, batch.finished_at = BatchState.DONE, now
    batch.reasons = dict(report.reasons)
    batch.counts = {name: getattr(report, name) for name in _REPORTED}
    with transaction.atomic():
        batch.save(update_fields=["state", "finished_at", "reasons", "counts"])
        deed = audit.Deed("orders.imported", "import", str(batch.pk), batch.seller_id, batch.counts)
        audit.record([deed], actor=actor, at=now)


_REPORTED = (
    "lines_in", "orders_in", "orders_created", "orders_updated", "orders_unchanged", "returns_in",
    "returns_created", "returns_unchanged", "returns_linked", "rejected_orders", "rejected_lines",
)  # fmt: skip


def _fail(batch: ImportBatch, exc: BaseException, *, now: datetime) -> None:
    batch.state, batch.finished_at = BatchState.FAILED, now
    batch.failure = (
        exc.problem()
        if isinstance(exc, FondacoError)
        else {"code": "interrupted", "title": type(exc).__name__}
    )
    batch.save(update_fields=["state", "finished_at", "failure"])


def _preview_row(reading: Reading, row: int, cells: list[str]) -> PreviewRow:
    found = reading.reader.read(row, cells)
    shown = dict(zip(reading.headings, (cell[:200] for cell in cells), strict=False))
    if isinstance(found, list):
        by_field = {name: shown.get(heading, "") for name, heading in reading.mapping.columns.items()}
        return PreviewRow(row, by_field, tuple(found))
    return PreviewRow(row, _shown(found), _no_errors())


def _shown(line: Line) -> dict[str, str]:
    return {
        "order": line.ref, "kind": line.kind, "sku": line.sku, "title": line.title, "quantity": str(line.quantity),
        "unit_minor": str(line.unit_minor), "currency": line.currency, "ordered_at": line.when.isoformat(),
        "buyer": line.buyer, "country": line.country, **line.more,
    }  # fmt: skip


def _no_errors() -> tuple[RowError, ...]:
    return ()
