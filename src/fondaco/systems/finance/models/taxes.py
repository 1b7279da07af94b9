"""Tables of taxes collected for authorities, and of the returns that declare them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import currency_field

_OWNERS = {Kind.CUSTOMS: "authority_id", Kind.TAX: "authority_id"}


class ReturnState(models.TextChoices):
    OPEN = "open", _("Open")
    FILED = "filed", _("Filed")
    PAID = "paid", _("Paid")


RETURN_MACHINE = Machine(
    "tax return",
    ReturnState,
    {
        (ReturnState.OPEN, "file"): ReturnState.FILED,
        (ReturnState.FILED, "pay"): ReturnState.PAID,
    },
)


class TaxReturn(Owned):
    """What is declared to one authority under one scheme for one period, in one currency."""

    owners: ClassVar = _OWNERS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scheme = models.CharField(max_length=24)
    authority_id = models.UUIDField()
    currency = currency_field()
    period_start = models.DateField()
    period_end = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=ReturnState, default=ReturnState.OPEN)
    items = models.IntegerField(default=0, help_text="Frozen when filed.")
    duty_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    fees_minor = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ReturnState.values), name="tax_return_state"),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="tax_return_period"),
            models.UniqueConstraint(
                fields=["scheme", "authority_id", "currency", "period_start"], name="tax_return_once"
            ),
        ]


class TaxItem(Owned):
    """Duty, tax and fees of one settled order, owed to one authority in its currency; frozen.

    What an authority's bill asked more or less later is a row of its own, with the journal that booked it.
    """

    owners: ClassVar = {**_OWNERS, Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    journal_id = models.BigIntegerField(default=0, help_text="Of a later correction; 0: of the settlement.")
    seller_id = models.UUIDField()
    tax_return = models.ForeignKey(TaxReturn, on_delete=models.PROTECT, related_name="lines")
    authority_id = models.UUIDField()
    country = models.CharField(max_length=2)
    currency = currency_field()
    value_minor = models.BigIntegerField(help_text="Goods and carriage in the order's currency.")
    value_currency = currency_field()
    duty_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField()
    tax_point = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order_id", "journal_id"], name="tax_item_once")]
        indexes = [models.Index(fields=["tax_return", "tax_point"], name="tax_item_return")]
