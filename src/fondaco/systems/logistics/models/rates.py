"""Rate cards: who carries what, where, for how much.

Effective-dated and append-only; masses are whole grams, lengths whole millimetres, prices whole minor units
of the book's currency.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id


class ServiceKind(models.TextChoices):
    """The trade's families of rate products."""

    POST = "post", _("Post")
    EXPRESS = "express", _("Express")
    SPECIAL_LINE = "special_line", _("Special line")
    OVERSEAS_LOCAL = "overseas_wh_local", _("Local delivery from an overseas warehouse")
    BONDED = "bonded", _("Bonded")
    FCL = "fcl", _("Sea, full container")
    LCL = "lcl", _("Sea, shared container")
    AIR = "air_gen", _("Air freight")
    RAIL = "rail", _("Rail")
    TRUCK = "truck", _("Road")


class Pricing(models.TextChoices):
    """How a cell's unit price turns into freight."""

    FLAT = "flat", _("Flat")
    PER_KG = "per_kg", _("Per kilogram")
    FIRST_STEP = "first_step", _("First weight and additional steps")
    PER_CBM = "per_cbm", _("Per cubic metre or tonne")


class Basis(models.TextChoices):
    """What is weighed and charged: each parcel, or the consignment as a whole."""

    PARCEL = "parcel", _("Per parcel")
    CONSIGNMENT = "consignment", _("Per consignment")


class FuelBasis(models.TextChoices):
    """What a fuel percentage is taken of."""

    BASE = "base", _("Freight only")
    SUBTOTAL = "subtotal", _("Freight and fees")


class BookState(models.TextChoices):
    """Whether a price book counts."""

    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Provider(models.Model):
    """Who sells carriage."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    synthetic = models.BooleanField(default=False, help_text="Made up for demonstration.")


class Service(models.Model):
    """A rate product: what a provider calls by one name and prices by one table."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="services")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=ServiceKind)
    incoterm = models.CharField(max_length=3, default="DAP")
    cargo_classes = ArrayField(models.CharField(max_length=20), default=list)
    features = ArrayField(models.CharField(max_length=20), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ServiceKind.values), name="service_kind"),
            models.CheckConstraint(condition=Q(incoterm__in=["DDP", "DAP"]), name="service_incoterm"),
        ]


class PriceBook(models.Model):
    """One price file as it came in: where from, when, what it hashes to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40, help_text="The line of books this is a version of.")
    version = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    effective_from = models.DateField()
    state = models.CharField(max_length=10, choices=BookState, default=BookState.PUBLISHED)
    source_file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    synthetic = models.BooleanField(default=False)
    label = models.CharField(max_length=200, blank=True)
    services = models.PositiveIntegerField(default=0)
    lanes = models.PositiveIntegerField(default=0)
    cells = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=120)
    restores = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="The version it brings back."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="price_book_version"),
            models.UniqueConstraint(
                fields=["code", "sha256", "effective_from"],
                condition=Q(state=BookState.PUBLISHED),
                name="price_book_file_once",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="price_book_currency"),
        ]


class PostcodeArea(models.Model):
    """Postcodes that a provider treats alike: a pricing zone, or a remote area."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="areas")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    destination = models.CharField(max_length=2)
    name = models.CharField(max_length=40)
    prefixes = ArrayField(models.CharField(max_length=12))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "provider", "destination", "name"], name="area_once"),
        ]


class FuelRate(models.Model):
    """A provider's fuel surcharge in per cent while it is in force; published apart from the prices."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="fuel_rates")
    rule = models.CharField(max_length=40)
    effective = DateRangeField()
    basis_points = models.PositiveIntegerField(help_text="Hundredths of a per cent.")
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="fuel_rate_no_overlap",
                expressions=[
                    ("provider", RangeOperators.EQUAL),
                    ("rule", RangeOperators.EQUAL),
                    ("effective", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class ServiceVersion(models.Model):
    """The prices of one service while they are in force. A withdrawn version has an empty range."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(PriceBook, on_delete=models.PROTECT, related_name="versions")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="versions")
    effective = DateRangeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "service"], name="service_version_once"),
            ExclusionConstraint(
                name="service_version_no_overlap",
                expressions=[("service", RangeOperators.EQUAL), ("effective", RangeOperators.OVERLAPS)],
            ),
        ]


