"""One's own organisation: how it stands in papers, the numbers by which authorities know it, and its people."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Role, Scope
from fondaco.parties import public as parties

_KINDS = {
    "eori": _l("EORI (customs: Union, United Kingdom)"),
    "ioss": _l("IOSS (VAT at sale into the Union)"),
    "uscc": _l("Unified social credit number (China)"),
}
_SHORT = {"eori": "EORI", "ioss": "IOSS", "uscc": "USCC", "vat": "VAT"}


class NumberForm(forms.Form):
    """Which number, and the number."""

    kind = forms.ChoiceField(choices=list(_KINDS.items()), label=_l("Kind"))
    number = forms.CharField(
        max_length=40, label=_l("Number"), help_text=_l("As the authority wrote it to you.")
    )


def may_state(scope: Scope) -> bool:
    """Whether the reader may put a number on the page of their organisation."""
    return scope.role in (Role.OWNER, Role.MANAGER)


@require_GET
@member()
def organisation_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The organisation that the reader acts for."""
    return _page(request, scope, NumberForm(initial={"kind": request.GET.get("kind", "eori")}))


@require_POST
@member(role=Role.MANAGER)
def organisation_number(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Put a number on the page; what is no such number is said beside the field, and what was typed stays."""
    form = NumberForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            parties.state_number(scope, asked["kind"], value=asked["number"], now=clock.now())
        except FondacoError as problem:
            form.add_error("number", f"{_(problem.title)} {_(problem.remedy)}")
        else:
            return redirect("organisation")
    return _page(request, scope, form, status=422)


@require_POST
@member(role=Role.OWNER)
def organisation_remove(request: HttpRequest, scope: Scope, user_id: UUID) -> HttpResponseBase:
    """Take a person out of the organisation; its last owner stays."""
    attempt(
        request,
        lambda: parties.remove_member(scope, user_id),
        done=_("Taken out. What they did stays in the audit trail."),
    )
    return redirect("organisation")


def _page(request: HttpRequest, scope: Scope, form: NumberForm, *, status: int = 200) -> HttpResponseBase:
    own = parties.organisations([scope.organisation_id])[scope.organisation_id]
    numbers = [(_SHORT[kind], own.identifiers[kind]) for kind in _SHORT if own.identifiers.get(kind)]
    context = {
        "own": own, "numbers": numbers, "form": form, "states": may_state(scope),
        "people": parties.members(scope), "removes": scope.role == Role.OWNER, "me": scope.user_id,
    }  # fmt: skip
    return render(request, "organisation/page.html", context, status=status)
