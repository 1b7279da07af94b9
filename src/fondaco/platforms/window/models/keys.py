"""The register of declarants' keys: which certificate signs for whom, before which authority, from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


class KeyState(models.TextChoices):
    ENTERED = "entered", _("Waits for approval")
    APPROVED = "approved", _("In force")
    REFUSED = "refused", _("Refused")
    REVOKED = "revoked", _("Revoked")


KEY_MACHINE = Machine(
    "declarant key",
    KeyState,
    {
        (KeyState.ENTERED, "approve"): KeyState.APPROVED,
        (KeyState.ENTERED, "refuse"): KeyState.REFUSED,
        (KeyState.APPROVED, "revoke"): KeyState.REVOKED,
    },
)


class DeclarantKey(Owned):
    """A certificate as its declarant entered it; one person enters, another of the authority decides.

    A certificate is public, so that anybody may enter anybody's: it signs for one declarant alone, the one for
    whom an authority approved it.
    """

    owners: ClassVar = {Kind.SELLER: "declarant_id", Kind.CUSTOMS: "authority_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    declarant_id = models.UUIDField()
    authority_id = models.UUIDField()
    name = models.CharField(max_length=80, help_text="What the declarant calls it.")
    algorithm = models.CharField(max_length=20, help_text="Such as RSA 2048.")
    subject = models.CharField(max_length=400)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the certificate (DER), hexadecimal.")
    certificate = models.TextField(help_text="PEM.")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(help_text="The first moment at which it no longer signs.")
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.ENTERED)
    entered_by = models.CharField(max_length=120)
    entered_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=120, blank=True)
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was refused or revoked.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="declarant_key_state"),
            models.CheckConstraint(condition=~Q(decided_by=F("entered_by")), name="declarant_key_four_eyes"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="declarant_key_span"),
            models.CheckConstraint(
                condition=Q(fingerprint__regex=r"^[0-9a-f]{64}$"), name="declarant_key_fingerprint"
            ),
            models.UniqueConstraint(
                fields=["fingerprint", "declarant_id"],
                condition=Q(state__in=["entered", "approved"]),
                name="declarant_key_once",
            ),
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(state="approved"), name="declarant_key_one_owner"
            ),
        ]
        indexes = [
            models.Index(fields=["declarant_id", "-entered_at"], name="declarant_key_of"),
            models.Index(fields=["authority_id", "state"], name="declarant_key_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.fingerprint[:16]}"
