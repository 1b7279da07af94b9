"""Managing price books: drop a file, see what it would change, publish it; roll back; withdraw."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.presenting.book_changes import changes_of
from fondaco.delivery.web.seats import member
from fondaco.flows.uploads import keep_file, place_of
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import BookImport

LARGEST = 32 * 1024 * 1024
SHOWN_ERRORS, SHOWN_CHANGES = 100, 50
_SESSION = "price-book"


class BookForm(forms.Form):
    """From which day prices hold, and which line of books they continue."""

    effective_from = forms.DateField(
        label=_l("In effect from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    code = forms.SlugField(
        label=_l("Book"), max_length=40, required=False,
        help_text=_l("Empty: the carrier's own, or the file's name where it holds several carriers."),
    )  # fmt: skip


@require_GET
@member(Kind.PLATFORM, role=Role.CLERK)
def import_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Where to drop a rate card, and what its columns are called."""
    form = BookForm(initial={"effective_from": clock.today().isoformat()})
    return render(request, "logistics/book_import.html", {"form": form, "columns": logistics.BOOK_COLUMNS})


@require_POST
@member(Kind.PLATFORM, role=Role.CLERK)
def drop(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Keep the dropped file and look at it; nothing is published."""
    dropped, form = request.FILES.get("file"), BookForm(request.POST)
    if dropped is None or (dropped.size or 0) > LARGEST or not form.is_valid():
        messages.error(request, _("Choose a CSV or XLSX file of at most 32 MB, and a day."))
        return redirect("price_book_import")
    request.session[_SESSION] = {
        "place": keep_file(scope, dropped.chunks()).name,
        "name": Path(dropped.name or "book").name,
        "from": form.cleaned_data["effective_from"].isoformat(),
        "code": form.cleaned_data["code"],
    }
    return redirect("price_book_preview")


@require_GET
@member(Kind.PLATFORM, role=Role.CLERK)
def preview(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Everything wrong in the file just dropped, or every price that it would move; it survives a reload."""
    kept = request.session.get(_SESSION)
    if not kept:
        return redirect("price_book_import")
    report, problem = None, None
    try:
        report = _import(scope, kept, dry_run=True)
    except FondacoError as refused:
        problem = refused
    diff = report.diff if report else None
    context = {
        "kept": kept, "found": report, "problem": problem, "diff": diff,
        "errors": report.errors[:SHOWN_ERRORS] if report else (),
        "changes": changes_of(diff, report.currency)[:SHOWN_CHANGES] if report and diff else [],
    }  # fmt: skip
    return render(request, "logistics/book_preview.html", context)


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def publish(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Put the previewed file into force; a single error, and the last good version stays."""
    kept = request.session.get(_SESSION)
    if not kept:
        return redirect("price_book_import")
    done: list[BookImport] = []
    shown = attempt(
        request, lambda: done.append(_import(scope, kept, dry_run=False)), done=_("The price book is read.")
    )
    book = done[0].book if shown else None
    if book is None:
        return redirect("price_book_preview")
    del request.session[_SESSION]
    return redirect("price_book", book.id)


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def rollback(request: HttpRequest, scope: Scope, book_id: UUID) -> HttpResponseBase:
    """Bring the version before this one back, as a new version, from the day given."""
    made: list[Any] = []
    attempt(
        request,
        lambda: made.append(
            logistics.rollback_book(
                book_id, effective_from=_day(request), actor=str(scope.user_id), now=clock.now()
            )
        ),
        done=_("The earlier prices are in force again, as a new version."),
    )
    return redirect("price_book", made[0].id if made else book_id)


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def withdraw(request: HttpRequest, scope: Scope, book_id: UUID) -> HttpResponseBase:
    """Take a version out of force; the prices it replaced hold again."""
    attempt(
        request,
        lambda: logistics.withdraw_book(book_id, actor=str(scope.user_id), now=clock.now()),
        done=_("The version is withdrawn; the prices before it hold again."),
    )
    return redirect("price_book", book_id)


def _import(scope: Scope, kept: dict[str, str], *, dry_run: bool) -> BookImport:
    return logistics.import_price_book(
        place_of(scope.organisation_id, kept["place"]),
        name=kept["name"],
        code=kept["code"],
        effective_from=date.fromisoformat(kept["from"]),
        dry_run=dry_run,
        actor=str(scope.user_id),
        now=clock.now(),
    )


def _day(request: HttpRequest) -> date:
    """The day asked for, today where it is none."""
    try:
        return date.fromisoformat(request.POST.get("from", ""))
    except ValueError:
        return clock.today()
