"""What an officer found when goods or papers were looked at: the record, its photographs, the samples taken."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.platforms.window.models.declarations import Declaration


class InspectionResult(models.TextChoices):
    OPEN = "open", _("Under way")
    AS_DECLARED = "as_declared", _("Found as declared")
    QUANTITY = "quantity", _("Quantity or weight differs")
    DESCRIPTION = "description", _("Other goods or another code")
    VALUE = "value", _("Value in doubt")
    PROHIBITED = "prohibited", _("Prohibited or restricted goods")


class Inspection(Owned):
    """One look at the goods of a declaration; `samples` are {number, item, quantity, seal, purpose, result}."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="inspections")
    authority_id = models.UUIDField()
    seller_id = models.UUIDField()
    result = models.CharField(max_length=12, choices=InspectionResult, default=InspectionResult.OPEN)
    findings = models.CharField(max_length=2000, blank=True)
    samples = models.JSONField(default=list)
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    closed_by = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    owners = {Kind.CUSTOMS: "authority_id", Kind.SELLER: "seller_id", Kind.PARK: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(closed_at__isnull=True), name="inspection_one_open"
            ),
            models.CheckConstraint(condition=Q(result__in=InspectionResult.values), name="inspection_result"),
            models.CheckConstraint(
                condition=(Q(result="open") & Q(closed_at__isnull=True))
                | (~Q(result="open") & Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="inspection_closed_with_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.opened_at:%Y-%m-%d}"


class InspectionPhoto(Owned):
    """A photograph of an inspection, with the SHA-256 of its bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=200)
    caption = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    owners = {Kind.CUSTOMS: "inspection__authority_id", Kind.SELLER: "inspection__seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspection", "sha256"], name="inspection_photo_once"),
        ]
