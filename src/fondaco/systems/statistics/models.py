"""The table of what was traded: one row per order and chapter."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fondaco.kernel.tenancy import Kind, Owned


class TradeRow(Owned):
    """The part of one order in one chapter; amounts in minor units of GBP at the day's rate."""

    id = models.BigAutoField(primary_key=True)
    order_id = models.UUIDField()
    on = models.DateField()
    seller_id = models.UUIDField()
    origin = models.CharField(max_length=2, blank=True)
    destination = models.CharField(max_length=2)
    channel = models.CharField(max_length=24, blank=True)
    regime = models.CharField(max_length=24, blank=True)
    hs2 = models.CharField(max_length=2, blank=True)
    hs_section = models.CharField(max_length=5, blank=True)
    currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField(default=0)
    value_gbp_minor = models.BigIntegerField()
    duty_gbp_minor = models.BigIntegerField()
    tax_gbp_minor = models.BigIntegerField()
    lines = models.PositiveIntegerField()
    mass_g = models.BigIntegerField(default=0)
    clearance_seconds = models.PositiveIntegerField(null=True)
    recorded_at = models.DateTimeField()

    owners = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "hs2"], name="trade_once"),
            models.CheckConstraint(
                condition=Q(value_gbp_minor__gte=0) & Q(duty_gbp_minor__gte=0) & Q(tax_gbp_minor__gte=0),
                name="trade_not_negative",
            ),
            models.CheckConstraint(condition=Q(destination__regex=r"^[A-Z]{2}$"), name="trade_destination"),
        ]
        indexes = [
            models.Index(fields=["on"], name="trade_on"),
            models.Index(fields=["seller_id", "on"], name="trade_seller_on"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.hs2}"
