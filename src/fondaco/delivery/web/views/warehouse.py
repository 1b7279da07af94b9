"""The warehouse: the day, stock, articles, pick lists, the packing bench, the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import day_asked, id_asked, number_asked, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.stock_words import CUSTOMS, MOVEMENTS, SHOWS, STORE_KINDS, VERDICTS
from fondaco.delivery.web.seats import member
from fondaco.flows import stock as stock_flow
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import STOCK_SHOWS, BadScan, NewReceipt

SIZE = 50
_MAY = (Kind.SELLER, Kind.PARK)


@require_GET
@member(*_MAY)
def warehouse_day(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What to receive, pick, pack and count today."""
    day = logistics.warehouse_day(scope, today=clock.today())
    context = {
        "day": day,
        "kinds": STORE_KINDS,
        "to_pick": sum(store.to_pick for store in day.stores),
        "to_pack": sum(store.to_pack for store in day.stores),
        "to_receive": sum(store.to_receive for store in day.stores),
        "made_up": any(store.is_demo for store in day.stores),
    }
    return render(request, "warehouse/day.html", context)


@require_GET
@member(*_MAY)
def stock_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The articles in stock, by SKU."""
    asked = _asked(request)
    page = logistics.list_stock(scope, **asked, cursor=word_asked(request.GET, "cursor", most=120), size=SIZE)
    context = {"page": page, "asked": asked, "shows": SHOWS, "stores": logistics.list_stores(scope)}
    return render(request, "warehouse/stock.html", context)


@require_GET
@member(*_MAY)
def stock_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as filtered, as CSV."""
    headings = ("sku", "title", "store", "on_hand", "reserved", "free", "quarantined", "on_order")
    return csv_response("stock", headings=headings, rows=_rows(scope, _asked(request)))


@require_GET
@member(*_MAY)
def article_page(request: HttpRequest, scope: Scope, sku: str) -> HttpResponseBase:
    """One article: where it lies by lot, who holds it, what moved."""
    context = {
        "article": logistics.stock_article(scope, sku),
        "movements": MOVEMENTS,
        "customs": CUSTOMS,
        "key": new_id(),
    }
    return render(request, "warehouse/article.html", context)


@require_POST
@member(*_MAY, role=Role.CLERK)
def bin_deed(request: HttpRequest, scope: Scope, bin_id: int) -> HttpResponseBase:
    """Move, count, clear from bond or destroy what lies in one place."""
    sku, what = word_asked(request.POST, "sku"), word_asked(request.POST, "deed")
    given: dict[str, Any] = {
        "key": f"web:{word_asked(request.POST, 'key')}",
        "now": clock.now(),
        "actor": scope.actor,
    }
    count, text = number_asked(request.POST, "quantity"), word_asked(request.POST, "reason", most=200)

    def act() -> None:
        if what == "count":
            logistics.count_bin(scope, bin_id, counted=count, reason=text, **given)
        elif what == "clear":
            logistics.clear_from_bond(scope, bin_id, quantity=count, document=text, **given)
        elif what == "destroy":
            logistics.destroy_goods(scope, bin_id, quantity=count, reason=text, **given)
        else:
            to = "Q-01" if what == "quarantine" else word_asked(request.POST, "to", most=24)
            logistics.move_goods(scope, bin_id, to=to, quantity=count, reason=text, **given)

    attempt(request, act, done=_("Booked. The movement is in the history below."))
    return redirect("stock_article", sku) if sku else redirect("stock")


