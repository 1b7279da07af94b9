"""The desk where order, payment and waybill are matched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import one_of, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.differences import differences
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window

SIZE = 50
_VERDICTS = ("hard", "soft")


@require_GET
@member(Kind.SELLER)
def match_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Orders whose documents differ: what differs, and what a person may accept."""
    verdict, search = one_of(request.GET, "verdict", _VERDICTS), word_asked(request.GET, "q", most=60)
    rows = window.match_worklist(
        scope, verdict=verdict, search=search, size=SIZE, before=_moment(request.GET.get("before", ""))
    )
    context = {
        "rows": [(row, differences(row["reasons"])) for row in rows],
        "verdict": verdict,
        "search": search,
        "kinds": _VERDICTS,
        "next": rows[-1]["matched_at"].isoformat() if len(rows) == SIZE else "",
    }
    return render(request, "customs/matches.html", context)


@require_GET
@member(Kind.SELLER)
def match_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The match worklist as filtered, as CSV: one row for each difference."""
    headings = (
        "order",
        "verdict",
        "tracking",
        "transaction",
        "matched_at",
        "difference",
        "weight",
        "order_side",
        "other_side",
    )
    verdict, search = one_of(request.GET, "verdict", _VERDICTS), word_asked(request.GET, "q", most=60)
    return csv_response("matches", headings=headings, rows=_match_rows(scope, verdict, search))


@require_POST
@member(Kind.SELLER, role=Role.MANAGER)
def match_accept(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """Accept the small differences of one order, with a reason."""
    reason = request.POST.get("reason", "")
    attempt(
        request,
        lambda: window.accept_verdict(scope, order_id, reason=reason, now=clock.now()),
        done=_("Accepted; what only waited for it has been released."),
    )
    return redirect("matches")


def _match_rows(scope: Scope, verdict: str, search: str) -> Iterator[list[Any]]:
    before: datetime | None = None
    while rows := window.match_worklist(scope, verdict=verdict, search=search, size=200, before=before):
        for row in rows:
            for one in differences(row["reasons"]):
                yield [
                    row["reference"], row["verdict"], row["tracking"], row["transaction_id"], row["matched_at"].isoformat(),
                    one.code, one.weight, one.left, one.right,
                ]  # fmt: skip
        before = rows[-1]["matched_at"]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
