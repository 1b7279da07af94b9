"""What an officer does besides deciding: another lane, a tax bill, the record of an inspection; and strays."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import number_asked, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.declaring import strays_in_words
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window

SIZE = 50
MOST_STRAYS = 200
_LARGEST = 8 * 1024 * 1024


@require_POST
@member(Kind.CUSTOMS, role=Role.CLERK)
def officer_deed(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Another lane, a tax bill, or a new inspection record for what waits on the desk."""
    asked, now = request.POST, clock.now()
    reason = word_asked(asked, "reason", most=500)
    deeds: dict[str, tuple[Callable[[], object], str]] = {
        "reroute": (
            lambda: window.reroute(scope, declaration_id, word_asked(asked, "lane"), reason=reason, now=now),
            _("The declaration is in its new lane."),
        ),
        "bill": (
            lambda: window.issue_tax_bill(
                scope, declaration_id, duty=word_asked(asked, "duty"), tax=word_asked(asked, "tax"),
                reason=reason, now=now,
            ),
            _("The tax bill is issued."),
        ),
        "inspection": (
            lambda: window.open_inspection(scope, declaration_id, now=now),
            _("The record is open. Add samples and photographs."),
        ),
    }  # fmt: skip
    if chosen := deeds.get(asked.get("deed", "")):
        attempt(request, chosen[0], done=chosen[1])
    return redirect("declaration", declaration_id)


@require_POST
@member(Kind.CUSTOMS, role=Role.CLERK)
def inspection_deed(
    request: HttpRequest, scope: Scope, declaration_id: UUID, inspection_id: UUID
) -> HttpResponseBase:
    """Add a sample or photograph to an inspection, or close it with what was found."""
    asked, now = request.POST, clock.now()
    deeds: dict[str, tuple[Callable[[], object], str]] = {
        "sample": (
            lambda: window.add_sample(
                scope, inspection_id, item=number_asked(asked, "item"), quantity=word_asked(asked, "quantity"),
                seal=word_asked(asked, "seal"), purpose=word_asked(asked, "purpose", most=200), now=now,
            ),
            _("The sample is recorded."),
        ),
        "photo": (lambda: _add_photo(request, scope, inspection_id), _("The photograph is kept.")),
        "close": (
            lambda: window.close_inspection(
                scope, inspection_id, result=word_asked(asked, "result"),
                findings=word_asked(asked, "findings", most=2000), now=now,
            ),
            _("The inspection is closed. Decide what becomes of the goods."),
        ),
    }  # fmt: skip
    if chosen := deeds.get(asked.get("deed", "")):
        attempt(request, chosen[0], done=chosen[1])
    return redirect("declaration", declaration_id)


@require_GET
@member(Kind.CUSTOMS, Kind.SELLER)
def inspection_photo(request: HttpRequest, scope: Scope, photo_id: UUID) -> HttpResponseBase:
    """A photograph of an inspection; its type was read from its first bytes."""
    media_type, content = window.inspection_photo(scope, photo_id)
    response = HttpResponse(content, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_GET
@member()
def stray_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Receipts that found no declaration, or that contradict one: what they say, why they wait, what to do."""
    before = number_asked(request.GET, "before")
    rows = window.parked_receipts(scope, size=SIZE, before=before or None)
    context = {"rows": strays_in_words(rows), "next": rows[-1]["id"] if len(rows) == SIZE else ""}
    return render(request, "customs/strays.html", context)


@require_GET
@member()
def stray_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The newest receipts that wait, as CSV."""
    rows = strays_in_words(window.parked_receipts(scope, size=MOST_STRAYS))
    columns = ("id", "issued_at", "reference", "code", "meaning", "why", "detail")
    return csv_response(
        "stray-receipts", headings=columns, rows=([row[name] for name in columns] for row in rows)
    )


@require_POST
@member(role=Role.CLERK)
def stray_deed(request: HttpRequest, scope: Scope, receipt_id: int) -> HttpResponseBase:
    """Give a stray receipt to a declaration, or dismiss it; both with a reason."""
    asked, now = request.POST, clock.now()
    lrn, reason = word_asked(asked, "lrn", most=22), word_asked(asked, "reason", most=250)
    if lrn:
        attempt(
            request,
            lambda: window.attach_parked_receipt(scope, receipt_id, lrn=lrn, reason=reason, now=now),
            done=_("The receipt stands in the declaration's log."),
        )
    else:
        attempt(
            request,
            lambda: window.resolve_parked_receipt(scope, receipt_id, now=now, reason=reason),
            done=_("Dismissed; it stays on record."),
        )
    return redirect("strays")


def _add_photo(request: HttpRequest, scope: Scope, inspection_id: UUID) -> None:
    dropped = request.FILES.get("photo")
    if dropped is None:
        raise window.BadPhoto(field="photo")
    window.add_photo(
        scope, inspection_id, name=dropped.name or "", caption=word_asked(request.POST, "caption", most=200),
        content=dropped.read(_LARGEST + 1), now=clock.now(),
    )  # fmt: skip
