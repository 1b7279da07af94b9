"""Tables of export VAT rebates: cases with their items, the pool of input invoices, receipts, and the ledger.

The ledger is what counts: a trigger adds each of its lines to the sums of the case, and the CHECKs of the case
are what a claim above its ground, a second payment or a sum that does not balance runs into.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.sql import append_only_sql, appendable_sql
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.platforms.window.models.declarations import Declaration


class RebateState(models.TextChoices):
    PREPARED = "prepared", _("Being prepared")
    CLAIMED = "claimed", _("Claimed")
    APPROVED = "approved", _("Approved")
    REPAID = "repaid", _("Repaid")
    RECONCILED = "reconciled", _("Settled by sales")
    REBATE_REFUSED = "rebate_refused", _("Claim refused")
    CLAWED_BACK = "clawed_back", _("Taken back")
    EXEMPT = "exempt", _("Exempt, nothing comes back")
    LAPSED = "lapsed", _("Term over")
    WITHDRAWN = "withdrawn", _("Withdrawn")


REBATE_MACHINE = Machine(
    "rebate case",
    RebateState,
    {
        (RebateState.PREPARED, "claim"): RebateState.CLAIMED,
        (RebateState.PREPARED, "exempt"): RebateState.EXEMPT,
        (RebateState.PREPARED, "lapse"): RebateState.LAPSED,
        (RebateState.PREPARED, "withdraw"): RebateState.WITHDRAWN,
        (RebateState.CLAIMED, "approve"): RebateState.APPROVED,
        (RebateState.CLAIMED, "refuse"): RebateState.REBATE_REFUSED,
        (RebateState.APPROVED, "pay"): RebateState.REPAID,
        (RebateState.REPAID, "reconcile"): RebateState.RECONCILED,
        (RebateState.REPAID, "claw_back"): RebateState.CLAWED_BACK,
        (RebateState.RECONCILED, "claw_back"): RebateState.CLAWED_BACK,
    },
)
UNCLAIMED = (RebateState.PREPARED, RebateState.EXEMPT, RebateState.LAPSED, RebateState.WITHDRAWN)


class EntryKind(models.TextChoices):
    CLAIM = "claim", _("Claimed")
    REFUSE = "refuse", _("Refused")
    PAY = "pay", _("Paid")
    CLAW_BACK = "claw_back", _("Taken back")


_OWNERS = {Kind.SELLER: "seller_id", Kind.TAX: "authority_id"}


class RebateCase(Owned):
    """The rebate of one export declaration in one way; sums in minor units of `currency`, that of the tax.

    `paid_minor` is all that was paid, `clawed_minor` what of it was taken back. `fx_rate` turns the price
    declared into the tax's currency; it and the rates of the items are frozen when the case is opened.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField()
    authority_id = models.UUIDField(help_text="The tax authority that refunds.")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="+", db_index=False)
    order_id = models.UUIDField()
    reference = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    way = models.CharField(max_length=32)
    mode = models.CharField(max_length=40)
    stated = models.JSONField(default=list, help_text="What the exporter states of itself.")
    state = models.CharField(max_length=16, choices=RebateState, default=RebateState.PREPARED)
    currency = models.CharField(max_length=3)
    declared_currency = models.CharField(max_length=3)
    declared_minor = models.BigIntegerField(help_text="Price of the goods as declared.")
    fx_rate = models.DecimalField(max_digits=24, decimal_places=12)
    fx_source = models.CharField(max_length=80)
    released_on = models.DateField()
    departed_on = models.DateField(null=True)
    departure_reference = models.CharField(max_length=80, blank=True)
    period = models.DateField(null=True, help_text="First of the month in which it was claimed.")
    claimed_minor = models.BigIntegerField(default=0)
    refused_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    clawed_minor = models.BigIntegerField(default=0)
    set_off_minor = models.BigIntegerField(default=0, help_text="Set off against tax at home.")
    received_minor = models.BigIntegerField(default=0, help_text="Foreign exchange received.")
    is_demo = models.BooleanField(default=False)
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    owners = _OWNERS

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"], condition=~Q(state="withdrawn"), name="rebate_case_once"
            ),
            models.CheckConstraint(condition=Q(state__in=RebateState.values), name="rebate_case_state"),
            models.CheckConstraint(
                condition=Q(refused_minor__gte=0, clawed_minor__gte=0, paid_minor__gte=F("clawed_minor"))
                & Q(claimed_minor__gte=F("refused_minor") + F("paid_minor")),
                name="rebate_case_balance",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*UNCLAIMED]) | Q(claimed_minor=0), name="rebate_case_unclaimed"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[*UNCLAIMED, "claimed", "approved"])
                | Q(claimed_minor=F("refused_minor") + F("paid_minor")),
                name="rebate_case_nothing_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "withdrawn", "lapsed"]) | Q(departed_on__isnull=False),
                name="rebate_case_departed",
            ),
        ]
        indexes = [
            models.Index(fields=["seller_id", "-id"], name="rebate_case_seller"),
            models.Index(fields=["authority_id", "-id"], name="rebate_case_authority"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.way}"


class RebateItem(models.Model):
    """A goods item of a case with its rate, frozen; `rate` empty: not known. Sums in the tax's currency."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(RebateCase, on_delete=models.PROTECT, related_name="items", db_index=False)
    number = models.PositiveIntegerField()
    hs_code = models.CharField(max_length=12)
    description = models.CharField(max_length=512)
    quantity = models.BigIntegerField()
    declared_minor = models.BigIntegerField()
    local_minor = models.BigIntegerField()
    rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    rate_row = models.JSONField(default=dict, help_text="The row of the rate table that was taken.")
    worked = models.JSONField(default=dict, help_text="Base, amount, cost and steps, frozen with the claim.")
    claimed_minor = models.BigIntegerField(default=0)
    sold = models.BigIntegerField(
        null=True, help_text="Pieces sold, told when a refund on departure is settled."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="rebate_item_once"),
            models.CheckConstraint(
                condition=Q(sold__isnull=True) | Q(sold__gte=0, sold__lte=F("quantity")),
                name="rebate_item_sold",
            ),
        ]


class InputInvoice(Owned):
    """One line of an input invoice in the pool; what claims have used of it never passes its quantity."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField()
    number = models.CharField(max_length=40)
    line = models.PositiveSmallIntegerField(default=1)
    supplier = models.CharField(max_length=200)
    supplier_tax_id = models.CharField(max_length=30, blank=True)
    issued_on = models.DateField()
    description = models.CharField(max_length=300)
    quantity = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    used = models.BigIntegerField(default=0)
    is_demo = models.BooleanField(default=False)
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    owners = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller_id", "number", "line"], name="input_invoice_once"),
            models.CheckConstraint(
                condition=Q(used__gte=0, quantity__gt=0) & Q(used__lte=F("quantity")),
                name="input_invoice_left",
            ),
            models.CheckConstraint(condition=Q(net_minor__gt=0, vat_minor__gte=0), name="input_invoice_sums"),
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.line}"


