"""What was filed under a scheme at sale, as it was filed; and the tariff quotas that an authority keeps.

A filing is never changed: what was wrong in it stands as a correction in a later one (Directive 2006/112/EC
art. 369t). A quota's balance is the authority's word of a day, told anew with each file.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned


class IossFiling(Owned):
    """One month's IOSS return of one seller, with the document that was filed."""

    owners = {Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField()
    number = models.CharField(max_length=12, help_text="IM and ten digits.")
    period = models.CharField(max_length=7, help_text="The month, such as 2026-11.")
    document = models.TextField(help_text="The return in XML.")
    sha256 = models.CharField(max_length=64)
    payable_minor = models.BigIntegerField(help_text="Cents of euro.")
    reference = models.CharField(max_length=60, blank=True, help_text="Given by the state of identification.")
    filed_by = models.CharField(max_length=120)
    filed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller_id", "number", "period"], name="ioss_filing_once"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^IM\d{10}$", period__regex=r"^\d{4}-(0[1-9]|1[0-2])$"),
                name="ioss_filing_names",
            ),
            models.CheckConstraint(condition=Q(payable_minor__gte=0), name="ioss_filing_payable"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.period}"


class TariffQuota(models.Model):
    """A tariff quota: a lower duty for so much of some goods, in the order in which they are declared.

    `balance` is what is left in `unit` on `told_on`; nothing of it is ours to reserve (Reg. (EU) 2015/2447
    art. 50: allocated by the date on which declarations are accepted).
    """

    id = models.BigAutoField(primary_key=True)
    jurisdiction = models.CharField(max_length=8)
    order_number = models.CharField(max_length=6)
    codes = models.JSONField(default=list, help_text="Beginnings of commodity codes.")
    origins = models.JSONField(default=list, help_text="Countries; empty: every one.")
    expression = models.CharField(max_length=200, help_text="The duty inside the quota.")
    unit = models.CharField(max_length=16, help_text="kg, item, l ... or a currency.")
    volume = models.DecimalField(max_digits=18, decimal_places=3)
    balance = models.DecimalField(max_digits=18, decimal_places=3)
    critical = models.BooleanField(default=False, help_text="Nine tenths are used: security is asked.")
    told_on = models.DateField()
    validity = DateRangeField()
    source = models.CharField(max_length=300)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(order_number__regex=r"^\d{6}$"), name="tariff_quota_order_number"
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0, volume__gt=0, balance__lte=models.F("volume")),
                name="tariff_quota_balance",
            ),
            ExclusionConstraint(
                name="tariff_quota_no_overlap",
                expressions=[
                    ("jurisdiction", RangeOperators.EQUAL),
                    ("order_number", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.order_number}"
