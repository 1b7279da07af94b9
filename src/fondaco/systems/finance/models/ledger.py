"""Tables of the ledger: accounts, journals, entries, holds, conversions, seals and rates.

Signs: an entry's amount is credit minus debit. So a positive balance is money the house owes to the
account's owner (escrow, payables) or has earned (income), and a negative one is money that somebody
owes to the house (provider clearing, bank, recourse). In every journal each currency sums to zero.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


def currency_field() -> models.CharField[str, str]:
    """A column for an ISO 4217 code."""
    return models.CharField(max_length=3)


class AccountClass(models.TextChoices):
    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    EQUITY = "equity", _("Equity")
    INCOME = "income", _("Income")
    EXPENSE = "expense", _("Expense")


class AccountKind(models.TextChoices):
    """Guarded accounts keep their balance in the row; open ones are the sum of their entries."""

    GUARDED = "guarded", _("Guarded")
    OPEN = "open", _("Open")


class Account(Owned):
    """One purse: a party's or the house's, in one currency. Made on first use, never deleted.

    `rank` fixes the order of locking (hot accounts last). `min_balance` is the floor of
    balance - held; only guarded accounts have one.
    """

    owners: ClassVar = dict.fromkeys(Kind, "owner_id")

    id = models.BigAutoField(primary_key=True)
    owner_id = models.UUIDField()
    code = models.CharField(max_length=60)
    currency = currency_field()
    account_class = models.CharField(max_length=10, choices=AccountClass, db_column="class")
    kind = models.CharField(max_length=8, choices=AccountKind)
    rank = models.SmallIntegerField(default=0)
    balance = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    min_balance = models.BigIntegerField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "code", "currency"], name="account_key"),
            models.CheckConstraint(condition=Q(account_class__in=AccountClass.values), name="account_class"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency"),
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held"),
            models.CheckConstraint(
                condition=Q(min_balance__isnull=True) | Q(balance__gte=F("min_balance") + F("held")),
                name="account_funds",
            ),
            models.CheckConstraint(
                condition=Q(kind="guarded") | Q(balance=0, held=0, min_balance__isnull=True),
                name="account_open_keeps_nothing",
            ),
        ]


class Journal(models.Model):
    """One deed in the books, written once. `idem` makes it happen once, `req_hash` says what it was."""

    id = models.BigAutoField(primary_key=True)
    idem = models.UUIDField(unique=True)
    req_hash = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=40)
    source = models.CharField(
        max_length=80, blank=True, help_text="What it is about: order:<id>, payout:<id>."
    )
    reversal_of = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    effective_on = models.DateField()
    created_at = models.DateTimeField(db_default=Now())
    meta = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["source", "id"], name="journal_source"),
            models.Index(fields=["effective_on", "id"], name="journal_effective"),
        ]


class Entry(Owned):
    """One line of a journal. `balance_after` is the account's balance then (null on open accounts).

    That journal and account exist, and that the currency is the account's, is checked once per
    statement (sql.py) rather than by a foreign key per row, which would double the cost of posting.
    """

    owners: ClassVar = dict.fromkeys(Kind, "account__owner_id")

    pk = models.CompositePrimaryKey("journal_id", "line")
    journal = models.ForeignKey(
        Journal, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    line = models.SmallIntegerField()
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    currency = currency_field()
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_amount_not_zero")]
        indexes = [models.Index(fields=["account", "journal"], name="entry_account")]


class HoldState(models.TextChoices):
    OPEN = "open", _("Open")
    CAPTURED = "captured", _("Captured")
    VOIDED = "voided", _("Voided")
    EXPIRED = "expired", _("Expired")


HOLD_MACHINE = Machine(
    "hold",
    HoldState,
    {
        (HoldState.OPEN, "capture"): HoldState.CAPTURED,
        (HoldState.OPEN, "void"): HoldState.VOIDED,
        (HoldState.OPEN, "expire"): HoldState.EXPIRED,
    },
)


class Hold(models.Model):
    """Money set aside on a guarded account until it is captured, voided or expires."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    idem = models.UUIDField(unique=True)
    req_hash = models.BinaryField(max_length=32)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=HoldState, default=HoldState.OPEN)
    reason = models.CharField(max_length=120, blank=True)
    journal = models.OneToOneField(Journal, null=True, on_delete=models.PROTECT, related_name="hold")
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_amount"),
            models.CheckConstraint(
                condition=Q(captured__gte=0, captured__lte=F("amount")), name="hold_captured_within"
            ),
            models.CheckConstraint(
                condition=Q(state="captured", captured__gt=0, journal__isnull=False)
                | (~Q(state="captured") & Q(captured=0, journal__isnull=True)),
                name="hold_captured_by_journal",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="hold_open_expiry"),
            models.Index(fields=["account"], condition=Q(state="open"), name="hold_open_account"),
        ]


class FxDeal(models.Model):
    """A conversion that a journal booked: the house took `sell` from a party and gave `buy`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="fx_deal")
    sell_currency = currency_field()
    sell_minor = models.BigIntegerField()
    buy_currency = currency_field()
    buy_minor = models.BigIntegerField()
    rate = models.DecimalField(max_digits=24, decimal_places=12, help_text="Buy units per sell unit.")
    provider = models.CharField(max_length=20)
    rate_on = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(sell_currency=F("buy_currency")), name="fx_two_currencies"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="fx_rate_positive"),
        ]


class ChainLink(models.Model):
    """The seal over one journal: hash of the link before and of all that the journal says."""

    seq = models.BigIntegerField(primary_key=True)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="seal")
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)


class ExchangeRate(models.Model):
    """Units of `quote` for one `base` that `provider` published for the day `on`."""

    pk = models.CompositePrimaryKey("provider", "base", "quote", "on")
    provider = models.CharField(max_length=20)
    base = currency_field()
    quote = currency_field()
    on = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive")]
