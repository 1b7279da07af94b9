"""Tables of what moves money: commission rules, payments, settlements, refunds, payouts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.baskets import Basket
from fondaco.systems.finance.models.ledger import Journal, currency_field


class CommissionRule(models.Model):
    """What the platform charges a seller; of the rules in force the first that matches decides.

    Blank columns match everything. The fee is rate * (goods + carriage), at least `min_minor`, plus
    `fixed_minor` (both in `currency`); VAT is charged on it at `vat_rate`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    priority = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="Last day in force.")
    seller_id = models.UUIDField(null=True)
    seller_country = models.CharField(max_length=2, blank=True)
    destination = models.CharField(max_length=2, blank=True)
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    fixed_minor = models.BigIntegerField(default=0)
    min_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    vat_rate = models.DecimalField(max_digits=7, decimal_places=6)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="commission_rate_range"),
            models.CheckConstraint(
                condition=Q(vat_rate__gte=0, vat_rate__lte=1), name="commission_vat_range"
            ),
            models.CheckConstraint(
                condition=Q(fixed_minor=0, min_minor=0) | ~Q(currency=""), name="commission_fee_currency"
            ),
        ]
        indexes = [models.Index(fields=["priority", "valid_from"], name="commission_order")]


class PaymentState(models.TextChoices):
    REQUIRES_METHOD = "requires_method", _("Needs a method")
    PROCESSING = "processing", _("Processing")
    AUTHORISED = "authorised", _("Authorised")
    CAPTURED = "captured", _("Captured")
    SETTLED = "settled", _("Settled by the provider")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNKNOWN = "unknown", _("Awaiting the provider")


PAYMENT_MACHINE = Machine(
    "payment",
    PaymentState,
    {
        (PaymentState.REQUIRES_METHOD, "start"): PaymentState.PROCESSING,
        (PaymentState.REQUIRES_METHOD, "cancel"): PaymentState.CANCELLED,
        (PaymentState.PROCESSING, "authorise"): PaymentState.AUTHORISED,
        (PaymentState.PROCESSING, "capture"): PaymentState.CAPTURED,
        (PaymentState.PROCESSING, "fail"): PaymentState.FAILED,
        (PaymentState.PROCESSING, "lose"): PaymentState.UNKNOWN,
        (PaymentState.PROCESSING, "cancel"): PaymentState.CANCELLED,
        (PaymentState.UNKNOWN, "start"): PaymentState.PROCESSING,
        (PaymentState.UNKNOWN, "authorise"): PaymentState.AUTHORISED,
        (PaymentState.UNKNOWN, "capture"): PaymentState.CAPTURED,
        (PaymentState.UNKNOWN, "fail"): PaymentState.FAILED,
        (PaymentState.UNKNOWN, "cancel"): PaymentState.CANCELLED,
        (PaymentState.AUTHORISED, "capture"): PaymentState.CAPTURED,
        (PaymentState.AUTHORISED, "cancel"): PaymentState.CANCELLED,
        (PaymentState.AUTHORISED, "fail"): PaymentState.FAILED,
        (PaymentState.CAPTURED, "settle"): PaymentState.SETTLED,
        (PaymentState.FAILED, "start"): PaymentState.PROCESSING,
    },
)


class PaymentIntent(Owned):
    """What a buyer is to pay for an order, what the provider said, and what goes into escrow.

    `amount_minor` is in `currency` (what the buyer sees), `escrow_minor` in `escrow_currency` (what the
    order is kept in); `rate` is escrow units per presentment unit, frozen when the intent was made.
    """

    owners: ClassVar = {
        Kind.SELLER: "seller_id",
        Kind.BUYER: "buyer_id",
        Kind.PSP: "provider_id",
        Kind.CARRIER: "provider_id",
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    idem = models.UUIDField(unique=True)
    req_hash = models.BinaryField(max_length=32)
    order_id = models.UUIDField()
    basket = models.ForeignKey(
        Basket, null=True, on_delete=models.PROTECT, related_name="shares", help_text="Paid with others."
    )
    buyer_id = models.UUIDField()
    seller_id = models.UUIDField()
    provider_id = models.UUIDField()
    method = models.CharField(max_length=30)
    country = models.CharField(max_length=2, blank=True, help_text="Where the buyer pays.")
    state = models.CharField(max_length=16, choices=PaymentState, default=PaymentState.REQUIRES_METHOD)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    escrow_currency = currency_field()
    escrow_minor = models.BigIntegerField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    rate_provider = models.CharField(max_length=20)
    rate_on = models.DateField()
    authorised_minor = models.BigIntegerField(
        default=0, help_text="Of a payment captured later: what was authorised; the capture may take less."
    )
    asked_minor = models.BigIntegerField(
        null=True,
        help_text="Of what is authorised, what the provider was asked to take (0: to release it) and has not answered yet.",
    )
    refunded_minor = models.BigIntegerField(
        default=0, help_text="Of amount_minor, promised back or given back."
    )
    fee_minor = models.BigIntegerField(
        default=0,
        help_text="What the provider kept for it, by its settlement file; of a basket the share of it.",
    )
    attempt = models.SmallIntegerField(
        default=1, help_text="Part of the provider's key: a new try is a new key."
    )
    provider_reference = models.CharField(max_length=80, blank=True)
    failure = models.CharField(max_length=80, blank=True)
    effective_on = models.DateField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PaymentState.values), name="payment_state"),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=~Q(state__in=["failed", "cancelled"]),
                name="payment_one_live_per_order",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, escrow_minor__gt=0), name="payment_amounts"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("amount_minor")),
                name="payment_refund_within_capture",
            ),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="payment_order"),
            models.Index(fields=["seller_id", "created_at"], name="payment_seller"),
            models.Index(fields=["buyer_id", "created_at"], name="payment_buyer"),
            models.Index(
                fields=["changed_at"],
                condition=Q(state__in=["processing", "unknown"]),
                name="payment_undecided",
            ),
        ]


