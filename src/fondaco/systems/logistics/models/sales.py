"""Flash sales: many buyers, few pieces, a few minutes.

What the database holds to: one place in the queue per buyer, never more pieces per buyer and article than the
sale allows, one purchase per buyer and key; the pieces themselves are decided by `StockBalance`.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.logistics.models.stock import Store


class PurchaseState(models.TextChoices):
    """Where a purchase in a flash sale stands."""

    HELD = "held", _("Waits for payment")
    KEPT = "kept", _("Paid")
    LAPSED = "lapsed", _("Not paid in time")


_P = PurchaseState
PURCHASES = Machine(
    "flash purchase", PurchaseState, {(_P.HELD, "keep"): _P.KEPT, (_P.HELD, "lapse"): _P.LAPSED}
)


class FlashSale(Owned):
    """Articles of one store sold at a price for a time. Its terms never change once it stands."""

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    admit_per_s = models.FloatField(help_text="Buyers let in per second, in the order of their coming.")
    limit_per_buyer = models.PositiveIntegerField(help_text="Pieces of one article.")
    pay_minutes = models.PositiveIntegerField(help_text="Pieces not paid for by then go back on sale.")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="flash_sale_lasts"),
            models.CheckConstraint(
                condition=Q(admit_per_s__gt=0, limit_per_buyer__gte=1, pay_minutes__gte=1), name="flash_terms"
            ),
        ]
        indexes = [models.Index(fields=["seller", "-opens_at"], name="flash_sale_of_seller")]


class FlashOffer(Owned):
    """One article of a sale, its price, and how many pieces of it: `units` of them, or what the store has free.

    Pieces are counted in `sold` only where `units` says how many there are.
    """

    owners: ClassVar = {Kind.SELLER: "sale__seller_id"}

    id = models.BigAutoField(primary_key=True)
    sale = models.ForeignKey(FlashSale, on_delete=models.CASCADE, related_name="offers", db_index=False)
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    product_id = models.UUIDField()
    price_minor = models.BigIntegerField()
    units = models.PositiveIntegerField(null=True)
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "sku"], name="flash_offer_once"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="flash_offer_price"),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(sold__lte=F("units")), name="flash_offer_units"
            ),
        ]


class FlashQueue(Owned):
    """How many have joined a sale's queue, and when the next of them may buy: one row, apart from the terms."""

    owners: ClassVar = {Kind.SELLER: "sale__seller_id"}

    sale = models.OneToOneField(FlashSale, on_delete=models.CASCADE, primary_key=True, related_name="queue")
    joined = models.BigIntegerField(default=0)
    next_at = models.DateTimeField()


class FlashPlace(Owned):
    """One buyer's place in a sale's queue: coming again gives the same place."""

    owners: ClassVar = {Kind.SELLER: "sale__seller_id", Kind.BUYER: "buyer_id"}

    id = models.BigAutoField(primary_key=True)
    sale = models.ForeignKey(FlashSale, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_id = models.UUIDField()
    place = models.BigIntegerField()
    admitted_at = models.DateTimeField()
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sale", "buyer_id"], name="flash_place_once")]


class FlashTally(Owned):
    """How many pieces of an article one buyer holds in a sale: the limit is a CHECK of its own row."""

    owners: ClassVar = {Kind.SELLER: "sale__seller_id", Kind.BUYER: "buyer_id"}

    id = models.BigAutoField(primary_key=True)
    sale = models.ForeignKey(FlashSale, on_delete=models.CASCADE, related_name="+", db_index=False)
    buyer_id = models.UUIDField()
    sku = models.CharField(max_length=64)
    pieces = models.PositiveIntegerField()
    most = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "buyer_id", "sku"], name="flash_tally_once"),
            models.CheckConstraint(condition=Q(pieces__lte=F("most")), name="flash_limit_kept"),
        ]


class FlashPurchase(Owned):
    """One purchase: the key it was asked with, the order it became, and until when it waits for money."""

    owners: ClassVar = {Kind.SELLER: "sale__seller_id", Kind.BUYER: "buyer_id"}

    order_id = models.UUIDField(primary_key=True)
    sale = models.ForeignKey(FlashSale, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer_id = models.UUIDField()
    key = models.CharField(max_length=200)
    body_hash = models.BinaryField(max_length=32)
    pieces = models.JSONField(help_text="SKU to pieces.")
    total_minor = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=PurchaseState, default=PurchaseState.HELD)
    bought_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "buyer_id", "key"], name="flash_purchase_once"),
            models.CheckConstraint(condition=Q(state__in=PurchaseState.values), name="flash_purchase_state"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="flash_purchase_due"),
        ]
