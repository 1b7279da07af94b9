"""The information board: two tabs, posting, matches with their reasons, the negotiation of a pair."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fondaco.delivery.web.asking import id_asked, one_of
from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.presenting.board_words import (
    LEVELS,
    MODES,
    PURPOSES,
    match_lines,
    place_choices,
    post_line,
    post_lines,
    refused_lines,
    said_lines,
)
from fondaco.delivery.web.presenting.carriage import CARGO
from fondaco.delivery.web.seats import member
from fondaco.flows import board as flow
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money, to_minor
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import BadOffer, Contact, NewPost, PostKind

_MAY = (Kind.SELLER, Kind.CARRIER)
_DAY = forms.DateInput(attrs={"type": "date"})


def _amount(label: Any, *, required: bool = False, places: int = 4) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, max_digits=14, decimal_places=places, min_value=Decimal(0)
    )


class PostForm(forms.Form):
    """Capacity or cargo; what it is follows from who posts."""

    origin = forms.ChoiceField(label=_l("From"))
    destination = forms.ChoiceField(label=_l("To"))
    first_on = forms.DateField(label=_l("Ready on"), widget=_DAY)
    last_on = forms.DateField(label=_l("Due on"), widget=_DAY)
    mass_kg = _amount(_l("Mass, kg"), required=True, places=3)
    volume_m3 = _amount(_l("Volume, m³"), required=True, places=3)
    mode = forms.ChoiceField(label=_l("Mode"), choices=tuple(MODES.items()))
    currency = forms.CharField(label=_l("Currency"), min_length=3, max_length=3)
    per_kg = _amount(_l("Price per kg"))
    per_m3 = _amount(_l("Price per m³"))
    price = _amount(_l("Highest price for the whole lot"))
    contact_name = forms.CharField(label=_l("Contact"), max_length=120)
    contact_email = forms.EmailField(label=_l("E-mail"), max_length=200)
    contact_phone = forms.CharField(label=_l("Telephone"), max_length=40, required=False)
    classes = forms.MultipleChoiceField(label=_l("Goods"), choices=tuple(CARGO.items()), initial=["general"])

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("origin", "destination"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = place_choices()
        if kind == PostKind.CARGO:
            for name in ("mode", "per_kg", "per_m3"):
                del self.fields[name]
            return
        self.fields["first_on"].label = _("Departs on")
        self.fields["last_on"].label = _("Arrives by")
        self.fields["price"].label = _("Least price")


@require_GET
@member(*_MAY)
def board_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """One tab: one's own posts and what others offer, without names; and one's negotiations."""
    kind = one_of(request.GET, "kind", PostKind.values) or _usual(scope)
    ends = {name: one_of(request.GET, name, logistics.places()) for name in ("origin", "destination")}
    found = flow.board_page(scope, kind, now=clock.now(), **ends)
    context = {
        "kind": kind,
        "mine": post_lines(found.mine),
        "market": post_lines(found.market),
        "deals": found.deals,
        "may_post": found.may_post,
        "places": place_choices(),
        **ends,
    }
    return render(request, "board/list.html", context)


@require_http_methods(["GET", "POST"])
@member(*_MAY, role=Role.CLERK)
def post_form(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Post capacity (a carrier) or cargo (a merchant)."""
    kind = PostKind.CAPACITY if scope.kind == Kind.CARRIER else PostKind.CARGO
    if request.method != "POST":
        return _form_page(request, PostForm(kind=kind, initial={"currency": "EUR", "mode": "air"}), kind)
    form = PostForm(request.POST, kind=kind)
    if not form.is_valid():
        return _form_page(request, form, kind)
    try:
        post = flow.add_post(scope, _new_post(form.cleaned_data, kind), now=clock.now())
    except FondacoError as problem:
        form.add_error(_field_of(problem, form), told(problem))
        return _form_page(request, form, kind)
    messages.success(request, _("Posted. Below is what fits it now."))
    return redirect("board_post", post.id)


@require_GET
@member(*_MAY)
def post_page(request: HttpRequest, scope: Scope, post_id: UUID) -> HttpResponseBase:
    """One of one's own posts: what fits it and why, who may see it, who looked."""
    page = flow.post_page(scope, post_id, now=clock.now())
    context = {
        "line": post_line(page.found.post),
        "post": page.found.post,
        "matches": match_lines(page.found),
        "fitting": page.found.fitting,
        "refused": refused_lines(page.found),
        "grants": [(one, LEVELS[one.level], PURPOSES.get(one.purpose, one.purpose)) for one in page.grants],
        "looks": [(one, LEVELS[one.level], PURPOSES.get(one.purpose, one.purpose)) for one in page.looks],
        "kinds": dict(Kind.choices),
        "may": scope.role != Role.VIEWER and not scope.is_operator,
    }
    return render(request, "board/post.html", context)