@member(*_MAY)
def receive_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Book in what came: from a supplier, or back from a buyer."""
    if request.method == "POST":
        scope.require(role=Role.CLERK)
        if attempt(request, lambda: _receive(request, scope), done=_("Booked in.")):
            return redirect("stock_article", word_asked(request.POST, "sku"))
    context = {"stores": logistics.list_stores(scope), "given": request.POST or request.GET, "key": new_id()}
    return render(request, "warehouse/receive.html", context)


def _receive(request: HttpRequest, scope: Scope) -> None:
    form = request.POST
    store = id_asked(form, "store")
    if store is None:
        raise NotFound(field="store", value=form.get("store", "")[:40])
    receipt = NewReceipt(
        sku=word_asked(form, "sku"), quantity=number_asked(form, "quantity"), lot=word_asked(form, "lot", most=60),
        origin=word_asked(form, "origin", most=2).upper(), key=f"web:{word_asked(form, 'key')}",
        location=word_asked(form, "location", most=24), title=word_asked(form, "title", most=300),
        supplier=word_asked(form, "supplier", most=120), document=word_asked(form, "document"),
        customs_document=word_asked(form, "customs_document", most=60), expires_on=day_asked(form, "expires_on"),
    )  # fmt: skip
    how, now = word_asked(form, "disposition"), clock.now()
    if how:
        reason = word_asked(form, "reason", most=200)
        logistics.take_back(scope, store, receipt, disposition=how, reason=reason, now=now, actor=scope.actor)
    else:
        logistics.receive_goods(scope, store, [receipt], now=now, actor=scope.actor)


@require_POST
@member(*_MAY, role=Role.CLERK)
def wave_make(request: HttpRequest, scope: Scope, store_id: UUID) -> HttpResponseBase:
    """Put the waiting orders of a store on one pick list."""
    made: list[UUID] = []
    orders = number_asked(request.POST, "orders", default=20)
    attempt(
        request,
        lambda: made.append(
            logistics.make_wave(scope, store_id, orders=orders, now=clock.now(), actor=scope.actor)
        ),
        done=_("The pick list is ready."),
    )
    return redirect("wave", made[0]) if made else redirect("warehouse")


@require_GET
@member(*_MAY)
def wave_page(request: HttpRequest, scope: Scope, wave_id: UUID) -> HttpResponseBase:
    """A pick list in walking order, to be printed or carried on a phone."""
    found = logistics.wave_detail(scope, wave_id)
    saved = 1 - found.wave.walk_mm / found.wave.s_shape_mm if found.wave.s_shape_mm else 0
    context = {
        "found": found,
        "w": found.wave,
        "saved": saved,
        "pieces": sum(p.quantity for p in found.picks),
    }
    return render(request, "warehouse/wave.html", context)


@require_POST
@member(*_MAY, role=Role.CLERK)
def wave_deed(request: HttpRequest, scope: Scope, wave_id: UUID) -> HttpResponseBase:
    """All picked, or given up."""
    done = request.POST.get("deed") == "finish"
    deed = logistics.finish_wave if done else logistics.abandon_wave
    said = (
        _("All pieces are on the trolley.")
        if done
        else _("The pick list is given up; its orders wait again.")
    )
    attempt(request, lambda: deed(scope, wave_id, now=clock.now(), actor=scope.actor), done=said)
    return redirect("wave", wave_id)


@require_GET
@member(*_MAY)
def pack_find(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Scan an order's number (its tote) to open its packing job."""
    code = word_asked(request.GET, "code")
    found = logistics.find_job(scope, code) if code else None
    if found:
        return redirect("pack", found)
    day = logistics.warehouse_day(scope, today=clock.today())
    return render(request, "warehouse/pack_find.html", {"code": code, "jobs": day.to_pack})


@require_GET
@member(*_MAY)
def pack_page(request: HttpRequest, scope: Scope, job_id: UUID) -> HttpResponseBase:
    """The packing bench of one order: scan each piece in."""
    bench = stock_flow.packing_bench(scope, job_id)
    scans = [(code, VERDICTS.get(verdict, VERDICTS["packed"]), at) for code, verdict, at in bench.job.scans]
    context = {"job": bench.job, "papers": bench.papers, "last": scans[0] if scans else None, "scans": scans}
    return render(request, "warehouse/pack.html", context)


@require_POST
@member(*_MAY, role=Role.CLERK)
def pack_scan(request: HttpRequest, scope: Scope, job_id: UUID) -> HttpResponseBase:
    """One scan: counted, or refused loudly."""
    code = word_asked(request.POST, "code")
    if not code:
        return redirect("pack", job_id)
    try:
        stock_flow.scan_piece(scope, job_id, code, now=clock.now())
    except BadScan:
        # The page itself shows the refusal in large letters: the scan is kept with its verdict.
        return redirect("pack", job_id)
    return redirect("pack", job_id)


@require_POST
@member(*_MAY, role=Role.CLERK)
def pack_undo(request: HttpRequest, scope: Scope, job_id: UUID) -> HttpResponseBase:
    """Take the last piece out again."""
    if not logistics.undo_scan(scope, job_id, now=clock.now(), actor=scope.actor):
        messages.info(request, _("Nothing is in the parcel."))
    return redirect("pack", job_id)


@require_GET
@member(*_MAY)
def manifest_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What was packed on a day, by carrier: the driver signs it."""
    day: date = day_asked(request.GET, "day") or clock.today()
    return render(
        request, "warehouse/manifest.html", {"rows": stock_flow.manifest(scope, day=day), "day": day}
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    show = request.GET.get("show", "")
    return {
        "search": word_asked(request.GET, "q"),
        "show": show if show in STOCK_SHOWS else "",
        "store_id": id_asked(request.GET, "store"),
    }


def _rows(scope: Scope, asked: dict[str, Any]) -> Iterator[list[Any]]:
    cursor, more = "", True
    while more:
        page = logistics.list_stock(scope, **asked, cursor=cursor, size=500)
        for one in page.rows:
            yield [
                one.sku,
                one.title,
                one.store,
                one.on_hand,
                one.reserved,
                one.free,
                one.quarantined,
                one.on_order,
            ]
        cursor = page.next_cursor
        more = bool(cursor)
