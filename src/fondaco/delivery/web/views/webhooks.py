"""Webhooks: endpoints with their secret shown once, what was sent, sending again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.api import webhooks
from fondaco.delivery.web.asking import id_asked, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Role, Scope

SIZE = 50
STATES = ("pending", "delivered", "failed")
_TOPIC = re.compile(r"[a-z_]+(\.[a-z_]+)*(\.\*)?|\*")


class EndpointForm(forms.Form):
    """Where to send what."""

    url = forms.URLField(max_length=500, assume_scheme="https", label=gettext_lazy("Address"),
                         widget=forms.URLInput(attrs={"placeholder": "https://"}))  # fmt: skip
    topics = forms.CharField(
        required=False,
        max_length=400,
        label=gettext_lazy("Topics"),
        help_text=gettext_lazy(
            "Separated by spaces, such as “orders.* finance.payout_sent”. Empty means all."
        ),
    )

    def clean_topics(self) -> list[str]:
        """The topics as a list; a word that can be no topic is refused."""
        topics = str(self.cleaned_data["topics"]).replace(",", " ").split()
        wrong = [topic for topic in topics if not _TOPIC.fullmatch(topic) or len(topic) > 80]
        if wrong:
            raise ValidationError(_("There is no topic “%(topic)s”.") % {"topic": wrong[0][:80]})
        return topics


@require_GET
@member(role=Role.MANAGER)
def webhook_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The organisation's endpoints and the newest deliveries."""
    return _page(request, scope, form=EndpointForm())


@require_POST
@member(role=Role.MANAGER)
def webhook_add(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Register an endpoint; its secret is shown in this one answer."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _page(request, scope, form=form, status=422)
    now = clock.now()
    try:
        made = webhooks.register(
            scope, url=form.cleaned_data["url"], topics=form.cleaned_data["topics"], now=now
        )
    except FondacoError as problem:
        form.add_error("url", f"{problem.title} {problem.remedy}")
        return _page(request, scope, form=form, status=problem.status)
    if made.created_at != now:
        form.add_error("url", _("This address is registered already."))
        return _page(request, scope, form=form, status=409)
    return _page(request, scope, form=EndpointForm(), made=made, status=201)


@require_POST
@member(role=Role.MANAGER)
def webhook_renew(request: HttpRequest, scope: Scope, endpoint_id: UUID) -> HttpResponseBase:
    """Give an endpoint a new secret, shown in this one answer."""
    made = webhooks.renew_secret(scope, endpoint_id, now=clock.now())
    return _page(request, scope, form=EndpointForm(), made=made)


@require_POST
@member(role=Role.MANAGER)
def webhook_remove(request: HttpRequest, scope: Scope, endpoint_id: UUID) -> HttpResponseBase:
    """Forget an endpoint and what was on its way to it."""
    attempt(
        request,
        lambda: webhooks.remove(scope, endpoint_id, now=clock.now()),
        done=_("The endpoint is removed."),
    )
    return redirect("webhooks")


@require_POST
@member(role=Role.MANAGER)
def webhook_replay(request: HttpRequest, scope: Scope, delivery_id: UUID) -> HttpResponseBase:
    """Send a delivery again, under the same id."""
    done = _("It goes out again with the next delivery run, under the same id.")
    attempt(request, lambda: webhooks.replay(scope, delivery_id, now=clock.now()), done=done)
    return redirect("webhooks")


@require_GET
@member(role=Role.MANAGER)
def webhook_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The deliveries as filtered, as CSV."""
    headings = (
        "delivery",
        "event",
        "topic",
        "address",
        "state",
        "attempts",
        "last_status",
        "last_error",
        "created_at",
    )
    return csv_response("webhook-deliveries", headings=headings, rows=_rows(request, scope))


def _page(
    request: HttpRequest, scope: Scope, *, form: EndpointForm, made: Any = None, status: int = 200
) -> HttpResponse:
    state, endpoint = word_asked(request.GET, "state", most=12), id_asked(request.GET, "endpoint")
    before = id_asked(request.GET, "before")
    found = webhooks.deliveries_of(scope, state=state, endpoint_id=endpoint, before=before, size=SIZE + 1)
    shown = found[:SIZE]
    context = {
        "form": form,
        "made": made,
        "endpoints": webhooks.endpoints_of(scope),
        "deliveries": shown,
        "state": state,
        "states": STATES,
        "endpoint": endpoint,
        "filtered": bool(state or endpoint or before),
        "next": shown[-1].id if len(found) > SIZE else None,
        "before": before,
    }
    response = render(request, "webhooks/page.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _rows(request: HttpRequest, scope: Scope) -> Iterator[list[Any]]:
    state, endpoint = word_asked(request.GET, "state", most=12), id_asked(request.GET, "endpoint")
    before: UUID | None = None
    while page := webhooks.deliveries_of(scope, state=state, endpoint_id=endpoint, before=before, size=200):
        for one in page:
            yield [
                one.id, one.event_id, one.topic, one.endpoint.url, one.state, one.attempts, one.last_status or "",
                one.last_error, one.created_at.isoformat(),
            ]  # fmt: skip
        before = page[-1].id
