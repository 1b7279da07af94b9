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
    "paid": Look(_INFO, "lock-keyhole", _("Paid")),
    "declared": Look(_WAIT, "stamp", _("Declared")),
    "released": Look(_GOOD, "badge-check", _("Released")),
    "delivered": Look(_GOOD, "package-check", _("Delivered")),
    "settled": Look(_GOOD, "circle-check", _("Settled")),
    "cancelled": Look(_STOP, "circle-x", _("Cancelled")),
    # exchange and flash sales
    "asked": Look(_WAIT, "send", _("Asked")),
    "kept": Look(_GOOD, "circle-check", _("Paid")),
    # declarations
    "draft": Look(_PLAIN, "file-pen-line", _("Draft")),
    "validated": Look(_PLAIN, "file-check", _("Checked")),
    "submitted": Look(_WAIT, "send", _("Submitted")),
    "transport_failed": Look(_STOP, "unplug", _("Not delivered to the authority")),
    "received": Look(_INFO, "inbox", _("Received")),
    "accepted": Look(_INFO, "file-check", _("Accepted")),
    "assessed": Look(_INFO, "calculator", _("Assessed")),
    "under_review": Look(_WAIT, "file-search", _("Under review")),
    "docs_required": Look(_WAIT, "circle-question-mark", _("Documents asked for")),
    "inspection": Look(_WAIT, "scan-search", _("Inspection")),
    "detained": Look(_STOP, "octagon-pause", _("Detained")),
    "closed": Look(_GOOD, "archive", _("Closed")),
    "rejected": Look(_STOP, "file-x", _("Rejected")),
    "returned": Look(_PLAIN, "undo-2", _("Returned")),
    # signing keys: those in force, refused, revoked and expired have looks of their own name
    "entered": Look(_WAIT, "users", _("Waits for approval")),
    # export rebates and the lines of their ledger
    "prepared": Look(_WAIT, "file-pen-line", _("Being prepared")),
    "claimed": Look(_WAIT, "send", _("Claimed")),
    "repaid": Look(_GOOD, "circle-check", _("Repaid")),
    "reconciled": Look(_GOOD, "circle-check", _("Settled by sales")),
    "rebate_refused": Look(_STOP, "circle-x", _("Claim refused")),
    "clawed_back": Look(_STOP, "undo-2", _("Taken back")),
    "exempt": Look(_GOOD, "badge-check", _("Exempt, nothing comes back")),
    "rebate_claim": Look(_INFO, "send", _("Claimed")),
    "rebate_refuse": Look(_STOP, "circle-x", _("Refused")),
    "rebate_pay": Look(_GOOD, "circle-check", _("Paid")),
    "rebate_claw_back": Look(_STOP, "undo-2", _("Taken back")),
    # tax lines of an assessment
    "due": Look(_INFO, "receipt-text", _("Due")),
    "relieved": Look(_GOOD, "badge-check", _("Relieved")),
    "suspended": Look(_WAIT, "clock", _("Suspended")),
    "postponed": Look(_INFO, "clock", _("Postponed")),
    "not-at-risk": Look(_GOOD, "shield-check", _("Not raised")),
    # lanes of the authority
    "green": Look(_GOOD, "arrow-right", _("Green lane")),
    "blue": Look(_INFO, "file-clock", _("Blue lane")),
    "yellow": Look(_WAIT, "file-search", _("Yellow lane")),
    "red": Look(_STOP, "scan-search", _("Red lane")),
    # the three documents
    "match": Look(_GOOD, "link", _("Documents agree")),
    "soft": Look(_WAIT, "triangle-alert", _("Small difference")),
    "hard": Look(_STOP, "unlink", _("Documents contradict")),
    # screening and cases
    "clear": Look(_GOOD, "shield-check", _("Clear")),
    "block": Look(_STOP, "shield-ban", _("Block")),
    "hit": Look(_STOP, "shield-alert", _("Possible match")),
    "open": Look(_WAIT, "circle-dot", _("Open")),
    "proposed": Look(_WAIT, "users", _("Awaits a second person")),
    "assigned": Look(_INFO, "user", _("In somebody's hands")),
    "resolved": Look(_GOOD, "circle-check", _("Resolved")),
    "cleared": Look(_GOOD, "shield-check", _("Cleared")),
    "blocked": Look(_STOP, "shield-ban", _("Blocked")),
    "reopened": Look(_WAIT, "rotate-ccw", _("Reopened")),
    # what the law of a destination does to goods
    "prohibited": Look(_STOP, "ban", _("Prohibited")),
    "restricted": Look(_WAIT, "key-round", _("Needs a licence")),
    "licensed": Look(_GOOD, "key-round", _("Licence held")),
    "document": Look(_INFO, "file-text", _("Needs papers")),
    "agency": Look(_PLAIN, "landmark", _("An agency may look")),
    "none": Look(_PLAIN, "minus", _("No rule known")),
    # facts of a product
    "estimated": Look(_WAIT, "sparkles", _("Estimated")),
    "stated": Look(_INFO, "file-text", _("Stated by the seller")),
    "confirmed": Look(_GOOD, "circle-check", _("Confirmed")),
    "missing": Look(_STOP, "circle-dashed", _("Missing")),
    # consignments
    "booked": Look(_INFO, "calendar-check", _("Booked")),
    "in_transit": Look(_INFO, "plane", _("In transit")),
    "exception": Look(_STOP, "triangle-alert", _("Exception")),
    "taken": Look(_INFO, "user-round", _("Taken up")),
    # the information board
    "talking": Look(_INFO, "message-circle", _("Talking")),
    "offered": Look(_WAIT, "tag", _("Price offered")),
    "agreed_terms": Look(_WAIT, "handshake", _("Terms accepted")),
    "agreed": Look(_GOOD, "handshake", _("Agreed")),
    "declined": Look(_STOP, "circle-x", _("Declined")),
    "filled": Look(_GOOD, "package-check", _("Agreed in full")),
    # stock
    "promised": Look(_INFO, "lock-keyhole", _("Reserved")),
    "committed": Look(_GOOD, "truck", _("Shipped")),
    "picking": Look(_INFO, "route", _("Picking")),
    "picked": Look(_GOOD, "circle-check", _("Picked")),
    "abandoned": Look(_PLAIN, "undo-2", _("Given up")),
    "to_pack": Look(_WAIT, "package", _("To pack")),
    "complete": Look(_GOOD, "package-check", _("Packed")),
    "dropped": Look(_PLAIN, "package-x", _("Taken out")),
    "suggested": Look(_WAIT, "sparkles", _("Proposed")),
    "ordered": Look(_INFO, "package-plus", _("Ordered")),
    "arrived": Look(_GOOD, "package-check", _("Arrived")),
    "dismissed": Look(_PLAIN, "circle-x", _("Dismissed")),
    "lapsed": Look(_PLAIN, "clock", _("Lapsed")),
    # money
    "requires_method": Look(_WAIT, "wallet", _("Awaits a means of payment")),
    "processing": Look(_WAIT, "clock", _("Processing")),
    "authorised": Look(_INFO, "lock-keyhole", _("Authorised")),
    "captured": Look(_GOOD, "circle-check", _("Taken in")),
    "failed": Look(_STOP, "circle-x", _("Failed")),
    "unknown": Look(_WAIT, "circle-question-mark", _("Not yet certain")),
    "payment.settled": Look(_GOOD, "circle-check", _("Received by the house")),
    "payout.paid": Look(_GOOD, "circle-check", _("Paid out")),
    "tax.paid": Look(_GOOD, "circle-check", _("Paid")),
    "refunded": Look(_GOOD, "undo-2", _("Refunded")),
    "refused": Look(_STOP, "circle-x", _("Refused")),
    "pending": Look(_WAIT, "clock", _("Pending")),
    "requested": Look(_WAIT, "clock", _("Requested")),
    "done": Look(_GOOD, "circle-check", _("Done")),
    "lost_answer": Look(_WAIT, "circle-question-mark", _("No answer")),
    "opened": Look(_WAIT, "scale", _("Dispute opened")),
    "challenged": Look(_INFO, "file-text", _("Challenged")),
    "won": Look(_GOOD, "badge-check", _("Won")),
    "lost": Look(_STOP, "circle-x", _("Lost to the buyer")),
    "applied": Look(_GOOD, "circle-check", _("Applied")),
    "known": Look(_PLAIN, "circle", _("Nothing new")),
    "critical": Look(_WAIT, "triangle-alert", _("Nearly exhausted")),
    "exhausted": Look(_STOP, "circle-x", _("Exhausted")),
    "overdue": Look(_STOP, "clock-alert", _("Overdue")),
    "filed": Look(_INFO, "stamp", _("Filed")),
    # verification, keys, price books, imports
    "verified": Look(_GOOD, "badge-check", _("Verified")),
    "approved": Look(_GOOD, "badge-check", _("Approved")),
    "expired": Look(_WAIT, "clock-alert", _("Expired")),
    "lodged": Look(_WAIT, "send", _("Lodged")),
    "granted": Look(_GOOD, "badge-check", _("Granted")),
    "graded": Look(_INFO, "scan-search", _("Inspected")),
    "routed": Look(_INFO, "waypoints", _("Route decided")),
    "drawn": Look(_PLAIN, "file-pen-line", _("Drawn up")),
    "sent": Look(_WAIT, "send", _("Sent")),
    "review": Look(_WAIT, "file-search", _("Under review")),
    "withdrawn": Look(_PLAIN, "undo-2", _("Withdrawn")),
    "active": Look(_GOOD, "circle-check", _("Active")),
    "current": Look(_GOOD, "circle-check", _("In force")),
    "superseded": Look(_PLAIN, "archive", _("Superseded")),
    "revoked": Look(_STOP, "ban", _("Revoked")),
    "queued": Look(_WAIT, "clock", _("Waiting")),
    "running": Look(_INFO, "loader-circle", _("Running")),
    "to_come": Look(_PLAIN, "circle-dashed", _("To come")),
}


def look_of(state: str, *, of: str = "") -> Look:
    """The look of `state`, of a thing that has its own words for it (`of`); one nobody described shows its own name."""
    known = LOOKS.get(f"{of}.{state}") or LOOKS.get(str(state))
    return known or Look(_PLAIN, "circle", str(state).replace("_", " ").capitalize())
