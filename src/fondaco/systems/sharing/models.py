"""Documents, the frozen content they are made from, who was let in, and who looked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned


class DocumentKind(models.TextChoices):
    """What a document is."""

    COMMERCIAL_INVOICE = "commercial_invoice", _("Commercial invoice")
    PACKING_LIST = "packing_list", _("Packing list")
    CN23 = "cn23", _("Customs declaration CN 23")
    LABEL = "label", _("Shipping label")


class Snapshot(models.Model):
    """The frozen content of an order's documents, named by its hash."""

    hash = models.CharField(max_length=64, primary_key=True)
    data = models.JSONField()


class Document(Owned):
    """A document of an order in its languages. The file is made when it is first asked for, or before."""

    owners = {
        Kind.SELLER: "seller_id",
        Kind.BUYER: "buyer_id",
        Kind.CARRIER: "carrier_id",
        Kind.CUSTOMS: "authority_id",
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=DocumentKind)
    languages = models.CharField(max_length=20, help_text="Language codes separated by commas.")
    number = models.CharField(max_length=60)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="documents")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    seller_id = models.UUIDField()
    buyer_id = models.UUIDField(null=True)
    carrier_id = models.UUIDField(null=True)
    authority_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    rendered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "kind", "languages", "snapshot"], name="sharing_document_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="sharing_document_kind"),
            models.CheckConstraint(
                condition=Q(sha256="", size=0, rendered_at__isnull=True)
                | Q(sha256__regex=r"^[0-9a-f]{64}$", size__gt=0, rendered_at__isnull=False),
                name="sharing_document_file",
            ),
        ]
        indexes = [
            models.Index(fields=[column, "-created_at"], name=f"sharing_document_{column.split('_')[0]}")
            for column in ("seller_id", "buyer_id", "carrier_id", "authority_id")
        ]


class Grant(Owned):
    """One organisation lets another see a document, for a purpose and a time; it can be taken back."""

    owners = dict.fromkeys(Kind, "granted_by_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="grants")
    granted_by_id = models.UUIDField()
    grantee_id = models.UUIDField()
    purpose = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("granted_at")), name="sharing_grant_expires_later"
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="sharing_grant_purpose"),
            models.CheckConstraint(
                condition=~Q(grantee_id=F("granted_by_id")), name="sharing_grant_to_another"
            ),
            models.UniqueConstraint(
                fields=["document", "grantee_id"],
                condition=Q(revoked_at__isnull=True),
                name="sharing_grant_once",
            ),
        ]
        indexes = [models.Index(fields=["grantee_id", "expires_at"], name="sharing_grant_grantee")]


class SharingReceipt(models.Model):
    """Someone opened a document: who, for whom, when, why. Never changed."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="receipts")
    organisation_id = models.UUIDField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=200)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="receipts")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["document", "-at"], name="sharing_receipt_document")]


class RecordLevel(models.TextChoices):
    """How much of a record a permission opens."""

    FACTS = "facts", _("Facts without names")
    CONTACT = "contact", _("Contact")


class RecordGrant(Owned):
    """A permission to see a record of another room: for one organisation or for a kind, a purpose and a time."""

    owners = dict.fromkeys(Kind, "granted_by_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    level = models.CharField(max_length=10, choices=RecordLevel)
    granted_by_id = models.UUIDField()
    grantee_id = models.UUIDField(null=True)
    grantee_kind = models.CharField(max_length=10, blank=True)
    purpose = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("granted_at")), name="record_grant_expires"),
            models.CheckConstraint(condition=~Q(purpose=""), name="record_grant_purpose"),
            models.CheckConstraint(
                condition=Q(grantee_id__isnull=True) | ~Q(grantee_id=F("granted_by_id")),
                name="record_grant_to_another",
            ),
            models.CheckConstraint(
                condition=Q(grantee_id__isnull=True, grantee_kind__gt="")
                | Q(grantee_id__isnull=False, grantee_kind=""),
                name="record_grant_to_one",
            ),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "level", "grantee_id", "grantee_kind"],
                condition=Q(revoked_at__isnull=True),
                name="record_grant_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["subject_id", "level"], name="record_grant_subject")]


class RecordReceipt(models.Model):
    """Someone saw a record of another room by a permission: who, for whom, when, why. Never changed."""

    id = models.BigAutoField(primary_key=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    level = models.CharField(max_length=10)
    organisation_id = models.UUIDField()
    organisation_kind = models.CharField(max_length=10)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=200)
    grant = models.ForeignKey(RecordGrant, on_delete=models.PROTECT, related_name="receipts")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_id", "-at"], name="record_receipt_subject")]
