"""Papers that were lodged beside declarations: what customs' answers name, so that each finds its declaration."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.statemachine import Machine
from fondaco.platforms.window.models.declarations import Declaration


class PaperState(models.TextChoices):
    """Where a paper stands with customs."""

    SENT = "sent", _("Sent")
    ENTERED = "entered", _("Entered by customs")
    REFUSED = "refused", _("Refused")


_S = PaperState
PAPER_MACHINE = Machine(
    "lodged paper",
    PaperState,
    {(_S.SENT, "enter"): _S.ENTERED, (_S.SENT, "refuse"): _S.REFUSED},
)


ANNOUNCEMENT_179 = "179"


class LodgedPaper(models.Model):
    """A message beside a declaration: its order, money, waybill, or one that it shares with others.

    An arrival, a departure or a list of waybills is one message about many declarations: each has a row under
    the message's `reference`, and the first of them keeps the text. Read through the declaration, as its log is.
    The payment data that customs asks for (ANNOUNCEMENT_179) have a row for each session that customs opens.
    """

    id = models.BigAutoField(primary_key=True)
    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="+")
    message = models.CharField(max_length=3, help_text="GACC's number, such as 507.")
    reference = models.CharField(max_length=60, help_text="The number that the answer names.")
    state = models.CharField(max_length=8, choices=PaperState, default=PaperState.SENT)
    sent_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, help_text="Empty: it goes again with the next run.")
    answered_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, blank=True, help_text="Customs' returnStatus.")
    reason = models.CharField(max_length=300, blank=True)
    told = models.JSONField(default=dict, help_text="Bill, vessel, voyage, moment, and how many go together.")
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PaperState.values), name="lodged_paper_state"),
            models.UniqueConstraint(
                fields=["declaration", "message"],
                condition=Q(state__in=["sent", "entered"]) & ~Q(message=ANNOUNCEMENT_179),
                name="lodged_paper_once",
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=Q(message=ANNOUNCEMENT_179), name="lodged_paper_session"
            ),
        ]
        indexes = [
            models.Index(fields=["reference", "message"], name="lodged_paper_reference"),
            models.Index(
                fields=["sent_at"], condition=Q(acknowledged_at__isnull=True), name="lodged_paper_unheard"
            ),
        ]
