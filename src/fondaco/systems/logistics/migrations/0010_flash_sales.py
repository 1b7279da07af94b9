"""Flash sales: terms, queue, limits and purchases, with their guard."""

import django.db.models.deletion
import fondaco.kernel.ids
from django.db import migrations, models

from fondaco.systems.logistics.models import PURCHASES


class Migration(migrations.Migration):
    dependencies = [
        ("logistics", "0009_carriers"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="FlashSale",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                (
                    "admit_per_s",
                    models.FloatField(help_text="Buyers let in per second, in the order of their coming."),
                ),
                ("limit_per_buyer", models.PositiveIntegerField(help_text="Pieces of one article.")),
                (
                    "pay_minutes",
                    models.PositiveIntegerField(help_text="Pieces not paid for by then go back on sale."),
                ),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="logistics.store"
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["seller", "-opens_at"], name="flash_sale_of_seller"),
                ],
                'constraints': [
                    models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="flash_sale_lasts"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("admit_per_s__gt", 0), ("limit_per_buyer__gte", 1), ("pay_minutes__gte", 1)
                ),
                name="flash_terms",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FlashQueue",
            fields=[
                (
                    "sale",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="queue",
                        serialize=False,
                        to="logistics.flashsale",
                    ),
                ),
                ("joined", models.BigIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FlashPurchase",
            fields=[
                ("order_id", models.UUIDField(primary_key=True, serialize=False)),
                ("buyer_id", models.UUIDField()),
                ("key", models.CharField(max_length=200)),
                ("body_hash", models.BinaryField(max_length=32)),
                ("pieces", models.JSONField(help_text="SKU to pieces.")),
                ("total_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Waits for payment"),
                            ("kept", "Paid"),
                            ("lapsed", "Not paid in time"),
                        ],
                        default="held",
                        max_length=8,
                    ),
                ),
                ("bought_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.flashsale",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(
                condition=models.Q(("state", "held")), fields=["expires_at"], name="flash_purchase_due"
            ),
                ],
                'constraints': [
                    models.UniqueConstraint(
                fields=("sale", "buyer_id", "key"), name="flash_purchase_once"
            ),
                    models.CheckConstraint(
                condition=models.Q(("state__in", ["held", "kept", "lapsed"])), name="flash_purchase_state"
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FlashPlace",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("buyer_id", models.UUIDField()),
                ("place", models.BigIntegerField()),
                ("admitted_at", models.DateTimeField()),
                ("joined_at", models.DateTimeField()),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="logistics.flashsale",
                    ),
                ),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=("sale", "buyer_id"), name="flash_place_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FlashOffer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sku", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=300)),
                ("product_id", models.UUIDField()),
                ("price_minor", models.BigIntegerField()),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="logistics.flashsale",
                    ),
                ),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=("sale", "sku"), name="flash_offer_once"),
                    models.CheckConstraint(
                condition=models.Q(("price_minor__gt", 0)), name="flash_offer_price"
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FlashTally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("buyer_id", models.UUIDField()),
                ("sku", models.CharField(max_length=64)),
                ("pieces", models.PositiveIntegerField()),
                ("most", models.PositiveIntegerField()),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="logistics.flashsale",
                    ),
                ),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=("sale", "buyer_id", "sku"), name="flash_tally_once"),
                    models.CheckConstraint(
                condition=models.Q(("pieces__lte", models.F("most"))), name="flash_limit_kept"
            ),
                ],
            },
        ),
        migrations.RunSQL(
            PURCHASES.guard_sql("logistics_flashpurchase"), PURCHASES.unguard_sql("logistics_flashpurchase")
        ),
    ]
