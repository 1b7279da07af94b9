"""Table of what others earn by an order beside its carrier: the shares of warehouses and services."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import currency_field
from fondaco.systems.finance.models.trade import Settlement


class Service(models.TextChoices):
    """What was done for an order by somebody who is neither its seller nor its carrier."""

    PICK = "pick", _("Picking")
    STORAGE = "storage", _("Storage")


class ServiceFee(Owned):
    """A share of a settled order for who did a service for it; frozen, with the rate that made it."""

    owners: ClassVar = {**dict.fromkeys(Kind, "payee_id"), Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="services")
    order_id = models.UUIDField()
    seller_id = models.UUIDField()
    payee_id = models.UUIDField()
    service = models.CharField(max_length=10, choices=Service)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    quantity = models.IntegerField(help_text="Pieces picked, or piece-days stored.")
    rate = models.CharField(max_length=40, help_text="The line of the rate list.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, quantity__gt=0), name="service_fee_positive"
            ),
            models.CheckConstraint(condition=Q(service__in=Service.values), name="service_fee_kind"),
            models.UniqueConstraint(fields=["settlement", "payee_id", "service"], name="service_fee_once"),
        ]
        indexes = [models.Index(fields=["order_id"], name="service_fee_order")]
