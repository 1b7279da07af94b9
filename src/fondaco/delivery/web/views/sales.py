"""Flash sales: the crowd's page (queue, counter, purchase), and the seller's set-up and live monitor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import id_asked, number_asked, word_asked
from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.sale_words import (
    PURCHASES,
    SALE_PHASES,
    next_look,
    offer_rows,
    preview_rows,
)
from fondaco.delivery.web.seats import member, scope_of_request
from fondaco.flows import flash_sale, sale_pages
from fondaco.flows.estimating import destinations_on
from fondaco.kernel import clock
from fondaco.kernel.countries import country_name
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import BadAmount, Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import BadSaleTerms, Bought, SaleTerms

ROWS = 5  # articles that the set-up form has room for
_DEFAULTS = {"minutes": "60", "limit_per_buyer": "2", "admit_per_s": "50", "pay_minutes": "30"}


@require_GET
def sale_list(request: HttpRequest) -> HttpResponseBase:
    """The sales that are open or coming, for everybody."""
    rows = sale_pages.public_sales(now=clock.now())
    return render(request, "sales/list.html", {"rows": rows, "phases": SALE_PHASES})


@require_GET
def sale_page(request: HttpRequest, sale_id: UUID) -> HttpResponseBase:
    """One sale: the countdown, the queue, the counter, what was bought. Looks again by itself while one waits."""
    now = clock.now()
    scope: Scope | None = getattr(request, "scope", None)
    sheet = sale_pages.sale_sheet(scope, sale_id, now=now)
    home = sheet.home.address if sheet.home else {}
    context = {
        "sheet": sheet, "terms": sheet.sale.terms, "offers": offer_rows(sheet), "now": now, "key": new_id(),
        "turn": bool(sheet.ticket and sheet.ticket.admitted_at <= now), "home": home,
        "refresh": 0 if "still" in request.GET else next_look(sheet, now),
        "places": [
            (place.destination, country_name(place.destination, get_language() or "en"))
            for place in destinations_on(now.date())
        ],
        "is_buyer": bool(scope and scope.kind == Kind.BUYER), "phases": SALE_PHASES, "bought_looks": PURCHASES,
    }  # fmt: skip
    return render(request, "sales/sale.html", context)


@require_POST
def sale_join(request: HttpRequest, sale_id: UUID) -> HttpResponseBase:
    """Take a place in the queue; again, it is the same place."""
    if not request.user.is_authenticated:
        return redirect_to_login(_at(sale_id))
    attempt(
        request,
        lambda: flash_sale.join_sale(scope_of_request(request), sale_id, now=clock.now()),
        done=_("You are in the queue. Your place is kept."),
    )
    return redirect("sale", sale_id)


@require_POST
def sale_buy(request: HttpRequest, sale_id: UUID) -> HttpResponseBase:
    """Buy when it is one's turn; the page says what came of it."""
    if not request.user.is_authenticated:
        return redirect_to_login(_at(sale_id))
    attempt(
        request,
        lambda: _buy(request, sale_id),
        done=_("Bought: your pieces are held until the time named below."),
    )
    return redirect("sale", sale_id)


def _at(sale_id: UUID) -> str:
    return f"/sales/{sale_id}/"


def _buy(request: HttpRequest, sale_id: UUID) -> Bought:
    form = request.POST
    offers = logistics.find_sale(sale_id).terms.offers
    cart = [(offer.sku, count) for offer in offers if (count := number_asked(form, f"n.{offer.sku}"))]
    if not cart:
        raise BadAmount(_("Choose how many pieces."), field="pieces")
    ship_to = {
        name: text for name in ("name", "street", "city", "postcode") if (text := word_asked(form, name))
    }
    return flash_sale.buy(
        scope_of_request(request), sale_id, cart, ticket=word_asked(form, "ticket", most=600),
        key=word_asked(form, "key", most=40), destination=word_asked(form, "destination", most=2),
        ship_to=ship_to, now=clock.now(),
    )  # fmt: skip


@require_GET
@member(Kind.SELLER)
def sale_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The seller's sales."""
    rows = sale_pages.own_sales(scope, now=clock.now())
    return render(request, "sales/table.html", {"rows": rows, "phases": SALE_PHASES})


