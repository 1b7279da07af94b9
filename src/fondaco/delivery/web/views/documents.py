"""Documents: the list, one document with who was let in and who looked, opening, sharing, taking back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import day_asked, id_asked, number_asked, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.paper_pages import every_paper, paper_list, paper_sheet
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Role, Scope
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import BadGrant, DocumentKind

SIZE = 50
_LABELS = dict(DocumentKind.choices)


@require_GET
@member()
def document_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The documents that the reader has a part in, and those that others share with them."""
    kind, search = word_asked(request.GET, "kind", most=20), word_asked(request.GET, "q", most=60)
    order_id, offset = id_asked(request.GET, "order"), min(number_asked(request.GET, "from"), 1_000_000)
    found = paper_list(
        scope, kind=kind, search=search, order_id=order_id, offset=offset, size=SIZE, now=clock.now()
    )
    context = {
        "found": found,
        "rows": [
            (one, _LABELS.get(one.kind, one.kind), found.numbers.get(one.order_id, "")) for one in found.rows
        ],
        "shared": [
            (one, _LABELS.get(one.kind, one.kind), grant, found.names.get(grant.granted_by_id, ""))
            for one, grant in found.shared
        ],
        "kinds": DocumentKind.choices,
        "kind": kind,
        "search": search,
        "order_id": order_id,
        "order_number": found.numbers.get(order_id, "") if order_id else "",
        "filtered": bool(kind or search or order_id or offset),
        "next": offset + SIZE if found.has_more else None,
        "offset": offset,
    }
    return render(request, "papers/list.html", context)


@require_GET
@member()
def document_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as CSV."""
    kind, search = word_asked(request.GET, "kind", most=20), word_asked(request.GET, "q", most=60)
    headings = ("document", "kind", "order", "number", "languages", "made_at", "bytes", "sha256")
    return csv_response("documents", headings=headings, rows=_rows(scope, kind, search))


@require_GET
@member()
def document_page(request: HttpRequest, scope: Scope, document_id: UUID) -> HttpResponseBase:
    """One document; its owners also see who was let in and who looked."""
    now = clock.now()
    sheet = paper_sheet(scope, document_id, now=now)
    context = {
        "sheet": sheet,
        "document": sheet.document,
        "label": _LABELS.get(sheet.document.kind, sheet.document.kind),
        "grants": [(one, sheet.names.get(one.grantee_id, "")) for one in sheet.grants],
        "receipts": [(one, sheet.names.get(one.organisation_id, "")) for one in sheet.receipts],
        "partners": [(kind.label, found) for kind, found in sheet.partners],
        "may_share": sheet.own and _may(scope),
        "first_day": (now + timedelta(days=1)).date(),
        "usual_day": (now + timedelta(days=30)).date(),
    }
    return render(request, "papers/page.html", context)


@require_GET
@member()
def document_file(request: HttpRequest, scope: Scope, document_id: UUID) -> HttpResponseBase:
    """The PDF; the look is recorded and its owners see it."""
    purpose = word_asked(request.GET, "purpose", most=200) or "view"
    file = sharing.document_file(scope, document_id, now=clock.now(), purpose=purpose)
    response = HttpResponse(file.content, content_type=file.media_type)
    response["Content-Disposition"] = f'inline; filename="{file.name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@member(role=Role.CLERK)
def document_share(request: HttpRequest, scope: Scope, document_id: UUID) -> HttpResponseBase:
    """Let another organisation see the document for a purpose, up to and including a day."""
    attempt(request, lambda: _share(request, scope, document_id), done=_("The permission is given."))
    return redirect("document", document_id)


@require_POST
@member(role=Role.CLERK)
def document_unshare(
    request: HttpRequest, scope: Scope, document_id: UUID, grant_id: UUID
) -> HttpResponseBase:
    """Take a permission back at once."""
    done = _("The permission is taken back.")
    attempt(request, lambda: sharing.revoke_grant(scope, grant_id, now=clock.now()), done=done)
    return redirect("document", document_id)


def _share(request: HttpRequest, scope: Scope, document_id: UUID) -> None:
    grantee, last = id_asked(request.POST, "grantee"), day_asked(request.POST, "until")
    if grantee is None or last is None:
        raise BadGrant(field="grantee" if grantee is None else "until")
    sharing.grant_document(
        scope,
        document_id,
        grantee_id=grantee,
        purpose=word_asked(request.POST, "purpose", most=200),
        expires_at=datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC),
        now=clock.now(),
    )


def _may(scope: Scope) -> bool:
    return scope.role != Role.VIEWER


def _rows(scope: Scope, kind: str, search: str) -> Iterator[list[Any]]:
    for one, number in every_paper(scope, kind=kind, search=search):
        yield [
            one.id, one.kind, number, one.number, " ".join(one.languages), one.created_at.isoformat(),
            one.size or "", one.sha256,
        ]  # fmt: skip
