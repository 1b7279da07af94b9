"""Tables of what an authority asks: releases of tariffs, their lines and measures, dated regimes,
and the landed cost that was worked out for an order.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned

_BAR = models.Value("|")


class TextHash(models.Func):
    """A 64-bit hash of a text, the same in every session."""

    function = "hashtextextended"
    template = "%(function)s(%(expressions)s, 0)"
    output_field = models.BigIntegerField()


class TariffRelease(models.Model):
    """One file of an authority, as it was read: everything taken from it points here."""

    jurisdiction = models.CharField(max_length=8, help_text="uk, eu, us, hs (the world's nomenclature).")
    dataset = models.CharField(max_length=24, help_text="mfn, s301, s232, flags, nomenclature, compact ...")
    label = models.CharField(max_length=120)
    source = models.CharField(max_length=300)
    licence = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateField()
    rows = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0, help_text="Duty texts that the grammar does not read.")
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "dataset", "sha256"], name="release_once"),
        ]

    def __str__(self) -> str:
        return self.label


class TariffLine(models.Model):
    """A code of a nomenclature with its text; digits only, 2 to 10 of them."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(TariffRelease, on_delete=models.CASCADE, related_name="lines")
    jurisdiction = models.CharField(max_length=8)
    code = models.CharField(max_length=10)
    description = models.TextField()
    units = models.JSONField(default=list)
    flags = models.JSONField(default=list, help_text="Remedy and partner-agency flags.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "code"], name="tariff_line_once"),
            models.CheckConstraint(condition=models.Q(code__regex=r"^\d{2,10}$"), name="tariff_line_digits"),
        ]
        indexes = [
            models.Index(
                fields=["jurisdiction", "code"],
                opclasses=["varchar_ops", "varchar_pattern_ops"],
                name="tariff_line_prefix",
            )
        ]


class MeasureKind(models.TextChoices):
    """What a measure does."""

    MFN = "mfn", _("Third-country duty")
    PREFERENCE = "preference", _("Preference, against proof of origin")
    ADDITIONAL = "additional", _("Additional duty on listed goods")
    COUNTRY = "country", _("Additional duty on a country's goods")
    MANUAL = "manual", _("Needs a person")
    REMEDY = "remedy", _("Anti-dumping or countervailing duty")
    AGENCY = "agency", _("Another agency asks for papers")
    CLAIMED = "claimed", _("Lower duty that must be claimed: suspension or authorised use")
    QUOTA = "quota", _("Duty within a tariff quota")


class Measure(models.Model):
    """A dated duty on a code (or on every code below it) for an origin; '' is every origin."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(TariffRelease, on_delete=models.CASCADE, related_name="measures")
    jurisdiction = models.CharField(max_length=8)
    code = models.CharField(max_length=10, blank=True, help_text="Empty: every code.")
    kind = models.CharField(max_length=12, choices=MeasureKind)
    origin = models.CharField(max_length=2, blank=True)
    reference = models.CharField(
        max_length=200,
        blank=True,
        help_text="The provision, such as 9903.88.15; of a preference its origins.",
    )
    expression = models.TextField()
    source = models.CharField(max_length=300)
    validity = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=MeasureKind.values), name="measure_kind"),
            # One hashed key: five text columns in the index make loading a tariff six times slower.
            ExclusionConstraint(
                name="measure_no_overlap",
                expressions=[
                    (
                        TextHash(
                            Concat(
                                "jurisdiction", _BAR, "kind", _BAR, "code", _BAR, "origin", _BAR, "reference"
                            )
                        ),
                        RangeOperators.EQUAL,
                    ),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["jurisdiction", "code"], name="measure_code")]


class CodeExpiry(models.Model):
    """A code that has ended: since when, and what came in its place, where that is known."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(TariffRelease, on_delete=models.SET_NULL, related_name="expiries", null=True)
    jurisdiction = models.CharField(max_length=8, help_text="hs: for every tariff on the Harmonized System.")
    code = models.CharField(max_length=10)
    expired_on = models.DateField(help_text="The first day on which it is no longer a code.")
    successors = models.JSONField(default=list)
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code", "expired_on"], name="code_expiry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.code}"


class Regime(models.Model):
    """What a destination asks of goods from abroad between two dates; `body` holds the rules."""

    id = models.BigAutoField(primary_key=True)
    destination = models.CharField(max_length=2)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    rule_id = models.CharField(max_length=40)
    validity = DateRangeField()
    body = models.JSONField()
    source = models.TextField()
    confidence = models.CharField(max_length=1)
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(destination__regex=r"^[A-Z]{2}$"), name="regime_destination"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__in=["A", "B", "C"]), name="regime_confidence"
            ),
            ExclusionConstraint(
                name="regime_no_overlap",
                expressions=[
                    ("destination", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class LandedStatus(models.TextChoices):
    """Whether every part of a landed cost could be worked out."""

    PRICED = "priced", _("Priced")
    NEEDS_MANUAL = "needs_manual", _("Needs a person")


class LandedCost(Owned):
    """The landed cost of an order, frozen as it was worked out.

    Amounts are minor units of `currency`, null where the quote needs a person. A later answer adds a
    revision; only one revision is current, and a priced one is never replaced.
    """

    owners = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    seller_id = models.UUIDField()
    buyer_id = models.UUIDField()
    revision = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=LandedStatus)
    destination = models.CharField(max_length=2)
    priced_on = models.DateField()
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField()
    insurance_minor = models.BigIntegerField()
    duty_minor = models.BigIntegerField(null=True)
    tax_minor = models.BigIntegerField(null=True)
    fees_minor = models.BigIntegerField(null=True)
    total_minor = models.BigIntegerField(null=True)
    collected = models.CharField(max_length=8)
    scheme = models.CharField(max_length=24, blank=True)
    digest = models.CharField(max_length=64)
    body = models.JSONField(help_text="Lines, what is missing, the trace and the versions, compact.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "revision"], name="landed_cost_revision"),
            models.UniqueConstraint(
                fields=["order_id"], condition=models.Q(is_current=True), name="landed_cost_current"
            ),
            models.CheckConstraint(
                condition=models.Q(status="needs_manual", total_minor__isnull=True)
                | models.Q(
                    status="priced",
                    total_minor=models.F("goods_minor")
                    + models.F("freight_minor")
                    + models.F("insurance_minor")
                    + models.F("duty_minor")
                    + models.F("tax_minor")
                    + models.F("fees_minor"),
                ),
                name="landed_cost_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["seller_id", "-created_at"], name="landed_cost_seller")]
