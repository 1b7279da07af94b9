"""What a person may still buy under a scheme in a year: an account, and the holds that take from it.

A quote reserves, a payment uses; between the two the amount is nobody else's. The account's own CHECK is
what two payments at once run into, not a comparison in code.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


class PersonQuota(Owned):
    """The account of one buyer for one quota and calendar year; amounts in minor units of `currency`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    quota = models.CharField(max_length=40, help_text="The regime's quota, such as CN-CBEC-year.")
    buyer_id = models.UUIDField()
    year = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField(default=0)
    used_minor = models.BigIntegerField(default=0)

    owners = {Kind.BUYER: "buyer_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quota", "buyer_id", "year"], name="person_quota_once"),
            models.CheckConstraint(
                condition=Q(held_minor__gte=0, used_minor__gte=0)
                & Q(limit_minor__gte=F("held_minor") + F("used_minor")),
                name="person_quota_not_exceeded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quota} {self.year}"


class HoldState(models.TextChoices):
    HELD = "held", _("Reserved")
    USED = "used", _("Used")
    FREED = "freed", _("Given back")


class QuotaHold(Owned):
    """What one order takes of an account: reserved until `expires_at`, then used or given back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(PersonQuota, on_delete=models.PROTECT, related_name="holds")
    buyer_id = models.UUIDField()
    order_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=HoldState, default=HoldState.HELD)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    owners = {Kind.BUYER: "buyer_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "order_id"], name="quota_hold_once"),
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="quota_hold_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="quota_hold_positive"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="quota_hold_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"


QUOTA_HOLD = Machine(
    "quota hold",
    HoldState,
    {
        (HoldState.HELD, "use"): HoldState.USED,
        (HoldState.HELD, "free"): HoldState.FREED,
        (HoldState.USED, "give-back"): HoldState.FREED,
        (HoldState.FREED, "reserve"): HoldState.HELD,
    },
)
