"""Uploads: a merchant's file is kept, queued and imported in the background; its progress is in the database.

Killed at any moment, the import is begun anew by whoever looks next, and changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BatchDTO, ColumnMapping, ImportReport, UploadDTO
from fondaco.flows.import_book import import_orders
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties

KEPT_FOR = timedelta(days=7)  # a file whose import ended, or that was only looked at, is deleted after this
_GONE = {
    "code": "upload-gone",
    "title": "The file is no longer here.",
    "remedy": "Drop it again. Server and worker must share FONDACO_HOME.",
}


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """The page of imports: what is on its way or failed, what has been imported, and the mappings kept."""

    unfinished: tuple[UploadDTO, ...]
    batches: tuple[BatchDTO, ...]
    mappings: tuple[str, ...]


def import_desk(scope: Scope) -> ImportDesk:
    """What `scope` sees of its imports, in three queries."""
    return ImportDesk(
        tuple(orders.unfinished_uploads(scope)),
        tuple(orders.list_batches(scope)),
        tuple(orders.mappings_of(scope)),
    )


def keep_file(scope: Scope, chunks: Iterable[bytes]) -> Path:
    """Keep a file of the scope's organisation under a name of our own; where it is."""
    place = place_of(scope.organisation_id, str(new_id()))
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as target:
        for chunk in chunks:
            target.write(chunk)
    return place


def place_of(seller_id: UUID, name: str) -> Path:
    """Where the file `name` of a seller is kept; nothing in `name` leads out of the seller's folder."""
    return _folder() / str(seller_id) / Path(name).name


def queue_import(
    scope: Scope, *, place: str, file_name: str, mapping: ColumnMapping, now: datetime
) -> UploadDTO:
    """Queue the import of a kept file. FileNotFoundError where it is gone; Forbidden, BadMapping."""
    size = place_of(scope.organisation_id, place).stat().st_size
    return orders.queue_upload(
        scope, place=Path(place).name, file_name=file_name, size_bytes=size, mapping=mapping, now=now
    )


def run_upload(upload_id: UUID, *, now: datetime) -> bool:
    """Import one upload, unless it is over or in other hands; whether it was ours to import.

    What the file does wrong ends it as failed, with the problem; any other fault leaves it to be begun anew.
    """
    with orders.claimed_upload(upload_id, now=now) as upload:
        if upload is None:
            return False
        path = place_of(upload.seller_id, upload.place)
        try:
            report = _import(upload, path, now=now)
        except FileNotFoundError:
            orders.fail_upload(upload_id, _GONE, now=clock.now())
        except FondacoError as problem:
            orders.fail_upload(upload_id, problem.problem(), now=clock.now())
        else:
            orders.finish_upload(upload_id, batch_id=report.batch_id, rows=report.lines_in, now=clock.now())
            path.unlink(missing_ok=True)
    return True


def run_waiting_uploads(*, now: datetime) -> int:
    """Import what waits, and what a process that died has left; how many imports were run."""
    return sum(run_upload(upload_id, now=now) for upload_id in orders.waiting_uploads())


def clean_uploads(*, now: datetime) -> int:
    """Delete kept files older than `KEPT_FOR` that no import waits for; how many."""
    waiting, oldest = orders.waiting_places(), (now - KEPT_FOR).timestamp()
    old = [
        path
        for path in _folder().glob("*/*")
        if path.is_file() and path.name not in waiting and path.stat().st_mtime < oldest
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


@dataclass(frozen=True, slots=True)
class _Watch:
    """Writes an import's progress down, for the page."""

    upload_id: UUID

    def opened(self, batch_id: UUID) -> None:
        orders.note_batch(self.upload_id, batch_id)

    def kept(self, done: int, total: int) -> None:
        orders.note_rows(self.upload_id, min(done, total), total)


def _import(upload: UploadDTO, path: Path, *, now: datetime) -> ImportReport:
    seller = parties.organisations([upload.seller_id])[upload.seller_id]
    with path.open("rb") as source:
        return import_orders(
            source, seller_id=seller.id, mapping=ColumnMapping.from_dict(upload.mapping), book=seller.slug,
            actor=upload.actor, now=now, file_name=upload.file_name, watch=_Watch(upload.id),
        )  # fmt: skip


def _folder() -> Path:
    return Path(settings.HOME) / "uploads"