@require_POST
@member(*_MAY, role=Role.CLERK)
def post_withdraw(request: HttpRequest, scope: Scope, post_id: UUID) -> HttpResponseBase:
    """Take a post off the board."""
    attempt(
        request,
        lambda: flow.take_off(scope, post_id, now=clock.now()),
        done=_("The post is off the board."),
    )
    return redirect("board")


@require_POST
@member(*_MAY, role=Role.CLERK)
def deal_begin(request: HttpRequest, scope: Scope, post_id: UUID) -> HttpResponseBase:
    """Begin to negotiate about one's post and another's."""
    theirs = id_asked(request.POST, "theirs")
    try:
        deal = flow.begin_deal(scope, mine=post_id, theirs=theirs or post_id, now=clock.now())
    except FondacoError as problem:
        messages.error(request, told(problem))
        return redirect("board_post", post_id)
    return redirect("board_deal", deal)


@require_GET
@member(*_MAY)
def deal_page(request: HttpRequest, scope: Scope, deal_id: UUID) -> HttpResponseBase:
    """A negotiation: the two posts, what was said, the steps possible now."""
    page = flow.deal_page(scope, deal_id, now=clock.now())
    deal = page.deal
    context = {
        "page": page,
        "deal": deal,
        "price": Money(deal.price_minor, deal.currency) if deal.price_minor else None,
        "own": post_line(page.own),
        "theirs": post_line(page.theirs) if page.theirs else None,
        "said": said_lines(page.said, side=deal.side, currency=deal.currency),
        "events": deal.events if scope.role != Role.VIEWER else (),
        "writes": bool(deal.side) and scope.role != Role.VIEWER and deal.state != "declined",
    }
    return render(request, "board/deal.html", context)


@require_POST
@member(*_MAY, role=Role.CLERK)
def deal_step(request: HttpRequest, scope: Scope, deal_id: UUID) -> HttpResponseBase:
    """One step of a negotiation: say, offer, accept, confirm, decline, share or hide one's contact."""
    attempt(request, lambda: _step(request, scope, deal_id), done=_("Recorded; the other side sees it."))
    return redirect("board_deal", deal_id)


def _step(request: HttpRequest, scope: Scope, deal_id: UUID) -> None:
    given = request.POST
    event = given.get("event", "say")
    priced = event in {"offer", "accept"}
    price = _price(given.get("price", ""), given.get("currency", "")) if priced else None
    flow.take_step(scope, deal_id, event, text=given.get("text", ""), price_minor=price, now=clock.now())


def _price(text: str, currency: str) -> int:
    """The price given; BadOffer for what is none."""
    try:
        return to_minor(Decimal(text), currency)
    except (ArithmeticError, ValueError) as exc:
        raise BadOffer(field="price", value=text[:40]) from exc


def _new_post(data: dict[str, Any], kind: str) -> NewPost:
    currency = data["currency"].upper()

    def minor(name: str) -> int:
        return to_minor(data.get(name) or Decimal(0), currency)

    return NewPost(
        kind, data["origin"], data["destination"], data["first_on"], data["last_on"], int(data["mass_kg"] * 1000),
        int(data["volume_m3"] * 1000), currency, minor("price"),
        Contact(data["contact_name"], data["contact_email"], data["contact_phone"]), frozenset(data["classes"]),
        minor("per_kg"), minor("per_m3"), data.get("mode", ""),
    )  # fmt: skip


def _field_of(problem: FondacoError, form: forms.Form) -> str | None:
    """The form's field that a refusal is about."""
    names = {"mass_g": "mass_kg", "volume_l": "volume_m3", "price_minor": "price", "contact": "contact_email"}
    name = names.get(problem.field, problem.field)
    return name if name in form.fields else None


def _form_page(request: HttpRequest, form: PostForm, kind: str) -> HttpResponseBase:
    return render(request, "board/form.html", {"form": form, "kind": kind})


def _usual(scope: Scope) -> str:
    """What one usually looks for: the other side's posts."""
    return PostKind.CARGO if scope.kind == Kind.CARRIER else PostKind.CAPACITY
