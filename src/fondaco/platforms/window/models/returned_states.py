"""The states of a return, of its claims and of its applications to customs, and what leads from one to another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.statemachine import Machine


class ReturnReason(models.TextChoices):
    """Why a buyer sends goods back; from `defective` to `not_as_described` the goods are at fault."""

    MIND = "mind", _("I changed my mind")
    DEFECTIVE = "defective", _("It is defective")
    DAMAGED = "damaged", _("It arrived damaged")
    WRONG = "wrong", _("I got something else")
    NOT_AS_DESCRIBED = "not_as_described", _("It is not as described")
    LATE = "late", _("It came too late")
    UNSAFE = "unsafe", _("It is unsafe")


class ReturnStage(models.TextChoices):
    """How far a return has come."""

    REQUESTED = "requested", _("Asked for")
    AUTHORISED = "authorised", _("Authorised")
    IN_TRANSIT = "in_transit", _("On its way back")
    ARRIVED = "arrived", _("At the return centre")
    GRADED = "graded", _("Inspected")
    ROUTED = "routed", _("Route decided")
    CLOSED = "closed", _("Done")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    LAPSED = "lapsed", _("Never arrived")


S = ReturnStage
RETURN_CASE_MACHINE = Machine(
    "return case",
    ReturnStage,
    {
        (S.REQUESTED, "authorise"): S.AUTHORISED,
        (S.REQUESTED, "refuse"): S.REFUSED,
        (S.REQUESTED, "cancel"): S.CANCELLED,
        (S.AUTHORISED, "post"): S.IN_TRANSIT,
        (S.AUTHORISED, "cancel"): S.CANCELLED,
        (S.AUTHORISED, "lapse"): S.LAPSED,
        (S.IN_TRANSIT, "lapse"): S.LAPSED,
        (S.AUTHORISED, "arrive"): S.ARRIVED,
        (S.IN_TRANSIT, "arrive"): S.ARRIVED,
        (S.ARRIVED, "grade"): S.GRADED,
        (S.GRADED, "route"): S.ROUTED,
        (S.ROUTED, "close"): S.CLOSED,
    },
)


class MoveKind(models.TextChoices):
    """What happened to pieces: they came, or left the centre by a route."""

    ARRIVE = "arrive", _("Arrived")
    RESTOCK = "restock", _("Back on the shelf here")
    REEXPORT = "reexport", _("Sent back to the home shelf")
    DOMESTIC = "domestic", _("To the domestic area, tax paid")
    DONATE = "donate", _("Given away")
    DESTROY = "destroy", _("Destroyed")


class Grade(models.TextChoices):
    A = "A", _("A: as new")
    B = "B", _("B: sound, packaging opened or damaged")
    C = "C", _("C: damaged, incomplete or unsafe")


class ClaimState(models.TextChoices):
    """Where a claim against an authority stands."""

    OPEN = "open", _("To be lodged")
    LODGED = "lodged", _("Lodged")
    GRANTED = "granted", _("Granted")
    PAID = "paid", _("Paid")
    REFUSED = "refused", _("Refused")
    LAPSED = "lapsed", _("Lapsed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


C = ClaimState
CLAIM_MACHINE = Machine(
    "duty claim",
    ClaimState,
    {
        (C.OPEN, "lodge"): C.LODGED,
        (C.OPEN, "lapse"): C.LAPSED,
        (C.OPEN, "withdraw"): C.WITHDRAWN,
        (C.LODGED, "grant"): C.GRANTED,
        (C.LODGED, "refuse"): C.REFUSED,
        (C.LODGED, "withdraw"): C.WITHDRAWN,
        (C.REFUSED, "appeal"): C.LODGED,
        (C.GRANTED, "pay"): C.PAID,
    },
)


class ApplicationState(models.TextChoices):
    """Where an application to return goods (CEB213, 215, 625) stands with customs."""

    DRAWN = "drawn", _("Drawn up")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    REVIEW = "review", _("Under review")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


A = ApplicationState
APPLICATION_MACHINE = Machine(
    "return application",
    ApplicationState,
    {
        (A.DRAWN, "send"): A.SENT,
        (A.SENT, "receive"): A.RECEIVED,
        **{(state, "review"): A.REVIEW for state in (A.SENT, A.RECEIVED)},
        **{(state, "approve"): A.APPROVED for state in (A.SENT, A.RECEIVED, A.REVIEW)},
        **{(state, "refuse"): A.REFUSED for state in (A.SENT, A.RECEIVED, A.REVIEW)},
        (A.REFUSED, "send"): A.SENT,
    },
)
