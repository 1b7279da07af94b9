"""What a declarant keeps with customs besides declarations: signing keys, and the monthly summaries of its lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import day_asked, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.month_summaries import month_sheet, summarise_month
from fondaco.flows.signing_keys import key_sheet, register_key
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import BadCertificate, NotAMonth

_PARTIES = (Kind.SELLER, Kind.CUSTOMS)


@require_GET
@member(*_PARTIES)
def key_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The register: keys that wait first, and what may be done with each."""
    sheet = key_sheet(scope, now=clock.now())
    me = str(scope.user_id)
    rows = [
        {
            "key": one,
            "look": "expired" if one.expired else one.state,
            "declarant": sheet.names.get(one.declarant_id, ""),
            "office": sheet.names.get(one.authority_id, ""),
            "by": sheet.people.get(one.entered_by, one.entered_by),
            "decider": sheet.people.get(one.decided_by, one.decided_by),
            "mine": one.entered_by == me,
        }
        for one in sheet.keys
    ]
    decides = scope.kind in {Kind.CUSTOMS, Kind.PLATFORM} and scope.role != Role.VIEWER
    enters = scope.kind == Kind.SELLER and scope.role in {Role.OWNER, Role.MANAGER}
    context = {"rows": rows, "offices": sheet.offices, "decides": decides, "enters": enters,
               "waiting": sum(one.state == "entered" for one in sheet.keys)}  # fmt: skip
    return render(request, "declarations/keys.html", context)


@require_GET
@member(*_PARTIES)
def key_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The register as CSV."""
    headings = (
        "declarant",
        "office",
        "name",
        "fingerprint",
        "algorithm",
        "valid_from",
        "valid_to",
        "state",
        "reason",
    )
    return csv_response("signing-keys", headings=headings, rows=_key_rows(scope))


@require_POST
@member(Kind.SELLER, role=Role.MANAGER)
def key_enter(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Enter a certificate, from a file or pasted."""
    asked = request.POST
    attempt(
        request,
        lambda: register_key(
            scope, _pem(request), name=word_asked(asked, "name"), country=word_asked(asked, "country", most=2),
            now=clock.now(), valid_from=_start_of(asked, "valid_from"), valid_to=_start_of(asked, "valid_to"),
        ),
        done=_("Entered. It signs once the authority has approved it."),
    )  # fmt: skip
    return redirect("signing_keys")


@require_POST
@member(*_PARTIES, role=Role.CLERK)
def key_deed(request: HttpRequest, scope: Scope, key_id: UUID) -> HttpResponseBase:
    """Approve, refuse or revoke a key."""
    deed, reason, now = (
        word_asked(request.POST, "deed"),
        word_asked(request.POST, "reason", most=300),
        clock.now(),
    )
    if deed == "revoke":
        attempt(
            request,
            lambda: window.revoke_key(scope, key_id, reason=reason, now=now),
            done=_("Revoked: nothing that it signs is taken in from now on."),
        )
    elif deed in {"approve", "refuse"}:
        approve = deed == "approve"
        attempt(
            request,
            lambda: window.decide_key(scope, key_id, approve=approve, reason=reason, now=now),
            done=_("In force from now on.") if approve else _("Refused; the declarant reads the reason."),
        )
    return redirect("signing_keys")


@require_GET
@member(Kind.SELLER)
def month_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The months with their lists and summaries, latest first."""
    sheet, today = month_sheet(scope), clock.today()
    rows = [
        {"month": one, "seller": sheet.names.get(one.seller_id, ""), "running": one.period.last_day >= today}
        for one in sheet.months
    ]
    may = scope.role != Role.VIEWER
    return render(request, "declarations/months.html", {"rows": rows, "may": may})


@require_GET
@member(Kind.SELLER)
def month_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The months as CSV."""
    headings = ("seller", "month", "lists", "not_in_a_summary", "summaries", "numbers", "due_on")
    return csv_response("monthly-summaries", headings=headings, rows=_month_rows(scope))


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def month_lodge(request: HttpRequest, scope: Scope, seller_id: UUID, period: str) -> HttpResponseBase:
    """Draw up and lodge what a month still lacks."""
    try:
        month = window.read_month(period)
    except NotAMonth as unknown:
        raise Http404 from unknown
    attempt(
        request,
        lambda: summarise_month(
            scope, seller_id, month, early=request.POST.get("early") == "yes", now=clock.now()
        ),
        done=_("The summary is with customs. Its page shows what was sent and answered."),
    )
    return redirect("month_summaries")


def _pem(request: HttpRequest) -> bytes:
    """What was dropped, else what was pasted; BadCertificate for nothing."""
    dropped = request.FILES.get("file")
    if dropped is not None:
        if (dropped.size or 0) > window.MOST_CERTIFICATE:
            raise BadCertificate(field="certificate", value=dropped.size)
        return bytes(dropped.read())
    pasted = request.POST.get("certificate", "").strip()
    return pasted[: window.MOST_CERTIFICATE + 1].encode()


def _start_of(asked: QueryDict, name: str) -> datetime | None:
    """The first moment of the day asked for, in UTC."""
    day = day_asked(asked, name)
    return datetime.combine(day, time(), tzinfo=UTC) if day else None


def _key_rows(scope: Scope) -> Iterator[list[Any]]:
    sheet = key_sheet(scope, now=clock.now())
    for one in sheet.keys:
        yield [
            sheet.names.get(one.declarant_id, ""), sheet.names.get(one.authority_id, ""), one.name, one.fingerprint,
            one.algorithm, one.valid_from.isoformat(), one.valid_to.isoformat(), one.state, one.reason,
        ]  # fmt: skip


def _month_rows(scope: Scope) -> Iterator[list[Any]]:
    sheet = month_sheet(scope)
    for one in sheet.months:
        yield [
            sheet.names.get(one.seller_id, ""), str(one.period), one.lists, one.waiting, len(one.summaries),
            " ".join(part.mrn for part in one.summaries if part.mrn), one.due_on.isoformat(),
        ]  # fmt: skip