class Lane(models.Model):
    """What holds for every weight from one origin to one destination (or a zone of it)."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(ServiceVersion, on_delete=models.CASCADE, related_name="lanes")
    origin = models.CharField(max_length=2)
    destination = models.CharField(max_length=2)
    zone = models.CharField(max_length=40, blank=True)
    zone_area = models.ForeignKey(PostcodeArea, null=True, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=12, choices=Basis)
    transit_days_min = models.PositiveSmallIntegerField()
    transit_days_max = models.PositiveSmallIntegerField()
    divisor = models.PositiveIntegerField(default=0, help_text="cm3 per kg; 0: volume does not count.")
    min_billable_g = models.PositiveIntegerField(default=0)
    max_weight_g = models.PositiveIntegerField(default=0, help_text="Per piece; 0: no limit.")
    max_length_mm = models.PositiveIntegerField(default=0)
    max_width_mm = models.PositiveIntegerField(default=0)
    max_height_mm = models.PositiveIntegerField(default=0)
    max_girth_mm = models.PositiveIntegerField(default=0, help_text="Longest side plus girth.")
    max_sum_mm = models.PositiveIntegerField(default=0, help_text="Length plus width plus height.")
    fuel_rule = models.CharField(max_length=40, blank=True)
    fuel_basis = models.CharField(max_length=10, choices=FuelBasis, default=FuelBasis.BASE)
    remote_area = models.ForeignKey(PostcodeArea, null=True, on_delete=models.PROTECT, related_name="+")
    remote_fixed_minor = models.PositiveIntegerField(default=0)
    remote_per_kg_minor = models.PositiveIntegerField(default=0)
    clearance_minor = models.PositiveIntegerField(default=0, help_text="Once per consignment.")
    max_value_minor = models.PositiveBigIntegerField(default=0, help_text="Of the goods; 0: no limit.")
    insurance_basis_points = models.PositiveIntegerField(default=0, help_text="Of the value; 0: included.")
    insurance_min_minor = models.PositiveIntegerField(default=0)
    cover_minor = models.PositiveBigIntegerField(default=0, help_text="The most that is insured; 0: any.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "origin", "destination", "zone"], name="lane_once"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="lane_basis"),
            models.CheckConstraint(
                condition=Q(transit_days_min__lte=F("transit_days_max")), name="lane_transit_order"
            ),
            models.CheckConstraint(
                condition=Q(zone="", zone_area=None) | (~Q(zone="") & Q(zone_area__isnull=False)),
                name="lane_zone_has_area",
            ),
        ]


class RateCell(models.Model):
    """The price of one weight band (from < W <= to) of a lane; bands of a lane cannot overlap.

    The database sees to that with a trigger for each statement (migration 0003), which looks once at all lanes that
    a COPY has filled. An exclusion constraint, which looks at every row, took ten seconds for 160,000 cells.
    """

    id = models.BigAutoField(primary_key=True)
    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="cells", db_index=False)
    weight_g = IntegerRangeField(help_text="In PostgreSQL's canonical form [from + 1, to + 1).")
    pricing = models.CharField(max_length=10, choices=Pricing)
    unit_minor = models.PositiveIntegerField(help_text="Flat or first price, or price per kg or per m3.")
    first_g = models.PositiveIntegerField(default=0)
    step_g = models.PositiveIntegerField(default=0)
    step_minor = models.PositiveIntegerField(default=0)
    registration_minor = models.PositiveIntegerField(default=0)
    increment_g = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("lane", "weight_g__startswith", name="rate_cell_once"),
            models.CheckConstraint(condition=Q(increment_g__gte=1), name="rate_cell_increment"),
            models.CheckConstraint(condition=Q(weight_g__isempty=False), name="rate_cell_band"),
            models.CheckConstraint(
                condition=~Q(pricing=Pricing.FIRST_STEP) | Q(first_g__gte=1, step_g__gte=1),
                name="rate_cell_step",
            ),
        ]