@require_GET
@member(Kind.SELLER)
def sale_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as CSV."""
    headings = ("name", "phase", "opens_at", "closes_at", "articles", "lowest_price", "currency", "made_up")
    rows = sale_pages.own_sales(scope, now=clock.now())
    return csv_response("flash-sales", headings=headings, rows=_cells(rows))


def _cells(rows: tuple[logistics.SaleRow, ...]) -> Iterator[list[Any]]:
    for row in rows:
        yield [row.name, row.phase, row.opens_at.isoformat(), row.closes_at.isoformat(), row.articles,
               row.lowest.amount, row.lowest.currency, row.is_demo]  # fmt: skip


@require_GET
@member(Kind.SELLER)
def sale_watch(request: HttpRequest, scope: Scope, sale_id: UUID) -> HttpResponseBase:
    """How a sale is going, looking again by itself while it runs."""
    now = clock.now()
    seen = sale_pages.watch(scope, sale_id, now=now)
    phase = seen.sale.phase(now)
    recent = seen.minutes[-5:]
    context = {
        "seen": seen, "terms": seen.sale.terms, "phase": SALE_PHASES[phase], "state": phase,
        "rate": sum(recent) / len(recent) if recent and phase == "open" else None,
        "refresh": 0 if phase == "over" or "still" in request.GET else 5, "line": seen.minutes,
    }  # fmt: skip
    return render(request, "sales/watch.html", context)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the set-up form says."""

    terms: SaleTerms
    prices: dict[str, Money]
    units: dict[str, int] = field(default_factory=dict)


@member(Kind.SELLER, role=Role.MANAGER)
def sale_new(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Set a sale up; `preview` works out what its prices come to at the door abroad first."""
    preview: tuple[sale_pages.Preview, ...] = ()
    problem = ""
    if request.method == "POST":
        try:
            asked = _asked(request.POST, scope, now=clock.now())
            if word_asked(request.POST, "deed") != "preview":
                made = flash_sale.set_up_sale(
                    scope, asked.terms, asked.prices, units=asked.units, now=clock.now()
                )
                return redirect("flash_sale", made.id)
            preview = sale_pages.preview_prices(scope, asked.prices, now=clock.now())
        except FondacoError as refused:
            problem = told(refused)
    given = request.POST if request.method == "POST" else _defaults()
    context = {
        "given": given, "stores": logistics.list_stores(scope), "preview": preview_rows(preview), "problem": problem,
        "lines": [{n: given.get(f"{n}{at}", "") for n in ("sku", "price", "units")} for at in range(ROWS)],
    }  # fmt: skip
    return render(request, "sales/new.html", context, status=422 if problem else 200)


def _defaults() -> dict[str, str]:
    soon = (clock.now() + timedelta(hours=1)).replace(minute=0)
    return {**_DEFAULTS, "opens_at": f"{soon:%Y-%m-%dT%H:%M}"}


def _asked(form: QueryDict, scope: Scope, *, now: datetime) -> _Asked:
    """The form's terms, prices and units; BadSaleTerms, BadAmount, UnknownCurrency name the field."""
    currency = word_asked(form, "currency", most=3).upper()
    rows = [(word_asked(form, f"sku{n}", most=64), n) for n in range(ROWS)]
    prices = {sku: Money.exactly(word_asked(form, f"price{n}", most=16), currency) for sku, n in rows if sku}
    units = {sku: count for sku, n in rows if sku and (count := number_asked(form, f"units{n}"))}
    store, opens_at = id_asked(form, "store"), _moment(word_asked(form, "opens_at", most=25))
    if store is None:
        raise BadSaleTerms(_("Choose a warehouse."), field="store")
    if opens_at < now - timedelta(minutes=5):
        raise BadSaleTerms(_("A sale opens in the future."), field="opens_at")
    terms = SaleTerms(
        seller_id=scope.organisation_id, store_id=store, name=word_asked(form, "name", most=120), currency=currency,
        opens_at=opens_at, closes_at=opens_at + timedelta(minutes=min(number_asked(form, "minutes"), 10_080)),
        offers=(), admit_per_s=float(number_asked(form, "admit_per_s")),
        limit_per_buyer=number_asked(form, "limit_per_buyer"), pay_minutes=number_asked(form, "pay_minutes"),
    )  # fmt: skip
    if not terms.name:
        raise BadSaleTerms(_("Give the sale a name."), field="name")
    if not prices:
        raise BadSaleTerms(_("Name an article and its price."), field="sku")
    return _Asked(terms, prices, units)


def _moment(text: str) -> datetime:
    """A moment as the form gives it, in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadSaleTerms(_("Give the opening as a day and a time."), field="opens_at", value=text) from exc
    return found if found.tzinfo else found.replace(tzinfo=UTC)
