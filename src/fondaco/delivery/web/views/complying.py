"""The compliance map: where goods may go, by which law, and the licences that lift a restriction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import day_asked, id_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.complying import (
    SHOWN,
    compliance_world,
    counts_of,
    legend_of,
    rows_of,
    shown_rows,
)
from fondaco.delivery.web.seats import member
from fondaco.flows.complying import GoodsSheet, goods_sheet, product_sheet
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import GoodsItem, LicenceDraft

_MAY = (Kind.SELLER, Kind.CUSTOMS)
_ASKED = ("product", "title", "hs", "origin", "from", "on")


@require_GET
@member(*_MAY)
def compliance_map(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The world for one product, or for goods that a person describes."""
    sheet, problem = _sheet(request, scope)
    show, to = one_of(request.GET, "show", SHOWN), word_asked(request.GET, "to", most=2).upper()
    context: dict[str, Any] = {
        "asked": {name: word_asked(request.GET, name, most=300) for name in _ASKED},
        "on": day_asked(request.GET, "on") or clock.now().date(),
        "problem": problem,
        "sheet": sheet,
        "show": show,
        "to": to,
        "seller_may": scope.kind == Kind.SELLER and scope.role != Role.VIEWER,
    }
    if sheet:
        rows = rows_of(sheet.verdicts)
        context |= {
            "world": compliance_world(sheet.verdicts),
            "legend": legend_of(),
            "counts": counts_of(rows),
            "rows": shown_rows(rows, show=show, to=to),
            "free": len(sheet.verdicts) - len(rows),
            "chosen": next((row for row in rows if row.verdict.destination == to), None),
        }
    return render(request, "compliance/map.html", context)


@require_GET
@member(*_MAY)
def compliance_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every rule that fits, by country, as CSV."""
    headings = ("country", "effect", "stops", "rule", "reason", "needs", "authority", "source", "in_force_from",
                "confidence", "licence")  # fmt: skip
    sheet, _problem = _sheet(request, scope)
    return csv_response("compliance", headings=headings, rows=_csv_rows(sheet))


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def record_licence(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """A seller states a licence; what waited for it goes on."""
    asked = request.POST
    draft = LicenceDraft(
        rule=word_asked(asked, "rule"), destination=word_asked(asked, "destination", most=2),
        number=word_asked(asked, "number"), valid_from=day_asked(asked, "valid_from") or clock.now().date(),
        valid_to=day_asked(asked, "valid_to"), hs_prefix=word_asked(asked, "hs_prefix", most=10),
    )  # fmt: skip
    attempt(
        request,
        lambda: risk.record_licence(scope, draft, now=clock.now()),
        done=_("The licence is kept. Orders that waited for it go on."),
    )
    return _back(request)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def withdraw_licence(request: HttpRequest, scope: Scope, licence_id: UUID) -> HttpResponseBase:
    """A licence no longer counts."""
    attempt(
        request,
        lambda: risk.withdraw_licence(scope, licence_id, now=clock.now()),
        done=_("The licence no longer counts."),
    )
    return _back(request)


def _sheet(request: HttpRequest, scope: Scope) -> tuple[GoodsSheet | None, str]:
    """What was asked about, or why it cannot be looked up; neither where nothing was asked."""
    on = day_asked(request.GET, "on") or clock.now().date()
    product = id_asked(request.GET, "product")
    try:
        if product:
            return product_sheet(scope, product, on=on), ""
        item = _item(request)
        return (goods_sheet(scope, item, on=on) if item.title or item.hs_code else None), ""
    except FondacoError as problem:
        return None, told(problem)


def _item(request: HttpRequest) -> GoodsItem:
    asked = request.GET
    digits = word_asked(asked, "hs", most=14).replace(".", "").replace(" ", "")
    origin, exporter = (word_asked(asked, name, most=2).upper() for name in ("origin", "from"))
    return GoodsItem(word_asked(asked, "title", most=300), digits, origin, exporter)


def _csv_rows(sheet: GoodsSheet | None) -> Iterator[list[Any]]:
    for verdict in sheet.verdicts if sheet else ():
        for one in verdict.findings:
            rule = one.rule
            yield [
                verdict.destination, rule.effect, one.stops, rule.id, rule.reason, rule.needs, rule.authority,
                rule.source, rule.valid_from or "", rule.confidence, one.licence,
            ]  # fmt: skip


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the map as it was asked for."""
    asked = {name: word_asked(request.POST, f"asked_{name}", most=300) for name in (*_ASKED, "to")}
    query = urlencode({name: value for name, value in asked.items() if value})
    return HttpResponseRedirect(f"{reverse('compliance')}?{query}")
