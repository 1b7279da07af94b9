"""Organisations, people and who may act for whom; API keys and verification dossiers."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned, Role


class Organisation(models.Model):
    """A firm, a household, an authority: whoever takes part in the trade."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3, blank=True)
    identifiers = models.JSONField(
        default=dict, help_text="Typed numbers: eori, eu_vat, gb_vat, ioss, uscc ..."
    )
    address = models.JSONField(default=dict)
    is_demo = models.BooleanField(default=False, help_text="Made up for demonstration.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="organisation_kind"),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="organisation_country"),
        ]
        indexes = [models.Index(fields=["kind", "name"], name="organisation_kind_name")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractUser):
    """A person, known by an e-mail address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, default="en")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A person acting for an organisation in a role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role"),
        ]


class ApiKey(Owned):
    """A key a machine signs in with: only the SHA-256 of its secret is kept."""

    owners: ClassVar[dict[Kind, str]] = dict.fromkeys(Kind, "organisation_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    hash = models.CharField(max_length=64)
    role = models.CharField(max_length=10, choices=Role)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="api_key_hash"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="api_key_role"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_key_expiry"),
        ]
        indexes = [models.Index(fields=["organisation", "created_at"], name="api_key_organisation")]


class DossierState(models.TextChoices):
    """How far the verification of an organisation is."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    EXPIRED = "expired", _("Expired")


DOSSIER = Machine(
    "dossier",
    DossierState,
    {
        (DossierState.DRAFT, "submit"): DossierState.SUBMITTED,
        (DossierState.SUBMITTED, "withdraw"): DossierState.DRAFT,
        (DossierState.SUBMITTED, "approve"): DossierState.APPROVED,
        (DossierState.SUBMITTED, "reject"): DossierState.REJECTED,
        (DossierState.REJECTED, "reopen"): DossierState.DRAFT,
        (DossierState.APPROVED, "expire"): DossierState.EXPIRED,
    },
)

_UNDECIDED = [DossierState.DRAFT, DossierState.SUBMITTED]
_DECIDED = [DossierState.APPROVED, DossierState.REJECTED, DossierState.EXPIRED]


class VerificationDossier(Owned):
    """What an organisation shows to prove who it is; decided by somebody else than its submitter."""

    owners: ClassVar[dict[Kind, str]] = dict.fromkeys(Kind, "organisation_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=DossierState, default=DossierState.DRAFT)
    opened_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DossierState.values), name="dossier_state"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("submitted_by")),
                name="dossier_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="dossier_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_DECIDED) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="dossier_decided",
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state__in=_UNDECIDED), name="dossier_one_open"
            ),
        ]


class DossierDocument(Owned):
    """One paper of a dossier, with the SHA-256 of its bytes."""

    class Type(models.TextChoices):
        REGISTRATION = "registration", _("Company registration")
        IDENTITY = "identity", _("Identity of a representative")
        TAX = "tax", _("Tax or VAT registration")
        ADDRESS = "address", _("Proof of address")
        BANK = "bank", _("Bank account")
        OTHER = "other", _("Other")

    owners: ClassVar[dict[Kind, str]] = dict.fromkeys(Kind, "dossier__organisation_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(VerificationDossier, on_delete=models.CASCADE, related_name="documents")
    type = models.CharField(max_length=12, choices=Type)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier", "sha256"], name="dossier_document_once"),
            models.CheckConstraint(condition=Q(type__in=["registration", "identity", "tax", "address", "bank", "other"]),
                                   name="dossier_document_type"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="dossier_document_sha256"),
        ]  # fmt: skip
