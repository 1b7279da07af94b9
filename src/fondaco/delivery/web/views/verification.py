"""Verification: an organisation hands in its papers, the operator decides, never who handed them in."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.dossier_pages import dossier_sheet
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import BadDocument, DossierDTO

LARGEST = 5_000_000
# The same papers and words as the room's; the first two must be there before a dossier is submitted.
PAPERS = (
    ("registration", gettext_lazy("Company registration")),
    ("identity", gettext_lazy("Identity of a representative")),
    ("tax", gettext_lazy("Tax or VAT registration")),
    ("address", gettext_lazy("Proof of address")),
    ("bank", gettext_lazy("Bank account")),
    ("other", gettext_lazy("Other")),
)
_NEEDED = ("registration", "identity")
_STATES = ("draft", "submitted", "approved", "rejected", "expired")
_STEPS = {"draft": 0, "submitted": 1, "rejected": 2, "approved": 3, "expired": 3}
_STEP_NAMES = (gettext_lazy("Collect papers"), gettext_lazy("Under examination"), gettext_lazy("Decided"))


@require_GET
@member()
def dossier_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """One's own dossiers; for the operator everybody's, the longest waiting first."""
    state = word_asked(request.GET, "state", most=10)
    rows = parties.dossiers(scope, state=state)
    undecided = any(
        row.state in ("draft", "submitted") and row.organisation.id == scope.organisation_id for row in rows
    )
    context = {
        "rows": rows,
        "state": state,
        "states": _STATES,
        "may_open": scope.role in (Role.OWNER, Role.MANAGER) and not undecided and not scope.is_operator,
    }
    return render(request, "verification/list.html", context)


@require_GET
@member()
def dossier_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The dossiers as CSV."""
    headings = (
        "dossier",
        "organisation",
        "country",
        "state",
        "papers",
        "opened_at",
        "submitted_at",
        "decided_at",
    )
    rows = parties.dossiers(scope, state=word_asked(request.GET, "state", most=10), limit=10_000)
    return csv_response("verification", headings=headings, rows=(_row(row) for row in rows))


@require_POST
@member(role=Role.MANAGER)
def dossier_open(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Begin one's verification."""
    opened: list[DossierDTO] = []
    attempt(
        request,
        lambda: opened.append(parties.open_dossier(scope, now=clock.now())),
        done=_("The dossier is open. Add the papers."),
    )
    return redirect("dossier", opened[0].id) if opened else redirect("dossiers")


@require_GET
@member()
def dossier_page(request: HttpRequest, scope: Scope, dossier_id: UUID) -> HttpResponseBase:
    """One dossier: its papers, what is missing, who submitted, who decided and why."""
    sheet = dossier_sheet(scope, dossier_id)
    found, words = sheet.dossier, dict(PAPERS)
    there = {paper.type for paper in found.documents}
    context = {
        "sheet": sheet,
        "dossier": found,
        "papers": [(paper, words.get(paper.type, paper.type)) for paper in found.documents],
        "types": PAPERS,
        "missing": [words[needed] for needed in _NEEDED if needed not in there],
        "steps": _STEP_NAMES,
        "at": _STEPS.get(found.state, 0),
        "submitter": sheet.people.get(found.submitted_by) if found.submitted_by else "",
        "decider": sheet.people.get(found.decided_by) if found.decided_by else "",
    }
    return render(request, "verification/page.html", context)


@require_POST
@member(role=Role.MANAGER)
def dossier_deed(request: HttpRequest, scope: Scope, dossier_id: UUID) -> HttpResponseBase:
    """Add a paper, submit, take back, mend, decide or end."""
    now, reason = clock.now(), word_asked(request.POST, "reason", most=500)
    deeds: dict[str, tuple[Callable[[], object], str]] = {
        "add": (lambda: _add_paper(request, scope, dossier_id), _("The paper is in the dossier.")),
        "submit": (
            lambda: parties.submit_dossier(scope, dossier_id, now=now),
            _("Submitted. Somebody else decides."),
        ),
        "withdraw": (
            lambda: parties.withdraw_dossier(scope, dossier_id, now=now),
            _("The dossier is yours again."),
        ),
        "reopen": (
            lambda: parties.reopen_dossier(scope, dossier_id, now=now),
            _("The dossier is yours again."),
        ),
        "approve": (
            lambda: parties.decide_dossier(scope, dossier_id, approve=True, reason=reason, now=now),
            _("Approved."),
        ),
        "reject": (
            lambda: parties.decide_dossier(scope, dossier_id, approve=False, reason=reason, now=now),
            _("Rejected, with your reason."),
        ),
        "expire": (lambda: parties.expire_dossier(scope, dossier_id, now=now), _("The approval has ended.")),
    }
    chosen = deeds.get(request.POST.get("deed", ""))
    if chosen:
        attempt(request, chosen[0], done=chosen[1])
    return redirect("dossier", dossier_id)


@require_GET
@member()
def dossier_paper(request: HttpRequest, scope: Scope, document_id: UUID) -> HttpResponseBase:
    """A paper as it was handed in, always as a download: it comes from outside."""
    paper, content = parties.document_content(scope, document_id)
    response = HttpResponse(content, content_type=paper.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=paper.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _add_paper(request: HttpRequest, scope: Scope, dossier_id: UUID) -> None:
    dropped = request.FILES.get("file")
    if dropped is None:
        raise BadDocument(field="file")
    content = dropped.read(LARGEST + 1)
    parties.add_document(
        scope,
        dossier_id,
        type=request.POST.get("type", ""),
        name=dropped.name or "",
        content=content,
        now=clock.now(),
    )


def _row(row: DossierDTO) -> list[object]:
    moments = (row.opened_at, row.submitted_at, row.decided_at)
    shown = [moment.isoformat() if moment else "" for moment in moments]
    return [row.id, row.organisation.name, row.organisation.country, row.state, len(row.documents), *shown]
