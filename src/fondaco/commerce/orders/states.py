"""The states of an order and of a return, and the events that lead from one to another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.statemachine import Machine


class OrderState(models.TextChoices):
    """How far an order has come on its way from the seller's book to settled money."""

    PLACED = "placed", _("Placed")
    PACKED = "packed", _("Packed and quoted")
    PRICED = "priced", _("Priced")
    NEEDS_MANUAL = "needs_manual", _("Needs a person")
    HELD = "held", _("Held by screening")
    SCREENED = "screened", _("Screened")
    PAID = "paid", _("Paid into escrow")
    DECLARED = "declared", _("Declared")
    RELEASED = "released", _("Released by customs")
    DELIVERED = "delivered", _("Delivered")
    SETTLED = "settled", _("Settled")
    CANCELLED = "cancelled", _("Cancelled")


S = OrderState
_CANCELLABLE = (S.PLACED, S.PACKED, S.PRICED, S.NEEDS_MANUAL, S.HELD, S.SCREENED, S.PAID)

ORDER_MACHINE = Machine(
    "order",
    OrderState,
    {
        (S.PLACED, "pack"): S.PACKED,
        (S.NEEDS_MANUAL, "pack"): S.PACKED,
        (S.PACKED, "price"): S.PRICED,
        (S.NEEDS_MANUAL, "price"): S.PRICED,
        (S.PLACED, "refer"): S.NEEDS_MANUAL,
        (S.PACKED, "refer"): S.NEEDS_MANUAL,
        (S.PRICED, "refer"): S.NEEDS_MANUAL,
        (S.SCREENED, "refer"): S.NEEDS_MANUAL,  # what a price stood on ran out before it was paid
        (S.PAID, "refer"): S.NEEDS_MANUAL,
        (S.NEEDS_MANUAL, "resume"): S.PAID,  # only for what was paid before: the flow looks at `reached`
        (S.PRICED, "screen"): S.SCREENED,
        (S.PRICED, "hold"): S.HELD,
        (S.HELD, "clear"): S.SCREENED,
        (S.SCREENED, "pay"): S.PAID,
        (S.PAID, "declare"): S.DECLARED,
        (S.DECLARED, "release"): S.RELEASED,
        (S.RELEASED, "deliver"): S.DELIVERED,
        (S.DELIVERED, "settle"): S.SETTLED,
        **{(state, "cancel"): S.CANCELLED for state in _CANCELLABLE},
    },
)


class ReturnState(models.TextChoices):
    """Where a return stands."""

    OPEN = "open", _("Open")
    REFUNDED = "refunded", _("Refunded")
    REFUSED = "refused", _("Refused")


RETURN_MACHINE = Machine(
    "return",
    ReturnState,
    {
        (ReturnState.OPEN, "refund"): ReturnState.REFUNDED,
        (ReturnState.OPEN, "refuse"): ReturnState.REFUSED,
    },
)


class LineKind(models.TextChoices):
    """What a line of an order stands for; only goods and samples travel."""

    GOODS = "goods", _("Goods")
    SAMPLE = "sample", _("Free sample")
    CARRIAGE = "carriage", _("Carriage")
    DISCOUNT = "discount", _("Discount")
    MANUAL = "manual", _("Manual amount")
    FEE = "fee", _("Fee")


class UploadState(models.TextChoices):
    """Where a file stands that was handed in to be imported."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


UPLOAD_MACHINE = Machine(
    "upload",
    UploadState,
    {
        (UploadState.QUEUED, "start"): UploadState.RUNNING,
        (UploadState.RUNNING, "finish"): UploadState.DONE,
        (UploadState.QUEUED, "fail"): UploadState.FAILED,
        (UploadState.RUNNING, "fail"): UploadState.FAILED,
    },
)


class BatchState(models.TextChoices):
    """Where an import stands."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
