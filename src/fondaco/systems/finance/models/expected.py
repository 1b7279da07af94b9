"""Table of payments that others have promised to make to the house's bank account."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import Journal, currency_field
from fondaco.systems.finance.models.reconciliation import ReconLine


class ExpectedState(models.TextChoices):
    EXPECTED = "expected", _("Expected")
    RECEIVED = "received", _("Received")
    WITHDRAWN = "withdrawn", _("Withdrawn")


EXPECTED_MACHINE = Machine(
    "expected payment",
    ExpectedState,
    {
        (ExpectedState.EXPECTED, "receive"): ExpectedState.RECEIVED,
        (ExpectedState.EXPECTED, "withdraw"): ExpectedState.WITHDRAWN,
    },
)


class ExpectedPayment(Owned):
    """A sum that a party (an authority) owes the house and will transfer under `reference`; once per `source`.

    `account_*` is the receivable that the money settles. Received means: a line of a bank statement says so.
    """

    owners: ClassVar = {
        Kind.SELLER: "beneficiary_id",
        Kind.CUSTOMS: "payer_id",
        Kind.TAX: "payer_id",
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.CharField(max_length=80, unique=True, help_text="What it is about: claim:<id>.")
    reference = models.CharField(max_length=35, unique=True)
    payer_id = models.UUIDField()
    beneficiary_id = models.UUIDField(null=True)
    account_owner_id = models.UUIDField()
    account_code = models.CharField(max_length=60)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=ExpectedState, default=ExpectedState.EXPECTED)
    received_on = models.DateField(null=True)
    line = models.OneToOneField(ReconLine, null=True, on_delete=models.PROTECT, related_name="expected")
    journal = models.OneToOneField(Journal, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ExpectedState.values), name="expected_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="expected_amount"),
            models.CheckConstraint(
                condition=~Q(state="received")
                | Q(received_on__isnull=False, line__isnull=False, journal__isnull=False),
                name="expected_received_by_line",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="expected_state_age")]
