"""API keys: issued, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import ApiKeyDTO, KeyScope

_DAYS = [(30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("One year"))]
_STATES = ("active", "expired", "revoked")


class KeyForm(forms.Form):
    """What a new key is for and how long it lives."""

    name = forms.CharField(
        max_length=80, label=gettext_lazy("Name"), help_text=gettext_lazy("Where it will be used.")
    )
    may = forms.ChoiceField(
        choices=[("read", gettext_lazy("Read only")), ("write", gettext_lazy("Read and write"))],
        label=gettext_lazy("May"),
    )
    role = forms.ChoiceField(choices=[(r.value, r.label) for r in (Role.VIEWER, Role.CLERK, Role.MANAGER)],
                             initial=Role.CLERK, label=gettext_lazy("Role"))  # fmt: skip
    days = forms.TypedChoiceField(coerce=int, choices=_DAYS, initial=90, label=gettext_lazy("Lives"))


@require_GET
@member(role=Role.MANAGER)
def key_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The keys with which programs act for the organisation."""
    return _page(request, scope, form=KeyForm())


@require_POST
@member(role=Role.MANAGER)
def key_issue(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Make a key and show it in this one answer: it is kept nowhere, not even in the session."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, scope, form=form, status=422)
    asked = form.cleaned_data
    scopes = (KeyScope.READ,) if asked["may"] == "read" else (KeyScope.READ, KeyScope.WRITE)
    try:
        plain, made = parties.issue_api_key(
            scope, asked["name"], now=clock.now(), role=Role(asked["role"]), scopes=scopes,
            lifetime=timedelta(days=asked["days"]),
        )  # fmt: skip
    except FondacoError as problem:
        form.add_error(None, f"{problem.title} {problem.remedy}")
        return _page(request, scope, form=form, status=problem.status)
    return _page(request, scope, form=KeyForm(), plain=plain, made=made, status=201)


@require_POST
@member(role=Role.MANAGER)
def key_revoke(request: HttpRequest, scope: Scope, key_id: UUID) -> HttpResponseBase:
    """Take a key back at once."""
    attempt(
        request, lambda: parties.revoke_api_key(scope, key_id, now=clock.now()), done=_("The key is revoked.")
    )
    return redirect("api_keys")


@require_GET
@member(role=Role.MANAGER)
def key_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The keys as CSV, without their secrets, which nobody has."""
    headings = ("prefix", "name", "role", "scopes", "state", "created_at", "expires_at", "last_used_at")
    rows = (
        [
            key.prefix, key.name, key.role.value, " ".join(key.scopes), state, key.created_at.isoformat(),
            key.expires_at.isoformat(), key.last_used_at.isoformat() if key.last_used_at else "",
        ]
        for key, state in _keys(scope)
    )  # fmt: skip
    return csv_response("api-keys", headings=headings, rows=rows)


def _page(
    request: HttpRequest,
    scope: Scope,
    *,
    form: KeyForm,
    plain: str = "",
    made: ApiKeyDTO | None = None,
    status: int = 200,
) -> HttpResponse:
    keys = _keys(scope)
    state = request.GET.get("state", "")
    context = {
        "form": form,
        "plain": plain,
        "made": made,
        "state": state,
        "states": [(one, sum(found == one for _, found in keys)) for one in _STATES],
        "keys": [(key, found) for key, found in keys if state in ("", found)],
        "everything": len(keys),
    }
    response = render(request, "keys/list.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _keys(scope: Scope) -> list[tuple[ApiKeyDTO, str]]:
    now = clock.now()

    def state(key: ApiKeyDTO) -> str:
        return "revoked" if key.revoked_at else "expired" if key.expires_at <= now else "active"

    return [(key, state(key)) for key in parties.list_api_keys(scope)]
