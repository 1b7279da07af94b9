"""The life of an order as the order page tells it: what happened, what is happening, what is to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from fondaco.delivery.web.presenting.money_words import stuck_word
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags.fondaco import country, day_text
from fondaco.delivery.web.wording import plain
from fondaco.flows.order_page import OrderSheet
from fondaco.kernel.money import Money
from fondaco.systems.finance.public import EscrowHold

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the life of an order. `pending` has not happened yet."""

    title: Text
    icon: str
    tone: str = "good"
    at: datetime | None = None
    note: Text = ""
    money: Money | None = None
    state: str = ""
    why: str = ""
    href: str = ""
    pending: bool = False
    who: str = ""
    papers: tuple[tuple[str, str], ...] = ()


def life_of(sheet: OrderSheet) -> list[Event]:
    """The steps of the order on `sheet`, in the order in which they happen."""
    events = [_told(sheet, make(sheet), *_BESIDE[make]) for make in _STEPS]
    stopped = _stopped(sheet)
    if stopped is None:
        return events
    if sheet.order.state == "cancelled":  # nothing more is to come
        return [*(event for event in events if not event.pending), stopped]
    first_pending = next((i for i, event in enumerate(events) if event.pending), len(events))
    return [*events[:first_pending], stopped, *events[first_pending:]]


def _told(sheet: OrderSheet, event: Event, who: Callable[[OrderSheet], str], kinds: tuple[str, ...]) -> Event:
    """The event with who took the step and the papers that came of it; of what is to come nobody knows."""
    if event.pending:
        return event
    papers = tuple(
        (plain(paper.kind), reverse("document_file", args=[paper.id]))
        for paper in sheet.documents
        if paper.kind in kinds
    )
    return replace(event, who=who(sheet), papers=papers)


def why_url(sheet: OrderSheet, figure: str) -> str:
    """Where the explanation of `figure` is."""
    return reverse("order_why", args=[sheet.order.id, figure])


def reached_at(sheet: OrderSheet, state: str) -> datetime | None:
    """When the order reached `state`, None where it has not."""
    said = sheet.order.reached.get(state)
    return datetime.fromisoformat(said) if said else None


def _step(
    sheet: OrderSheet, state: str, title: Text, icon: str, *, tell: Callable[[], dict[str, Any]] | None = None
) -> Event:
    at = reached_at(sheet, state)
    if at is None:
        return Event(title, icon, pending=True)
    return Event(title, icon, at=at, **(tell() if tell else {}))


def _placed(sheet: OrderSheet) -> Event:
    order = sheet.order
    pieces = ngettext("%(n)s piece", "%(n)s pieces", order.units) % {"n": order.units}
    lines = ngettext("%(n)s line", "%(n)s lines", order.line_count) % {"n": order.line_count}
    return Event(
        _l("Order placed"),
        "inbox",
        tone="info",
        at=order.ordered_at,
        money=order.sale,
        note=f"{lines}, {pieces}",
    )


def _packed(sheet: OrderSheet) -> Event:
    def tell() -> dict[str, Any]:
        moved = sheet.consignment.consignment if sheet.consignment else None
        if moved is None:
            return {}
        parcels = ngettext("%(n)s parcel", "%(n)s parcels", moved.parcel_count) % {"n": moved.parcel_count}
        return {
            "note": f"{parcels} · {moved.service_name}", "money": moved.price, "why": why_url(sheet, "carriage"),
            "href": reverse("consignment", args=[moved.id]),
        }  # fmt: skip

    return _step(sheet, "packed", _l("Packed and carriage chosen"), "package", tell=tell)


def _priced(sheet: OrderSheet) -> Event:
    def tell() -> dict[str, Any]:
        total = sheet.order.total_minor
        money = None if total is None else Money(total, sheet.order.currency)
        return {"money": money, "note": _("at the buyer's door"), "why": why_url(sheet, "landed")}

    return _step(sheet, "priced", _l("Priced to the door"), "tag", tell=tell)


def _screened(sheet: OrderSheet) -> Event:
    def tell() -> dict[str, Any]:
        last = sheet.screenings[0] if sheet.screenings else None
        if last is None:
            return {}
        return {"state": last.outcome, "note": last.name, "why": why_url(sheet, "screening")}

    return _step(sheet, "screened", _l("Parties screened"), "shield-check", tell=tell)


