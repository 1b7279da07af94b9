"""Tables of orders, returns and imports."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from fondaco.commerce.orders.states import BatchState, LineKind, OrderState, ReturnState, UploadState
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned

_COUNTRY = r"^[A-Z]{2}$"
_CURRENCY = r"^[A-Z]{3}$"


def _party() -> models.ForeignKey[Any, Any]:
    # Each table that names a party begins an index of its own with it.
    return models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )


class ImportBatch(Owned):
    """One run of an import: which file, by which mapping, with what result."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = _party()
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.RUNNING)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    file_format = models.CharField(max_length=10)
    encoding = models.CharField(max_length=20, blank=True)
    mapping_name = models.CharField(max_length=80)
    reading_sha256 = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Digest of the whole mapping and of what reads by it.",
    )
    headings = models.JSONField(default=list, help_text="Headings of the file, in order.")
    shift_weeks = models.IntegerField(default=0, help_text="Whole weeks added to every date of the file.")
    counts = models.JSONField(default=dict, help_text="Counters of the ImportReport.")
    reasons = models.JSONField(default=dict, help_text="Error code to number of orders refused for it.")
    failure = models.JSONField(default=dict, help_text="The problem that ended a failed run.")
    actor = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="import_batch_state")
        ]
        indexes = [models.Index(fields=["seller", "-started_at"], name="import_batch_recent")]


class ImportReject(Owned):
    """One refused row of an import, whole, so that it can be mended and imported again."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rejects", db_index=False)
    row = models.PositiveIntegerField(help_text="Row number in the file; the heading is row 1.")
    order_ref = models.CharField(max_length=80, blank=True)
    cells = models.JSONField(help_text="Heading to cell, as read.")
    errors = models.JSONField(help_text="RowError dicts: row, column, value, code, message, remedy.")

    owners: ClassVar = {Kind.SELLER: "batch__seller_id"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="import_reject_row")]


class ImportUpload(Owned):
    """A file handed in to be imported: where it is kept, how to read it, and how far its import has come."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = _party()
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.QUEUED)
    file_name = models.CharField(max_length=200)
    place = models.CharField(max_length=80, help_text="Name under uploads/<seller>/ in settings.HOME.")
    size_bytes = models.PositiveBigIntegerField()
    mapping = models.JSONField()
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    batch_id = models.UUIDField(null=True)
    failure = models.JSONField(default=dict)
    actor = models.CharField(max_length=120)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=UploadState.values), name="import_upload_state"),
            models.CheckConstraint(
                condition=Q(rows_done__lte=F("rows_total")), name="import_upload_rows_within_total"
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-queued_at"], name="import_upload_recent"),
            models.Index(
                fields=["queued_at"],
                name="import_upload_waiting",
                condition=Q(state__in=["queued", "running"]),
            ),
        ]


