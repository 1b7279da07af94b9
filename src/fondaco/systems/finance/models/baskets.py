"""The table of baskets: one payment of one buyer for the orders of several sellers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import currency_field


class Basket(Owned):
    """What the provider is asked for once; its shares are the payments of the orders, which move together.

    `amount_minor` is the exact sum of the shares. The database looks at the end of each transaction whether it
    still is, and whether all shares are in one state, at one provider, in the same try (sql_baskets.py). A seller
    sees the own share alone, the payment of the own order, and never this row.
    """

    owners: ClassVar = {Kind.BUYER: "buyer_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    idem = models.UUIDField(unique=True)
    req_hash = models.BinaryField(max_length=32)
    buyer_id = models.UUIDField()
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    orders = models.SmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0, orders__gte=2), name="basket_sum"),
        ]
        indexes = [models.Index(fields=["buyer_id", "-id"], name="basket_buyer")]