def _paid(sheet: OrderSheet) -> Event:
    def tell() -> dict[str, Any]:
        payment = sheet.money.payments[0] if sheet.money and sheet.money.payments else None
        if payment is None:
            return {}
        held = bool(sheet.money and sheet.money.held and sheet.money.held.minor)
        note = _("held in escrow") if held else _("was held in escrow")
        return {"money": payment.amount, "note": note, "why": why_url(sheet, "payment")}

    return _step(sheet, "paid", _l("Paid into escrow"), "lock-keyhole", tell=tell)


def _declared(sheet: OrderSheet) -> Event:
    def tell() -> dict[str, Any]:
        last = sheet.declaration
        if last is None:
            return {}
        held = last.state not in ("released", "closed")
        return {
            "note": last.mrn or last.lrn, "state": last.state, "why": why_url(sheet, "landed"), "tone": look_of(last.state).tone if held else "good",
            "href": reverse("declaration", args=[last.id]),
        }  # fmt: skip

    return _step(sheet, "declared", _l("Declared to customs"), "stamp", tell=tell)


def _released(sheet: OrderSheet) -> Event:
    def tell() -> dict[str, Any]:
        verdict = sheet.verdict or {}
        state = str(verdict.get("verdict", ""))
        return {"state": state, "why": why_url(sheet, "match") if state else ""}

    return _step(sheet, "released", _l("Documents matched, goods released"), "badge-check", tell=tell)


def _delivered(sheet: OrderSheet) -> Event:
    moved = sheet.consignment.consignment if sheet.consignment else None
    at = moved.delivered_at if moved else None
    if at is None:
        note = ""
        if moved and sheet.order.state != "cancelled":
            note = _("due %(day)s") % {"day": day_text(moved.due_on)}
        return Event(_l("Delivered"), "package-check", pending=True, note=note)
    note = " · ".join(moved.tracking_numbers[:2]) if moved else ""
    href = reverse("consignment", args=[moved.id]) if moved else ""
    return Event(_l("Delivered"), "package-check", at=at, note=note, href=href)


def hold_note(hold: EscrowHold) -> str:
    """What keeps an order's money in escrow, in a few words."""
    if hold.blocked_by == "unpaid":
        return _("the courier has not handed in the cash yet")
    if hold.blocked_by == "disputed":
        return _("kept until dispute %(case)s is decided") % {"case": hold.case}
    if hold.blocked_by == "holding":
        return _("money free on %(day)s") % {"day": day_text(hold.free_at)}
    if hold.stuck_by:
        return _("free, but not shared out: %(why)s") % {"why": stuck_word(hold.stuck_by)}
    return _("the money is free and goes out with the next run")


def _settled(sheet: OrderSheet) -> Event:
    if sheet.hold:
        note, why = hold_note(sheet.hold), why_url(sheet, "hold")
        return Event(_l("Settled"), "circle-check", pending=True, note=note, why=why)
    return _step(
        sheet, "settled", _l("Settled"), "circle-check",
        tell=lambda: {"note": _("seller, carrier, authority and platform paid out of escrow"),
                      "why": why_url(sheet, "settlement")},
    )  # fmt: skip


def _seller(sheet: OrderSheet) -> str:
    return sheet.order.seller_name


def _buyer(sheet: OrderSheet) -> str:
    return sheet.order.buyer_name


def _house(_sheet: OrderSheet) -> str:
    return "Fondaco"


def _carrier(sheet: OrderSheet) -> str:
    return sheet.consignment.consignment.provider_name if sheet.consignment else ""


def _authority(sheet: OrderSheet) -> str:
    last = sheet.declarations[-1] if sheet.declarations else None
    return _("Customs, %(country)s") % {"country": country(last.country)} if last else ""


_STEPS = (_placed, _packed, _priced, _screened, _paid, _declared, _released, _delivered, _settled)

# Beside each step: who took it, and the kinds of papers that came of it.
_BESIDE: dict[Callable[[OrderSheet], Event], tuple[Callable[[OrderSheet], str], tuple[str, ...]]] = {
    _placed: (_seller, ()),
    _packed: (_house, ("packing_list", "label")),
    _priced: (_house, ("commercial_invoice",)),
    _screened: (_house, ()),
    _paid: (_buyer, ()),
    _declared: (_seller, ("cn23",)),
    _released: (_authority, ()),
    _delivered: (_carrier, ()),
    _settled: (_house, ()),
}


def _stopped(sheet: OrderSheet) -> Event | None:
    """The step that keeps an order where it is."""
    order = sheet.order
    if order.state not in ("needs_manual", "held", "cancelled"):
        return None
    look = look_of(order.state)
    return Event(look.word, look.icon, tone=look.tone, at=order.state_at, why=why_url(sheet, "stop"))
