"""Tables of the house's own invoices to sellers, and of the policy by which balances are paid out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import currency_field


class FeeInvoice(Owned):
    """What the house charged a seller in a period: numbered without gaps, frozen with its XML."""

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    seller_id = models.UUIDField()
    period_start = models.DateField()
    period_end = models.DateField()
    currency = currency_field()
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    issued_on = models.DateField()
    xml = models.TextField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller_id", "currency", "period_start"], name="fee_invoice_once"
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="fee_invoice_period"),
            models.CheckConstraint(condition=Q(net_minor__gt=0, vat_minor__gte=0), name="fee_invoice_sums"),
        ]


class Every(models.TextChoices):
    DAY = "day", _("Every day")
    WEEK = "week", _("Every Monday")
    MONTH = "month", _("On the first of the month")


class PayoutPolicy(Owned):
    """How one party's balance in one currency is paid out; without a row: everything, every day."""

    owners: ClassVar = dict.fromkeys(Kind, "owner_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    currency = currency_field()
    every = models.CharField(max_length=8, choices=Every, default=Every.DAY)
    minimum_minor = models.BigIntegerField(default=1)
    reserve_share = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    reserve_days = models.SmallIntegerField(default=0)
    is_held = models.BooleanField(default=False)
    hold_days = models.SmallIntegerField(
        null=True, help_text="Days in escrow after delivery, instead of the house's."
    )
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "currency"], name="payout_policy_once"),
            models.CheckConstraint(
                condition=Q(reserve_share__gte=0, reserve_share__lte=1, reserve_days__gte=0),
                name="payout_policy_reserve",
            ),
            models.CheckConstraint(condition=Q(minimum_minor__gte=1), name="payout_policy_minimum"),
        ]
