"""The audit trail: who did what, when, with search and the state of the hash chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import day_asked, number_asked, word_asked
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.trail import TrailFilter, TrailLine, audit_trail
from fondaco.kernel import audit as chain
from fondaco.kernel.tenancy import Role, Scope

SIZE = 50
# The pages that show a subject: its type is their name in the address book.
_PAGES = ("order", "payment", "declaration", "consignment", "document", "dossier", "case")
STOREYS = (
    "orders.",
    "catalog.",
    "logistics.",
    "window.",
    "finance.",
    "risk.",
    "sharing.",
    "parties.",
    "returns.",
)


@require_GET
@member(role=Role.MANAGER)
def trail(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The newest deeds that the reader may see; the operator also sees how the chain stands."""
    filters, before = _filters(request), number_asked(request.GET, "before")
    found = audit_trail(scope, filters=filters, before=before, size=SIZE + 1)
    shown = found[:SIZE]
    context = {
        "lines": [(line, _page_of(line), _facts(line)) for line in shown],
        "filters": filters,
        "filtered": filters != TrailFilter() or before,
        "storeys": STOREYS,
        "before": before,
        "next": shown[-1].id if len(found) > SIZE else None,
        "head": chain.head() if scope.is_operator else None,
        "report": chain.verify() if scope.is_operator and "check" in request.GET else None,
    }
    return render(request, "trail/list.html", context)


@require_GET
@member(role=Role.MANAGER)
def trail_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The trail as filtered, as CSV."""
    headings = ("number", "at", "who", "deed", "subject_type", "subject", "details")
    return csv_response("audit-trail", headings=headings, rows=_rows(scope, _filters(request)))


def _filters(request: HttpRequest) -> TrailFilter:
    asked = request.GET
    return TrailFilter(
        subject=word_asked(asked, "subject", most=60),
        subject_type=word_asked(asked, "type", most=60),
        action=word_asked(asked, "action"),
        actor=word_asked(asked, "actor", most=120),
        since=day_asked(asked, "since"),
        until=day_asked(asked, "until"),
    )


def _page_of(line: TrailLine) -> str:
    """The page of the deed's subject; empty where it has none."""
    if line.subject_type not in _PAGES:
        return ""
    try:
        return reverse(line.subject_type, args=[UUID(line.subject_id)])
    except (ValueError, NoReverseMatch):
        return ""


def _facts(line: TrailLine) -> list[tuple[str, str]]:
    """The details as words: short values as they are, lists and objects as JSON."""
    return [
        (key.replace("_", " "), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for key, value in line.detail.items()
    ]


def _rows(scope: Scope, filters: TrailFilter) -> Iterator[list[Any]]:
    before = 0
    while page := audit_trail(scope, filters=filters, before=before, size=200):
        for line in page:
            detail = json.dumps(dict(line.detail), ensure_ascii=False, sort_keys=True)
            yield [
                line.id,
                line.at.isoformat(),
                line.actor,
                line.action,
                line.subject_type,
                line.subject_id,
                detail,
            ]
        before = page[-1].id
