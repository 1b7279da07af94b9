"""Price books: what is in force, what changed, a new version, the earlier one again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from ninja.responses import Status

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import BookDiff, BookImport, PriceBookView, StoredBook

router = Router(tags=["price books"])
_READERS = (Kind.SELLER, Kind.CARRIER)


class ChosenBook(Schema):
    """A version of a price book."""

    price_book: UUID


class RollbackIn(ChosenBook):
    """The version to undo, and the first day of the one before it (today if not said)."""

    effective_from: date | None = None


class Done(Schema):
    """Which book was changed."""

    price_book: UUID


@router.get("", response=Page[PriceBookView])
def list_books(
    request: HttpRequest, code: str = "", cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """The versions of all price books (of one line of books with `code`), newest first."""
    scope_of(request).require(kinds=_READERS)
    return page_of(logistics.list_price_books(code=code[:40], after=cursor, size=size + 1), size)


@router.get("/changes", response=BookDiff)
def changes(request: HttpRequest, before: UUID, after: UUID) -> BookDiff:
    """What changed between two versions, cell by cell: the thousand largest moves, and counts of everything."""
    scope_of(request).require(kinds=_READERS)
    return logistics.diff_price_books(before, after)


@router.post("/imports", response=BookImport, openapi_extra=KEYED)
def import_book(
    request: HttpRequest,
    file: File[UploadedFile],
    effective_from: Form[date | None] = None,
    code: Form[str] = "",
    dry_run: Form[bool] = False,
) -> Status[Any]:
    """Check a rate card (CSV or XLSX), compare it with what is in force, and publish it unless `dry_run`.

    With a single fault nothing is changed; `errors` names row, column and remedy.
    """
    scope = _manager(request)
    raw, name = file.read(), Path(file.name or "book").name

    def bring() -> BookImport:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "book"
            path.write_bytes(raw)
            return logistics.import_price_book(
                path, name=name, code=code[:40], effective_from=effective_from, dry_run=dry_run,
                actor=scope.actor, now=clock.now(),
            )  # fmt: skip

    return write(request, bring, content=f"{name}\n{code}\n{effective_from}\n{dry_run}\n".encode() + raw)


@router.post("/rollbacks", response=StoredBook, openapi_extra=KEYED)
def roll_back(request: HttpRequest, body: RollbackIn) -> Status[Any]:
    """Bring the version before `price_book` back, as a new version."""
    scope = _manager(request)
    return write(
        request,
        lambda: logistics.rollback_book(
            body.price_book, effective_from=body.effective_from or clock.today(), actor=scope.actor, now=clock.now()
        ),
    )  # fmt: skip


@router.post("/withdrawals", response=Done, openapi_extra=KEYED)
def withdraw(request: HttpRequest, body: ChosenBook) -> Status[Any]:
    """Take a version out of force; the prices it replaced hold again."""
    scope = _manager(request)

    def deed() -> Done:
        logistics.withdraw_book(body.price_book, actor=scope.actor, now=clock.now())
        return Done(price_book=body.price_book)

    return write(request, deed)


def _manager(request: HttpRequest) -> Scope:
    scope = scope_of(request)
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    return scope
