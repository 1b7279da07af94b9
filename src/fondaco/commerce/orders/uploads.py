"""Files that wait to be imported: kept, imported by whoever is free, and told of while that lasts.

An upload is claimed by a lock of its own that the database holds for the session: a process that dies lets
go of it at once, and the next one begins the import anew. Importing again changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.commerce.orders.domain.errors import UploadNotFound
from fondaco.commerce.orders.domain.mapping import ColumnMapping
from fondaco.commerce.orders.models import ImportBatch, ImportUpload
from fondaco.commerce.orders.states import UPLOAD_MACHINE, BatchState, UploadState
from fondaco.kernel import audit
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope

MOST_ATTEMPTS = 5  # a file that ends its process each time is given up, with the reason
WAITING = (UploadState.QUEUED, UploadState.RUNNING)


@dataclass(frozen=True, slots=True)
class UploadDTO:
    """A file on its way into the book. `rows_done` of `rows_total` have been read; 0 of 0 before it begins."""

    id: UUID
    seller_id: UUID
    state: str
    file_name: str
    place: str
    size_bytes: int
    mapping: Mapping[str, Any]
    rows_done: int
    rows_total: int
    attempts: int
    batch_id: UUID | None
    failure: Mapping[str, Any]
    actor: str
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in WAITING


def queue_upload(
    scope: Scope, *, place: str, file_name: str, size_bytes: int, mapping: ColumnMapping, now: datetime
) -> UploadDTO:
    """Put a kept file in the queue of imports of the scope's own book. Forbidden, BadMapping."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if scope.kind != Kind.SELLER:
        detail = "Only a seller has an order book to import into."
        raise Forbidden(detail, field="organisation", value=scope.kind)
    with transaction.atomic():
        row = ImportUpload.objects.create(
            seller_id=scope.organisation_id, place=place, file_name=file_name[:200], size_bytes=size_bytes,
            mapping=mapping.checked().as_dict(), actor=scope.actor or str(scope.user_id), queued_at=now,
        )  # fmt: skip
        _tell(row, now)
    return _dto(row)


def upload_detail(scope: Scope, upload_id: UUID) -> UploadDTO:
    """One upload that `scope` may see, else UploadNotFound."""
    row = ImportUpload.objects.of(scope).filter(pk=upload_id).first()
    if row is None:
        raise UploadNotFound(field="upload", value=upload_id)
    return _dto(row)


def unfinished_uploads(scope: Scope, *, size: int = 20) -> list[UploadDTO]:
    """Uploads of `scope` that wait, run or failed, newest first: what the list of imports does not show."""
    rows = ImportUpload.objects.of(scope).exclude(state=UploadState.DONE).order_by("-queued_at", "-id")
    return [_dto(row) for row in rows[:size]]


def waiting_uploads() -> list[UUID]:
    """House work: uploads that wait or whose importer may have died, oldest first."""
    rows = ImportUpload.objects.house().filter(state__in=WAITING)
    return list(rows.order_by("queued_at", "id").values_list("id", flat=True))


def waiting_places() -> set[str]:
    """House work: the names of kept files that are still to be imported."""
    return set(ImportUpload.objects.house().filter(state__in=WAITING).values_list("place", flat=True))


@contextmanager
def claimed_upload(upload_id: UUID, *, now: datetime) -> Iterator[UploadDTO | None]:
    """The upload, begun and ours alone while the context lasts; None where it is over or in other hands.

    An import of it that was cut short is closed as interrupted. Call outside any transaction.
    """
    key = f"orders.upload:{upload_id}"
    if not _ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key):
        yield None
        return
    try:
        yield _begin(upload_id, now=now)
    finally:
        _ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def note_batch(upload_id: UUID, batch_id: UUID) -> None:
    """The import of an upload has opened its batch."""
    ImportUpload.objects.house().filter(pk=upload_id).update(batch_id=batch_id)


def note_rows(upload_id: UUID, done: int, total: int) -> None:
    """How far the import of an upload has come; seen at once by whoever looks."""
    ImportUpload.objects.house().filter(pk=upload_id).update(rows_done=done, rows_total=total)


def finish_upload(upload_id: UUID, *, batch_id: UUID, rows: int, now: datetime) -> None:
    """The upload is imported."""
    _end(upload_id, "finish", now, batch_id=batch_id, rows_done=rows, rows_total=rows)


def fail_upload(upload_id: UUID, problem: Mapping[str, Any], *, now: datetime) -> None:
    """The upload cannot be imported; `problem` says why and what to do."""
    _end(upload_id, "fail", now, failure=dict(problem))


def _begin(upload_id: UUID, *, now: datetime) -> UploadDTO | None:
    with transaction.atomic():
        row = ImportUpload.objects.house().select_for_update().filter(pk=upload_id).first()
        if row is None or row.state not in WAITING:
            return None
        if row.state == UploadState.RUNNING:
            _close_cut_short(row, now=now)
        if row.attempts >= MOST_ATTEMPTS:
            _move(row, "fail", now, failure=_GIVEN_UP)
            return None
        if row.state == UploadState.QUEUED:
            row.state = UPLOAD_MACHINE.after(row.state, "start")
        row.started_at, row.attempts, row.rows_done = now, row.attempts + 1, 0
        row.save(update_fields=["state", "started_at", "attempts", "rows_done"])
        _tell(row, now)
    return _dto(row)


_GIVEN_UP = {
    "code": "import-interrupted",
    "title": "This import was begun several times and never ended.",
    "remedy": "Split the file and import its parts; tell the operator.",
}


def _close_cut_short(row: ImportUpload, *, now: datetime) -> None:
    """The batch of a process that died says so, instead of running for ever."""
    if row.batch_id is None:
        return
    cut = ImportBatch.objects.house().filter(pk=row.batch_id, state=BatchState.RUNNING)
    failure = {"code": "interrupted", "title": "The process that imported ended; it was begun anew."}
    cut.update(state=BatchState.FAILED, finished_at=now, failure=failure)


def _end(upload_id: UUID, event: str, now: datetime, **values: Any) -> None:
    with transaction.atomic():
        row = ImportUpload.objects.house().select_for_update().get(pk=upload_id)
        _move(row, event, now, **values)


def _move(row: ImportUpload, event: str, now: datetime, **values: Any) -> None:
    row.state, row.ended_at = UPLOAD_MACHINE.after(row.state, event), now
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "ended_at", *values])
    _tell(row, now)


def _tell(row: ImportUpload, now: datetime) -> None:
    detail = {"file": row.file_name, "size": row.size_bytes}
    deed = audit.Deed(f"orders.upload.{row.state}", "upload", str(row.pk), row.seller_id, detail)
    audit.record([deed], actor=row.actor, at=now)


def _ask(statement: str, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        return bool(cursor.fetchone()[0])


def _dto(row: ImportUpload) -> UploadDTO:
    return UploadDTO(**{f.name: getattr(row, f.name) for f in fields(UploadDTO)})
