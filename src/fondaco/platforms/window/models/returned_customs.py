"""Tables of what authorities have to do with returned goods: declarations they came under, clocks, claims, applications."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Owned
from fondaco.platforms.window.models.declarations import DeclarationKind
from fondaco.platforms.window.models.returned import OF_CASE, OF_LINE, ReturnCase, ReturnedLine
from fondaco.platforms.window.models.returned_states import ApplicationState, ClaimState


class ReturnPart(Owned):
    """Pieces of a returned line that one declaration of the sale carried; the parts of a line by side are all of it.

    `declared` pieces of the line stand on it as goods item `item`, `before` of them came back earlier. On the import
    side there is always one, without a declaration where none is known: claims for duty and tax follow it.
    """

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(ReturnedLine, on_delete=models.PROTECT, related_name="parts", db_index=False)
    side = models.CharField(max_length=8, choices=DeclarationKind)
    part = models.PositiveSmallIntegerField(default=1)
    declaration_id = models.UUIDField(null=True)
    item = models.PositiveIntegerField(default=0)
    on = models.DateField(null=True, help_text="Day of the declaration's release.")
    declared = models.PositiveIntegerField()
    before = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField()
    given_back = models.PositiveIntegerField(default=0, help_text="Pieces of them that never came.")
    duty_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)

    owners = OF_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "side", "part"], name="return_part_once"),
            models.CheckConstraint(condition=Q(side__in=DeclarationKind.values), name="return_part_side"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, given_back__lte=F("quantity"))
                & Q(declared__gte=F("before") + F("quantity")),
                name="return_part_within_declared",
            ),
        ]


class ReturnClock(Owned):
    """A time limit of one return, frozen as the table had it; `met_on` when what it asks for was done.

    `part` is the consignment whose day it counts from, where the return is of several; else 0.
    `over_on` is the day the return ended, where what the limit asks for cannot happen any more.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(ReturnCase, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    code = models.CharField(max_length=24)
    part = models.PositiveSmallIntegerField(default=0)
    starts_on = models.DateField()
    ends_on = models.DateField()
    stops = models.CharField(max_length=12)
    met_on = models.DateField(null=True)
    over_on = models.DateField(null=True)
    effect = models.CharField(max_length=300)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=1)
    alarmed_at = models.DateTimeField(null=True)

    owners = OF_CASE

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "code", "part"], name="return_clock_once")]
        indexes = [
            models.Index(fields=["ends_on"], condition=Q(met_on__isnull=True), name="return_clock_running")
        ]


class DutyClaim(Owned):
    """A claim for duty and tax on goods that came back, about one declaration, with how its amount was found."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(ReturnCase, on_delete=models.PROTECT, related_name="claims", db_index=False)
    code = models.CharField(max_length=24)
    part = models.PositiveSmallIntegerField(default=1)
    declaration_id = models.UUIDField(null=True)
    country = models.CharField(max_length=2)
    form = models.CharField(max_length=120)
    source = models.CharField(max_length=300)
    currency = models.CharField(max_length=3)
    duty_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    granted_minor = models.BigIntegerField(null=True)
    deadline_on = models.DateField()
    state = models.CharField(max_length=10, choices=ClaimState, default=ClaimState.OPEN)
    reference = models.CharField(max_length=60, blank=True, help_text="The authority's own.")
    why = models.CharField(max_length=500, blank=True)
    worked = models.JSONField(default=dict, help_text="Inputs and steps of the amount, by line.")
    opened_at = models.DateTimeField()
    state_at = models.DateTimeField()

    owners = OF_CASE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "code", "part"], name="duty_claim_once"),
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="duty_claim_state"),
            models.CheckConstraint(
                condition=Q(duty_minor__gte=0, tax_minor__gte=0)
                & (
                    Q(granted_minor__isnull=True)
                    | Q(granted_minor__gte=0, granted_minor__lte=F("duty_minor") + F("tax_minor"))
                ),
                name="duty_claim_amounts",
            ),
        ]
        indexes = [models.Index(fields=["state", "deadline_on"], name="duty_claim_due")]


class ReturnApplication(Owned):
    """A message to customs about the goods of one declaration, as it was sent; customs' answers are in the log."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(
        ReturnCase, on_delete=models.PROTECT, related_name="applications", db_index=False
    )
    message = models.CharField(max_length=3, help_text="213, 215 or 625.")
    part = models.PositiveSmallIntegerField(default=1)
    declaration_id = models.UUIDField(null=True)
    pieces = models.PositiveIntegerField(default=0, help_text="Pieces that it is about.")
    reference = models.CharField(max_length=30, unique=True, help_text="Our number in the message (copNo).")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=ApplicationState, default=ApplicationState.DRAWN)
    drawn_at = models.DateTimeField()
    state_at = models.DateTimeField()

    owners = OF_CASE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "message", "part"], name="return_application_once"),
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="return_application_state"
            ),
        ]
