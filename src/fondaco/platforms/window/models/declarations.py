"""Tables of what is declared: declarations, their goods and log, parked receipts, match verdicts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.platforms.window.domain.declaration_states import TRANSITIONS


class DeclarationKind(models.TextChoices):
    EXPORT = "export", _("Export")
    IMPORT = "import", _("Import")


class DeclarationState(models.TextChoices):
    """Where a declaration stands; the same values as the domain's `State`."""

    DRAFT = "draft", _("Draft")
    VALIDATED = "validated", _("Ready to lodge")
    SUBMITTED = "submitted", _("Sent")
    TRANSPORT_FAILED = "transport_failed", _("Not delivered, to be sent again")
    RECEIVED = "received", _("Received")
    ACCEPTED = "accepted", _("Accepted")
    ASSESSED = "assessed", _("Assessed")
    UNDER_REVIEW = "under_review", _("Under review")
    DOCS_REQUIRED = "docs_required", _("Documents required")
    INSPECTION = "inspection", _("Inspection")
    DETAINED = "detained", _("Detained")
    RELEASED = "released", _("Released")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("Cancelled")


class Lane(models.TextChoices):
    """The agency's selectivity lane (ASYCUDA's colours)."""

    NONE = "", _("Not assigned")
    GREEN = "green", _("Green: no check")
    BLUE = "blue", _("Blue: check after release")
    YELLOW = "yellow", _("Yellow: documents")
    RED = "red", _("Red: physical check")


class EventSource(models.TextChoices):
    PLATFORM = "platform", _("Platform")
    AGENCY = "agency", _("Agency")
    OFFICER = "officer", _("Officer")
    TRADER = "trader", _("Trader")


class VerdictKind(models.TextChoices):
    """What comparing order, payment and waybill came to."""

    MATCH = "match", _("Match")
    SOFT = "soft", _("Small differences")
    HARD = "hard", _("Mismatch")


DECLARATION_MACHINE = Machine("declaration", DeclarationState, TRANSITIONS)


