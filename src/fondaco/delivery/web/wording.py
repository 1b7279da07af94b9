"""Words for the codes that rooms speak in: refusals, milestones, columns, sources."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_Words = dict[str, Promise | str]

REFUSALS: _Words = {
    "no-origin": _("does not collect there"),
    "no-destination": _("does not deliver there"),
    "not-in-force": _("not in force on that day"),
    "postcode-needed": _("needs a postcode"),
    "zone-not-served": _("does not serve this postcode"),
    "cargo-class": _("does not take these goods"),
    "feature-missing": _("lacks a feature asked for"),
    "fuel-rate-missing": _("fuel rate not known"),
    "too-heavy": _("parcel too heavy"),
    "too-large": _("parcel too large"),
    "girth": _("girth too large"),
    "sum-of-sides": _("sum of sides too large"),
    "weight-band": _("no price for this weight"),
}
PLAIN: _Words = {
    "order": _("Order number"), "sku": _("SKU"), "title": _("Title"), "quantity": _("Quantity"),
    "unit_price": _("Unit price"), "ordered_at": _("Order date"), "country": _("Country"), "buyer": _("Buyer"),
    "currency": _("Currency"),
    "lines_in": _("Lines read"), "orders_in": _("Orders read"), "orders_created": _("New orders"),
    "orders_updated": _("Changed orders"), "orders_unchanged": _("Unchanged orders"), "returns_in": _("Returns read"),
    "returns_created": _("New returns"), "returns_unchanged": _("Unchanged returns"),
    "returns_linked": _("Returns linked to orders"), "rejected_orders": _("Orders kept out"),
    "rejected_lines": _("Rows kept out"), "products": _("Products"), "buyers": _("Buyers"),
    "booked": _("Booked"), "accepted": _("Accepted by the carrier"), "at_origin_hub": _("At the hub of origin"),
    "export_presented": _("Presented for export"), "export_held": _("Held at export"),
    "export_released": _("Released for export"), "departed": _("Departed"),
    "arrived_transit": _("Arrived in transit"), "departed_transit": _("Left transit"), "in_transit": _("In transit"),
    "arrived_destination": _("Arrived in the country"), "import_presented": _("Presented for import"),
    "import_held": _("Held at import"), "import_refused": _("Refused at import"),
    "import_released": _("Released by customs"), "at_destination_hub": _("At the local hub"),
    "out_for_delivery": _("Out for delivery"), "ready_for_pickup": _("Ready for pickup"),
    "delivery_failed": _("Delivery failed"), "delivered": _("Delivered"), "held": _("Held"),
    "exception": _("Exception"), "damaged": _("Damaged"), "lost": _("Lost"), "returned": _("Returned"),
    "cancelled": _("Cancelled"), "unknown": _("Unknown report"),
    "post": _("Post"), "express": _("Express"), "special_line": _("Special line"), "truck": _("Road"),
    "rail": _("Rail"), "air_gen": _("Air freight"), "fcl": _("Full container"), "lcl": _("Part container"),
    "bonded": _("Bonded warehouse"), "overseas_wh_local": _("From a warehouse abroad"),
    "asset": _("Assets"), "liability": _("Liabilities"), "equity": _("Equity"), "income": _("Income"),
    "expense": _("Expenses"),
    "payment.captured": _("Payment captured"), "order.settled": _("Order settled"),
    "return.refund_owed": _("Refund owed"), "return.refunded": _("Refunded"), "reversal": _("Reversal"),
    "payout.sent": _("Payout sent"), "payout.confirmed": _("Payout confirmed"),
    "freight": _("Freight"), "registration": _("Registration"), "remote": _("Remote area"), "fuel": _("Fuel"),
    "commercial_invoice": _("Commercial invoice"), "packing_list": _("Packing list"), "cn23": _("Customs form CN23"),
    "label": _("Shipping label"),
    "words": _("Words"), "source": _("Source"), "matched": _("Matched"), "hint": _("Hint"), "rule": _("Rule"),
    "method": _("Method"), "text": _("Text"), "stated": _("Stated"), "category": _("Category"),
}  # fmt: skip


def plain(code: str) -> str:
    """A code as words: those we know, else the code itself made readable."""
    known = PLAIN.get(code)
    return str(known) if known else code.replace("_", " ").replace("-", " ").replace(".", ", ").capitalize()
