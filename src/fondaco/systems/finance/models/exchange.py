"""Exchange: a merchant's policy, quotes with a lock, commitments in other currencies, proposals and forwards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import Journal, currency_field

EVERYBODY = dict.fromkeys(Kind, "owner_id")


class QuoteState(models.TextChoices):
    """Where a locked rate stands."""

    OFFERED = "offered", _("Offered")
    TAKEN = "taken", _("Taken")
    LAPSED = "lapsed", _("Time is over")


class CoverState(models.TextChoices):
    """Where a proposal of cover stands."""

    PROPOSED = "proposed", _("Proposed")
    ORDERED = "ordered", _("Ordered")
    DISMISSED = "dismissed", _("Dismissed")


class ForwardState(models.TextChoices):
    """Where a forward stands: it is written down before the provider is asked."""

    ASKED = "asked", _("Asked")
    BOOKED = "booked", _("Booked")
    REFUSED = "refused", _("Refused")
    DUE = "due", _("Being delivered")
    SETTLED = "settled", _("Delivered")


QUOTES = Machine(
    "exchange quote",
    QuoteState,
    {(QuoteState.OFFERED, "take"): QuoteState.TAKEN, (QuoteState.OFFERED, "lapse"): QuoteState.LAPSED},
)
COVERS = Machine(
    "cover proposal",
    CoverState,
    {
        (CoverState.PROPOSED, "order"): CoverState.ORDERED,
        (CoverState.PROPOSED, "dismiss"): CoverState.DISMISSED,
    },
)
FORWARDS = Machine(
    "forward",
    ForwardState,
    {
        (ForwardState.ASKED, "book"): ForwardState.BOOKED,
        (ForwardState.ASKED, "refuse"): ForwardState.REFUSED,
        (ForwardState.BOOKED, "deliver"): ForwardState.DUE,
        (ForwardState.DUE, "return"): ForwardState.BOOKED,
        (ForwardState.DUE, "settle"): ForwardState.SETTLED,
    },
)


class ExchangePolicy(Owned):
    """How a merchant wants its currencies looked after; without a row the defaults of `Policy` hold."""

    owners: ClassVar = EVERYBODY

    owner_id = models.UUIDField(primary_key=True)
    base = currency_field()
    layers = models.JSONField(help_text="Per cent covered of each bucket, the nearest first.")
    cost_currency = currency_field()
    margin_pct = models.DecimalField(max_digits=5, decimal_places=2)
    guard_pct = models.DecimalField(max_digits=5, decimal_places=2, help_text="Share of the margin.")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(margin_pct__gt=0, margin_pct__lt=100, guard_pct__gt=0, guard_pct__lte=100),
                name="exchange_policy_shares",
            )
        ]


class FxQuote(Owned):
    """A rate locked for a moment: taken before `expires_at` it converts at exactly these amounts."""

    owners: ClassVar = EVERYBODY

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    sell_currency = currency_field()
    sell_minor = models.BigIntegerField()
    buy_currency = currency_field()
    buy_minor = models.BigIntegerField()
    mid = models.DecimalField(max_digits=24, decimal_places=12)
    rate = models.DecimalField(
        max_digits=24, decimal_places=12, help_text="Buy units per sell unit, less the spread."
    )
    spread_bp = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=20)
    rate_on = models.DateField()
    state = models.CharField(max_length=8, choices=QuoteState, default=QuoteState.OFFERED)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=QuoteState.values), name="fx_quote_state"),
            models.CheckConstraint(
                condition=Q(sell_minor__gt=0, buy_minor__gt=0) & ~Q(sell_currency=F("buy_currency")),
                name="fx_quote_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(state="taken") | Q(journal__isnull=False), name="fx_quote_taken_is_booked"
            ),
        ]
        indexes = [
            models.Index(fields=["owner_id", "-made_at"], name="fx_quote_of_owner"),
            models.Index(fields=["expires_at"], condition=Q(state="offered"), name="fx_quote_open"),
        ]


class FxCommitment(Owned):
    """What a merchant will get (positive) or owe (negative) in a currency: an invoice the ledger knows nothing of."""

    owners: ClassVar = EVERYBODY

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    due_on = models.DateField()
    label = models.CharField(max_length=120)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="fx_commitment_amount")]
        indexes = [models.Index(fields=["owner_id", "due_on"], name="fx_commitment_due")]


class CoverProposal(Owned):
    """So much of one currency and bucket to be sold or bought forward; the merchant edits it, orders it or not."""

    owners: ClassVar = EVERYBODY

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    on = models.DateField()
    currency = currency_field()
    bucket = models.PositiveSmallIntegerField(help_text="0: to 30 days, 1: to 60, 2: to 90.")
    due_on = models.DateField()
    base = currency_field()
    net_minor = models.BigIntegerField(help_text="Positive: coming in.")
    covered_minor = models.BigIntegerField(help_text="By forwards already, same sign.")
    share_pct = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField(help_text="To be sold (positive) or bought forward.")
    spot = models.DecimalField(max_digits=24, decimal_places=12)
    forward = models.DecimalField(max_digits=24, decimal_places=12)
    why = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=CoverState, default=CoverState.PROPOSED)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "on", "currency", "bucket"], name="cover_once_a_day"),
            models.CheckConstraint(condition=Q(state__in=CoverState.values), name="cover_state"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="cover_amount"),
        ]
        indexes = [models.Index(fields=["owner_id", "-on"], name="cover_of_owner")]


class FxForward(Owned):
    """A currency sold for another on a day to come, at a rate agreed today."""

    owners: ClassVar = EVERYBODY

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    proposal = models.OneToOneField(CoverProposal, on_delete=models.PROTECT, null=True, related_name="+")
    sell_currency = currency_field()
    sell_minor = models.BigIntegerField()
    buy_currency = currency_field()
    buy_minor = models.BigIntegerField(default=0)
    rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=ForwardState, default=ForwardState.ASKED)
    provider = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    failure = models.CharField(max_length=80, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="Deliveries begun: each has its own posting."
    )
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ForwardState.values), name="forward_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["booked", "due", "settled"]) | Q(buy_minor__gt=0, rate__gt=0),
                name="forward_booked_has_rate",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(journal__isnull=False, settled_at__isnull=False),
                name="forward_settled_is_posted",
            ),
            models.CheckConstraint(
                condition=Q(sell_minor__gt=0) & ~Q(sell_currency=F("buy_currency")), name="forward_amounts"
            ),
        ]
        indexes = [models.Index(fields=["owner_id", "due_on"], name="forward_of_owner")]
