"""What declarants lodge with the house as the receiving side: batches as they came, and their lists."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.platforms.window.models.declarations import Declaration


class BatchForm(models.TextChoices):
    """How a batch was written."""

    JSON = "json", _("JSON")
    GACC = "gacc", _("China customs (CEB)")
    CDS = "cds", _("UK CDS")


class IntakeBatch(Owned):
    """One message of a declarant: the bytes as they came (zlib), and the acknowledgement that was given."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField()
    form = models.CharField(max_length=8, choices=BatchForm)
    sha256 = models.CharField(max_length=64)
    lists = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField()
    repeated = models.PositiveSmallIntegerField()
    refused = models.PositiveSmallIntegerField()
    answer = models.TextField(help_text="The acknowledgement, as it was sent.")
    raw = models.BinaryField()
    actor = models.CharField(max_length=120)
    received_at = models.DateTimeField()

    owners = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller_id", "sha256"], name="intake_batch_once"),
            models.CheckConstraint(condition=Q(form__in=BatchForm.values), name="intake_batch_form"),
        ]
        indexes = [models.Index(fields=["seller_id", "-id"], name="intake_batch_seller")]


class IntakeList(models.Model):
    """Which place of which batch a declaration came in, and the digest of what it said."""

    declaration = models.OneToOneField(
        Declaration, on_delete=models.PROTECT, primary_key=True, related_name="intake"
    )
    batch = models.ForeignKey(IntakeBatch, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)


class TradeDocument(Owned):
    """An order, payment or waybill that came as a message of its own, kept until the list that names it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField(help_text="Who sent it.")
    kind = models.CharField(max_length=8)
    number = models.CharField(max_length=60, help_text="The order's number.")
    fields = models.JSONField()
    lines = models.JSONField(default=list)
    received_at = models.DateTimeField()

    owners = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller_id", "kind", "number"], name="trade_document_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["order", "payment", "waybill"]), name="trade_document_kind"
            ),
        ]