class Settlement(Owned):
    """How the escrow of one delivered order was shared out; frozen, with the rule that set the fee."""

    owners: ClassVar = {
        Kind.SELLER: "seller_id",
        Kind.CARRIER: "carrier_id",
        Kind.CUSTOMS: "authority_id",
        Kind.TAX: "authority_id",
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField(unique=True)
    seller_id = models.UUIDField()
    carrier_id = models.UUIDField(null=True)
    authority_id = models.UUIDField(null=True)
    currency = currency_field()
    goods_minor = models.BigIntegerField()
    carriage_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField()
    duty_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField()
    commission_rule = models.CharField(max_length=40)
    commission_rate = models.DecimalField(max_digits=7, decimal_places=6)
    commission_minor = models.BigIntegerField()
    commission_vat_rate = models.DecimalField(max_digits=7, decimal_places=6)
    commission_vat_minor = models.BigIntegerField()
    seller_minor = models.BigIntegerField(
        help_text="What the seller is left with; negative: what the seller owes."
    )
    authority_currency = models.CharField(max_length=3, blank=True)
    authority_minor = models.BigIntegerField(default=0)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seller_id", "created_at"], name="settlement_seller")]


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    DONE = "done", _("Paid back")
    FAILED = "failed", _("Refused by the provider")


REFUND_MACHINE = Machine(
    "refund",
    RefundState,
    {
        (RefundState.REQUESTED, "finish"): RefundState.DONE,
        (RefundState.REQUESTED, "fail"): RefundState.FAILED,
    },
)


class Refund(Owned):
    """Money going back to the buyer for a return: booked first, then paid by the provider."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id", Kind.PSP: "provider_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    return_id = models.UUIDField(unique=True)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="refunds")
    order_id = models.UUIDField()
    buyer_id = models.UUIDField()
    seller_id = models.UUIDField()
    provider_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    order_currency = currency_field()
    goods_minor = models.BigIntegerField()
    duty_tax_minor = models.BigIntegerField(default=0)
    advanced_minor = models.BigIntegerField(default=0, help_text="Lent to the seller, who had too little.")
    from_escrow = models.BooleanField()
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    provider_reference = models.CharField(max_length=80, blank=True)
    failure = models.CharField(max_length=80, blank=True)
    effective_on = models.DateField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="refund_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount"),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="refund_order"),
            models.Index(fields=["state"], condition=Q(state="requested"), name="refund_waiting"),
        ]


class PayoutState(models.TextChoices):
    IN_TRANSIT = "in_transit", _("In transit")
    PAID = "paid", _("Paid")
    RETURNED = "returned", _("Returned by the bank")


PAYOUT_MACHINE = Machine(
    "payout",
    PayoutState,
    {
        (PayoutState.IN_TRANSIT, "confirm"): PayoutState.PAID,
        (PayoutState.IN_TRANSIT, "bounce"): PayoutState.RETURNED,
    },
)


class Payout(Owned):
    """What the house sends to a party's bank. `run` names the batch: one payout per party in it."""

    owners: ClassVar = dict.fromkeys(Kind, "owner_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.CharField(max_length=60)
    owner_id = models.UUIDField()
    account_code = models.CharField(max_length=60)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=PayoutState, default=PayoutState.IN_TRANSIT)
    confirmed_by = models.CharField(
        max_length=120, blank=True, help_text="Who said so: a bank file, or a person."
    )
    bank_reference = models.CharField(max_length=80, blank=True)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "owner_id", "account_code", "currency"], name="payout_once"
            ),
            models.CheckConstraint(condition=Q(state__in=PayoutState.values), name="payout_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_amount"),
        ]
        indexes = [models.Index(fields=["owner_id", "created_at"], name="payout_owner")]


class ProviderBatch(models.Model):
    """A provider's settlement file, booked once: what it says it took, its fee and what it paid out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider_id = models.UUIDField()
    reference = models.CharField(max_length=80)
    lines = models.IntegerField()
    matched = models.IntegerField()
    breaks = models.JSONField(default=list)
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "reference"], name="provider_batch_once"),
        ]
