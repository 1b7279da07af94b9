"""The one thing to do next with an order, for the party that looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.flows.order_page import OrderSheet
from fondaco.kernel.tenancy import Kind, Scope


@dataclass(frozen=True, slots=True)
class NextAction:
    """A button (with `href`), or a sentence that says who is at work."""

    text: str | Promise
    href: str = ""
    icon: str = "arrow-right"


_AT_WORK: dict[str, str | Promise] = {
    "placed": _l("Next: packing and choosing the carriage. Nothing to do."),
    "packed": _l("Next: working out duty and tax. Nothing to do."),
    "priced": _l("Next: screening the parties. Nothing to do."),
    "screened": _l("Next: the buyer's payment into escrow."),
    "paid": _l("Next: the customs declaration. Nothing to do."),
    "declared": _l("The authority is looking at the declaration."),
    "released": _l("On its way to the buyer."),
    "delivered": _l("Next: paying out of escrow. Nothing to do."),
    "settled": _l("Everything is done and counted."),
    "cancelled": _l("The order was cancelled."),
    "held": _l("Held until two people have decided the screening case."),
    "needs_manual": _l("Waits for the seller."),
}


def next_action_of(sheet: OrderSheet, scope: Scope) -> NextAction:
    """What `scope` does next with the order on `sheet`."""
    state, works = sheet.order.state, scope.kind in (Kind.SELLER, Kind.PLATFORM)
    if state == "screened" and scope.kind == Kind.BUYER:
        return NextAction(_("Pay now"), reverse("order_pay", args=[sheet.order.id]), "lock-keyhole")
    if state == "needs_manual" and works:
        return _mend(sheet)
    if state == "held" and scope.kind == Kind.PLATFORM:
        case = next((one.case_id for one in sheet.screenings if one.case_id), None)
        if case:
            return NextAction(_("Decide the screening case"), reverse("case", args=[case]), "gavel")
    if state == "declared" and works and sheet.declaration:
        waits = reverse("declaration", args=[sheet.declaration.id])
        return NextAction(_("Follow the declaration"), waits, "stamp")
    if state == "released" and sheet.consignment:
        return NextAction(
            _("Follow the parcel"), reverse("consignment", args=[sheet.consignment.consignment.id]), "map-pin"
        )
    return NextAction(_AT_WORK.get(state, ""))


def _mend(sheet: OrderSheet) -> NextAction:
    """To the product that is in the way, else to what is missing."""
    why = sheet.order.facts.get("why") or {}
    sku = why.get("sku") if isinstance(why, dict) else None
    product = next((line.product_id for line in sheet.order.lines if line.sku == sku), None)
    if product:
        return NextAction(_("Mend the article"), reverse("product", args=[product]), "wrench")
    return NextAction(_("See what is missing"), reverse("order_why", args=[sheet.order.id, "stop"]), "search")
