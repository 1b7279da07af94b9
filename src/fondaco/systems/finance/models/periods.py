"""Tables that keep the books in order over time: periods, balance snapshots, the nightly checks."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.systems.finance.models.ledger import Account


class PeriodState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


PERIOD_MACHINE = Machine(
    "period",
    PeriodState,
    {(PeriodState.OPEN, "close"): PeriodState.CLOSED, (PeriodState.CLOSED, "reopen"): PeriodState.OPEN},
)


class _Days(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class Period(models.Model):
    """A span of effective days. Nothing is posted into a closed one (a trigger on the journal sees to it).

    `digest` is the SHA-256 of the trial balance at its closing; a reopening needs another person than the
    one who closed it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first_on = models.DateField()
    last_on = models.DateField()
    state = models.CharField(max_length=6, choices=PeriodState, default=PeriodState.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True)
    reopened_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="period_days"),
            models.CheckConstraint(condition=Q(state__in=PeriodState.values), name="period_state"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False) & ~Q(closed_by=""),
                name="period_closed_by_whom",
            ),
            ExclusionConstraint(
                name="period_no_overlap",
                expressions=[
                    (
                        _Days("first_on", "last_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]


class LedgerMark(models.Model):
    """Where the numbering of journals stood while the transactions below `xid` were the open ones.

    Once all of those have ended, no journal up to `journal_id` can appear any more: balances may be
    summed up to there and kept.
    """

    id = models.BigAutoField(primary_key=True)
    journal_id = models.BigIntegerField()
    xid = models.BigIntegerField()
    taken_at = models.DateTimeField()


class BalanceSnapshot(models.Model):
    """The sum of an open account's entries in journals up to `journal_id`: its balance is this and the tail."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.PROTECT, related_name="snapshot"
    )
    journal_id = models.BigIntegerField()
    balance = models.BigIntegerField()
    entries = models.BigIntegerField()
    taken_at = models.DateTimeField()


class LedgerCheck(models.Model):
    """One run of the verification of the books, and what it found."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    journals = models.BigIntegerField()
    findings = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="ledger_check_at")]
