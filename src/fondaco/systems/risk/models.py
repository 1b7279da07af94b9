"""Lists in force, screenings done, and the cases that people decide."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


class EntryKind(models.TextChoices):
    """What a list entry names."""

    INDIVIDUAL = "individual", _("Individual")
    ORGANISATION = "organisation", _("Organisation")
    VESSEL = "vessel", _("Vessel")
    AIRCRAFT = "aircraft", _("Aircraft")


class ListVersion(models.Model):
    """One state of one published list, with where it came from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=20, help_text="un, ofac-sdn, bis-dpl, demo")
    title = models.CharField(max_length=200)
    source = models.TextField(help_text="Publisher and files.")
    licence = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    generated_on = models.DateField(
        null=True, help_text="The publisher's own date, where the file states one."
    )
    loaded_at = models.DateTimeField()
    in_force = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False, help_text="Invented names for demonstration.")
    entries = models.PositiveIntegerField()
    names = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "sha256"], name="list_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(in_force=True), name="list_version_one_in_force"
            ),
        ]


class ListEntry(models.Model):
    """Someone on a list. `content_hash` changes when anything the list says of them changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="rows")
    reference = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=EntryKind)
    name = models.CharField(max_length=500)
    programme = models.CharField(max_length=200, blank=True)
    countries = models.TextField(blank=True, help_text="As the list writes them, separated by |.")
    listed_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    remarks = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "reference"], name="list_entry_once"),
            models.CheckConstraint(condition=models.Q(kind__in=EntryKind.values), name="list_entry_kind"),
        ]


class ListName(models.Model):
    """A name or alias of a list entry."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(ListEntry, on_delete=models.CASCADE, related_name="names")
    name = models.TextField()
    weak = models.BooleanField(default=False, help_text="The list itself calls the alias of low quality.")


class Outcome(models.TextChoices):
    """What a screening said."""

    CLEAR = "clear", _("Clear")
    HIT = "hit", _("Hit")


class CaseState(models.TextChoices):
    """Where a hit stands."""

    OPEN = "open", _("Open")
    PROPOSED = "proposed", _("Decision proposed")
    CLEARED = "cleared", _("Cleared")
    BLOCKED = "blocked", _("Blocked")
    REOPENED = "reopened", _("Reopened")


class Verdict(models.TextChoices):
    """What a person proposes of a hit."""

    CLEAR = "clear", _("Not the listed party")
    BLOCK = "block", _("The listed party: block")


CASES: Final = Machine(
    "risk_case",
    CaseState,
    {
        (CaseState.OPEN, "propose"): CaseState.PROPOSED,
        (CaseState.REOPENED, "propose"): CaseState.PROPOSED,
        (CaseState.PROPOSED, "clear"): CaseState.CLEARED,
        (CaseState.PROPOSED, "block"): CaseState.BLOCKED,
        (CaseState.PROPOSED, "return"): CaseState.OPEN,
        (CaseState.CLEARED, "reopen"): CaseState.REOPENED,
        (CaseState.BLOCKED, "reopen"): CaseState.REOPENED,
    },
)
_USER = settings.AUTH_USER_MODEL


class Case(Owned):
    """A hit on a subject's name, decided by two people: who confirms is never who proposed."""

    owners = {Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    seller_id = models.UUIDField(null=True)
    name = models.CharField(max_length=1000)
    name_key = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    matches = models.JSONField()
    reason = models.CharField(max_length=40, blank=True, help_text="Why a name could not be screened.")
    score = models.DecimalField(max_digits=4, decimal_places=1)
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.OPEN)
    verdict = models.CharField(max_length=5, choices=Verdict, blank=True)
    proposed_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    proposed_reason = models.TextField(blank=True)
    confirmed_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "name_key"], name="risk_case_once"),
            models.CheckConstraint(condition=models.Q(state__in=CaseState.values), name="risk_case_state"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="risk_case_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[CaseState.OPEN, CaseState.REOPENED])
                | models.Q(proposed_by__isnull=False, proposed_at__isnull=False, verdict__in=Verdict.values)
                & ~models.Q(proposed_reason=""),
                name="risk_case_proposal_reasoned",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[CaseState.OPEN, CaseState.PROPOSED, CaseState.REOPENED])
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~models.Q(confirmed_reason=""),
                name="risk_case_confirmed_reasoned",
            ),
            models.CheckConstraint(
                condition=(~models.Q(state=CaseState.CLEARED) | models.Q(verdict=Verdict.CLEAR))
                & (~models.Q(state=CaseState.BLOCKED) | models.Q(verdict=Verdict.BLOCK)),
                name="risk_case_verdict_kept",
            ),
        ]
        indexes = [models.Index(fields=["state", "-score", "id"], name="risk_case_queue")]


class CaseStep(models.Model):
    """One step of a case, kept for good: who did what, when, and why."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    event = models.CharField(max_length=10)
    verdict = models.CharField(max_length=5, blank=True)
    reason = models.TextField()
    person = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="risk_case_step_reasoned")]


class Screening(Owned):
    """A subject's name screened against one set of list versions. The same question is kept once."""

    owners = {Kind.SELLER: "seller_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    seller_id = models.UUIDField(null=True)
    name = models.CharField(max_length=1000)
    name_key = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    outcome = models.CharField(max_length=5, choices=Outcome)
    reason = models.CharField(max_length=40, blank=True)
    score = models.DecimalField(max_digits=4, decimal_places=1)
    matches = models.JSONField(default=list)
    waived = ArrayField(models.CharField(max_length=240), default=list, help_text="Matches cleared before.")
    list_version = models.CharField(max_length=64)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="screenings")
    screened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "name_key", "list_version"], name="screening_once"),
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="screening_outcome"),
            models.CheckConstraint(
                condition=~models.Q(outcome=Outcome.HIT) | models.Q(case__isnull=False),
                name="screening_hit_has_case",
            ),
        ]
        indexes = [models.Index(fields=["-screened_at", "id"], name="screening_recent")]


class ScreenedOrder(models.Model):
    """An order that rests on a screening."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="orders")
    order_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order_id", "screening"], name="screened_order_once")]


class Waiver(models.Model):
    """A confirmed false positive: this subject's name is not this list entry, until the entry changes."""

    subject_id = models.UUIDField()
    name_key = models.CharField(max_length=64)
    list_code = models.CharField(max_length=20)
    reference = models.CharField(max_length=200)
    entry_hash = models.CharField(max_length=64)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="waivers")
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "name_key", "list_code", "reference", "entry_hash"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="risk_waiver_once",
            )
        ]


class GoodsLicence(Owned):
    """A seller's statement that it holds the licence a restriction asks for; it lifts that restriction."""

    owners = {Kind.SELLER: "seller_id"}
    NUMBER_LENGTH: Final = 80

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller_id = models.UUIDField()
    rule = models.CharField(max_length=64, help_text="Id of the rule in data/risk.")
    destination = models.CharField(max_length=2)
    hs_prefix = models.CharField(max_length=10, blank=True, help_text="Only for goods of this code.")
    number = models.CharField(max_length=NUMBER_LENGTH)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller_id", "rule", "destination", "hs_prefix", "number"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="goods_licence_once",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="goods_licence_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(hs_prefix__regex=r"^\d*$", destination__regex=r"^[A-Z]{2}$"),
                name="goods_licence_codes",
            ),
        ]
