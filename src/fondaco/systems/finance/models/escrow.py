"""Tables of what keeps money back: the days after a delivery, and proposals to change a payout policy."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.invoices import Every
from fondaco.systems.finance.models.ledger import currency_field


class EscrowClock(Owned):
    """Until when a delivered order's money is kept, frozen with the rule that said so.

    `stuck_by` is the code of what stopped its sharing out when that was tried last, empty where nothing did.
    """

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id"}

    order_id = models.UUIDField(primary_key=True, editable=False)
    seller_id = models.UUIDField()
    buyer_id = models.UUIDField()
    method = models.CharField(max_length=30)
    risk = models.CharField(max_length=10)
    delivered_at = models.DateTimeField()
    free_at = models.DateTimeField()
    days = models.SmallIntegerField()
    rule = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    stuck_by = models.CharField(max_length=40, blank=True, default="")
    stuck_detail = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=0, free_at__gte=F("delivered_at")), name="escrow_clock_days"
            )
        ]
        indexes = [models.Index(fields=["order_id"], condition=~Q(stuck_by=""), name="escrow_clock_stuck")]


class PolicyState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


POLICY_MACHINE = Machine(
    "payout policy change",
    PolicyState,
    {
        (PolicyState.PROPOSED, "approve"): PolicyState.APPROVED,
        (PolicyState.PROPOSED, "reject"): PolicyState.REJECTED,
    },
)


class PolicyChange(Owned):
    """A payout policy as one person proposes it; another decides, and only then it is in force."""

    owners: ClassVar = dict.fromkeys(Kind, "owner_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    currency = currency_field()
    state = models.CharField(max_length=8, choices=PolicyState, default=PolicyState.PROPOSED)
    every = models.CharField(max_length=8, choices=Every, default=Every.DAY)
    minimum_minor = models.BigIntegerField(default=1)
    reserve_share = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    reserve_days = models.SmallIntegerField(default=0)
    is_held = models.BooleanField(default=False)
    hold_days = models.SmallIntegerField(null=True)
    reason = models.CharField(max_length=200)
    proposed_by = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PolicyState.values), name="policy_change_state"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="policy_change_four_eyes"),
            models.UniqueConstraint(
                fields=["owner_id", "currency"], condition=Q(state="proposed"), name="policy_change_one_open"
            ),
        ]