class InvoiceUse(models.Model):
    """What an item takes of an invoice line; given back by a line with both signs turned. Appended only."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(InputInvoice, on_delete=models.PROTECT, related_name="uses")
    item = models.ForeignKey(RebateItem, on_delete=models.PROTECT, related_name="uses")
    quantity = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    used_by = models.CharField(max_length=120)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="invoice_use_something")]


class RebateReceipt(models.Model):
    """Foreign exchange that the bank took in for a case; appended only."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(RebateCase, on_delete=models.PROTECT, related_name="receipts", db_index=False)
    seller_id = models.UUIDField()
    reference = models.CharField(max_length=60, help_text="The bank's.")
    amount_minor = models.BigIntegerField(help_text="In the declaration's currency.")
    received_on = models.DateField()
    noted_by = models.CharField(max_length=120)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "reference"], name="rebate_receipt_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="rebate_receipt_positive"),
        ]


class RebateEntry(models.Model):
    """The ledger of rebates: appended only; each line moves the sums of its case."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(RebateCase, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind)
    amount_minor = models.BigIntegerField()
    period = models.DateField(help_text="The period of the claim.")
    entered_on = models.DateField()
    reference = models.CharField(max_length=60, blank=True, help_text="The authority's.")
    reason = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=120)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="rebate_entry_kind"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="rebate_entry_positive"),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(kind__in=["claim", "pay"]), name="rebate_entry_single"
            ),
        ]


class RebatePeriod(Owned):
    """A producer's filed month; sums in minor units of `currency`. Appended only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField()
    authority_id = models.UUIDField()
    month = models.DateField()
    currency = models.CharField(max_length=3)
    input_minor = models.BigIntegerField()
    output_minor = models.BigIntegerField()
    brought_minor = models.BigIntegerField()
    ceiling_minor = models.BigIntegerField()
    lost_minor = models.BigIntegerField(help_text="Input tax that is not creditable.")
    due_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    refund_minor = models.BigIntegerField()
    cases = models.PositiveIntegerField()
    filed_by = models.CharField(max_length=120)
    filed_at = models.DateTimeField()

    owners = _OWNERS

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller_id", "currency", "month"], name="rebate_period_once"),
            models.CheckConstraint(
                condition=Q(
                    input_minor__gte=0, output_minor__gte=0, brought_minor__gte=0, refund_minor__gte=0
                )
                & Q(refund_minor__lte=F("ceiling_minor"))
                & Q(refund_minor__lte=F("credit_minor")),
                name="rebate_period_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


_MOVED = [
    "state", "departed_on", "departure_reference", "period", "claimed_minor", "refused_minor", "paid_minor",
    "clawed_minor", "set_off_minor", "received_minor", "changed_at",
]  # fmt: skip
_SUMS_SQL = """
CREATE OR REPLACE FUNCTION window_rebate_entry_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE window_rebatecase SET
    claimed_minor = claimed_minor + CASE WHEN NEW.kind = 'claim' THEN NEW.amount_minor ELSE 0 END,
    refused_minor = refused_minor + CASE WHEN NEW.kind = 'refuse' THEN NEW.amount_minor ELSE 0 END,
    paid_minor = paid_minor + CASE WHEN NEW.kind = 'pay' THEN NEW.amount_minor ELSE 0 END,
    clawed_minor = clawed_minor + CASE WHEN NEW.kind = 'claw_back' THEN NEW.amount_minor ELSE 0 END,
    state = CASE WHEN NEW.kind = 'claim' THEN 'claimed' ELSE state END,
    period = CASE WHEN NEW.kind = 'claim' THEN NEW.period ELSE period END
  WHERE id = NEW.case_id;
  RETURN NEW;
END $$;
CREATE TRIGGER window_rebate_entry_sum AFTER INSERT ON window_rebateentry
  FOR EACH ROW EXECUTE FUNCTION window_rebate_entry_sum();
CREATE OR REPLACE FUNCTION window_invoice_use_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE window_inputinvoice SET used = used + NEW.quantity WHERE id = NEW.invoice_id;
  RETURN NEW;
END $$;
CREATE TRIGGER window_invoice_use_sum AFTER INSERT ON window_invoiceuse
  FOR EACH ROW EXECUTE FUNCTION window_invoice_use_sum();
CREATE OR REPLACE FUNCTION window_rebate_receipt_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE window_rebatecase SET received_minor = received_minor + NEW.amount_minor WHERE id = NEW.case_id;
  RETURN NEW;
END $$;
CREATE TRIGGER window_rebate_receipt_sum AFTER INSERT ON window_rebatereceipt
  FOR EACH ROW EXECUTE FUNCTION window_rebate_receipt_sum();
"""
_APPENDED = {
    "window_rebatecase": _MOVED,
    "window_rebateitem": ["worked", "claimed_minor", "sold"],
    "window_inputinvoice": ["used"],
    "window_invoiceuse": [],
    "window_rebatereceipt": [],
    "window_rebateentry": [],
    "window_rebateperiod": [],
}
REBATE_GUARDS_SQL = (
    _SUMS_SQL
    + REBATE_MACHINE.guard_sql("window_rebatecase")
    + "".join(append_only_sql(table, mutable=mutable) for table, mutable in _APPENDED.items())
)
REBATE_UNGUARDS_SQL = (
    "".join(appendable_sql(table) for table in _APPENDED)
    + REBATE_MACHINE.unguard_sql("window_rebatecase")
    + "".join(
        f"DROP TRIGGER IF EXISTS {name} ON {table}; DROP FUNCTION IF EXISTS {name}();"
        for name, table in (
            ("window_rebate_entry_sum", "window_rebateentry"),
            ("window_invoice_use_sum", "window_invoiceuse"),
            ("window_rebate_receipt_sum", "window_rebatereceipt"),
        )
    )
)