class SavedMapping(Owned):
    """A seller's way of reading its files."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = _party()
    name = models.CharField(max_length=80)
    mapping = models.JSONField()
    updated_at = models.DateTimeField()

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "name"], name="saved_mapping_once")]


class Order(Owned):
    """A sale across a border. Amounts are minor units of `currency`; what is placed is frozen."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20)
    seller = _party()
    buyer = _party()
    batch = models.ForeignKey(ImportBatch, on_delete=models.SET_NULL, null=True, related_name="orders")
    source_ref = models.CharField(max_length=80, help_text="The seller's own number.")
    content_hash = models.CharField(max_length=32, help_text="Of the source rows, dates unshifted.")
    ordered_at = models.DateTimeField()
    original_ordered_at = models.DateTimeField(help_text="As in the file, before any shift of dates.")
    destination = models.CharField(max_length=2)
    ship_to = models.JSONField(default=dict)
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    carriage_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    other_minor = models.BigIntegerField(default=0, help_text="Fees and manual amounts.")
    duty_minor = models.BigIntegerField(null=True)
    tax_minor = models.BigIntegerField(null=True)
    fees_minor = models.BigIntegerField(null=True)
    line_count = models.PositiveIntegerField()
    units = models.PositiveBigIntegerField()
    synthetic = models.BooleanField(default=False, help_text="Made up for demonstration.")
    state = models.CharField(max_length=12, choices=OrderState, default=OrderState.PLACED)
    state_at = models.DateTimeField()
    reached = models.JSONField(default=dict, help_text="State to the moment it was last entered.")
    facts = models.JSONField(default=dict, help_text="What later steps stamped on the order.")

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_once"),
            models.UniqueConstraint(fields=["seller", "source_ref"], name="order_source_once"),
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state"),
            models.CheckConstraint(condition=Q(destination__regex=_COUNTRY), name="order_destination"),
            models.CheckConstraint(condition=Q(currency__regex=_CURRENCY), name="order_currency"),
            models.CheckConstraint(
                condition=Q(
                    goods_minor__gte=0, carriage_minor__gte=0, discount_minor__gte=0, other_minor__gte=0
                )
                & Q(discount_minor__lte=F("goods_minor") + F("carriage_minor") + F("other_minor")),
                name="order_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="order_by_state"),
            models.Index(fields=["seller", "-ordered_at", "-id"], name="order_of_seller"),
            models.Index(fields=["buyer", "-ordered_at", "-id"], name="order_of_buyer"),
            models.Index(fields=["-ordered_at", "-id"], name="order_recent"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(Owned):
    """One line of an order: a snapshot of what was sold, never re-read from the catalogue."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=LineKind, default=LineKind.GOODS)
    product_id = models.UUIDField(null=True)
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    quantity = models.IntegerField()
    unit_minor = models.BigIntegerField()

    owners: ClassVar = {Kind.SELLER: "order__seller_id", Kind.BUYER: "order__buyer_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "line_no"], name="order_line_once"),
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="order_line_kind"),
            models.CheckConstraint(
                condition=~Q(kind__in=[LineKind.GOODS, LineKind.SAMPLE])
                | Q(quantity__gt=0, unit_minor__gte=0),
                name="order_line_goods_positive",
            ),
            models.CheckConstraint(
                condition=~Q(kind=LineKind.SAMPLE) | Q(unit_minor=0), name="order_line_sample_free"
            ),
        ]


class Return(Owned):
    """Goods or money given back: a credit note of the seller's book."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20)
    seller = _party()
    buyer = _party()
    batch = models.ForeignKey(ImportBatch, on_delete=models.SET_NULL, null=True, related_name="returns")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="returns")
    source_ref = models.CharField(max_length=80)
    content_hash = models.CharField(max_length=32)
    returned_at = models.DateTimeField()
    original_returned_at = models.DateTimeField()
    origin = models.CharField(max_length=2, help_text="The country the goods come back from.")
    currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField()
    synthetic = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=ReturnState, default=ReturnState.OPEN)
    state_at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="return_number_once"),
            models.UniqueConstraint(fields=["seller", "source_ref"], name="return_source_once"),
            models.CheckConstraint(condition=Q(state__in=ReturnState.values), name="return_state"),
            models.CheckConstraint(condition=Q(value_minor__gte=0), name="return_value"),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="return_by_state"),
            models.Index(fields=["seller", "-returned_at", "-id"], name="return_of_seller"),
            models.Index(fields=["buyer", "-returned_at", "-id"], name="return_of_buyer"),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnLine(Owned):
    """One line of a return, linked to the order line it gives back where that was found."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    return_note = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=LineKind, default=LineKind.GOODS)
    order_line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, related_name="+")
    product_id = models.UUIDField(null=True)
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    quantity = models.PositiveIntegerField(help_text="How many come back.")
    unit_minor = models.BigIntegerField()

    owners: ClassVar = {Kind.SELLER: "return_note__seller_id", Kind.BUYER: "return_note__buyer_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["return_note", "line_no"], name="return_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_quantity"),
        ]


class SavedView(Owned):
    """A person's or an organisation's kept filter of the order list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    user_id = models.UUIDField(null=True, help_text="Empty: shared by the organisation.")
    name = models.CharField(max_length=80)
    query = models.JSONField(help_text="search, states, destination, since, until, sort.")
    updated_at = models.DateTimeField()

    owners: ClassVar = dict.fromkeys(Kind, "organisation_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "user_id", "name"], name="saved_view_once", nulls_distinct=False
            )
        ]