class Declaration(Owned):
    """One declaration of one consignment of an order to one authority; amounts in minor units of `currency`.

    A rejected or cancelled declaration stays; its successor has the next `version`. `held_state` is what
    the agency has already granted and the three-document match has not yet let through.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    seller_id = models.UUIDField()
    buyer_id = models.UUIDField()
    authority_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=DeclarationKind)
    part = models.PositiveSmallIntegerField(default=1, help_text="1 unless the order was parted.")
    version = models.PositiveSmallIntegerField(default=1)
    regime = models.CharField(max_length=24)
    country = models.CharField(max_length=2, help_text="Country of the customs office.")
    dispatch = models.CharField(max_length=2)
    destination = models.CharField(max_length=2)
    reference = models.CharField(max_length=60, blank=True, help_text="The order number people know.")
    lrn = models.CharField(max_length=22, unique=True)
    mrn = models.CharField(max_length=35, blank=True)
    state = models.CharField(max_length=16, choices=DeclarationState, default=DeclarationState.DRAFT)
    lane = models.CharField(max_length=6, choices=Lane, blank=True, default="")
    declarant = models.JSONField()
    exporter = models.JSONField()
    importer = models.JSONField()
    transport = models.JSONField()
    incoterm = models.CharField(max_length=3)
    invoice_number = models.CharField(max_length=60, blank=True)
    invoiced_on = models.DateField(null=True)
    packages = models.IntegerField()
    package_kind = models.CharField(max_length=2)
    procedure = models.CharField(max_length=8, blank=True)
    items_count = models.IntegerField()
    gross_g = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    invoice_total_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField()
    insurance_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    estimated_duty_minor = models.BigIntegerField()
    estimated_tax_minor = models.BigIntegerField()
    assessed_duty_minor = models.BigIntegerField(null=True)
    assessed_tax_minor = models.BigIntegerField(null=True)
    assessed_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    drafted_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    held_state = models.CharField(max_length=16, blank=True, default="")
    held_at = models.DateTimeField(null=True)
    disputed = models.BooleanField(default=False)

    # A park is the trader of the summaries that it lodges for goods in its stores.
    owners = {
        Kind.SELLER: "seller_id", Kind.PARK: "seller_id", Kind.BUYER: "buyer_id", Kind.CUSTOMS: "authority_id"
    }  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "kind", "part", "version"], name="declaration_once"),
            models.CheckConstraint(condition=Q(state__in=DeclarationState.values), name="declaration_state"),
            models.CheckConstraint(condition=Q(kind__in=DeclarationKind.values), name="declaration_kind"),
            models.CheckConstraint(condition=Q(lane__in=Lane.values), name="declaration_lane"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(problems=[]),
                name="declaration_lodged_only_sound",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "validated", "cancelled"]) | Q(submitted_at__isnull=False),
                name="declaration_submitted_at",
            ),
        ]
        indexes = [
            models.Index(fields=["seller_id", "-id"], name="declaration_seller"),
            models.Index(fields=["buyer_id", "-id"], name="declaration_buyer"),
            models.Index(
                fields=["authority_id", "lane", "submitted_at"],
                condition=Q(state__in=["under_review", "docs_required", "inspection", "detained"]),
                name="declaration_desk",
            ),
            models.Index(fields=["authority_id", "-id"], name="declaration_authority"),
            models.Index(fields=["reference"], name="declaration_reference"),
        ]

    def __str__(self) -> str:
        return self.lrn


class DeclarationItem(models.Model):
    """One goods item, frozen with its declaration."""

    id = models.BigAutoField(primary_key=True)
    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    hs_code = models.CharField(max_length=12, blank=True)
    description = models.CharField(max_length=512)
    origin = models.CharField(max_length=2, blank=True)
    quantity = models.BigIntegerField()
    net_g = models.BigIntegerField()
    gross_g = models.BigIntegerField()
    value_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "number"], name="declaration_item_once"),
        ]


class DeclarationEvent(models.Model):
    """The log of a declaration: appended only, each receipt of the agency kept as it came."""

    id = models.BigAutoField(primary_key=True)
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="events")
    source = models.CharField(max_length=8, choices=EventSource)
    code = models.CharField(max_length=24)
    issued_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    means = models.CharField(max_length=16, blank=True, help_text="The state that the code stands for.")
    effect = models.CharField(max_length=10)
    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16)
    actor = models.CharField(max_length=120)
    reason = models.CharField(max_length=500, blank=True)
    raw = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "code", "issued_at"], condition=Q(source="agency"), name="receipt_once"
            ),
            models.CheckConstraint(
                condition=Q(source__in=EventSource.values), name="declaration_event_source"
            ),
        ]
        indexes = [models.Index(fields=["declaration", "id"], name="declaration_event_order")]


class ParkedReceipt(models.Model):
    """A receipt that could not be taken in, kept with the reason until a person has seen to it."""

    id = models.BigAutoField(primary_key=True)
    reference = models.CharField(max_length=60)
    code = models.CharField(max_length=24)
    issued_at = models.DateTimeField()
    why = models.CharField(
        max_length=24, help_text="unknown-reference, unknown-code, not-lodged, contradiction ..."
    )
    detail = models.CharField(max_length=300, blank=True)
    raw = models.JSONField(default=dict)
    parked_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=120, blank=True)
    resolution = models.CharField(
        max_length=300, blank=True, help_text="What a person did about it, and why."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "code", "issued_at"], name="parked_receipt_once")
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(resolved_at__isnull=True), name="parked_open")]


class GatewayCursor(models.Model):
    """How far the receipts of a gateway have been read."""

    gateway = models.CharField(max_length=80, primary_key=True)
    cursor = models.CharField(max_length=80)
    moved_at = models.DateTimeField()


class MatchVerdict(Owned):
    """What comparing the three documents of an order (or of a part of it) came to; small differences may be accepted by a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    part = models.PositiveSmallIntegerField(default=1, help_text="1 unless the order was parted.")
    seller_id = models.UUIDField()
    reference = models.CharField(max_length=60)
    verdict = models.CharField(max_length=5, choices=VerdictKind)
    reasons = models.JSONField(default=list)
    carrier = models.CharField(max_length=80, blank=True)
    tracking = models.CharField(max_length=60, blank=True)
    transaction_id = models.CharField(max_length=80, blank=True)
    matched_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=120, blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_why = models.CharField(max_length=500, blank=True)

    owners = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "part"], name="verdict_once"),
            models.CheckConstraint(condition=Q(verdict__in=VerdictKind.values), name="verdict_kind"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True)
                | (Q(verdict="soft") & ~Q(accepted_by="") & ~Q(accepted_why="")),
                name="verdict_accepted_by_someone",
            ),
        ]
        indexes = [
            models.Index(fields=["carrier", "tracking"], name="verdict_tracking"),
            models.Index(fields=["transaction_id"], name="verdict_transaction"),
            models.Index(
                fields=["seller_id", "-matched_at"], condition=~Q(verdict="match"), name="verdict_worklist"
            ),
        ]
