"""Disputes: the list, one of them with its clock and evidence, the seller's answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import id_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response, file_response
from fondaco.delivery.web.presenting.money_words import dispute_word
from fondaco.delivery.web.seats import member
from fondaco.flows import disputes as flow
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.public import DisputeState

SIZE = 50
_MAY = (Kind.SELLER, Kind.PSP)


@require_GET
@member(*_MAY)
def dispute_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The disputes that the reader may see, newest first."""
    state = one_of(request.GET, "state", DisputeState.values)
    found, numbers = flow.dispute_list(
        scope, state=state, before=id_asked(request.GET, "before"), size=SIZE + 1
    )
    rows = [(one, numbers.get(one.order_id, ""), dispute_word(one.reason)) for one in found[:SIZE]]
    context = {
        "rows": rows,
        "state": state,
        "states": DisputeState.values,
        "next": found[SIZE - 1].id if len(found) > SIZE else None,
        "now": clock.now(),
    }
    return render(request, "disputes/list.html", context)


@require_GET
@member(*_MAY)
def dispute_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The disputes as filtered, as CSV."""
    headings = ("case", "order", "state", "reason", "amount", "currency", "answer_by", "opened_at")
    state = one_of(request.GET, "state", DisputeState.values)
    return csv_response("disputes", headings=headings, rows=_rows(scope, state))


@require_GET
@member(*_MAY)
def dispute_page(request: HttpRequest, scope: Scope, dispute_id: UUID) -> HttpResponseBase:
    """One dispute: what is claimed, until when to answer, what the seller said."""
    sheet = flow.dispute_sheet(scope, dispute_id)
    context = {
        "sheet": sheet,
        "one": sheet.dispute,
        "word": dispute_word(sheet.dispute.reason),
        "waiting": f"disputed:{dispute_id}",
        "sees_order": scope.kind in (Kind.SELLER, Kind.PLATFORM),
    }
    return render(request, "disputes/page.html", context)


@require_POST
@member(Kind.SELLER, role=Role.MANAGER)
def dispute_answer(request: HttpRequest, scope: Scope, dispute_id: UUID) -> HttpResponseBase:
    """Accept, or challenge with a statement; the evidence pack goes with it."""
    event, said = word_asked(request.POST, "event", most=12), request.POST.get("statement", "")
    attempt(
        request,
        lambda: flow.answer_dispute(scope, dispute_id, event, statement=said, now=clock.now()),
        done=_("Recorded."),
    )
    return redirect("dispute", dispute_id)


@require_GET
@member(*_MAY)
def dispute_pack(request: HttpRequest, scope: Scope, dispute_id: UUID) -> HttpResponseBase:
    """The evidence pack as a ZIP; each look at a paper is recorded."""
    pack = flow.evidence_pack(scope, dispute_id, now=clock.now())
    return file_response("evidence.zip", pack, content_type="application/zip")


def _rows(scope: Scope, state: str) -> Iterator[list[Any]]:
    before: UUID | None = None
    while True:
        found, numbers = flow.dispute_list(scope, state=state, before=before, size=200)
        for one in found:
            yield [
                one.case, numbers.get(one.order_id, ""), one.state, one.reason, one.amount.amount,
                one.amount.currency, one.respond_by.isoformat(), one.opened_at.isoformat(),
            ]  # fmt: skip
        if len(found) < 200:
            return
        before = found[-1].id
