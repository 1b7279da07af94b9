"""The house's own pages: audit trail, API keys, verification dossiers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.seats import member
from fondaco.flows.trail import audit_trail
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import KeyScope

SIZE = 50
PAPERS = (
    ("registration", _l("Company registration")),
    ("identity", _l("Identity of a representative")),
    ("tax", _l("Tax or VAT registration")),
    ("address", _l("Proof of address")),
    ("bank", _l("Bank account")),
    ("other", _l("Other")),
)
LARGEST = 8 * 1024 * 1024


@require_GET
@member(role=Role.MANAGER)
def audit(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Who did what, when."""
    subject, action = request.GET.get("subject", "").strip(), request.GET.get("action", "").strip()
    before = request.GET.get("before", "")
    lines = audit_trail(
        scope, subject=subject, action=action, before=int(before) if before.isdecimal() else 0, size=SIZE
    )
    context = {"lines": lines, "subject": subject, "action": action, "next": lines[-1].id if len(lines) == SIZE else None}
    return render(request, "house/audit.html", context)


@require_GET
@member(role=Role.MANAGER)
def api_keys(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The keys with which programs act for the organisation."""
    fresh = request.session.pop("fresh_key", None)
    context = {"keys": parties.list_api_keys(scope), "fresh": fresh, "now": clock.now()}
    return render(request, "house/api_keys.html", context)


@require_POST
@member(role=Role.MANAGER)
def issue_key(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Make a key; it is shown once."""
    scopes = (KeyScope.READ,) if request.POST.get("may") == "read" else (KeyScope.READ, KeyScope.WRITE)
    try:
        plain, made = parties.issue_api_key(scope, request.POST.get("name", "").strip(), now=clock.now(), scopes=scopes)
    except FondacoError as problem:
        messages.error(request, f"{problem.title} {problem.detail} {problem.remedy}")
        return redirect("api_keys")
    request.session["fresh_key"] = {"name": made.name, "plain": plain}
    return redirect("api_keys")


@require_POST
@member(role=Role.MANAGER)
def revoke_key(request: HttpRequest, scope: Scope, key_id: UUID) -> HttpResponseBase:
    """Take a key back at once."""
    attempt(request, lambda: parties.revoke_api_key(scope, key_id, now=clock.now()), done=_("The key is revoked."))
    return redirect("api_keys")


@require_GET
@member()
def dossier_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Verification dossiers: one's own, and for the operator all that wait."""
    return render(request, "house/dossiers.html", {"rows": parties.dossiers(scope)})


@require_POST
@member(role=Role.MANAGER)
def open_dossier(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Begin one's verification."""
    attempt(request, lambda: parties.open_dossier(scope, now=clock.now()), done=_("The dossier is open. Add the papers."))
    return redirect("dossiers")


@require_GET
@member()
def dossier_page(request: HttpRequest, scope: Scope, dossier_id: UUID) -> HttpResponseBase:
    """One dossier with its papers."""
    found = parties.dossier(scope, dossier_id)
    mine = found.organisation.id == scope.organisation_id
    context = {
        "dossier": found,
        "mine": mine,
        "types": PAPERS,
        "may_decide": scope.is_operator and found.state == "submitted" and found.submitted_by != scope.user_id,
    }
    return render(request, "house/dossier.html", context)


@require_POST
@member(role=Role.MANAGER)
def dossier_deed(request: HttpRequest, scope: Scope, dossier_id: UUID) -> HttpResponseBase:
    """Add a paper, submit, withdraw, or decide."""
    now, asked = clock.now(), request.POST
    deeds = {
        "add": lambda: _add_paper(request, scope, dossier_id),
        "submit": lambda: parties.submit_dossier(scope, dossier_id, now=now),
        "withdraw": lambda: parties.withdraw_dossier(scope, dossier_id, now=now),
        "reopen": lambda: parties.reopen_dossier(scope, dossier_id, now=now),
        "approve": lambda: parties.decide_dossier(scope, dossier_id, approve=True, reason=asked.get("reason", ""), now=now),
        "reject": lambda: parties.decide_dossier(scope, dossier_id, approve=False, reason=asked.get("reason", ""), now=now),
    }
    deed = deeds.get(asked.get("deed", ""))
    if deed:
        attempt(request, deed, done=_("Written down."))
    return redirect("dossier", dossier_id)


@require_GET
@member()
def dossier_paper(request: HttpRequest, scope: Scope, document_id: UUID) -> HttpResponseBase:
    """A paper of a dossier as it was handed in."""
    paper, content = parties.document_content(scope, document_id)
    response = HttpResponse(content, content_type=paper.media_type)
    response["Content-Disposition"] = f'attachment; filename="{paper.name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _add_paper(request: HttpRequest, scope: Scope, dossier_id: UUID) -> None:
    dropped = request.FILES.get("file")
    content = dropped.read(LARGEST + 1) if dropped else b""
    name = (dropped.name if dropped else "") or ""
    parties.add_document(
        scope, dossier_id, type=request.POST.get("type", ""), name=name, content=content, now=clock.now()
    )
