"""Tables of reconciliation: files of others, their lines, what was matched with what, and the breaks.

Reconciliation is the platform's own work on its own clearing and bank accounts: no tenant reads these rows.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.systems.finance.models.ledger import Journal, currency_field


class FileKind(models.TextChoices):
    PROVIDER = "provider", _("Provider's settlement file")
    BANK = "bank", _("Bank statement")


class ReconFile(models.Model):
    """A settlement file or a bank statement as taken in, once; a file that does not add up is not taken in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=FileKind)
    source = models.CharField(max_length=80, help_text="The provider's id, or the account at the bank.")
    reference = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    lines = models.IntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="recon_file_kind"),
            models.UniqueConstraint(fields=["kind", "source", "reference"], name="recon_file_once"),
        ]


class ReconGroup(models.Model):
    """Lines of two sides that are the same money. `residual_minor` is what they differ by, within tolerance."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    leg = models.CharField(max_length=8)
    rule = models.CharField(max_length=16)
    currency = currency_field()
    residual_minor = models.BigIntegerField(default=0)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()


class ReconLine(models.Model):
    """One line of a file, or one entry of the ledger's clearing or bank account, to be matched in its leg.

    `leg` "clearing": ledger <-> provider; "bank": ledger <-> bank statement. Amounts are signed as the
    house sees them: positive is money to us. A ledger line names its journal.
    """

    class Side(models.TextChoices):
        LEDGER = "ledger", _("Ledger")
        OTHER = "other", _("Provider or bank")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    leg = models.CharField(max_length=8)
    side = models.CharField(max_length=6, choices=Side)
    source = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=400, blank=True)
    batch = models.CharField(max_length=80, blank=True)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    on = models.DateField()
    file = models.ForeignKey(ReconFile, null=True, on_delete=models.PROTECT, related_name="items")
    number = models.IntegerField(default=0)
    journal = models.ForeignKey(Journal, null=True, on_delete=models.PROTECT, related_name="+")
    line = models.SmallIntegerField(default=0)
    group = models.ForeignKey(ReconGroup, null=True, on_delete=models.PROTECT, related_name="members")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(side__in=["ledger", "other"]), name="recon_line_side"),
            models.UniqueConstraint(
                fields=["journal", "line"], condition=Q(journal__isnull=False), name="recon_entry_once"
            ),
            models.UniqueConstraint(
                fields=["file", "leg", "number"], condition=Q(file__isnull=False), name="recon_file_line_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["leg", "source", "currency"], condition=Q(group__isnull=True), name="recon_unmatched"
            ),
            models.Index(fields=["group"], name="recon_line_group"),
        ]


class BreakState(models.TextChoices):
    OPEN = "open", _("Open")
    ASSIGNED = "assigned", _("Assigned")
    PROPOSED = "proposed", _("Write-off proposed")
    RESOLVED = "resolved", _("Resolved")


BREAK_MACHINE = Machine(
    "break",
    BreakState,
    {
        (BreakState.OPEN, "assign"): BreakState.ASSIGNED,
        (BreakState.ASSIGNED, "assign"): BreakState.ASSIGNED,
        (BreakState.OPEN, "propose"): BreakState.PROPOSED,
        (BreakState.ASSIGNED, "propose"): BreakState.PROPOSED,
        (BreakState.PROPOSED, "reject"): BreakState.ASSIGNED,
        (BreakState.PROPOSED, "resolve"): BreakState.RESOLVED,
        (BreakState.OPEN, "resolve"): BreakState.RESOLVED,
        (BreakState.ASSIGNED, "resolve"): BreakState.RESOLVED,
    },
)


class ReconBreak(models.Model):
    """A line that nothing on the other side explains, until somebody does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.OneToOneField(ReconLine, on_delete=models.PROTECT, related_name="break_of")
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=BreakState, default=BreakState.OPEN)
    opened_on = models.DateField()
    owner = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    theirs_minor = models.BigIntegerField(
        null=True, help_text="The other side's amount where only it differs."
    )
    proposed_by = models.CharField(max_length=120, blank=True)
    resolved_by = models.CharField(max_length=120, blank=True)
    resolution = models.CharField(max_length=12, blank=True)
    resolved_at = models.DateTimeField(null=True)
    journal = models.ForeignKey(Journal, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BreakState.values), name="break_state"),
            models.CheckConstraint(
                condition=~Q(resolution="write_off") | ~Q(proposed_by=models.F("resolved_by")),
                name="break_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["state", "opened_on"], name="break_state_age")]
