"""How each state looks: one of four meanings, an icon and a word; never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Look:
    """A badge: tone (good, wait, stop, info or plain), icon name and word."""

    tone: str
    icon: str
    word: str | Promise


_GOOD, _WAIT, _STOP, _INFO, _PLAIN = "good", "wait", "stop", "info", "plain"

LOOKS: dict[str, Look] = {
    # orders
    "placed": Look(_PLAIN, "inbox", _("Placed")),
    "packed": Look(_INFO, "package", _("Packed")),
    "priced": Look(_INFO, "tag", _("Priced")),
    "needs_manual": Look(_WAIT, "hand", _("Needs a person")),
    "held": Look(_STOP, "octagon-pause", _("Held")),
    "screened": Look(_INFO, "shield-check", _("Screened")),
    "paid": Look(_INFO, "lock-keyhole", _("Paid into escrow")),
    "declared": Look(_WAIT, "stamp", _("Declared")),
    "released": Look(_GOOD, "badge-check", _("Released")),
    "delivered": Look(_GOOD, "package-check", _("Delivered")),
    "settled": Look(_GOOD, "circle-check", _("Settled")),
    "cancelled": Look(_STOP, "circle-x", _("Cancelled")),
    # declarations
    "draft": Look(_PLAIN, "file-pen-line", _("Draft")),
    "lodged": Look(_WAIT, "send", _("Lodged")),
    "submitted": Look(_WAIT, "send", _("Submitted")),
    "received": Look(_INFO, "inbox", _("Received")),
    "accepted": Look(_INFO, "file-check", _("Accepted")),
    "registered": Look(_INFO, "file-check", _("Registered")),
    "under_review": Look(_WAIT, "file-search", _("Under review")),
    "inspection": Look(_WAIT, "scan-search", _("Inspection")),
    "examination": Look(_WAIT, "scan-search", _("Examination")),
    "amended": Look(_INFO, "file-diff", _("Amended")),
    "rejected": Look(_STOP, "file-x", _("Rejected")),
    "refused": Look(_STOP, "circle-x", _("Refused")),
    "seized": Look(_STOP, "gavel", _("Seized")),
    "queried": Look(_WAIT, "circle-question-mark", _("Query raised")),
    "matched": Look(_GOOD, "link", _("Matched")),
    "cleared": Look(_GOOD, "shield-check", _("Cleared")),
    "withdrawn": Look(_PLAIN, "undo-2", _("Withdrawn")),
    # documents matched
    "match": Look(_GOOD, "link", _("Documents match")),
    "soft": Look(_WAIT, "triangle-alert", _("Small difference")),
    "hard": Look(_STOP, "unlink", _("Documents contradict")),
    # screening
    "clear": Look(_GOOD, "shield-check", _("Clear")),
    "hit": Look(_STOP, "shield-alert", _("Possible match")),
    "open": Look(_WAIT, "circle-dot", _("Open")),
    "proposed": Look(_WAIT, "users", _("Awaiting second person")),
    "confirmed": Look(_GOOD, "circle-check", _("Confirmed")),
    "decided": Look(_GOOD, "gavel", _("Decided")),
    "false_positive": Look(_GOOD, "shield-check", _("False alarm")),
    "true_match": Look(_STOP, "shield-ban", _("True match")),
    "closed": Look(_PLAIN, "archive", _("Closed")),
    # facts
    "estimated": Look(_WAIT, "sparkles", _("Estimated")),
    "stated": Look(_INFO, "file-text", _("Stated by the seller")),
    "missing": Look(_STOP, "circle-dashed", _("Missing")),
    # consignments
    "booked": Look(_INFO, "calendar-check", _("Booked")),
    "collected": Look(_INFO, "truck", _("Collected")),
    "handed_over": Look(_INFO, "truck", _("Handed over")),
    "in_transit": Look(_INFO, "plane", _("In transit")),
    "arrived": Look(_INFO, "plane-landing", _("Arrived")),
    "at_customs": Look(_WAIT, "stamp", _("At customs")),
    "customs": Look(_WAIT, "stamp", _("At customs")),
    "out_for_delivery": Look(_INFO, "truck", _("Out for delivery")),
    "exception": Look(_STOP, "triangle-alert", _("Exception")),
    "returned": Look(_PLAIN, "undo-2", _("Returned")),
    # money
    "pending": Look(_WAIT, "clock", _("Pending")),
    "authorised": Look(_INFO, "lock-keyhole", _("Authorised")),
    "captured": Look(_GOOD, "circle-check", _("Captured")),
    "succeeded": Look(_GOOD, "circle-check", _("Succeeded")),
    "failed": Look(_STOP, "circle-x", _("Failed")),
    "refunded": Look(_PLAIN, "undo-2", _("Refunded")),
    "posted": Look(_GOOD, "book-check", _("Posted")),
    "sent": Look(_INFO, "send", _("Sent")),
    "approved": Look(_GOOD, "badge-check", _("Approved")),
    "declined": Look(_STOP, "circle-x", _("Declined")),
    "requested": Look(_WAIT, "clock", _("Requested")),
    "active": Look(_GOOD, "circle-check", _("Active")),
    "revoked": Look(_STOP, "ban", _("Revoked")),
    "in_review": Look(_WAIT, "file-search", _("In review")),
    "current": Look(_GOOD, "circle-check", _("In force")),
    "done": Look(_GOOD, "circle-check", _("Done")),
    "to_come": Look(_PLAIN, "circle-dashed", _("To come")),
    "running": Look(_INFO, "loader-circle", _("Running")),
}


def look_of(state: str) -> Look:
    """The look of `state`; a state nobody described is shown plainly by its own name."""
    known = LOOKS.get(str(state))
    return known or Look(_PLAIN, "circle", str(state).replace("_", " ").capitalize())
