"""Tables of the catalogue: products, and the facts about them that a border asks for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned


class FactField(models.TextChoices):
    """What a border and a parcel need to know of a product."""

    HS_CODE = "hs_code", _("HS code")
    ORIGIN = "origin", _("Country of origin")
    MASS_G = "mass_g", _("Mass (g)")
    LENGTH_MM = "length_mm", _("Length (mm)")
    WIDTH_MM = "width_mm", _("Width (mm)")
    HEIGHT_MM = "height_mm", _("Height (mm)")
    CARGO_CLASS = "cargo_class", _("Cargo class")


class FactStatus(models.TextChoices):
    """How sure a fact is: guessed by the machine, said by the seller's file, confirmed by a person."""

    ESTIMATED = "estimated", _("Estimated")
    STATED = "stated", _("Stated")
    CONFIRMED = "confirmed", _("Confirmed")


class Product(Owned):
    """Something a seller sells, known by its own stock code."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    unit_price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    enriched_by = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Version that proposed from this title; or empty."
    )

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "sku"], name="product_sku_once"),
            models.CheckConstraint(
                condition=Q(unit_price_minor__isnull=True)
                | Q(unit_price_minor__gte=0, currency__regex=r"^[A-Z]{3}$"),
                name="product_price",
            ),
        ]
        indexes = [models.Index(fields=["seller", "title", "id"], name="product_by_title")]

    def __str__(self) -> str:
        return f"{self.sku} {self.title}"


class ProductFact(Owned):
    """One fact of one product, with its evidence; estimated until a person confirms it."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="facts", db_index=False)
    field = models.CharField(max_length=12, choices=FactField)
    value = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=FactStatus, default=FactStatus.ESTIMATED)
    confidence = models.FloatField(null=True, help_text="0 to 1 for estimates; empty for what a person said.")
    evidence = models.JSONField(default=dict)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()

    owners: ClassVar = {Kind.SELLER: "product__seller_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "field"], name="product_fact_once"),
            models.CheckConstraint(condition=Q(status__in=FactStatus.values), name="product_fact_status"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="product_fact_confidence",
            ),
            models.CheckConstraint(
                condition=Q(field=FactField.HS_CODE, value__regex=r"^\d{6}(\d{2}){0,2}$")
                | Q(field=FactField.ORIGIN, value__regex=r"^[A-Z]{2}$")
                | Q(field=FactField.CARGO_CLASS, value__regex=r"^[a-z_]+(,[a-z_]+)*$")
                | Q(
                    field__in=[
                        FactField.MASS_G, FactField.LENGTH_MM, FactField.WIDTH_MM, FactField.HEIGHT_MM,
                    ],
                    value__regex=r"^[1-9]\d{0,7}$",
                ),
                name="product_fact_value",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["field", "status"], name="product_fact_open")]
