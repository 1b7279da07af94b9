import django.db.models.deletion
import fondaco.kernel.ids
from django.db import migrations, models

from fondaco.systems.logistics.models import CLEARANCES


class Migration(migrations.Migration):
    dependencies = [
        ("logistics", "0006_stock"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClearanceBatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True)),
                ("authority_id", models.UUIDField()),
                ("origin", models.CharField(max_length=2)),
                ("destination", models.CharField(max_length=2)),
                ("regime", models.CharField(max_length=24)),
                ("ready_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("closed", "Closed"),
                            ("declared", "Declared"),
                            ("cleared", "Cleared"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("consignments", models.PositiveIntegerField(default=0)),
                ("parcels", models.PositiveIntegerField(default=0)),
                ("mass_g", models.PositiveBigIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                'indexes': [
                    models.Index(fields=["-ready_on", "-id"], name="clearance_newest"),
                ],
                'constraints': [
                    models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("authority_id", "origin", "destination", "regime", "ready_on"),
                name="clearance_one_open",
            ),
                    models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "closed", "declared", "cleared", "cancelled"])),
                name="clearance_state",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearanceEntry",
            fields=[
                (
                    "consignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="logistics.consignment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SplitRecord",
            fields=[
                ("order_id", models.UUIDField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("parts", models.PositiveSmallIntegerField()),
                ("cost_minor", models.BigIntegerField()),
                ("rival_minor", models.BigIntegerField(help_text="The best plan without parting.")),
                ("bound_minor", models.BigIntegerField(help_text="No plan of the candidates costs less.")),
                ("proven", models.BooleanField()),
                ("plan", models.JSONField()),
                ("decided_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="consignment",
            name="part",
            field=models.PositiveSmallIntegerField(default=1, help_text="1 unless the order was parted."),
        ),
        migrations.AlterField(
            model_name="consignment",
            name="order_id",
            field=models.UUIDField(),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.UniqueConstraint(fields=("order_id", "part"), name="consignment_part"),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("part__gte", 1)), name="consignment_part_counts"
            ),
        ),
        migrations.AddField(
            model_name="clearanceentry",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="logistics.clearancebatch",
            ),
        ),
        migrations.AddField(
            model_name="splitrecord",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.organisation"
            ),
        ),
        migrations.AddIndex(
            model_name="clearanceentry",
            index=models.Index(fields=["batch"], name="clearance_entry_batch"),
        ),
        migrations.AddIndex(
            model_name="splitrecord",
            index=models.Index(fields=["seller", "-decided_at"], name="split_seller"),
        ),
        migrations.AddConstraint(
            model_name="splitrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(("bound_minor__lte", models.F("cost_minor"))),
                name="split_bound_below_cost",
            ),
        ),
        migrations.AddConstraint(
            model_name="splitrecord",
            constraint=models.CheckConstraint(condition=models.Q(("parts__gte", 1)), name="split_parts"),
        ),
        migrations.RunSQL(
            CLEARANCES.guard_sql("logistics_clearancebatch"),
            CLEARANCES.unguard_sql("logistics_clearancebatch"),
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE logistics_clearance_serial;", "DROP SEQUENCE logistics_clearance_serial;"
        ),
    ]
